#include "collect/gpu/nvml_library.h"

#include <dlfcn.h>

namespace monitorai::collect::nvml {
namespace {

struct Name {
  Return result;
  std::string_view name;
};
constexpr std::array<Name, 16> kNames{{{kUninitialized, "uninitialized"},
                                       {kInvalidArgument, "invalid_argument"},
                                       {kNotSupported, "not_supported"},
                                       {kNoPermission, "no_permission"},
                                       {kNotFound, "not_found"},
                                       {kInsufficientSize, "insufficient_size"},
                                       {kDriverNotLoaded, "driver_not_loaded"},
                                       {kTimeout, "timeout"},
                                       {kFunctionNotFound, "function_not_found"},
                                       {kGpuIsLost, "gpu_is_lost"},
                                       {kResetRequired, "reset_required"},
                                       {kLibraryVersionMismatch, "library_version_mismatch"},
                                       {kNoData, "no_data"},
                                       {kArgumentVersionMismatch, "argument_version_mismatch"},
                                       {kDeprecated, "deprecated"},
                                       {kUnknown, "unknown"}}};

/// Where the library is when the linker does not know: under WSL2, and on NixOS.
constexpr std::array<std::string_view, 2> kFolders{"/usr/lib/wsl/lib/", "/run/opengl-driver/lib/"};

/// dlopen(3), and for a bare name the folders above. The second is the reason of the first failure.
std::pair<void*, std::string> open_library(const std::string& path) {
  if (void* handle = ::dlopen(path.c_str(), RTLD_NOW | RTLD_LOCAL); handle != nullptr) return {handle, ""};
  const char* said = ::dlerror();
  std::string why = said == nullptr ? "unknown" : said;
  if (path.find('/') != std::string::npos) return {nullptr, std::move(why)};
  for (const std::string_view folder : kFolders) {
    if (void* handle = ::dlopen((std::string(folder) + path).c_str(), RTLD_NOW | RTLD_LOCAL); handle != nullptr) return {handle, ""};
  }
  return {nullptr, std::move(why)};
}

}  // namespace

std::string return_name(Return result) {
  for (const Name& known : kNames)
    if (known.result == result) return std::string(known.name);
  return fmt::format("code_{}", result);
}

bool CallErrors::ok(Return result) {
  switch (result) {
    case kSuccess:
      return true;
    case kNotSupported:
    case kFunctionNotFound:
    case kNotFound:
    case kNoData:
    case kDeprecated:
      return false;
    case kGpuIsLost:
    case kResetRequired:
    case kUninitialized:
    case kDriverNotLoaded:
      lost_ = true;
      break;
    default:
      break;
  }
  add(return_name(result));
  return false;
}

size_t process_entry_bytes(int symbol_version, bool has_conf_compute, bool has_detail_list) {
  if (symbol_version <= 1) return kProcessEntryV1Bytes;
  return symbol_version >= 3 && has_conf_compute && !has_detail_list ? kProcessEntryLongBytes : kProcessEntryV2Bytes;
}

template <class F>
void Library::load(F& function, std::initializer_list<const char*> newest_first) {
  for (const char* name : newest_first) {
    // POSIX promises that a function pointer survives the way through void*.
    if (void* symbol = ::dlsym(handle_, name); symbol != nullptr) {
      static_assert(sizeof function == sizeof symbol);
      std::memcpy(&function, &symbol, sizeof function);
      return;
    }
  }
}

void Library::load_process_lists() {
  const bool conf_compute = ::dlsym(handle_, "nvmlDeviceGetConfComputeMemSizeInfo") != nullptr;
  const bool detail_list = ::dlsym(handle_, "nvmlDeviceGetRunningProcessDetailList") != nullptr;
  for (const int version : {3, 2, 1}) {
    const std::string suffix = version == 1 ? "" : fmt::format("_v{}", version);
    load(processes.compute, {("nvmlDeviceGetComputeRunningProcesses" + suffix).c_str()});
    if (processes.compute == nullptr) continue;
    load(processes.graphics, {("nvmlDeviceGetGraphicsRunningProcesses" + suffix).c_str()});
    load(processes.mps, {("nvmlDeviceGetMPSComputeRunningProcesses" + suffix).c_str()});
    processes.entry_bytes = process_entry_bytes(version, conf_compute, detail_list);
    return;
  }
}

Library::Library(void* handle) : handle_(handle) {
  load(system_driver_version, {"nvmlSystemGetDriverVersion"});
  load(device_count, {"nvmlDeviceGetCount_v2", "nvmlDeviceGetCount"});
  load(device_by_index, {"nvmlDeviceGetHandleByIndex_v2", "nvmlDeviceGetHandleByIndex"});
  load(device_name, {"nvmlDeviceGetName"});
  load(device_uuid, {"nvmlDeviceGetUUID"});
  load(device_pci, {"nvmlDeviceGetPciInfo_v3"});
  load(memory, {"nvmlDeviceGetMemoryInfo"});
  load(memory_v2, {"nvmlDeviceGetMemoryInfo_v2"});
  load(utilization, {"nvmlDeviceGetUtilizationRates"});
  load(temperature, {"nvmlDeviceGetTemperature"});
  load(power_usage, {"nvmlDeviceGetPowerUsage"});
  load(power_limit, {"nvmlDeviceGetEnforcedPowerLimit"});
  load(total_energy, {"nvmlDeviceGetTotalEnergyConsumption"});
  load(fan_speed, {"nvmlDeviceGetFanSpeed"});
  load(clock, {"nvmlDeviceGetClockInfo"});
  load(pcie_throughput, {"nvmlDeviceGetPcieThroughput"});
  load(pcie_generation, {"nvmlDeviceGetCurrPcieLinkGeneration"});
  load(pcie_width, {"nvmlDeviceGetCurrPcieLinkWidth"});
  load(ecc_errors, {"nvmlDeviceGetTotalEccErrors"});
  load(clock_event_reasons, {"nvmlDeviceGetCurrentClocksEventReasons", "nvmlDeviceGetCurrentClocksThrottleReasons"});
  load(performance_state, {"nvmlDeviceGetPerformanceState"});
  load(field_values, {"nvmlDeviceGetFieldValues"});
  load(mig_mode, {"nvmlDeviceGetMigMode"});
  load(mig_device_count_max, {"nvmlDeviceGetMaxMigDeviceCount"});
  load(mig_device_by_index, {"nvmlDeviceGetMigDeviceHandleByIndex"});
  load(gpu_instance_id, {"nvmlDeviceGetGpuInstanceId"});
  load(compute_instance_id, {"nvmlDeviceGetComputeInstanceId"});
  load(process_utilization, {"nvmlDeviceGetProcessUtilization"});
  load(processes_utilization, {"nvmlDeviceGetProcessesUtilizationInfo"});
  load(event_set_create, {"nvmlEventSetCreate"});
  load(event_set_free, {"nvmlEventSetFree"});
  load(event_set_wait, {"nvmlEventSetWait_v2", "nvmlEventSetWait"});
  load(register_events, {"nvmlDeviceRegisterEvents"});
  load_process_lists();
}

Result<std::unique_ptr<Library>> Library::open(const std::string& path) {
  const auto [handle, why] = open_library(path);
  if (handle == nullptr) return Error{Code::not_found, fmt::format("cannot open {}: {}", path, why)};
  std::unique_ptr<Library> library(new Library(handle));
  Return (*init)() = nullptr;
  library->load(init, {"nvmlInit_v2", "nvmlInit"});
  if (init == nullptr || library->device_count == nullptr || library->device_by_index == nullptr) {
    return Error{Code::unavailable, fmt::format("cannot use {}: it lacks nvmlInit or the device functions", path)};
  }
  if (const Return result = init(); result != kSuccess) {
    return Error{Code::unavailable, fmt::format("cannot initialise NVML: {} (code {})", return_name(result), result)};
  }
  library->initialized_ = true;
  return library;
}

Library::~Library() {
  Return (*shutdown)() = nullptr;
  load(shutdown, {"nvmlShutdown"});
  if (initialized_) call(shutdown);
}

}  // namespace monitorai::collect::nvml
