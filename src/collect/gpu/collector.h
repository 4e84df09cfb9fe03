#pragma once
// GpuCollector: everything that is known of the GPUs of this machine and of the processes on them, from NVML, nvidia-smi, DRM and the
// gpu-info files, joined by the precedence that docs/gpu.md states. Thread: the sample thread.

#include <filesystem>
#include <functional>
#include <memory>
#include <string>

#include "base/clock.h"
#include "collect/gpu/families.h"
#include "collect/gpu/status.h"
#include "signals/gpu.h"

namespace monitorai::collect {

struct GpuSettings {
  std::string service = "monitorai";          ///< label `service` of nvidia_gpu_*
  std::string service_namespace = "default";  ///< label `namespace` of nvidia_gpu_*

  bool nvml = true;
  std::string nvml_library = "libnvidia-ml.so.1";  ///< as dlopen(3) takes it: a name to be searched for, or a path
  bool nvidia_smi = true;
  std::string nvidia_smi_program = "nvidia-smi";  ///< a name to be searched for in PATH, or a path
  bool drm = true;                                ///< AMD and Intel
  std::filesystem::path sys_root = "/sys";
  std::filesystem::path proc_root = "/proc";

  std::string gpu_info_path = "logs/gpu-info-*.json";  ///< GpuInfoPattern says what is allowed; "" turns the files off
  std::chrono::milliseconds gpu_info_age_max{60'000};  ///< an older file is not used

  std::chrono::milliseconds deadline{2'000};        ///< the longest that sample() waits for a driver
  std::chrono::milliseconds give_up_after{10'000};  ///< a read that takes longer is abandoned with its thread
  std::chrono::milliseconds retry_after{60'000};  ///< after a failed read of a source; after abandoned ones it doubles, up to 32 times this
  size_t abandoned_threads_max = 3;               ///< per source; a source with so many hanging threads is not asked again
  std::function<bool(int64_t pid)> pid_alive;     ///< whether such a process runs; by default, asks the kernel
};

/// Numbers of a source that hangs or failed are shown no longer than this.
constexpr std::chrono::milliseconds kGpuReadingAgeMax{30'000};

class GpuCollector {
 public:
  GpuCollector(GpuSettings settings, const Clock& clock);
  ~GpuCollector();
  GpuCollector(const GpuCollector&) = delete;
  GpuCollector& operator=(const GpuCollector&) = delete;

  /// Never null. Returns within about `deadline`, whatever the driver does; what did not arrive in time is from an earlier read, never
  /// older than kGpuReadingAgeMax, or missing.
  std::shared_ptr<const signals::GpuSnapshot> sample();
  /// As of the last sample().
  GpuStatus status() const;

 private:
  class Sources;
  std::unique_ptr<Sources> sources_;
};

/// True when a process with this pid exists, zombies included, whoever owns it.
bool process_exists(int64_t pid);

}  // namespace monitorai::collect
