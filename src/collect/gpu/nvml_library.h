#pragma once
// libnvidia-ml.so.1, opened at run time. Symbols that this driver lacks are null; call() answers kFunctionNotFound for them.
// Thread: the one that opened it (a wedged driver may keep that thread for ever: HangGuard gives up on it).

#include <map>
#include <memory>
#include <string>

#include "base/result.h"
#include "collect/gpu/nvml_api.h"

namespace monitorai::collect::nvml {

/// One of the three process lists of a device.
using ListProcesses = Return (*)(Device, unsigned* count, void* entries);

struct ProcessLists {
  ListProcesses compute = nullptr, graphics = nullptr, mps = nullptr;
  size_t entry_bytes = 0;  ///< what the symbols found should write per entry
};

/// Which size the entries of a symbol have. The v3 symbols write 24 bytes, except in the drivers 535.43 to 535.8x (32 bytes), which are
/// known by having nvmlDeviceGetConfComputeMemSizeInfo and lacking nvmlDeviceGetRunningProcessDetailList.
size_t process_entry_bytes(int symbol_version, bool has_conf_compute, bool has_detail_list);

class Library {
 public:
  /// Opens the library and initialises NVML. Code::not_found: no such library. Code::unavailable: it is there and does not work (now).
  static Result<std::unique_ptr<Library>> open(const std::string& path);
  ~Library();
  Library(const Library&) = delete;
  Library& operator=(const Library&) = delete;

  template <class F, class... Args>
  static Return call(F function, Args... args) {
    return function == nullptr ? kFunctionNotFound : function(args...);
  }

  // The members are NVML's functions of the same name.
  Return (*system_driver_version)(char*, unsigned) = nullptr;
  Return (*device_count)(unsigned*) = nullptr;
  Return (*device_by_index)(unsigned, Device*) = nullptr;
  Return (*device_name)(Device, char*, unsigned) = nullptr;
  Return (*device_uuid)(Device, char*, unsigned) = nullptr;
  Return (*device_pci)(Device, PciInfo*) = nullptr;
  Return (*memory)(Device, Memory*) = nullptr;
  Return (*memory_v2)(Device, MemoryV2*) = nullptr;
  Return (*utilization)(Device, Utilization*) = nullptr;
  Return (*temperature)(Device, unsigned sensor, unsigned*) = nullptr;
  Return (*power_usage)(Device, unsigned* milliwatts) = nullptr;
  Return (*power_limit)(Device, unsigned* milliwatts) = nullptr;
  Return (*total_energy)(Device, uint64_t* millijoules) = nullptr;
  Return (*fan_speed)(Device, unsigned* percent) = nullptr;
  Return (*clock)(Device, unsigned which, unsigned* megahertz) = nullptr;
  Return (*pcie_throughput)(Device, unsigned which, unsigned* kilobytes) = nullptr;
  Return (*pcie_generation)(Device, unsigned*) = nullptr;
  Return (*pcie_width)(Device, unsigned*) = nullptr;
  Return (*ecc_errors)(Device, unsigned type, unsigned counter, uint64_t*) = nullptr;
  Return (*clock_event_reasons)(Device, uint64_t*) = nullptr;
  Return (*performance_state)(Device, unsigned*) = nullptr;
  Return (*field_values)(Device, int count, FieldValue*) = nullptr;
  Return (*mig_mode)(Device, unsigned* current, unsigned* pending) = nullptr;
  Return (*mig_device_count_max)(Device, unsigned*) = nullptr;
  Return (*mig_device_by_index)(Device, unsigned, Device*) = nullptr;
  Return (*gpu_instance_id)(Device, unsigned*) = nullptr;
  Return (*compute_instance_id)(Device, unsigned*) = nullptr;
  Return (*process_utilization)(Device, UtilizationSample*, unsigned* count, uint64_t last_seen_us) = nullptr;
  Return (*processes_utilization)(Device, ProcessesUtilization*) = nullptr;
  Return (*event_set_create)(EventSet*) = nullptr;
  Return (*event_set_free)(EventSet) = nullptr;
  Return (*event_set_wait)(EventSet, EventData*, unsigned timeout_ms) = nullptr;
  Return (*register_events)(Device, uint64_t types, EventSet) = nullptr;
  ProcessLists processes;

 private:
  explicit Library(void* handle);
  void load_process_lists();
  template <class F>
  void load(F& function, std::initializer_list<const char*> newest_first);

  void* handle_ = nullptr;  ///< never closed: the driver's library keeps threads and thread-local state of its own
  bool initialized_ = false;
};

/// Failed calls of one read, by reason.
class CallErrors {
 public:
  /// True for kSuccess. Codes that only say "this GPU or driver does not have that" are not errors.
  bool ok(Return result);
  void add(const std::string& reason) { ++counts_[reason]; }
  /// Whether a call said since the last clear_lost() that the device is gone.
  bool lost() const { return lost_; }
  void clear_lost() { lost_ = false; }
  const std::map<std::string, uint64_t>& counts() const { return counts_; }

 private:
  std::map<std::string, uint64_t> counts_;
  bool lost_ = false;
};

/// "gpu_is_lost", "no_permission", "code_42".
std::string return_name(Return result);

}  // namespace monitorai::collect::nvml
