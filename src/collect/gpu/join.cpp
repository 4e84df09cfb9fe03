#include "collect/gpu/join.h"

#include <map>

#include "base/text.h"

namespace monitorai::collect {
namespace {

using signals::GpuDevice;
using signals::GpuProcess;
using signals::GpuSource;

bool same_device(const GpuDevice& a, const GpuDevice& b) {
  if (!a.uuid.empty() && !b.uuid.empty()) return a.uuid == b.uuid;
  if (!a.gpu.empty() && a.gpu == b.gpu) return true;
  return !a.pci.empty() && a.pci == b.pci;
}

void add_devices(const GpuReading* reading, std::vector<GpuDevice>& out) {
  if (reading == nullptr) return;
  for (const GpuDevice& device : reading->devices) {
    if (std::none_of(out.begin(), out.end(), [&](const GpuDevice& known) { return same_device(known, device); })) out.push_back(device);
  }
}

template <class T>
void fill(std::optional<T>& into, const std::optional<T>& from) {
  if (!into) into = from;
}

/// Processes of the snapshot by pid and GPU; the number that came first stays.
class Processes {
 public:
  void add(const GpuProcess& seen) {
    const auto [at, is_new] = by_key_.emplace(std::pair(seen.pid, seen.gpu), seen);
    if (is_new) return;
    GpuProcess& known = at->second;
    if (!known.memory_bytes && seen.memory_bytes) known.source = seen.source;
    fill(known.memory_bytes, seen.memory_bytes);
    fill(known.memory_reserved_bytes, seen.memory_reserved_bytes);
    fill(known.utilization_percent, seen.utilization_percent);
    fill(known.memory_utilization_percent, seen.memory_utilization_percent);
    fill(known.encoder_percent, seen.encoder_percent);
    fill(known.decoder_percent, seen.decoder_percent);
  }

  /// The file counts GPUs as its process sees them (CUDA_VISIBLE_DEVICES renumbers): where the driver knows the pid on one GPU only, it is
  /// that one.
  void add_file(const GpuInfo& info) {
    GpuProcess seen;
    seen.pid = info.pid;
    seen.gpu = fmt::format("gpu{}", info.gpu_index);
    seen.source = GpuSource::file;
    seen.memory_bytes = info.allocated_bytes;
    seen.memory_reserved_bytes = info.reserved_bytes;
    seen.utilization_percent = info.utilization_percent;
    size_t entries = 0;
    bool has_memory = false;
    std::string only_gpu;
    for (auto at = by_key_.lower_bound({info.pid, ""}); at != by_key_.end() && at->first.first == info.pid; ++at) {
      ++entries;
      only_gpu = at->second.gpu;
      has_memory = has_memory || at->second.memory_bytes.has_value();
    }
    if (entries == 1) seen.gpu = only_gpu;
    if (has_memory) {
      seen.memory_bytes.reset();
      if (!by_key_.contains({info.pid, seen.gpu})) return;
    }
    add(seen);
  }

  std::vector<GpuProcess> take() {
    std::vector<GpuProcess> processes;
    for (auto& [key, process] : by_key_) processes.push_back(std::move(process));
    return processes;
  }

 private:
  std::map<std::pair<int64_t, std::string>, GpuProcess> by_key_;
};

/// Gives DRM devices their names, and their processes these names for PCI addresses.
GpuReading named(const GpuReading& drm, const std::vector<GpuDevice>& known, size_t first) {
  GpuReading out = drm;
  std::map<std::string, std::string> names;
  for (const GpuDevice& device : known)
    if (!device.pci.empty()) names.emplace(device.pci, device.gpu);
  size_t next = first;
  for (GpuDevice& device : out.devices) {
    const auto [at, is_new] = names.emplace(device.pci, "");
    if (is_new) at->second = fmt::format("gpu{}", next++);
    device.gpu = at->second;
  }
  for (GpuProcess& process : out.processes) {
    const auto name = names.find(process.gpu);
    process.gpu = name == names.end() ? "" : name->second;
  }
  std::erase_if(out.processes, [](const GpuProcess& process) { return process.gpu.empty(); });
  return out;
}

}  // namespace

std::optional<size_t> gpu_index(std::string_view gpu) {
  if (!gpu.starts_with("gpu")) return std::nullopt;
  gpu.remove_prefix(3);
  return parse_integer<size_t>(gpu.substr(0, gpu.find('/')));
}

signals::GpuSnapshot join(TimeMs time, const GpuReadings& readings) {
  signals::GpuSnapshot snapshot{time, {}, {}};
  add_devices(readings.nvml, snapshot.devices);
  add_devices(readings.nvidia_smi, snapshot.devices);
  size_t first_free = readings.nvidia_count;
  for (const GpuDevice& device : snapshot.devices) first_free = std::max(first_free, gpu_index(device.gpu).value_or(0) + 1);

  Processes processes;
  for (const GpuReading* reading : {readings.nvml, readings.nvidia_smi}) {
    if (reading != nullptr)
      std::for_each(reading->processes.begin(), reading->processes.end(), [&](const GpuProcess& p) { processes.add(p); });
  }
  if (readings.drm != nullptr) {
    const GpuReading drm = named(*readings.drm, snapshot.devices, first_free);
    add_devices(&drm, snapshot.devices);
    for (const GpuProcess& process : drm.processes) processes.add(process);
  }
  for (const GpuInfo& info : readings.files) processes.add_file(info);
  snapshot.processes = processes.take();
  return snapshot;
}

}  // namespace monitorai::collect
