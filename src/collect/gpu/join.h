#pragma once
// Joins what the sources saw into one snapshot, by a fixed precedence. Pure; thread: any.
//
// Devices: NVML, then nvidia-smi, then DRM; a device that a better source has is taken from there whole.
// Processes, each number of a (pid, gpu) by itself: NVML, then nvidia-smi, then DRM, then the process's gpu-info file. The file's memory
// is used only where no source above it gave any memory for that pid: else a process would be counted twice.

#include <optional>
#include <vector>

#include "collect/gpu/gpu_info_json.h"
#include "signals/gpu.h"

namespace monitorai::collect {

/// What one source saw.
struct GpuReading {
  std::vector<signals::GpuDevice> devices;
  std::vector<signals::GpuProcess> processes;
};

/// What all sources saw; null or empty where one gave nothing. In `drm`, devices have no name yet, and `gpu` of a process is the PCI
/// address of its device.
struct GpuReadings {
  const GpuReading* nvml = nullptr;
  const GpuReading* nvidia_smi = nullptr;
  const GpuReading* drm = nullptr;
  std::vector<GpuInfo> files;
  size_t nvidia_count = 0;  ///< NVIDIA GPUs known to be in the machine: DRM devices are named after them, in the order of `drm`
};

signals::GpuSnapshot join(TimeMs time, const GpuReadings& readings);

/// The number in "gpu7" and "gpu7/mig1"; nullopt for other names.
std::optional<size_t> gpu_index(std::string_view gpu);

}  // namespace monitorai::collect
