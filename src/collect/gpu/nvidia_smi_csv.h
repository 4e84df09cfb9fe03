#pragma once
// What `nvidia-smi --query-...=... --format=csv` prints, read by the names in its header where it has one, in the order asked where it has
// none. Values may carry units or not; everything that is no number ("[N/A]", "[Not Supported]", "[GPU is lost]", rubbish) is absent.
// Pure; thread: any.

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "collect/gpu/join.h"

namespace monitorai::collect {

constexpr size_t kSmiRowsMax = 4096;
constexpr size_t kSmiColumnsMax = 64;

/// The columns that we ask --query-gpu for: all that is useful, and the few that every nvidia-smi since 2014 knows.
std::span<const std::string_view> smi_gpu_columns();
std::span<const std::string_view> smi_basic_gpu_columns();
/// Of --query-compute-apps: with the GPU of each process, and as the original exporter asks.
std::span<const std::string_view> smi_process_columns();
std::span<const std::string_view> smi_basic_process_columns();

struct SmiProcess {
  int64_t pid = 0;
  std::string gpu_uuid;  ///< "" when it was not asked
  std::optional<uint64_t> memory_bytes;
};

/// GPUs by index; rows without an index take the next number. `asked` is the order of columns where the text has no header. A text
/// without a single row of the right shape gives nothing.
std::vector<signals::GpuDevice> parse_smi_gpus(std::string_view csv, std::span<const std::string_view> asked);
/// Rows without a pid are left out. A process name with commas in it is seen through.
std::vector<SmiProcess> parse_smi_processes(std::string_view csv, std::span<const std::string_view> asked);

}  // namespace monitorai::collect
