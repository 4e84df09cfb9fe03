#pragma once
// The content of logs/gpu-info-{PID}.json, the file in which a process tells what it uses of a GPU. The one adapter of simdjson in this
// folder. Pure; thread: any.
//
//   {"pid": 15176, "gpu_memory_allocated_bytes": 0, "gpu_memory_reserved_bytes": 0, "gpu_utilization": 0.0,
//    "gpu_index": 0, "timestamp": "ISO-8601 or Unix seconds"}

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/result.h"

namespace monitorai::collect {

/// Why a gpu-info file was not used.
enum class GpuInfoRefusal {
  not_json,      ///< empty, truncated, or no JSON object
  not_a_number,  ///< NaN, an infinity, or a number that no double holds
  negative,
  out_of_range,  ///< a percentage over 100, more bytes than kGpuInfoBytesMax, a GPU index over kGpuInfoIndexMax
  wrong_type,    ///< a field has another type than the format says, or `pid` is missing
  other_pid,     ///< the pid inside is not the one in the name
  stale,         ///< written longer ago than the limit
  future,        ///< written later than now, by more than the tolerance
  too_large,
  symlink,
  not_a_file,  ///< a folder, a pipe, a socket or a device
  unreadable,
  undeletable,  ///< of a dead process, and could not be deleted
  too_many,     ///< over the limit of files
};
constexpr size_t kGpuInfoRefusals = 14;
std::string_view refusal_name(GpuInfoRefusal refusal);

constexpr uint64_t kGpuInfoBytesMax = uint64_t{1} << 50;
constexpr uint64_t kGpuInfoIndexMax = 1023;

/// When a file says it was written. A text without a zone says a time of day of nobody knows where.
struct GpuInfoTime {
  TimeMs time;  ///< as UTC, also where the zone is unknown
  bool zone_known = true;
};

struct GpuInfo {
  int64_t pid = 0;
  uint64_t gpu_index = 0;  ///< as the process counts GPUs; 0 where the file does not say
  std::optional<uint64_t> allocated_bytes;
  std::optional<uint64_t> reserved_bytes;
  std::optional<double> utilization_percent;  ///< 0..100
  std::optional<GpuInfoTime> written;
};

struct GpuInfoProblem {
  GpuInfoRefusal refusal = GpuInfoRefusal::not_json;
  std::string message;  ///< the cause, for a person
};

/// Reads one file's bytes. Fields that are absent or null stay absent, unknown fields are ignored.
Result<GpuInfo, GpuInfoProblem> parse_gpu_info(std::string_view bytes);

/// "2025-01-15T10:30:26.123+01:00" (blank for T, comma for the point, "Z", "+0100", or no zone), or Unix seconds as text.
std::optional<GpuInfoTime> parse_gpu_info_time(std::string_view text);

}  // namespace monitorai::collect
