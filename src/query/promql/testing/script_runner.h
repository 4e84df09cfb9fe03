#pragma once
// Runs test scripts against the engine and multiplies each case: an instant query is also the middle of a range query, the same with @ at
// other times, and printing and parsing the query gives the same tree.

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "query/promql/engine.h"
#include "query/promql/testing/script.h"

namespace monitorai::query {

/// Where a script's samples go. `clear` makes a new one.
class ScriptStorage {
 public:
  virtual ~ScriptStorage() = default;
  virtual Result<void> add(const signals::Labels& labels, const std::vector<signals::Sample>& samples) = 0;
  /// Everything added so far; valid until the next add().
  virtual const signals::MetricSource& source() = 0;
};
using NewScriptStorage = std::function<std::unique_ptr<ScriptStorage>()>;
std::unique_ptr<ScriptStorage> new_memory_storage();

struct ScriptReport {
  struct Failure {
    size_t line = 0;
    std::string message;
  };
  size_t passed = 0;
  size_t skipped_native = 0;            ///< evaluations that meet native histograms
  size_t skipped_start_timestamps = 0;  ///< evaluations that meet series with start timestamps, which are not stored
  std::vector<Failure> failures;
};

/// The options under which Prometheus runs its own scripts: every feature flag on.
EngineOptions script_options();

/// A script that cannot be parsed is one failure.
ScriptReport run_script(std::string_view text, const Engine& engine, const NewScriptStorage& storage = new_memory_storage);

}  // namespace monitorai::query
