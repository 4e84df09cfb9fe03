#include "collect/gpu/families.h"

#include "base/text.h"

namespace monitorai::collect {
namespace {

using signals::GpuDevice;
using signals::Label;
using signals::Labels;
using signals::MetricFamily;
using signals::MetricType;

constexpr std::array<ThrottleReason, 9> kThrottleReasons{{{0x1, "gpu_idle"},
                                                          {0x2, "applications_clocks_setting"},
                                                          {0x4, "sw_power_cap"},
                                                          {0x8, "hw_slowdown"},
                                                          {0x10, "sync_boost"},
                                                          {0x20, "sw_thermal_slowdown"},
                                                          {0x40, "hw_thermal_slowdown"},
                                                          {0x80, "hw_power_brake_slowdown"},
                                                          {0x100, "display_clock_setting"}}};

/// One gauge of a device: the part of the name after `nvidia_gpu_` or `gpu_`, and where the number is.
struct DeviceGauge {
  std::string_view name;
  std::string_view unit;  ///< "" where the name does not end in it
  std::string_view help;
  std::optional<double> (*value)(const GpuDevice&);
};

template <auto member>
std::optional<double> as_double(const GpuDevice& device) {
  const auto& value = device.*member;
  return value ? std::optional<double>(static_cast<double>(*value)) : std::nullopt;
}

std::optional<double> state_number(const GpuDevice& device) {
  if (!device.performance_state || !device.performance_state->starts_with('P')) return std::nullopt;
  return parse_number(std::string_view(*device.performance_state).substr(1));
}

constexpr std::array<DeviceGauge, 19> kGauges{{
    {"utilization", "", "Share of time in which the GPU was busy, in percent.", as_double<&GpuDevice::utilization_percent>},
    {"memory_used_bytes", "bytes", "GPU memory in use.", as_double<&GpuDevice::memory_used_bytes>},
    {"memory_total_bytes", "bytes", "GPU memory installed.", as_double<&GpuDevice::memory_total_bytes>},
    {"memory_reserved_bytes", "bytes", "GPU memory that the driver and the firmware keep for themselves.",
     as_double<&GpuDevice::memory_reserved_bytes>},
    {"memory_utilization", "", "Share of time in which GPU memory was read or written, in percent.",
     as_double<&GpuDevice::memory_utilization_percent>},
    {"temperature", "", "Temperature of the GPU core, in degrees Celsius.", as_double<&GpuDevice::temperature_celsius>},
    {"memory_temperature", "", "Temperature of the GPU memory, in degrees Celsius.", as_double<&GpuDevice::memory_temperature_celsius>},
    {"power_usage", "", "Power draw of the board, in watts.", as_double<&GpuDevice::power_watts>},
    {"power_limit_watts", "watts", "Power limit in force.", as_double<&GpuDevice::power_limit_watts>},
    {"fan_speed_percent", "percent", "Fan speed as a share of its maximum.", as_double<&GpuDevice::fan_percent>},
    {"sm_clock_hertz", "hertz", "Clock of the compute units.", as_double<&GpuDevice::sm_clock_hertz>},
    {"memory_clock_hertz", "hertz", "Clock of the GPU memory.", as_double<&GpuDevice::memory_clock_hertz>},
    {"pcie_received_bytes_per_second", "", "Bytes a second that the GPU receives over PCIe, sampled now and then.",
     as_double<&GpuDevice::pcie_received_bytes_per_second>},
    {"pcie_sent_bytes_per_second", "", "Bytes a second that the GPU sends over PCIe, sampled now and then.",
     as_double<&GpuDevice::pcie_sent_bytes_per_second>},
    {"pcie_link_generation", "", "PCIe generation of the link as it is now (idle GPUs lower it).", as_double<&GpuDevice::pcie_generation>},
    {"pcie_link_width", "", "PCIe lanes of the link as it is now.", as_double<&GpuDevice::pcie_width>},
    {"performance_state", "", "Performance state: 0 is the fastest, 15 the slowest.", state_number},
    {"throttle_reasons_mask", "", "NVML's bit mask of the reasons for which clocks are held back.",
     as_double<&GpuDevice::throttle_reasons>},
    {"suspended", "", "1 while the GPU sleeps (PCI runtime power management); it is then not asked for numbers.",
     [](const GpuDevice& device) -> std::optional<double> { return device.suspended ? 1.0 : 0.0; }},
}};

/// Families of one vendor group in the order of their making, each looked up by name once a device.
class Group {
 public:
  explicit Group(std::string prefix) : prefix_(std::move(prefix)) {}

  MetricFamily& family(std::string_view name, std::string_view unit, std::string_view help, MetricType type = MetricType::gauge) {
    const std::string full = prefix_ + std::string(name);
    for (MetricFamily& known : families_)
      if (known.name == full) return known;
    return families_.emplace_back(MetricFamily{full, std::string(help), type, std::string(unit)});
  }

  void move_to(std::vector<MetricFamily>& out) {
    for (MetricFamily& family : families_)
      if (!family.points.empty()) out.push_back(std::move(family));
  }

 private:
  std::string prefix_;
  std::vector<MetricFamily> families_;
};

void add_events(Group& group, const GpuDevice& device, const Labels& labels) {
  group.family("energy_joules", "joules", "Energy used since the driver was loaded.", MetricType::counter)
      .counter_if(labels, device.energy_joules);
  auto& ecc = group.family("ecc_errors", "", "Memory errors found by ECC since the driver was loaded, by type.", MetricType::counter);
  ecc.counter_if(labels.with("type", "corrected"), device.ecc_corrected);
  ecc.counter_if(labels.with("type", "uncorrected"), device.ecc_uncorrected);
  auto& xid = group.family("xid_errors", "", "XID errors that the driver reported while monitorai was running, by XID number.",
                           MetricType::counter);
  for (const auto& [number, count] : device.xid_counts)
    xid.counter(labels.with("xid", fmt::format("{}", number)), static_cast<double>(count));
  if (!device.throttle_reasons) return;
  auto& reasons = group.family("throttle_reason", "", "1 while clocks are held back for this reason.");
  for (const ThrottleReason& reason : kThrottleReasons)
    reasons.gauge(labels.with("reason", reason.name), (*device.throttle_reasons & reason.bit) != 0 ? 1 : 0);
}

void add_device(Group& group, const GpuDevice& device, const Labels& labels) {
  for (const DeviceGauge& gauge : kGauges) group.family(gauge.name, gauge.unit, gauge.help).gauge_if(labels, gauge.value(device));
  add_events(group, device, labels);
  group.family("device", "", "What a GPU is: its UUID, PCI address and driver.", MetricType::info)
      .info(labels.with("uuid", device.uuid).with("pci", device.pci).with("driver", device.driver));
}

void add_sources(const signals::GpuSnapshot& snapshot, const GpuStatus& status, Group& own) {
  auto& source = own.family("source", "", "Where the numbers of a GPU come from.", MetricType::info);
  for (const GpuDevice& device : snapshot.devices)
    source.info({{"gpu", device.gpu}, {"source", std::string(gpu_source_name(device.source))}});
  auto& process_source = own.family("process_source", "", "Where the numbers of a process on a GPU come from.", MetricType::info);
  for (const auto& process : snapshot.processes) {
    process_source.info(
        {{"gpu", process.gpu}, {"pid", fmt::format("{}", process.pid)}, {"source", std::string(gpu_source_name(process.source))}});
  }
  for (const GpuSourceStatus& one : status.sources) {
    if (!one.enabled) continue;
    const Labels labels{{"source", std::string(gpu_source_name(one.source))}};
    own.family("source_up", "", "1 while a source gives numbers.").gauge(labels, one.up ? 1 : 0);
    own.family("sample_age_seconds", "seconds", "Age of the numbers in use.").gauge_if(labels, one.age_seconds);
    own.family("sample_hangs", "", "Reads that did not come back and were given up on.", MetricType::counter)
        .counter(labels, static_cast<double>(one.hangs));
    own.family("sample_abandoned_threads", "", "Threads that still hang in a read that was given up on.")
        .gauge(labels, static_cast<double>(one.abandoned_threads));
    own.family("sample_unreaped_children", "", "Killed child processes that have not died yet.")
        .gauge(labels, static_cast<double>(one.unreaped_children));
    auto& errors = own.family("sample_errors", "", "Failed calls of a source, by reason.", MetricType::counter);
    for (const auto& [reason, count] : one.errors) errors.counter(labels.with("reason", reason), static_cast<double>(count));
  }
}

void add_info_files(const GpuStatus& status, Group& own) {
  own.family("info_files_used", "", "gpu-info files whose numbers the last scan used.")
      .gauge({}, static_cast<double>(status.info_files.used));
  own.family("info_files_deleted", "", "gpu-info files of dead processes that were deleted.", MetricType::counter)
      .counter({}, static_cast<double>(status.info_files.deleted));
  auto& refused =
      own.family("info_files_refused", "", "gpu-info files that were not used, counted at every scan, by reason.", MetricType::counter);
  for (size_t i = 0; i < kGpuInfoRefusals; ++i) {
    refused.counter({{"reason", std::string(refusal_name(static_cast<GpuInfoRefusal>(i)))}},
                    static_cast<double>(status.info_files.refused.at(i)));
  }
  own.family("foreign_pids", "", "1 when monitorai runs in a pid namespace and the GPU driver reports pids of the host.")
      .gauge({}, status.foreign_pids ? 1 : 0);
}

}  // namespace

std::span<const ThrottleReason> throttle_reasons() { return kThrottleReasons; }

std::vector<MetricFamily> gpu_families(const signals::GpuSnapshot& snapshot, const GpuStatus& status) {
  Group nvidia("nvidia_gpu_");
  Group other("gpu_");
  Group own("monitorai_gpu_");
  for (const GpuDevice& device : snapshot.devices) {
    const Labels labels{
        {"gpu", device.gpu}, {"gpu_type", device.gpu_type}, {"service", status.service}, {"namespace", status.service_namespace}};
    if (device.vendor == "nvidia") {
      add_device(nvidia, device, labels);
    } else {
      add_device(other, device, labels.with("vendor", device.vendor));
    }
  }
  add_sources(snapshot, status, own);
  add_info_files(status, own);
  std::vector<MetricFamily> families;
  nvidia.move_to(families);
  other.move_to(families);
  own.move_to(families);
  return families;
}

}  // namespace monitorai::collect
