#include "collect/gpu/nvml_processes.h"

#include <map>

namespace monitorai::collect::nvml {
namespace {

constexpr unsigned char kFill = 0xA5;
constexpr int kAttemptsMax = 4;  ///< a list may grow between asking for its size and reading it
constexpr unsigned kPercentMax = 100;

/// Room for a list that had `count` entries a moment ago.
unsigned with_room(unsigned count) { return std::min<unsigned>(2 * std::min<unsigned>(count, kProcessesMax) + 5, kProcessesMax); }

std::vector<ProcessEntry> decode(std::span<const unsigned char> buffer, size_t count, size_t entry_bytes) {
  std::vector<ProcessEntry> entries(count, ProcessEntry{0, kNotAvailable, kNoInstance, kNoInstance, 0});
  for (size_t i = 0; i < count; ++i) std::memcpy(&entries[i], buffer.data() + i * entry_bytes, entry_bytes);
  return entries;
}

/// One list; nullopt when the driver has none.
std::optional<std::vector<ProcessEntry>> read_list(ListProcesses list, size_t rule, Device device, CallErrors& errors) {
  unsigned count = 0;
  Return result = Library::call(list, device, &count, static_cast<void*>(nullptr));
  for (int attempt = 0; result == kInsufficientSize && attempt < kAttemptsMax; ++attempt) {
    const unsigned room = with_room(count);
    // Room for the longest form whatever the symbol says: a wrong guess then reads garbage at worst, and never writes past the end.
    std::vector<unsigned char> buffer(room * kProcessEntryLongBytes, kFill);
    count = room;
    result = Library::call(list, device, &count, static_cast<void*>(buffer.data()));
    if (result == kSuccess) {
      count = std::min(count, room);
      return decode(buffer, count, rule == kProcessEntryV1Bytes ? rule : measured_entry_bytes(buffer, count, kFill, rule));
    }
  }
  if (errors.ok(result)) return std::vector<ProcessEntry>();
  return std::nullopt;
}

}  // namespace

size_t measured_entry_bytes(std::span<const unsigned char> buffer, size_t count, unsigned char fill, size_t rule) {
  size_t written = buffer.size();
  while (written > 0 && buffer[written - 1] == fill) --written;
  if (written <= count * kProcessEntryV2Bytes) return kProcessEntryV2Bytes;
  if (written <= count * kProcessEntryLongBytes) return kProcessEntryLongBytes;
  return rule;
}

std::optional<std::vector<DeviceProcess>> list_processes(const Library& library, Device device, CallErrors& errors) {
  std::map<std::tuple<unsigned, unsigned, unsigned>, DeviceProcess> found;
  bool any_list = false;
  for (const ListProcesses list : {library.processes.compute, library.processes.graphics, library.processes.mps}) {
    const auto entries = read_list(list, library.processes.entry_bytes, device, errors);
    if (!entries) continue;
    any_list = true;
    for (const ProcessEntry& entry : *entries) {
      if (entry.pid == 0) continue;
      DeviceProcess& process = found[{entry.pid, entry.gpu_instance, entry.compute_instance}];
      process.pid = entry.pid;
      process.gpu_instance = entry.gpu_instance;
      process.compute_instance = entry.compute_instance;
      if (entry.used_memory == kNotAvailable) continue;
      if (entry.used_memory > kMemoryBytesMax) {
        errors.add("junk_memory");
        continue;
      }
      process.memory_bytes = std::max(process.memory_bytes.value_or(0), entry.used_memory);
    }
  }
  if (!any_list) return std::nullopt;
  std::vector<DeviceProcess> processes;
  for (const auto& [key, process] : found) processes.push_back(process);
  return processes;
}

std::optional<std::vector<UtilizationSample>> UtilizationReader::new_samples(const Library& library, Device device, Return& result) const {
  ProcessesUtilization request{struct_version<ProcessesUtilization>(1), 0, last_seen_us_, nullptr};
  result = Library::call(library.processes_utilization, device, &request);
  std::vector<UtilizationSampleV1> buffer;
  for (int attempt = 0; result == kInsufficientSize && attempt < kAttemptsMax; ++attempt) {
    buffer.assign(with_room(request.count), {});
    request.count = static_cast<unsigned>(buffer.size());
    request.samples = buffer.data();
    result = Library::call(library.processes_utilization, device, &request);
  }
  if (result != kSuccess) return std::nullopt;
  std::vector<UtilizationSample> samples;
  for (size_t i = 0; i < std::min<size_t>(request.count, buffer.size()); ++i) {
    const UtilizationSampleV1& s = buffer[i];
    samples.push_back({s.pid, s.time_us, s.sm, s.memory, s.encoder, s.decoder});
  }
  return samples;
}

std::optional<std::vector<UtilizationSample>> UtilizationReader::old_samples(const Library& library, Device device, Return& result) const {
  unsigned count = 0;
  result = Library::call(library.process_utilization, device, static_cast<UtilizationSample*>(nullptr), &count, last_seen_us_);
  std::vector<UtilizationSample> samples;
  for (int attempt = 0; result == kInsufficientSize && attempt < kAttemptsMax; ++attempt) {
    samples.assign(with_room(count), {});
    count = static_cast<unsigned>(samples.size());
    result = Library::call(library.process_utilization, device, samples.data(), &count, last_seen_us_);
  }
  if (result != kSuccess) return std::nullopt;
  samples.resize(std::min<size_t>(count, samples.size()));
  return samples;
}

std::optional<std::vector<UtilizationSample>> UtilizationReader::samples(const Library& library, Device device, CallErrors& errors) {
  Return result = kSuccess;
  if (auto read = new_samples(library, device, result)) return read;
  // NOT_FOUND says that nobody used the device: an answer, not an error.
  if (result == kNotFound) return std::vector<UtilizationSample>();
  if (auto read = old_samples(library, device, result)) return read;
  if (result == kNotFound) return std::vector<UtilizationSample>();
  errors.ok(result);
  return std::nullopt;
}

std::optional<std::vector<ProcessUtilization>> UtilizationReader::read(const Library& library, Device device,
                                                                       std::span<const DeviceProcess> known, CallErrors& errors) {
  const auto read = samples(library, device, errors);
  if (!read) return std::nullopt;
  std::map<unsigned, UtilizationSample> newest;
  for (const UtilizationSample& sample : *read) {
    if (sample.time_us <= last_seen_us_) continue;
    const bool is_known = std::any_of(known.begin(), known.end(), [&](const DeviceProcess& process) { return process.pid == sample.pid; });
    if (!is_known || std::max({sample.sm, sample.memory, sample.encoder, sample.decoder}) > kPercentMax) {
      errors.add("junk_utilization_sample");
      continue;
    }
    UtilizationSample& kept = newest[sample.pid];
    if (sample.time_us > kept.time_us) kept = sample;
  }
  std::vector<ProcessUtilization> used;
  for (const auto& [pid, sample] : newest) {
    last_seen_us_ = std::max(last_seen_us_, sample.time_us);
    used.push_back({pid, sample.sm, sample.memory, sample.encoder, sample.decoder});
  }
  return used;
}

}  // namespace monitorai::collect::nvml
