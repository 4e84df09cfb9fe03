#include "app/config/collectors.h"

namespace monitorai::app {

collect::GpuSettings gpu_settings(const Config::Collect& settings) {
  collect::GpuSettings out;
  out.service = settings.gpu.service;
  out.service_namespace = settings.gpu.service_namespace;
  out.nvml = settings.gpu.nvml;
  out.nvml_library = settings.gpu.nvml_library;
  out.nvidia_smi = settings.gpu.nvidia_smi;
  out.nvidia_smi_program = settings.gpu.nvidia_smi_program;
  out.drm = settings.gpu.drm;
  out.gpu_info_path = settings.gpu.info_path;
  out.gpu_info_age_max = settings.gpu.info_age_max;
  out.proc_root = settings.process.proc;
  return out;
}

}  // namespace monitorai::app
