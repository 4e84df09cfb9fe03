#pragma once
// The parameters of Tempo's API: times, durations, limits, and the search by tags that came before TraceQL.

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "net/http.h"
#include "signals/spans.h"

namespace monitorai::serve {

inline constexpr std::chrono::hours kTempoSinceDefault{1};
inline constexpr size_t kTempoLimitDefault = 20;
inline constexpr size_t kTempoSpansPerSetDefault = 3;

/// Unix seconds (up to 11 digits, or with a point), milliseconds, microseconds or nanoseconds, by the number of digits.
std::optional<TimeNs> parse_tempo_time(std::string_view text);
/// "100ms", "1.5s", "1h30m", as Go writes durations.
std::optional<std::chrono::nanoseconds> parse_go_duration(std::string_view text);

class TempoParameters {
 public:
  explicit TempoParameters(const net::HttpRequest& request) : all_(request.parameters()) {}

  std::string_view text(std::string_view name) const;
  /// `start` and `end`; without them the last hour up to now. The end is included, as it is a whole second.
  Result<signals::SpanRange> range(TimeMs now) const;
  Result<size_t> count(std::string_view name, size_t absent) const;
  Result<int64_t> duration_ns(std::string_view name, int64_t absent) const;
  /// `step`, a duration or seconds; without it the range in about 100 steps, of whole seconds.
  Result<std::chrono::milliseconds> step(signals::SpanRange range) const;
  /// `q`, or what `tags` (logfmt: service.name=api http.status=500) says as TraceQL.
  Result<std::string> query() const;

 private:
  net::Parameters all_;
};

}  // namespace monitorai::serve
