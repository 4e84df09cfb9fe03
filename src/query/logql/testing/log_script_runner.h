#pragma once
// Runs LogQL test scripts and multiplies each case: printing and parsing gives the same query, an instant query is also a step of a range
// query, a log query forward is the same backward reversed, and a limit gives a beginning of the whole.

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "query/logql/testing/log_script.h"

namespace monitorai::query {

/// Where a script's lines go. `clear` makes a new one.
class LogScriptStorage {
 public:
  virtual ~LogScriptStorage() = default;
  virtual Result<void> add(const signals::Labels& stream, std::vector<MemoryLogSource::StoredLine> lines) = 0;
  /// Everything added so far; valid until the next add().
  virtual const signals::LogSource& source() = 0;
};
using NewLogScriptStorage = std::function<std::unique_ptr<LogScriptStorage>()>;
/// Blocks of at most so many lines.
NewLogScriptStorage memory_log_storage(size_t lines_per_block = 1000);

struct LogScriptReport {
  struct Failure {
    size_t line = 0;
    std::string message;
  };
  size_t passed = 0;
  std::vector<Failure> failures;
};

/// A script that cannot be parsed is one failure.
LogScriptReport run_log_script(std::string_view text, const LogQlEngine& engine, const NewLogScriptStorage& storage = memory_log_storage());

}  // namespace monitorai::query
