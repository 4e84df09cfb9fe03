#include "collect/gpu/drm.h"

#include "base/files.h"
#include "base/text.h"
#include "collect/gpu/pci.h"

namespace monitorai::collect {
namespace {

namespace fs = std::filesystem;
using signals::GpuDevice;

constexpr size_t kUeventBytesMax = 16 * 1024;
constexpr double kMilli = 1e-3, kMicro = 1e-6, kMega = 1e6;
constexpr int kSensorsMax = 8;

std::optional<double> scaled(std::optional<uint64_t> value, double factor) {
  return value ? std::optional(static_cast<double>(*value) * factor) : std::nullopt;
}

std::optional<double> percent(std::optional<uint64_t> value) { return value && *value <= 100 ? scaled(value, 1) : std::nullopt; }

std::optional<std::string> uevent_value(const fs::path& device, std::string_view name) {
  const auto text = read_file(device / "uevent", kUeventBytesMax);
  if (!text) return std::nullopt;
  for (std::string_view line : split(*text, '\n')) {
    if (line.starts_with(name) && line.size() > name.size() && line[name.size()] == '=') return std::string(line.substr(name.size() + 1));
  }
  return std::nullopt;
}

/// "card0", "card1", ...: not "card0-HDMI-A-1", not "renderD128".
bool is_card(std::string_view name) { return name.starts_with("card") && parse_integer<unsigned>(name.substr(4)).has_value(); }

void read_hwmon(const fs::path& hwmon, GpuDevice& out) {
  for (int i = 1; i <= kSensorsMax; ++i) {
    const auto value = scaled(read_number_attribute(hwmon / fmt::format("temp{}_input", i)), kMilli);
    const std::string label = read_attribute(hwmon / fmt::format("temp{}_label", i)).value_or(i == 1 ? "edge" : "");
    if (label == "edge" || label == "pkg") out.temperature_celsius = value;
    if (label == "mem" || label == "vram") out.memory_temperature_celsius = value;
  }
  out.power_watts = scaled(read_number_attribute(hwmon / "power1_average"), kMicro);
  if (!out.power_watts) out.power_watts = scaled(read_number_attribute(hwmon / "power1_input"), kMicro);
  out.power_limit_watts = scaled(read_number_attribute(hwmon / "power1_cap"), kMicro);
  if (!out.power_limit_watts) out.power_limit_watts = scaled(read_number_attribute(hwmon / "power1_max"), kMicro);
  out.energy_joules = scaled(read_number_attribute(hwmon / "energy1_input"), kMicro);
  const auto fan = read_number_attribute(hwmon / "pwm1"), fan_max = read_number_attribute(hwmon / "pwm1_max");
  if (fan && fan_max && *fan_max > 0 && *fan <= *fan_max)
    out.fan_percent = 100.0 * static_cast<double>(*fan) / static_cast<double>(*fan_max);
  out.sm_clock_hertz = scaled(read_number_attribute(hwmon / "freq1_input"), 1);
  out.memory_clock_hertz = scaled(read_number_attribute(hwmon / "freq2_input"), 1);
}

void read_all_hwmon(const fs::path& device, GpuDevice& out) {
  std::error_code error;
  for (fs::directory_iterator at(device / "hwmon", error), end; !error && at != end; at.increment(error)) {
    if (at->path().filename().native().starts_with("hwmon")) return read_hwmon(at->path(), out);
  }
}

/// amdgpu's RAS counters: "ue: 1\nce: 5\n".
void read_ecc(const fs::path& device, GpuDevice& out) {
  const auto text = read_file(device / "ras/umc_err_count", kUeventBytesMax);
  if (!text) return;
  for (std::string_view line : split(*text, '\n')) {
    if (line.starts_with("ue:")) out.ecc_uncorrected = parse_integer<uint64_t>(trim(line.substr(3)));
    if (line.starts_with("ce:")) out.ecc_corrected = parse_integer<uint64_t>(trim(line.substr(3)));
  }
}

void read_amd(const fs::path& device, GpuDevice& out) {
  out.utilization_percent = percent(read_number_attribute(device / "gpu_busy_percent"));
  out.memory_utilization_percent = percent(read_number_attribute(device / "mem_busy_percent"));
  out.memory_used_bytes = read_number_attribute(device / "mem_info_vram_used");
  out.memory_total_bytes = read_number_attribute(device / "mem_info_vram_total");
  if (const auto id = read_attribute(device / "unique_id")) out.uuid = to_valid_utf8(*id);
  read_ecc(device, out);
}

void read_intel(const fs::path& card, const fs::path& device, GpuDevice& out) {
  out.memory_total_bytes = read_number_attribute(card / "lmem_total_bytes");
  if (out.sm_clock_hertz) return;
  for (const fs::path& file : {card / "gt_act_freq_mhz", card / "gt/gt0/rps_act_freq_mhz", device / "tile0/gt0/freq0/act_freq"}) {
    if ((out.sm_clock_hertz = scaled(read_number_attribute(file), kMega))) return;
  }
}

std::optional<GpuDevice> read_card(const fs::path& card, const fs::path& sys_root) {
  const fs::path device = card / "device";
  const auto vendor = read_number_attribute(device / "vendor");
  const auto address = uevent_value(device, "PCI_SLOT_NAME");
  if (!address || (vendor != kPciAmd && vendor != kPciIntel)) return std::nullopt;
  GpuDevice out;
  out.source = signals::GpuSource::drm;
  out.pci = normal_pci_address(*address);
  out.vendor = vendor == kPciAmd ? "amd" : "intel";
  out.driver = uevent_value(device, "DRIVER").value_or("");
  out.gpu_type = to_valid_utf8(read_attribute(device / "product_name").value_or(""));
  if (out.gpu_type.empty()) {
    out.gpu_type = fmt::format("{} GPU {:#06x}", vendor == kPciAmd ? "AMD" : "Intel", read_number_attribute(device / "device").value_or(0));
  }
  out.suspended = pci_suspended(sys_root, out.pci) || read_attribute(device / "power/runtime_status") == "suspended";
  if (out.suspended) return out;
  read_all_hwmon(device, out);
  if (vendor == kPciAmd) read_amd(device, out);
  if (vendor == kPciIntel) read_intel(card, device, out);
  if (const auto speed = read_attribute(device / "current_link_speed")) out.pcie_generation = pcie_generation_of(*speed);
  out.pcie_width = read_number_attribute(device / "current_link_width");
  return out;
}

}  // namespace

std::optional<uint64_t> pcie_generation_of(std::string_view link_speed) {
  constexpr std::array<std::string_view, 6> kSpeeds{"2.5", "5.0", "8.0", "16.0", "32.0", "64.0"};
  const std::string_view speed = link_speed.substr(0, link_speed.find(' '));
  for (size_t i = 0; i < kSpeeds.size(); ++i)
    if (speed == kSpeeds[i]) return i + 1;
  return std::nullopt;
}

SourceReading DrmReader::read() {
  SourceReading reading;
  std::error_code error;
  for (fs::directory_iterator at(place_.sys_root / "class/drm", error), end; !error && at != end; at.increment(error)) {
    if (!is_card(at->path().filename().native())) continue;
    if (auto device = read_card(at->path(), place_.sys_root)) reading.gpus.devices.push_back(*std::move(device));
  }
  auto& devices = reading.gpus.devices;
  std::sort(devices.begin(), devices.end(), [](const GpuDevice& a, const GpuDevice& b) { return a.pci < b.pci; });
  reading.up = !devices.empty();
  reading.absent = devices.empty();
  if (devices.empty()) {
    reading.problem = "no AMD or Intel GPU";
    return reading;
  }
  std::set<std::string> awake;
  for (const GpuDevice& device : devices)
    if (!device.suspended) awake.insert(device.pci);
  if (!awake.empty()) reading.gpus.processes = clients_.scan(place_.proc_root, place_.sys_root, awake, place_.monotonic());
  return reading;
}

}  // namespace monitorai::collect
