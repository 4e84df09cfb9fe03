#pragma once
// What a simulated process is told by the one that starts it. It travels in environment variables, for its argv has to look like a
// runtime's; MONITORAI_SIMULATED=1 among them is how everybody else knows that it is not real.

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "app/demo/parts.h"
#include "base/result.h"

namespace monitorai::app::demo {

struct ProcessSettings {
  const Part* part = nullptr;
  std::filesystem::path folder;  ///< the WorkFolder
  std::filesystem::path logs;    ///< where log files and gpu-info files go
  uint16_t port = 0;
  uint64_t seed = 1;
  int64_t epoch_ns = 0;          ///< CLOCK_MONOTONIC at which the traffic starts: parts of one server agree
  int64_t parent_pid = 0;        ///< when it is another one's child, it was born too late and ends
  bool keep_logs = false;
  Incident incident{};           ///< of the vLLM server
  int64_t demo_pid = 0;          ///< the demo itself: an orphan ends when it is gone
};

/// "NAME=value", what envp of the process is made of besides a few of ours (PATH, HOME, ...).
std::vector<std::string> to_environment(const ProcessSettings& settings);
/// nullopt when this process is not a simulated one; an error when it should be, but a variable is missing or wrong.
std::optional<Result<ProcessSettings>> settings_from_environment();

}  // namespace monitorai::app::demo
