#pragma once
// Snapshots as JSON: the bodies of /api/v1/processes and /api/v1/gpus, and of `ps --json`. Times are Unix seconds, sizes bytes; what could
// not be read is null, never 0. The golden files in tests/golden fix the form: the pages parse the same files.

#include <string>

#include "signals/gpu.h"
#include "signals/process.h"

namespace monitorai::serve {

std::string processes_json(const signals::ProcessSnapshot& snapshot);
std::string gpus_json(const signals::GpuSnapshot& snapshot);

}  // namespace monitorai::serve
