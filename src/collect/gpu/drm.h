#pragma once
// DrmReader: AMD and Intel GPUs through /sys/class/drm and hwmon, and the processes on them (drm_clients). Thread: one, that of
// HangGuard, for a file of sysfs is a call into the driver.

#include <filesystem>
#include <functional>

#include "collect/gpu/drm_clients.h"
#include "collect/gpu/reading.h"

namespace monitorai::collect {

struct DrmPlace {
  std::filesystem::path sys_root = "/sys";
  std::filesystem::path proc_root = "/proc";
  /// Time that never goes back, for the time between two scans.
  std::function<std::chrono::nanoseconds()> monotonic = [] { return std::chrono::steady_clock::now().time_since_epoch(); };
};

class DrmReader {
 public:
  explicit DrmReader(DrmPlace place) : place_(std::move(place)) {}

  /// Devices by PCI address, without names (join() gives them); processes with the PCI address of their device as `gpu`.
  SourceReading read();

 private:
  DrmPlace place_;
  DrmClients clients_;
};

/// "16.0 GT/s PCIe" is generation 4.
std::optional<uint64_t> pcie_generation_of(std::string_view link_speed);

}  // namespace monitorai::collect
