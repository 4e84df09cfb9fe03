#pragma once
// Takes requests of OTLP, whatever the transport: decodes, writes to the stores, counts what became of everything, and makes the answer.
// otlp_http.h and the gRPC service call it. Threads: any; the counts are atomic.

#include <atomic>

#include "base/clock.h"
#include "signals/logs.h"
#include "signals/samples.h"
#include "signals/spans.h"

namespace monitorai::collect {

/// Of one request, where nothing else is said.
inline constexpr size_t kOtlpRequestBytesMax = 64 << 20;

enum class OtlpSignal { traces, metrics, logs };
std::string_view otlp_signal_name(OtlpSignal signal);

struct OtlpCounts {
  struct Signal {
    std::atomic<uint64_t> requests{0};
    std::atomic<uint64_t> refused_requests{0};  ///< unreadable, or the store took nothing
    std::atomic<uint64_t> bytes{0};             ///< of protobuf, uncompressed
    std::atomic<uint64_t> accepted{0};          ///< spans, samples, lines
    std::atomic<uint64_t> duplicates{0};
    std::atomic<uint64_t> refused{0};           ///< invalid, too old, too new, too large, over a limit
  };
  Signal traces, metrics, logs;
  std::atomic<uint64_t> spans_sampled_out{0};
  std::atomic<uint64_t> spans_end_before_start{0};  ///< kept with a duration of 0
  std::atomic<uint64_t> attributes_cut{0};
  std::atomic<uint64_t> attributes_dropped{0};
  Signal& of(OtlpSignal signal) { return signal == OtlpSignal::traces ? traces : signal == OtlpSignal::metrics ? metrics : logs; }
};

/// What was refused of a request whose rest was kept: OTLP's partial success. Nothing refused: the empty message.
struct OtlpAnswer {
  uint64_t rejected = 0;
  std::string message;
};

class OtlpReceiver {
 public:
  /// A writer that is null refuses its signal. All must outlive this.
  OtlpReceiver(signals::SpanWriter* spans, signals::MetricWriter* metrics, signals::LogWriter* logs, const Clock& clock)
      : spans_(spans), metrics_(metrics), logs_(logs), clock_(clock) {}

  /// Code::invalid: unreadable, sending it again is of no use; unavailable, exhausted: nothing was kept, send it again later;
  /// not_found: this signal is not taken here.
  Result<OtlpAnswer> take(OtlpSignal signal, std::string protobuf);
  OtlpCounts& counts() { return counts_; }

 private:
  Result<OtlpAnswer> take_traces(std::string protobuf);
  Result<OtlpAnswer> take_metrics(std::string protobuf);
  Result<OtlpAnswer> take_logs(std::string protobuf);

  signals::SpanWriter* const spans_;
  signals::MetricWriter* const metrics_;
  signals::LogWriter* const logs_;
  const Clock& clock_;
  OtlpCounts counts_;
};

/// The Export*ServiceResponse of an answer, in protobuf (it is the same for all signals) and in JSON.
std::string otlp_response(const OtlpAnswer& answer);
std::string otlp_response_json(OtlpSignal signal, const OtlpAnswer& answer);

}  // namespace monitorai::collect
