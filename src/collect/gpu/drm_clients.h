#pragma once
// What processes use of AMD and Intel GPUs: the kernel's fdinfo of their open /dev/dri files (kernel >= 5.14, Intel >= 5.19;
// Documentation/gpu/drm-usage-stats.rst), and the VRAM of ROCm compute processes from kfd's sysfs. Thread: one.

#include <chrono>
#include <filesystem>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "signals/gpu.h"

namespace monitorai::collect {

/// Time or cycles that an engine worked for a client.
struct DrmEngine {
  uint64_t busy = 0;  ///< nanoseconds, or cycles where total_cycles is known
  std::optional<uint64_t> total_cycles;
  uint64_t capacity = 1;  ///< engines of this class
};

/// One fdinfo file. A client is one use of a device; several files may belong to one client.
struct DrmClient {
  std::string driver;
  std::string pci;
  uint64_t id = 0;
  std::optional<uint64_t> memory_bytes;  ///< in the GPU's own memory; in the machine's where the GPU has none
  std::map<std::string, DrmEngine> engines;
};

/// nullopt when the text is no fdinfo of a DRM device with a PCI address and a client id.
std::optional<DrmClient> parse_drm_fdinfo(std::string_view text);

class DrmClients {
 public:
  /// Processes on these devices; `gpu` is the PCI address. Processes that may not be looked at are missing. Utilisation is that of the
  /// busiest engine since the scan before; absent in the first scan of a client.
  std::vector<signals::GpuProcess> scan(const std::filesystem::path& proc_root, const std::filesystem::path& sys_root,
                                        const std::set<std::string>& devices, std::chrono::nanoseconds now);

 private:
  using ClientKey = std::pair<std::string, uint64_t>;  ///< PCI address, client id
  struct Usage {
    std::optional<uint64_t> memory_bytes;
    std::map<std::string, double> engine_percent;
    bool has_percent = false;
  };
  using UsageKey = std::pair<int64_t, std::string>;  ///< pid, PCI address

  void scan_process(const std::filesystem::path& process, int64_t pid, const std::set<std::string>& devices,
                    std::map<UsageKey, Usage>& usage);
  void add(const DrmClient& client, Usage& usage);

  std::map<ClientKey, DrmClient> before_;
  std::map<ClientKey, DrmClient> seen_;
  std::chrono::nanoseconds scanned_{};
  double elapsed_ns_ = 0;  ///< since the scan before; 0 in the first one
};

/// VRAM of compute processes by pid and PCI address, from /sys/class/kfd.
std::map<std::pair<int64_t, std::string>, uint64_t> kfd_memory(const std::filesystem::path& sys_root);

}  // namespace monitorai::collect
