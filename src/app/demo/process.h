#pragma once
// One simulated process: uses CPU and memory, logs, writes its gpu-info file, answers HTTP, starts its own children, and ends with its
// parent.

#include <optional>

namespace monitorai::app::demo {

/// For main(): runs the simulated process and gives its exit code when this process is one (its environment says so); nullopt otherwise.
std::optional<int> run_if_simulated();

}  // namespace monitorai::app::demo
