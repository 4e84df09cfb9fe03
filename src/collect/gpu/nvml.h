#pragma once
// NvmlReader: all NVIDIA GPUs and the processes on them through NVML. With nvml_library and nvml_processes it is the one adapter of
// NVIDIA's library. Thread: one, that of HangGuard; every call may hang for ever.

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "collect/gpu/nvml_library.h"
#include "collect/gpu/nvml_processes.h"
#include "collect/gpu/reading.h"

namespace monitorai::collect {

struct NvmlPlace {
  std::string library = "libnvidia-ml.so.1";
  std::filesystem::path sys_root = "/sys";    ///< power state of PCI devices
  std::filesystem::path proc_root = "/proc";  ///< meminfo, for GPUs that share the machine's memory
};

class NvmlReader {
 public:
  explicit NvmlReader(NvmlPlace place) : place_(std::move(place)) {}
  ~NvmlReader();
  NvmlReader(const NvmlReader&) = delete;
  NvmlReader& operator=(const NvmlReader&) = delete;

  /// One look at all GPUs. Opens the library when it is not open; closes it when nothing works any more, so that the next read starts
  /// afresh. A GPU that sleeps is named and not touched; when all sleep, NVML is not touched at all.
  SourceReading read();

 private:
  struct Device {
    nvml::Device handle = nullptr;
    signals::GpuDevice identity;  ///< name, type, UUID, PCI address; no numbers
    nvml::UtilizationReader utilization;
    bool registered = false;  ///< for XID events
    std::map<uint64_t, uint64_t> xid_counts;
    std::optional<double> pcie_received_bytes_per_second;
    std::optional<double> pcie_sent_bytes_per_second;
  };

  Result<void> open();
  void close();
  void find_devices(nvml::CallErrors& errors);
  void read_device(Device& device, SourceReading& into, nvml::CallErrors& errors);
  void read_memory(nvml::Device handle, signals::GpuDevice& out, bool may_share, nvml::CallErrors& errors) const;
  void read_clocks_and_heat(nvml::Device handle, signals::GpuDevice& out, nvml::CallErrors& errors) const;
  void read_health(nvml::Device handle, signals::GpuDevice& out, nvml::CallErrors& errors) const;
  void read_pcie(Device& device, nvml::CallErrors& errors) const;
  void read_events(nvml::CallErrors& errors);
  void read_processes(Device& device, SourceReading& into, nvml::CallErrors& errors);
  bool read_mig(Device& device, const std::vector<nvml::DeviceProcess>& whole, SourceReading& into, nvml::CallErrors& errors);
  SourceReading all_asleep(const std::vector<std::string>& addresses) const;

  NvmlPlace place_;
  std::unique_ptr<nvml::Library> library_;
  nvml::EventSet events_ = nullptr;
  std::vector<Device> devices_;
  unsigned device_count_ = 0;
  size_t pcie_next_ = 0;  ///< the one device whose PCIe throughput the next read samples
};

}  // namespace monitorai::collect
