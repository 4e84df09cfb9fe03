#pragma once
// `monitorai demo` itself: starts the simulated processes, says what it started, and ends them.

#include <chrono>
#include <filesystem>
#include <string>
#include <vector>

#include "app/demo/incident.h"
#include "app/query/api_client.h"
#include "base/result.h"

namespace monitorai::app::demo {

struct DemoSettings {
  std::filesystem::path directory = ".";  ///< logs/ is below it: where `monitorai serve` runs
  std::vector<std::string> only;          ///< kinds; empty: all
  std::chrono::milliseconds duration{0};  ///< 0: until a signal
  uint64_t seed = 1;
  bool keep_logs = false;
  bool json = false;                      ///< print one JSON line instead of the table
  Incident incident{};
  std::string otlp{};                     ///< where spans of the vLLM server's requests go; "" sends none
  ApiAddress serve{};  ///< the incidents "hallucination" and "drift" send prompts and answers there, to be judged
};

/// Runs until a signal, the end of the duration, or the end of the last simulated process (which is an error). Main thread only.
Result<void> run_demo(const DemoSettings& settings);

}  // namespace monitorai::app::demo
