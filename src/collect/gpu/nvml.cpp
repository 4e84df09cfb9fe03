#include "collect/gpu/nvml.h"

#include "base/files.h"
#include "base/text.h"
#include "collect/gpu/pci.h"

namespace monitorai::collect {
namespace {

using nvml::CallErrors;
using nvml::Library;
using signals::GpuDevice;
using signals::GpuProcess;
using signals::GpuSource;

constexpr unsigned kDevicesMax = 64;
constexpr unsigned kMigDevicesMax = 16;
constexpr int kEventsPerReadMax = 64;
constexpr double kPercentMax = 100;
constexpr double kFanPercentMax = 200;  // NVML: "may exceed 100 % in certain cases"
constexpr double kCelsiusMax = 200;
constexpr size_t kMeminfoBytesMax = 64 * 1024;

/// A text that NVML writes into a buffer of ours, which it may leave without an end.
template <class F>
std::string text_of(F function, nvml::Device device, CallErrors& errors) {
  std::array<char, nvml::kNameBytes> buffer{};
  if (!errors.ok(Library::call(function, device, buffer.data(), nvml::kNameBytes))) return "";
  return to_valid_utf8(std::string_view(buffer.data(), ::strnlen(buffer.data(), buffer.size())));
}

/// A 32-bit number: absent when the call failed, when it is NVML's "not available", or over `max`.
std::optional<double> number(nvml::Return result, unsigned value, double max, CallErrors& errors) {
  if (!errors.ok(result) || value == nvml::kNotAvailable32) return std::nullopt;
  if (value > max) {
    errors.add("junk_value");
    return std::nullopt;
  }
  return value;
}

template <class F, class... Args>
std::optional<double> number(F function, double max, CallErrors& errors, Args... args) {
  unsigned value = nvml::kNotAvailable32;
  const nvml::Return result = Library::call(function, args..., &value);
  return number(result, value, max, errors);
}

template <class F, class... Args>
std::optional<uint64_t> long_number(F function, CallErrors& errors, Args... args) {
  uint64_t value = nvml::kNotAvailable;
  if (!errors.ok(Library::call(function, args..., &value)) || value == nvml::kNotAvailable) return std::nullopt;
  return value;
}

std::optional<double> scaled(std::optional<double> value, double factor) { return value ? std::optional(*value * factor) : std::nullopt; }

/// kB of a line of /proc/meminfo, as bytes.
std::optional<uint64_t> meminfo(std::string_view text, std::string_view name) {
  for (std::string_view line : split(text, '\n')) {
    if (!line.starts_with(name)) continue;
    const auto words = trim(line.substr(name.size()));
    const auto kilobytes = parse_integer<uint64_t>(words.substr(0, words.find(' ')));
    return kilobytes ? std::optional(*kilobytes * 1024) : std::nullopt;
  }
  return std::nullopt;
}

GpuProcess process_of(const nvml::DeviceProcess& seen, const std::string& gpu) {
  GpuProcess process;
  process.pid = seen.pid;
  process.gpu = gpu;
  process.memory_bytes = seen.memory_bytes;
  return process;
}

}  // namespace

NvmlReader::~NvmlReader() { close(); }

Result<void> NvmlReader::open() {
  MAI_TRY_ASSIGN(library_, Library::open(place_.library));
  if (Library::call(library_->event_set_create, &events_) != nvml::kSuccess) events_ = nullptr;
  return {};
}

void NvmlReader::close() {
  if (library_ && events_ != nullptr) Library::call(library_->event_set_free, events_);
  events_ = nullptr;
  devices_.clear();
  device_count_ = 0;
  library_.reset();
}

SourceReading NvmlReader::all_asleep(const std::vector<std::string>& addresses) const {
  SourceReading reading;
  reading.up = true;
  for (const std::string& address : addresses) {
    GpuDevice device;
    device.gpu = fmt::format("gpu{}", reading.gpus.devices.size());
    device.pci = address;
    device.vendor = "nvidia";
    for (const Device& known : devices_)
      if (known.identity.pci == address) device = known.identity;
    device.suspended = true;
    reading.gpus.devices.push_back(std::move(device));
  }
  return reading;
}

SourceReading NvmlReader::read() {
  std::vector<std::string> asleep;
  bool any_awake = false;
  for (const PciGpu& gpu : pci_gpus(place_.sys_root)) {
    if (gpu.vendor != kPciNvidia) continue;
    any_awake = any_awake || !gpu.suspended;
    asleep.push_back(gpu.address);
  }
  if (!any_awake && !asleep.empty()) return all_asleep(asleep);

  SourceReading reading;
  CallErrors errors;
  if (!library_) {
    if (const auto opened = open(); !opened) {
      reading.problem = opened.error().message;
      reading.absent = opened.error().code == Code::not_found;
      reading.errors[reading.absent ? "library_not_found" : "init_failed"] = 1;
      return reading;
    }
  }
  find_devices(errors);
  read_events(errors);
  for (Device& device : devices_) read_device(device, reading, errors);
  pcie_next_ = devices_.empty() ? 0 : (pcie_next_ + 1) % devices_.size();
  reading.errors = errors.counts();
  reading.up = !reading.gpus.devices.empty() || errors.counts().empty();
  if (!reading.up) {
    reading.problem = "no GPU answers";
    close();
  }
  return reading;
}

void NvmlReader::find_devices(CallErrors& errors) {
  unsigned count = 0;
  if (!errors.ok(Library::call(library_->device_count, &count))) count = 0;
  count = std::min(count, kDevicesMax);
  if (count == device_count_ && devices_.size() == count) return;
  std::string driver;
  std::array<char, nvml::kNameBytes> buffer{};
  if (errors.ok(Library::call(library_->system_driver_version, buffer.data(), nvml::kNameBytes))) {
    driver = std::string(buffer.data(), ::strnlen(buffer.data(), buffer.size()));
  }
  std::vector<Device> found;
  for (unsigned index = 0; index < count; ++index) {
    Device device;
    if (!errors.ok(Library::call(library_->device_by_index, index, &device.handle))) continue;
    // A device that was known keeps its counters.
    const auto known = std::find_if(devices_.begin(), devices_.end(), [&](const Device& d) { return d.handle == device.handle; });
    if (known != devices_.end()) device = std::move(*known);
    GpuDevice& identity = device.identity;
    identity.gpu = fmt::format("gpu{}", index);
    identity.vendor = "nvidia";
    identity.source = GpuSource::nvml;
    identity.driver = driver;
    identity.gpu_type = text_of(library_->device_name, device.handle, errors);
    identity.uuid = text_of(library_->device_uuid, device.handle, errors);
    nvml::PciInfo pci{};
    if (errors.ok(Library::call(library_->device_pci, device.handle, &pci))) {
      identity.pci = normal_pci_address(std::string_view(pci.bus_id, ::strnlen(pci.bus_id, sizeof pci.bus_id)));
    }
    if (events_ != nullptr && !device.registered) {
      device.registered = Library::call(library_->register_events, device.handle, nvml::kEventXid, events_) == nvml::kSuccess;
    }
    found.push_back(std::move(device));
  }
  devices_ = std::move(found);
  device_count_ = count;
}

void NvmlReader::read_device(Device& device, SourceReading& into, CallErrors& errors) {
  GpuDevice out = device.identity;
  if (pci_suspended(place_.sys_root, out.pci)) {
    out.suspended = true;
    into.gpus.devices.push_back(std::move(out));
    return;
  }
  errors.clear_lost();
  nvml::Utilization busy{nvml::kNotAvailable32, nvml::kNotAvailable32};
  const nvml::Return result = Library::call(library_->utilization, device.handle, &busy);
  out.utilization_percent = number(result, busy.gpu, kPercentMax, errors);
  if (result == nvml::kSuccess) out.memory_utilization_percent = number(result, busy.memory, kPercentMax, errors);
  // A lost GPU answers each call only after a timeout of the driver: one is enough.
  if (errors.lost()) return;
  read_memory(device.handle, out, true, errors);
  read_clocks_and_heat(device.handle, out, errors);
  read_health(device.handle, out, errors);
  if (&device == &devices_[pcie_next_ % devices_.size()]) read_pcie(device, errors);
  out.pcie_received_bytes_per_second = device.pcie_received_bytes_per_second;
  out.pcie_sent_bytes_per_second = device.pcie_sent_bytes_per_second;
  out.xid_counts = device.xid_counts;
  if (errors.lost()) return;
  into.gpus.devices.push_back(std::move(out));
  read_processes(device, into, errors);
}

void NvmlReader::read_memory(nvml::Device handle, GpuDevice& out, bool may_share, CallErrors& errors) const {
  // v1 counts what the driver reserves as used, v2 tells them apart.
  nvml::MemoryV2 v2{nvml::struct_version<nvml::MemoryV2>(2), 0, 0, 0, 0};
  nvml::Return result = Library::call(library_->memory_v2, handle, &v2);
  if (result != nvml::kSuccess) {
    nvml::Memory v1{};
    result = Library::call(library_->memory, handle, &v1);
    v2.total = v1.total;
    v2.used = v1.used;
    v2.reserved = nvml::kNotAvailable;
  }
  if (errors.ok(result)) {
    const auto plausible = [&](uint64_t bytes) {
      if (bytes != nvml::kNotAvailable && bytes > nvml::kMemoryBytesMax) errors.add("junk_memory");
      return bytes > nvml::kMemoryBytesMax ? std::nullopt : std::optional(bytes);
    };
    out.memory_total_bytes = plausible(v2.total);
    out.memory_used_bytes = plausible(v2.used);
    out.memory_reserved_bytes = plausible(v2.reserved);
    return;
  }
  if (result != nvml::kNotSupported || !may_share) return;
  // GB10 and its like have no memory of their own: the GPU allocates the machine's.
  const auto text = read_file(place_.proc_root / "meminfo", kMeminfoBytesMax);
  if (!text) return;
  const auto total = meminfo(*text, "MemTotal:"), available = meminfo(*text, "MemAvailable:");
  out.memory_total_bytes = total;
  if (total && available && *available <= *total) out.memory_used_bytes = *total - *available;
}

void NvmlReader::read_clocks_and_heat(nvml::Device handle, GpuDevice& out, CallErrors& errors) const {
  constexpr double kMilli = 1e-3, kMega = 1e6;
  constexpr double kAny = nvml::kNotAvailable32;
  out.temperature_celsius = number(library_->temperature, kCelsiusMax, errors, handle, nvml::kTemperatureGpu);
  out.power_watts = scaled(number(library_->power_usage, kAny, errors, handle), kMilli);
  out.power_limit_watts = scaled(number(library_->power_limit, kAny, errors, handle), kMilli);
  out.fan_percent = number(library_->fan_speed, kFanPercentMax, errors, handle);
  out.sm_clock_hertz = scaled(number(library_->clock, kAny, errors, handle, nvml::kClockSm), kMega);
  out.memory_clock_hertz = scaled(number(library_->clock, kAny, errors, handle, nvml::kClockMemory), kMega);
  if (const auto millijoules = long_number(library_->total_energy, errors, handle))
    out.energy_joules = static_cast<double>(*millijoules) * kMilli;
  nvml::FieldValue field{};
  field.field = nvml::kFieldMemoryTemperature;
  field.result = nvml::kNotSupported;
  if (errors.ok(Library::call(library_->field_values, handle, 1, &field)) && field.result == nvml::kSuccess && field.value.ui > 0 &&
      field.value.ui <= kCelsiusMax) {
    out.memory_temperature_celsius = field.value.ui;
  }
}

void NvmlReader::read_health(nvml::Device handle, GpuDevice& out, CallErrors& errors) const {
  constexpr unsigned kStates = 16;  // P0 to P15; 32 says unknown
  const auto count = [&](auto function) -> std::optional<uint64_t> {
    const auto value = number(function, nvml::kNotAvailable32, errors, handle);
    return value ? std::optional(static_cast<uint64_t>(*value)) : std::nullopt;
  };
  out.pcie_generation = count(library_->pcie_generation);
  out.pcie_width = count(library_->pcie_width);
  out.ecc_corrected = long_number(library_->ecc_errors, errors, handle, nvml::kEccCorrected, nvml::kEccVolatile);
  out.ecc_uncorrected = long_number(library_->ecc_errors, errors, handle, nvml::kEccUncorrected, nvml::kEccVolatile);
  out.throttle_reasons = long_number(library_->clock_event_reasons, errors, handle);
  if (const auto state = count(library_->performance_state); state < kStates && state) out.performance_state = fmt::format("P{}", *state);
}

void NvmlReader::read_pcie(Device& device, CallErrors& errors) const {
  constexpr double kKilo = 1024;
  // Each call watches the bus for 20 ms: hence one device a read, and the numbers stay until its next turn.
  device.pcie_received_bytes_per_second =
      scaled(number(library_->pcie_throughput, nvml::kNotAvailable32, errors, device.handle, nvml::kPcieReceived), kKilo);
  device.pcie_sent_bytes_per_second =
      scaled(number(library_->pcie_throughput, nvml::kNotAvailable32, errors, device.handle, nvml::kPcieSent), kKilo);
}

void NvmlReader::read_events(CallErrors& errors) {
  if (events_ == nullptr || std::none_of(devices_.begin(), devices_.end(), [](const Device& d) { return d.registered; })) return;
  for (int i = 0; i < kEventsPerReadMax; ++i) {
    nvml::EventData event{};
    constexpr unsigned kDoNotWait = 0;
    const nvml::Return result = Library::call(library_->event_set_wait, events_, &event, kDoNotWait);
    if (result == nvml::kTimeout || !errors.ok(result)) return;
    if ((event.type & nvml::kEventXid) == 0) continue;
    for (Device& device : devices_)
      if (device.handle == event.device) ++device.xid_counts[event.data];
  }
}

void NvmlReader::read_processes(Device& device, SourceReading& into, CallErrors& errors) {
  const auto listed = list_processes(*library_, device.handle, errors);
  const std::vector<nvml::DeviceProcess> whole = listed.value_or(std::vector<nvml::DeviceProcess>());
  if (read_mig(device, whole, into, errors)) return;
  if (!listed) return;
  const auto used = device.utilization.read(*library_, device.handle, whole, errors);
  for (const nvml::DeviceProcess& seen : whole) {
    GpuProcess process = process_of(seen, device.identity.gpu);
    if (used) {
      const auto at = std::find_if(used->begin(), used->end(), [&](const nvml::ProcessUtilization& u) { return u.pid == seen.pid; });
      const nvml::ProcessUtilization use = at == used->end() ? nvml::ProcessUtilization{seen.pid} : *at;
      process.utilization_percent = use.sm;
      process.memory_utilization_percent = use.memory;
      process.encoder_percent = use.encoder;
      process.decoder_percent = use.decoder;
    }
    into.gpus.processes.push_back(std::move(process));
  }
}

/// The instances of a GPU in MIG mode, and their processes; false when it is not in this mode. Without privilege only the handles of the
/// instances list processes; with it the whole GPU's list has them too, by instance id.
bool NvmlReader::read_mig(Device& device, const std::vector<nvml::DeviceProcess>& whole, SourceReading& into, CallErrors& errors) {
  unsigned current = 0, pending = 0;
  if (!errors.ok(Library::call(library_->mig_mode, device.handle, &current, &pending)) || current != 1) return false;
  unsigned count = 0;
  if (!errors.ok(Library::call(library_->mig_device_count_max, device.handle, &count))) return false;
  std::map<std::pair<unsigned, unsigned>, std::string> names;
  std::vector<unsigned> placed;
  for (unsigned index = 0; index < std::min(count, kMigDevicesMax); ++index) {
    nvml::Device instance = nullptr;
    if (!errors.ok(Library::call(library_->mig_device_by_index, device.handle, index, &instance))) continue;
    GpuDevice out = device.identity;
    out.gpu = fmt::format("{}/mig{}", device.identity.gpu, index);
    if (std::string name = text_of(library_->device_name, instance, errors); !name.empty()) out.gpu_type = std::move(name);
    out.uuid = text_of(library_->device_uuid, instance, errors);
    read_memory(instance, out, false, errors);
    unsigned gpu_instance = nvml::kNoInstance, compute_instance = nvml::kNoInstance;
    errors.ok(Library::call(library_->gpu_instance_id, instance, &gpu_instance));
    errors.ok(Library::call(library_->compute_instance_id, instance, &compute_instance));
    names[{gpu_instance, compute_instance}] = out.gpu;
    for (const nvml::DeviceProcess& seen : list_processes(*library_, instance, errors).value_or(std::vector<nvml::DeviceProcess>())) {
      into.gpus.processes.push_back(process_of(seen, out.gpu));
      placed.push_back(seen.pid);
    }
    into.gpus.devices.push_back(std::move(out));
  }
  for (const nvml::DeviceProcess& seen : whole) {
    if (std::find(placed.begin(), placed.end(), seen.pid) != placed.end()) continue;
    const auto name = names.find({seen.gpu_instance, seen.compute_instance});
    into.gpus.processes.push_back(process_of(seen, name == names.end() ? device.identity.gpu : name->second));
  }
  return true;
}

}  // namespace monitorai::collect
