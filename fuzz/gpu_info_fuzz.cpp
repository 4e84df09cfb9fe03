// gpu-info files: anybody's process writes them. What is accepted is within its bounds.

#include <cmath>

#include "base/check.h"
#include "collect/gpu/gpu_info_files.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* bytes, size_t size) {
  using namespace monitorai;
  const std::string_view text(reinterpret_cast<const char*>(bytes), size);
  if (const auto info = collect::parse_gpu_info(text)) {
    MAI_CHECK(info->pid >= 0);
    MAI_CHECK(info->gpu_index <= collect::kGpuInfoIndexMax);
    MAI_CHECK(info->allocated_bytes.value_or(0) <= collect::kGpuInfoBytesMax);
    MAI_CHECK(info->reserved_bytes.value_or(0) <= collect::kGpuInfoBytesMax);
    MAI_CHECK(info->utilization_percent.value_or(0) >= 0 && info->utilization_percent.value_or(0) <= 100);
  } else {
    MAI_CHECK(!collect::refusal_name(info.error().refusal).empty());
  }
  if (const auto time = collect::parse_gpu_info_time(text)) MAI_CHECK(time->time.ms < 253'402'400'000'000);
  if (const auto pattern = collect::GpuInfoPattern::parse(text)) {
    const auto pid = pattern->pid_of(pattern->prefix + "4242" + pattern->suffix);
    MAI_CHECK(pid == 4242 || !pid);
    if (const auto other = pattern->pid_of(text)) MAI_CHECK(*other > 0);
  }
  return 0;
}
