#pragma once
// NVML's binary interface, as far as we use it: our own declarations, so that neither building nor running needs anything of NVIDIA's.
// Names follow NVML's documentation with `nvml` taken off. Sizes are asserted: a struct of another size means garbage, or worse.

#include <cstdint>
#include <cstring>

namespace monitorai::collect::nvml {

struct DeviceHandle;
using Device = DeviceHandle*;
struct EventSetHandle;
using EventSet = EventSetHandle*;

using Return = int;
constexpr Return kSuccess = 0;
constexpr Return kUninitialized = 1;
constexpr Return kInvalidArgument = 2;
constexpr Return kNotSupported = 3;
constexpr Return kNoPermission = 4;
constexpr Return kNotFound = 6;
constexpr Return kInsufficientSize = 7;
constexpr Return kDriverNotLoaded = 9;
constexpr Return kTimeout = 10;
constexpr Return kFunctionNotFound = 13;
constexpr Return kGpuIsLost = 15;
constexpr Return kResetRequired = 16;
constexpr Return kLibraryVersionMismatch = 18;
constexpr Return kNoData = 21;
constexpr Return kArgumentVersionMismatch = 25;
constexpr Return kDeprecated = 26;
constexpr Return kUnknown = 999;

/// NVML_VALUE_NOT_AVAILABLE: the number is not known (WDDM, WSL2, MIG without privilege).
constexpr uint64_t kNotAvailable = ~uint64_t{0};
constexpr unsigned kNotAvailable32 = ~0u;
constexpr unsigned kNoInstance = ~0u;

/// Versioned structs start with their size and version.
template <class T>
constexpr unsigned struct_version(unsigned version) {
  return static_cast<unsigned>(sizeof(T)) | version << 24;
}

struct Memory {
  uint64_t total, free, used;
};
static_assert(sizeof(Memory) == 24);

struct MemoryV2 {
  unsigned version;
  uint64_t total, reserved, free, used;
};
static_assert(sizeof(MemoryV2) == 40);

struct Utilization {
  unsigned gpu, memory;
};

struct PciInfo {
  char bus_id_legacy[16];
  unsigned domain, bus, device, device_id, subsystem_id;
  char bus_id[32];
};
static_assert(sizeof(PciInfo) == 68);

/// The longest form of a process entry; the older forms are prefixes of it. Which one a symbol writes: process_entry_bytes().
struct ProcessEntry {
  unsigned pid;
  uint64_t used_memory;
  unsigned gpu_instance, compute_instance;  ///< from v2 on
  uint64_t protected_memory;                ///< only where an entry has 32 bytes
};
static_assert(sizeof(ProcessEntry) == 32);
constexpr size_t kProcessEntryV1Bytes = 16;
constexpr size_t kProcessEntryV2Bytes = 24;
constexpr size_t kProcessEntryLongBytes = 32;

struct UtilizationSample {
  unsigned pid;
  uint64_t time_us;
  unsigned sm, memory, encoder, decoder;
};
static_assert(sizeof(UtilizationSample) == 32);

struct UtilizationSampleV1 {
  uint64_t time_us;
  unsigned pid, sm, memory, encoder, decoder, jpeg, optical_flow;
};
static_assert(sizeof(UtilizationSampleV1) == 40);

struct ProcessesUtilization {
  unsigned version;
  unsigned count;
  uint64_t last_seen_us;
  UtilizationSampleV1* samples;
};
static_assert(sizeof(ProcessesUtilization) == 24);

struct EventData {
  Device device;
  uint64_t type;
  uint64_t data;
  unsigned gpu_instance, compute_instance;
};
static_assert(sizeof(EventData) == 32);
constexpr uint64_t kEventXid = 8;

struct FieldValue {
  unsigned field, scope;
  int64_t time_us, latency_us;
  unsigned type;
  Return result;
  union {
    double d;
    unsigned ui;
    uint64_t ull;
  } value;
};
static_assert(sizeof(FieldValue) == 40);
constexpr unsigned kFieldMemoryTemperature = 82;

constexpr unsigned kTemperatureGpu = 0;
constexpr unsigned kClockSm = 1;
constexpr unsigned kClockMemory = 2;
constexpr unsigned kPcieSent = 0;
constexpr unsigned kPcieReceived = 1;
constexpr unsigned kEccCorrected = 0;
constexpr unsigned kEccUncorrected = 1;
constexpr unsigned kEccVolatile = 0;  ///< since the driver was loaded
constexpr unsigned kNameBytes = 96;

}  // namespace monitorai::collect::nvml
