#pragma once
// What was seen of the GPUs at one moment: devices, and the processes on them. Made by collect/gpu, joined to processes by
// collect/process, drawn by serve. Every number that could not be read is absent.

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"

namespace monitorai::signals {

/// Where a GPU number came from, best first.
enum class GpuSource { nvml, nvidia_smi, file, drm };
constexpr std::string_view gpu_source_name(GpuSource source) {
  switch (source) {
    case GpuSource::nvml: return "nvml";
    case GpuSource::nvidia_smi: return "nvidia-smi";
    case GpuSource::file: return "file";
    case GpuSource::drm: return "drm";
  }
  return "unknown";
}

struct GpuDevice {
  std::string gpu;       ///< "gpu0", "gpu1", ...; a MIG instance is "gpu0/mig1"
  std::string gpu_type;  ///< "NVIDIA H100 80GB HBM3"
  std::string uuid;
  std::string pci;       ///< "0000:65:00.0"
  std::string vendor;    ///< "nvidia", "amd", "intel"
  std::string driver;
  GpuSource source = GpuSource::nvml;
  bool suspended = false;  ///< asleep (PCI runtime power management): not asked, so that it stays asleep; all numbers are absent

  std::optional<double> utilization_percent;
  std::optional<double> memory_utilization_percent;
  std::optional<uint64_t> memory_used_bytes;
  std::optional<uint64_t> memory_total_bytes;
  std::optional<uint64_t> memory_reserved_bytes;
  std::optional<double> temperature_celsius;
  std::optional<double> memory_temperature_celsius;
  std::optional<double> power_watts;
  std::optional<double> power_limit_watts;
  std::optional<double> energy_joules;  ///< since the driver was loaded
  std::optional<double> fan_percent;
  std::optional<double> sm_clock_hertz;
  std::optional<double> memory_clock_hertz;
  std::optional<double> pcie_received_bytes_per_second;
  std::optional<double> pcie_sent_bytes_per_second;
  std::optional<uint64_t> pcie_generation;
  std::optional<uint64_t> pcie_width;
  std::optional<uint64_t> ecc_corrected;
  std::optional<uint64_t> ecc_uncorrected;
  std::map<uint64_t, uint64_t> xid_counts;           ///< XID number -> times seen by us
  std::optional<uint64_t> throttle_reasons;          ///< NVML's bit mask
  std::optional<std::string> performance_state;      ///< "P0"
};

/// A process's part of one GPU. The same pid appears once for each GPU it uses.
struct GpuProcess {
  int64_t pid = 0;  ///< in the pid namespace of the reader of /proc, where it could be mapped; otherwise the host's
  std::string gpu;
  GpuSource source = GpuSource::nvml;
  std::optional<uint64_t> memory_bytes;
  std::optional<uint64_t> memory_reserved_bytes;
  std::optional<double> utilization_percent;
  std::optional<double> memory_utilization_percent;
  std::optional<double> encoder_percent;
  std::optional<double> decoder_percent;
};

struct GpuSnapshot {
  TimeMs time;
  std::vector<GpuDevice> devices;
  std::vector<GpuProcess> processes;
};

}  // namespace monitorai::signals
