// A libnvidia-ml.so.1 that has no GPU: the functions that collect/gpu looks up, answered from a scenario file (README.md).
// FAKE_DRIVER chooses the generation: which symbols exist, and how long a process entry is.

#include <sys/time.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <mutex>
#include <set>

#include "scenario.h"

#define NVML_EXPORT extern "C" __attribute__((visibility("default")))

namespace {

using fake::Gpu;
using fake::Process;

enum {
  ok = 0,
  uninitialized = 1,
  invalid_argument = 2,
  not_supported = 3,
  not_found = 6,
  insufficient_size = 7,
  timeout = 10,
  version_mismatch = 25
};
constexpr unsigned kNotAvailable32 = ~0u;
constexpr uint64_t kNotAvailable = ~uint64_t{0};

std::mutex mutex;
fake::Scenario scenario;
bool initialized = false;
std::multiset<std::pair<size_t, uint64_t>> delivered;  // XID events

/// A handle is 1 + index of the GPU, plus 256 * (1 + index of the MIG instance).
struct Handle;
Handle* handle_of(size_t gpu, size_t instance_plus_1) { return reinterpret_cast<Handle*>(gpu + 1 + 256 * instance_plus_1); }
size_t gpu_number(const Handle* handle) { return (reinterpret_cast<uintptr_t>(handle) & 255) - 1; }
size_t instance_plus_1(const Handle* handle) { return reinterpret_cast<uintptr_t>(handle) / 256; }

const Gpu* find(const Handle* handle) {
  if (handle == nullptr || gpu_number(handle) >= scenario.gpus.size()) return nullptr;
  const Gpu& gpu = scenario.gpus[gpu_number(handle)];
  if (instance_plus_1(handle) == 0) return &gpu;
  return instance_plus_1(handle) <= gpu.instances.size() ? &gpu.instances[instance_plus_1(handle) - 1] : nullptr;
}

/// Stays as long as the scenario says so; the file is read again and again, so that a test can end it.
void hang(const char* symbol) {
  constexpr useconds_t kPause = 5000;
  while (fake::read_scenario().hangs_in(symbol)) ::usleep(kPause);
}

/// The code that a call must return before it does anything; ok when it may go on. Holds the lock afterwards.
class Call {
 public:
  explicit Call(const char* symbol, const Handle* device = nullptr) {
    {
      const std::lock_guard lock(mutex);
      hangs_ = scenario.hangs_in(symbol);
    }
    if (hangs_) hang(symbol);
    lock_ = std::unique_lock(mutex);
    if (!initialized) code = uninitialized;
    if (const auto at = scenario.failures.find(symbol); at != scenario.failures.end()) code = at->second;
    if (device == nullptr) return;
    gpu = find(device);
    if (gpu == nullptr) {
      code = 15;  // GPU is lost
    } else if (const auto at = gpu->failures.find(symbol); at != gpu->failures.end()) {
      code = at->second;
    }
  }

  int code = ok;
  const Gpu* gpu = nullptr;

 private:
  bool hangs_ = false;
  std::unique_lock<std::mutex> lock_;
};

int text(const std::string& value, char* out, unsigned size) {
  if (value.size() + 1 > size) return insufficient_size;
  std::memcpy(out, value.c_str(), value.size() + 1);
  return ok;
}

/// A word of the GPU's line as a number, scaled; N/A is all ones, a missing word not supported.
template <class T>
int number(const Gpu& gpu, const char* key, size_t at, T* out, double factor = 1) {
  const std::string* word = gpu.word(key, at);
  if (word == nullptr) return not_supported;
  *out = *word == "N/A" ? static_cast<T>(~T{0}) : static_cast<T>(std::strtod(word->c_str(), nullptr) * factor);
  if (word->rfind("0x", 0) == 0) *out = static_cast<T>(std::strtoull(word->c_str(), nullptr, 16));
  return ok;
}

template <class T>
int number_call(const char* symbol, const Handle* device, const char* key, size_t at, T* out, double factor = 1) {
  const Call call(symbol, device);
  return call.code != ok ? call.code : number(*call.gpu, key, at, out, factor);
}

uint64_t now_us() {
  timeval now{};
  ::gettimeofday(&now, nullptr);
  return static_cast<uint64_t>(now.tv_sec) * 1'000'000 + static_cast<uint64_t>(now.tv_usec);
}

/// Writes the process list into entries of 16, 24 or 32 bytes. A MIG instance has ids 1 + its index; the whole GPU lists them too.
int list_processes(const char* symbol, const Handle* device, char list, size_t entry_bytes, unsigned* count, void* out) {
  const Call call(symbol, device);
  if (call.code != ok) return call.code;
  struct Entry {
    unsigned pid;
    uint64_t memory;
    unsigned gpu_instance, compute_instance;
    uint64_t protected_memory;
  };
  std::vector<Entry> entries;
  const auto add = [&](const Gpu& gpu, unsigned instance) {
    for (const Process& process : gpu.processes) {
      if (process.list != list) continue;
      const uint64_t memory = process.memory_mib == "N/A" ? kNotAvailable : std::strtoull(process.memory_mib.c_str(), nullptr, 10) << 20;
      entries.push_back({process.pid, memory, instance, instance == kNotAvailable32 ? instance : 0, 0});
    }
  };
  add(*call.gpu, instance_plus_1(device) == 0 ? kNotAvailable32 : static_cast<unsigned>(instance_plus_1(device)));
  for (size_t i = 0; i < call.gpu->instances.size(); ++i) add(call.gpu->instances[i], static_cast<unsigned>(i + 1));
  const auto needed = static_cast<unsigned>(entries.size());
  const unsigned room = *count;
  *count = out == nullptr && call.gpu->grow < needed ? needed - call.gpu->grow : needed;
  if (needed == 0) return ok;
  if (out == nullptr || room < needed) return insufficient_size;
  for (unsigned i = 0; i < needed; ++i) std::memcpy(static_cast<char*>(out) + i * entry_bytes, &entries[i], entry_bytes);
  return ok;
}

struct OldSample {
  unsigned pid;
  uint64_t time_us;
  unsigned sm, memory, encoder, decoder;
};

std::vector<OldSample> samples_of(const Gpu& gpu, uint64_t last_seen_us) {
  std::vector<OldSample> samples;
  const auto use = [](const std::vector<unsigned>& values, size_t at) { return at < values.size() ? values[at] : 0; };
  for (const Process& process : gpu.processes) {
    if (!process.use.empty())
      samples.push_back({process.pid, now_us(), use(process.use, 0), use(process.use, 1), use(process.use, 2), use(process.use, 3)});
  }
  // The driver does not always honour last_seen: neither do these.
  for (const auto& s : gpu.samples) samples.push_back({s.pid, s.time_us, use(s.use, 0), use(s.use, 1), use(s.use, 2), use(s.use, 3)});
  (void)last_seen_us;
  return samples;
}

}  // namespace

NVML_EXPORT int nvmlInit_v2() {
  {
    const std::lock_guard lock(mutex);
    scenario = fake::read_scenario();
    initialized = true;
  }
  const Call call("nvmlInit_v2");
  return call.code;
}
NVML_EXPORT int nvmlShutdown() {
  const std::lock_guard lock(mutex);
  initialized = false;
  return ok;
}
NVML_EXPORT int nvmlSystemGetDriverVersion(char* out, unsigned size) {
  const Call call("nvmlSystemGetDriverVersion");
  return call.code != ok ? call.code : text(scenario.driver, out, size);
}
NVML_EXPORT int nvmlDeviceGetCount_v2(unsigned* count) {
  {
    const std::lock_guard lock(mutex);
    scenario = fake::read_scenario();
  }
  const Call call("nvmlDeviceGetCount_v2");
  *count = static_cast<unsigned>(scenario.gpus.size());
  return call.code;
}
NVML_EXPORT int nvmlDeviceGetHandleByIndex_v2(unsigned index, Handle** device) {
  *device = handle_of(index, 0);
  return Call("nvmlDeviceGetHandleByIndex_v2", *device).code;
}
NVML_EXPORT int nvmlDeviceGetName(Handle* device, char* out, unsigned size) {
  const Call call("nvmlDeviceGetName", device);
  return call.code != ok ? call.code : text(call.gpu->name, out, size);
}
NVML_EXPORT int nvmlDeviceGetUUID(Handle* device, char* out, unsigned size) {
  const Call call("nvmlDeviceGetUUID", device);
  if (call.code != ok) return call.code;
  const std::string* uuid = call.gpu->word("uuid", 0);
  return uuid == nullptr ? not_supported : text(*uuid, out, size);
}
NVML_EXPORT int nvmlDeviceGetPciInfo_v3(Handle* device, void* out) {
  const Call call("nvmlDeviceGetPciInfo_v3", device);
  if (call.code != ok) return call.code;
  const std::string* pci = call.gpu->word("pci", 0);
  constexpr size_t kBusIdAt = 36, kBusIdBytes = 32;
  return pci == nullptr ? not_supported : text(*pci, static_cast<char*>(out) + kBusIdAt, kBusIdBytes);
}
NVML_EXPORT int nvmlDeviceGetMemoryInfo(Handle* device, uint64_t* out) {
  const Call call("nvmlDeviceGetMemoryInfo", device);
  if (call.code != ok) return call.code;
  uint64_t reserved = 0;
  int code = number(*call.gpu, "memory", 0, &out[0], 1 << 20);
  if (code == ok) code = number(*call.gpu, "memory", 1, &out[2], 1 << 20);
  if (code == ok && number(*call.gpu, "memory", 2, &reserved, 1 << 20) == ok) out[2] += reserved;  // v1 counts it as used
  if (code == ok) out[1] = out[0] - out[2];
  return code;
}
NVML_EXPORT int nvmlDeviceGetUtilizationRates(Handle* device, unsigned* out) {
  const Call call("nvmlDeviceGetUtilizationRates", device);
  if (call.code != ok) return call.code;
  const int code = number(*call.gpu, "utilization", 0, &out[0]);
  return code != ok ? code : number(*call.gpu, "utilization", 1, &out[1]);
}
NVML_EXPORT int nvmlDeviceGetTemperature(Handle* device, unsigned, unsigned* out) {
  return number_call("nvmlDeviceGetTemperature", device, "temperature", 0, out);
}
NVML_EXPORT int nvmlDeviceGetPowerUsage(Handle* device, unsigned* out) {
  return number_call("nvmlDeviceGetPowerUsage", device, "power", 0, out, 1000);
}
NVML_EXPORT int nvmlDeviceGetEnforcedPowerLimit(Handle* device, unsigned* out) {
  return number_call("nvmlDeviceGetEnforcedPowerLimit", device, "power", 1, out, 1000);
}
NVML_EXPORT int nvmlDeviceGetTotalEnergyConsumption(Handle* device, uint64_t* out) {
  return number_call("nvmlDeviceGetTotalEnergyConsumption", device, "energy", 0, out, 1000);
}
NVML_EXPORT int nvmlDeviceGetFanSpeed(Handle* device, unsigned* out) { return number_call("nvmlDeviceGetFanSpeed", device, "fan", 0, out); }
NVML_EXPORT int nvmlDeviceGetClockInfo(Handle* device, unsigned which, unsigned* out) {
  return number_call("nvmlDeviceGetClockInfo", device, "clocks", which == 1 ? 0 : 1, out);
}
NVML_EXPORT int nvmlDeviceGetPcieThroughput(Handle* device, unsigned which, unsigned* out) {
  return number_call("nvmlDeviceGetPcieThroughput", device, "pcie", which == 1 ? 0 : 1, out);
}
NVML_EXPORT int nvmlDeviceGetCurrPcieLinkGeneration(Handle* device, unsigned* out) {
  return number_call("nvmlDeviceGetCurrPcieLinkGeneration", device, "pcie", 2, out);
}
NVML_EXPORT int nvmlDeviceGetCurrPcieLinkWidth(Handle* device, unsigned* out) {
  return number_call("nvmlDeviceGetCurrPcieLinkWidth", device, "pcie", 3, out);
}
NVML_EXPORT int nvmlDeviceGetTotalEccErrors(Handle* device, unsigned type, unsigned, uint64_t* out) {
  return number_call("nvmlDeviceGetTotalEccErrors", device, "ecc", type, out);
}
NVML_EXPORT int nvmlDeviceGetCurrentClocksThrottleReasons(Handle* device, uint64_t* out) {
  return number_call("nvmlDeviceGetCurrentClocksThrottleReasons", device, "throttle", 0, out);
}
NVML_EXPORT int nvmlDeviceGetPerformanceState(Handle* device, unsigned* out) {
  return number_call("nvmlDeviceGetPerformanceState", device, "pstate", 0, out);
}
NVML_EXPORT int nvmlDeviceGetFieldValues(Handle* device, int count, char* out) {
  const Call call("nvmlDeviceGetFieldValues", device);
  if (call.code != ok) return call.code;
  constexpr size_t kFieldBytes = 40, kResultAt = 28, kValueAt = 32;
  for (int i = 0; i < count; ++i, out += kFieldBytes) {
    unsigned value = 0;
    const int code = number(*call.gpu, "temperature", 1, &value);
    std::memcpy(out + kResultAt, &code, sizeof code);
    std::memcpy(out + kValueAt, &value, sizeof value);
  }
  return ok;
}
NVML_EXPORT int nvmlDeviceGetProcessUtilization(Handle* device, OldSample* out, unsigned* count, uint64_t last_seen_us) {
  const Call call("nvmlDeviceGetProcessUtilization", device);
  if (call.code != ok) return call.code;
  const std::vector<OldSample> samples = samples_of(*call.gpu, last_seen_us);
  const unsigned room = *count;
  *count = static_cast<unsigned>(samples.size());
  if (samples.empty()) return not_found;
  if (out == nullptr || room < samples.size()) return insufficient_size;
  std::memcpy(out, samples.data(), samples.size() * sizeof(OldSample));
  return ok;
}
NVML_EXPORT int nvmlEventSetCreate(void** set) {
  const Call call("nvmlEventSetCreate");
  *set = &scenario;
  return call.code;
}
NVML_EXPORT int nvmlEventSetFree(void*) { return ok; }
NVML_EXPORT int nvmlDeviceRegisterEvents(Handle* device, uint64_t, void*) { return Call("nvmlDeviceRegisterEvents", device).code; }
NVML_EXPORT int nvmlEventSetWait_v2(void*, void* out, unsigned) {
  const Call call("nvmlEventSetWait_v2");
  if (call.code != ok) return call.code;
  for (size_t i = 0; i < scenario.gpus.size(); ++i) {
    for (const uint64_t xid : scenario.gpus[i].xids) {
      const auto wanted = static_cast<size_t>(std::count(scenario.gpus[i].xids.begin(), scenario.gpus[i].xids.end(), xid));
      if (delivered.count({i, xid}) >= wanted) continue;
      delivered.insert({i, xid});
      const struct {
        Handle* device;
        uint64_t type, data;
      } event{handle_of(i, 0), 8, xid};
      std::memcpy(out, &event, sizeof event);
      return ok;
    }
  }
  return timeout;
}

NVML_EXPORT int nvmlDeviceGetComputeRunningProcesses(Handle* device, unsigned* count, void* out) {
  return list_processes("nvmlDeviceGetComputeRunningProcesses", device, 'C', 16, count, out);
}
NVML_EXPORT int nvmlDeviceGetGraphicsRunningProcesses(Handle* device, unsigned* count, void* out) {
  return list_processes("nvmlDeviceGetGraphicsRunningProcesses", device, 'G', 16, count, out);
}

#if FAKE_DRIVER >= 470
NVML_EXPORT int nvmlDeviceGetComputeRunningProcesses_v2(Handle* device, unsigned* count, void* out) {
  return list_processes("nvmlDeviceGetComputeRunningProcesses_v2", device, 'C', 24, count, out);
}
NVML_EXPORT int nvmlDeviceGetGraphicsRunningProcesses_v2(Handle* device, unsigned* count, void* out) {
  return list_processes("nvmlDeviceGetGraphicsRunningProcesses_v2", device, 'G', 24, count, out);
}
NVML_EXPORT int nvmlDeviceGetMPSComputeRunningProcesses_v2(Handle* device, unsigned* count, void* out) {
  return list_processes("nvmlDeviceGetMPSComputeRunningProcesses_v2", device, 'M', 24, count, out);
}
NVML_EXPORT int nvmlDeviceGetMigMode(Handle* device, unsigned* current, unsigned* pending) {
  const Call call("nvmlDeviceGetMigMode", device);
  if (call.code != ok) return call.code;
  *current = *pending = call.gpu->instances.empty() ? 0 : 1;
  return ok;
}
NVML_EXPORT int nvmlDeviceGetMaxMigDeviceCount(Handle* device, unsigned* count) {
  *count = 7;
  return Call("nvmlDeviceGetMaxMigDeviceCount", device).code;
}
NVML_EXPORT int nvmlDeviceGetMigDeviceHandleByIndex(Handle* device, unsigned index, Handle** out) {
  const Call call("nvmlDeviceGetMigDeviceHandleByIndex", device);
  if (call.code != ok) return call.code;
  if (index >= call.gpu->instances.size()) return not_found;
  *out = handle_of(gpu_number(device), index + 1);
  return ok;
}
NVML_EXPORT int nvmlDeviceGetGpuInstanceId(Handle* device, unsigned* id) {
  *id = static_cast<unsigned>(instance_plus_1(device));
  return Call("nvmlDeviceGetGpuInstanceId", device).code;
}
NVML_EXPORT int nvmlDeviceGetComputeInstanceId(Handle* device, unsigned* id) {
  *id = 0;
  return Call("nvmlDeviceGetComputeInstanceId", device).code;
}
#endif

#if FAKE_DRIVER >= 515
namespace {
constexpr size_t kV3Bytes = FAKE_DRIVER == 535 ? 32 : 24;
}
NVML_EXPORT int nvmlDeviceGetComputeRunningProcesses_v3(Handle* device, unsigned* count, void* out) {
  return list_processes("nvmlDeviceGetComputeRunningProcesses_v3", device, 'C', kV3Bytes, count, out);
}
NVML_EXPORT int nvmlDeviceGetGraphicsRunningProcesses_v3(Handle* device, unsigned* count, void* out) {
  return list_processes("nvmlDeviceGetGraphicsRunningProcesses_v3", device, 'G', kV3Bytes, count, out);
}
NVML_EXPORT int nvmlDeviceGetMPSComputeRunningProcesses_v3(Handle* device, unsigned* count, void* out) {
  return list_processes("nvmlDeviceGetMPSComputeRunningProcesses_v3", device, 'M', kV3Bytes, count, out);
}
NVML_EXPORT int nvmlDeviceGetMemoryInfo_v2(Handle* device, char* out) {
  const Call call("nvmlDeviceGetMemoryInfo_v2", device);
  if (call.code != ok) return call.code;
  unsigned version = 0;
  std::memcpy(&version, out, sizeof version);
  if (version != (40u | 2u << 24)) return version_mismatch;
  uint64_t values[4]{};  // total, reserved, free, used
  int code = number(*call.gpu, "memory", 0, &values[0], 1 << 20);
  if (code == ok) code = number(*call.gpu, "memory", 1, &values[3], 1 << 20);
  if (code == ok && number(*call.gpu, "memory", 2, &values[1], 1 << 20) != ok) values[1] = 0;
  std::memcpy(out + 8, values, sizeof values);
  return code;
}
#endif

#if FAKE_DRIVER >= 535
NVML_EXPORT int nvmlDeviceGetConfComputeMemSizeInfo(Handle*, void*) { return not_supported; }
#endif

#if FAKE_DRIVER >= 550
NVML_EXPORT int nvmlDeviceGetRunningProcessDetailList(Handle*, void*) { return not_supported; }
NVML_EXPORT int nvmlDeviceGetCurrentClocksEventReasons(Handle* device, uint64_t* out) {
  return number_call("nvmlDeviceGetCurrentClocksEventReasons", device, "throttle", 0, out);
}
NVML_EXPORT int nvmlDeviceGetProcessesUtilizationInfo(Handle* device, void* request) {
  struct NewSample {
    uint64_t time_us;
    unsigned pid, sm, memory, encoder, decoder, jpeg, optical_flow;
  };
  struct Request {
    unsigned version, count;
    uint64_t last_seen_us;
    NewSample* out;
  };
  const Call call("nvmlDeviceGetProcessesUtilizationInfo", device);
  if (call.code != ok) return call.code;
  auto* asked = static_cast<Request*>(request);
  if (asked->version != (24u | 1u << 24)) return version_mismatch;
  const std::vector<OldSample> samples = samples_of(*call.gpu, asked->last_seen_us);
  const unsigned room = asked->count;
  asked->count = static_cast<unsigned>(samples.size());
  if (samples.empty()) return not_found;
  if (asked->out == nullptr || room < samples.size()) return insufficient_size;
  for (size_t i = 0; i < samples.size(); ++i) {
    const OldSample& s = samples[i];
    asked->out[i] = {s.time_us, s.pid, s.sm, s.memory, s.encoder, s.decoder, 0, 0};
  }
  return ok;
}
#endif
