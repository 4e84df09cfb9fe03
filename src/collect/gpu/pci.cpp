#include "collect/gpu/pci.h"

#include "base/files.h"
#include "base/text.h"

namespace monitorai::collect {
namespace {

constexpr size_t kAttributeBytesMax = 4096;
constexpr uint64_t kClassDisplay = 0x03;
constexpr size_t kDomainDigits = 4;

}  // namespace

std::optional<std::string> read_attribute(const std::filesystem::path& file) {
  const auto bytes = read_file(file, kAttributeBytesMax);
  if (!bytes) return std::nullopt;
  return std::string(trim(std::string_view(*bytes).substr(0, bytes->find('\n'))));
}

std::optional<uint64_t> read_number_attribute(const std::filesystem::path& file) {
  const auto text = read_attribute(file);
  if (!text) return std::nullopt;
  if (!text->starts_with("0x")) return parse_integer<uint64_t>(*text);
  uint64_t value = 0;
  const char* end = text->data() + text->size();
  const auto [stopped, error] = std::from_chars(text->data() + 2, end, value, 16);
  return error == std::errc{} && stopped == end ? std::optional(value) : std::nullopt;
}

bool pci_suspended(const std::filesystem::path& sys_root, const std::string& address) {
  if (address.empty()) return false;
  return read_attribute(sys_root / "bus/pci/devices" / address / "power/runtime_status") == "suspended";
}

std::vector<PciGpu> pci_gpus(const std::filesystem::path& sys_root) {
  std::vector<PciGpu> gpus;
  std::error_code error;
  for (std::filesystem::directory_iterator at(sys_root / "bus/pci/devices", error), end; !error && at != end; at.increment(error)) {
    const auto device_class = read_number_attribute(at->path() / "class");
    if (!device_class || *device_class >> 16 != kClassDisplay) continue;
    PciGpu gpu{at->path().filename().native(), static_cast<uint32_t>(read_number_attribute(at->path() / "vendor").value_or(0)), false};
    gpu.suspended = pci_suspended(sys_root, gpu.address);
    gpus.push_back(std::move(gpu));
  }
  std::sort(gpus.begin(), gpus.end(), [](const PciGpu& a, const PciGpu& b) { return a.address < b.address; });
  return gpus;
}

std::string normal_pci_address(std::string_view address) {
  std::string text = lower(trim(address));
  size_t colon = text.find(':');
  for (; colon != std::string::npos && colon > kDomainDigits && text.front() == '0'; --colon) text.erase(0, 1);
  return text;
}

}  // namespace monitorai::collect
