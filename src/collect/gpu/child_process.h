#pragma once
// Runs a program and reads what it prints, with a time limit and a size limit: it is killed when it passes one, and reaped. A child that
// even SIGKILL cannot end (it hangs in a driver) is remembered and reaped later. Thread: one; run() blocks it.

#include <sys/types.h>

#include <chrono>
#include <string>
#include <vector>

#include "base/result.h"

namespace monitorai::collect {

class ChildProcesses {
 public:
  struct Limits {
    std::chrono::milliseconds time_max{5'000};
    size_t output_bytes_max = 1 << 20;
    std::chrono::milliseconds reap_max{500};  ///< how long to wait for a killed child to die
  };
  explicit ChildProcesses(Limits limits) : limits_(limits) {}

  /// What `argv[0]` (searched for in PATH) prints on its standard output. Code::not_found: no such program. Code::unavailable: it failed,
  /// or children of earlier runs still hang. Code::exhausted: it was killed, after time_max or over output_bytes_max.
  Result<std::string> run(const std::vector<std::string>& argv);
  /// Reaps what can be reaped, and says how many are left.
  size_t unreaped();

 private:
  Limits limits_;
  std::vector<pid_t> unreaped_;
};

constexpr size_t kUnreapedMax = 2;

}  // namespace monitorai::collect
