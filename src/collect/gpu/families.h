#pragma once
// GPU numbers as metric families: `nvidia_gpu_*` for NVIDIA (the names and labels of the original GPU exporter, which stay for ever),
// `gpu_*` with a `vendor` label for AMD and Intel, and `monitorai_gpu_*` about the sources themselves. Pure; thread: any.

#include <vector>

#include "collect/gpu/status.h"
#include "signals/gpu.h"
#include "signals/metric.h"

namespace monitorai::collect {

/// Whole-GPU families. A number that is absent makes no point, and a family without points is left out.
std::vector<signals::MetricFamily> gpu_families(const signals::GpuSnapshot& snapshot, const GpuStatus& status);

/// NVML's bit mask of clock event ("throttle") reasons, bit by bit.
struct ThrottleReason {
  uint64_t bit = 0;
  std::string_view name;
};
std::span<const ThrottleReason> throttle_reasons();

}  // namespace monitorai::collect
