#pragma once
// One set of names for what every LLM runtime tells in its own: reads a runtime's exposition and derives the llm_* series beside it.
// The table of dialects is in standard_metrics.cpp; what a runtime does not tell stays absent. Sources: each runtime's metrics at the
// versions that docs/metrics.md names.

#include <map>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/result.h"

namespace monitorai::collect {

/// Derives the standard series of one target. Keeps the counters of the last scrape for llm_rps and llm_error_rate. One thread.
class StandardMetrics {
 public:
  /// The standard series as text 0.0.4, "" when the text is of no dialect we know. Code::invalid when it cannot be read.
  /// `now` is the scrape's time: rates are per second between two calls, and absent on the first and after a counter was reset.
  Result<std::string> derive(std::string_view exposition, TimeMs now);

 private:
  struct Requests {
    double total = 0;
    double failed = 0;
    TimeMs time;
  };
  std::map<std::string, Requests> before_;  ///< by model
};

/// The runtime that an exposition is of, by the first prefix seen ("vllm", "sglang", "tgi", "tei", "llama.cpp", "tensorrt", "lmdeploy",
/// "triton", "aphrodite"); "" for none. For probing.
std::string_view runtime_of_exposition(std::string_view exposition);

}  // namespace monitorai::collect
