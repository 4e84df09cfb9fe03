#include "app/demo/gpu_info.h"

#include <fmt/chrono.h>

namespace monitorai::app::demo {

std::filesystem::path gpu_info_path(const std::filesystem::path& logs, int64_t pid) { return logs / fmt::format("gpu-info-{}.json", pid); }

std::string gpu_info_json(int64_t pid, const GpuClaim& claim, const Traffic& traffic, TimeMs now, uint64_t leaked_bytes) {
  const auto cached = static_cast<uint64_t>(traffic.kv_cache_usage() * static_cast<double>(claim.cache_bytes));
  const double utilization = 90 * traffic.busy();
  return fmt::format(R"({{"pid": {}, "gpu_memory_allocated_bytes": {}, "gpu_memory_reserved_bytes": {}, "gpu_utilization": {:.1f}, )"
                     R"("gpu_index": {}, "timestamp": "{:%Y-%m-%dT%H:%M:%S}.{:03}Z", "simulated": true}})"
                     "\n",
                     pid, claim.weights_bytes + cached + leaked_bytes, claim.weights_bytes + claim.cache_bytes + leaked_bytes, utilization, claim.index,
                     fmt::gmtime(static_cast<std::time_t>(now.ms / 1000)), now.ms % 1000);
}

}  // namespace monitorai::app::demo
