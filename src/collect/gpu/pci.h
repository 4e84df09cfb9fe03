#pragma once
// The GPUs that the PCI bus knows, with their power state, read from sysfs: reading it wakes nobody, while a call into a driver wakes a
// sleeping laptop GPU. Thread: any.

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

namespace monitorai::collect {

constexpr uint32_t kPciNvidia = 0x10de;
constexpr uint32_t kPciAmd = 0x1002;
constexpr uint32_t kPciIntel = 0x8086;

struct PciGpu {
  std::string address;  ///< "0000:65:00.0"
  uint32_t vendor = 0;
  bool suspended = false;
};

/// Display and 3D controllers, by address.
std::vector<PciGpu> pci_gpus(const std::filesystem::path& sys_root);
/// Whether the device sleeps now; false where that cannot be read.
bool pci_suspended(const std::filesystem::path& sys_root, const std::string& address);
/// NVML's "00000000:65:00.0" and nvidia-smi's capitals as sysfs spells an address: "0000:65:00.0".
std::string normal_pci_address(std::string_view address);

/// The first line of a small sysfs file, trimmed; nullopt where it cannot be read.
std::optional<std::string> read_attribute(const std::filesystem::path& file);
/// An attribute that is a decimal or 0x-hexadecimal integer.
std::optional<uint64_t> read_number_attribute(const std::filesystem::path& file);

}  // namespace monitorai::collect
