#pragma once
// The log lines of simulated runtimes, in the shapes that their readers know: SPEC section 4 for Python scripts, vLLM's logger,
// llama-server's slots.

#include <string>
#include <string_view>
#include <vector>

#include "app/demo/parts.h"
#include "app/demo/server_metrics.h"
#include "app/demo/traffic.h"
#include "base/clock.h"

namespace monitorai::app::demo {

/// The first line of every log file that the demo makes: a file that does not begin with it is somebody else's and is left alone.
inline constexpr std::string_view kLogMarker = "# simulated by monitorai demo";

/// Makes the lines (without newlines) for what happened. Thread: owned by one.
class LogLines {
 public:
  LogLines(const Part& part, int64_t pid) : part_(part), pid_(pid) {}

  /// `now`: the wall time of the last event; lines carry local time, as the real ones do. A vLLM adds its statistics every 10 s.
  std::vector<std::string> lines(const std::vector<TrafficEvent>& events, const Traffic& traffic, const ServerMetrics& metrics, TimeMs now);

 private:
  void transformers(const TrafficEvent& event, TimeMs now, std::vector<std::string>& out) const;
  void vllm(const TrafficEvent& event, TimeMs now, std::vector<std::string>& out) const;
  void vllm_statistics(const Traffic& traffic, const ServerMetrics& metrics, TimeMs now, std::vector<std::string>& out);
  void llama_cpp(const TrafficEvent& event, std::vector<std::string>& out) const;

  const Part& part_;
  const int64_t pid_;
  TimeMs last_statistics_;
  uint64_t last_prompt_tokens_ = 0;
  uint64_t last_output_tokens_ = 0;
};

/// "2025-01-15 10:30:26,123": Python's logging, in local time.
std::string python_time(TimeMs time);

}  // namespace monitorai::app::demo
