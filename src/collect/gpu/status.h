#pragma once
// How the GPU sources are doing, for our own metrics (monitorai_gpu_*), the log and the status page. A plain value: copied freely.

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "collect/gpu/gpu_info_files.h"
#include "signals/gpu.h"

namespace monitorai::collect {

struct GpuSourceStatus {
  signals::GpuSource source = signals::GpuSource::nvml;
  bool enabled = true;
  bool up = false;                         ///< the newest read of it that came back in time gave numbers
  std::string problem;                     ///< why it is not up, for a person; "" when it is, or when it has not been asked
  std::optional<double> age_seconds;       ///< of the numbers in use; absent when none are
  uint64_t hangs = 0;                      ///< reads that were given up on, since the start
  size_t abandoned_threads = 0;            ///< threads that still hang in a read that was given up on
  size_t unreaped_children = 0;            ///< killed children that the kernel has not let die yet
  std::map<std::string, uint64_t> errors;  ///< failed calls by reason, since the start
};

struct GpuStatus {
  std::string service;            ///< the value of the label of this name on nvidia_gpu_*
  std::string service_namespace;  ///< label `namespace`
  std::vector<GpuSourceStatus> sources;
  GpuInfoCounts info_files;
  bool foreign_pids = false;  ///< we live in a pid namespace, and the driver reports pids of the host
};

}  // namespace monitorai::collect
