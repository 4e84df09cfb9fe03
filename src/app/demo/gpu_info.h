#pragma once
// The gpu-info file of a simulated process: SPEC section 3, source 3.

#include <filesystem>
#include <string>

#include "app/demo/parts.h"
#include "app/demo/traffic.h"
#include "base/clock.h"

namespace monitorai::app::demo {

std::filesystem::path gpu_info_path(const std::filesystem::path& logs, int64_t pid);
/// What a worker never gives back of GPU memory at the end of an incident "leak".
inline constexpr double kLeakBytes = 8.0 * 1024 * 1024 * 1024;
/// The JSON text: allocated <= reserved, utilization in percent, an ISO-8601 time in UTC. `leaked_bytes` come on top of what is claimed.
std::string gpu_info_json(int64_t pid, const GpuClaim& claim, const Traffic& traffic, TimeMs now, uint64_t leaked_bytes = 0);

}  // namespace monitorai::app::demo
