#pragma once
// The processes on one NVML device, and how much of it each used. Thread: that of the library.

#include <optional>
#include <vector>

#include "collect/gpu/nvml_library.h"

namespace monitorai::collect::nvml {

constexpr size_t kProcessesMax = 65'536;
/// More is no memory of a GPU: a wrong entry size, or a driver's mistake.
constexpr uint64_t kMemoryBytesMax = uint64_t{1} << 50;

struct DeviceProcess {
  unsigned pid = 0;
  std::optional<uint64_t> memory_bytes;
  unsigned gpu_instance = kNoInstance;
  unsigned compute_instance = kNoInstance;
};

/// Compute, graphics and MPS processes, each pid once per instance, by pid. nullopt when the driver gives no list at all.
std::optional<std::vector<DeviceProcess>> list_processes(const Library& library, Device device, CallErrors& errors);

/// Entries of 24 or 32 bytes? Judged by what the driver wrote into a buffer that was filled with `fill`: `rule` where that cannot tell.
size_t measured_entry_bytes(std::span<const unsigned char> buffer, size_t count, unsigned char fill, size_t rule);

struct ProcessUtilization {
  unsigned pid = 0;
  unsigned sm = 0, memory = 0, encoder = 0, decoder = 0;  ///< percent
};

/// Reads how much each process used of one device since the call before. Keeps the time last seen: with 0 the driver would answer with
/// a long average.
class UtilizationReader {
 public:
  /// Processes that used the device; empty when all were idle; nullopt when the device cannot tell. Samples that are old, over 100 % or
  /// of pids that are not in `known` are dropped and counted.
  std::optional<std::vector<ProcessUtilization>> read(const Library& library, Device device, std::span<const DeviceProcess> known,
                                                      CallErrors& errors);

 private:
  std::optional<std::vector<UtilizationSample>> samples(const Library& library, Device device, CallErrors& errors);
  std::optional<std::vector<UtilizationSample>> new_samples(const Library& library, Device device, Return& result) const;
  std::optional<std::vector<UtilizationSample>> old_samples(const Library& library, Device device, Return& result) const;

  uint64_t last_seen_us_ = 0;
};

}  // namespace monitorai::collect::nvml
