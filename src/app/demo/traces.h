#pragma once
// The spans of simulated requests: what an instrumented RAG service in front of the simulated vLLM, and that server itself, would send of
// them by OTLP. They follow from the same model of the traffic as its metrics and log lines.

#include <span>
#include <string>
#include <string_view>
#include <thread>

#include "app/demo/traffic.h"
#include "base/clock.h"

namespace monitorai::app::demo {

struct TraceOrigin {
  TimeNs epoch;       ///< wall time at which the traffic started
  uint16_t port = 0;  ///< of the model server
  std::string_view model{};
};

/// OTLP JSON of one request each: POST /ask, prompt, embed, retrieve, inference with the server's own llm_request below it, post-process.
/// Resources say `simulated`. Ids follow from the epoch and the number of the request.
std::string traces_json(std::span<const Request> requests, const TraceOrigin& origin);

/// Sends the spans of every fifth request, and of each that failed, while it lives. Where nobody listens nothing is kept and nothing is
/// said. Thread: one of its own.
class TraceSender {
 public:
  /// `url` is an OTLP endpoint, as OTEL_EXPORTER_OTLP_ENDPOINT has it; `epoch_ns` is CLOCK_MONOTONIC.
  TraceSender(std::string url, Traffic traffic, int64_t epoch_ns, uint16_t port, std::string_view model);

 private:
  void run(std::stop_token stop);

  const std::string url_;
  Traffic traffic_;
  const int64_t epoch_ns_;
  const TraceOrigin origin_;
  std::jthread thread_;  ///< the last member: it ends before the others
};

}  // namespace monitorai::app::demo
