#include "collect/gpu/drm_clients.h"

#include <dirent.h>
#include <fcntl.h>
#include <unistd.h>

#include "base/files.h"
#include "base/text.h"
#include "collect/gpu/pci.h"

namespace monitorai::collect {
namespace {

namespace fs = std::filesystem;

constexpr size_t kFdinfoBytesMax = 16 * 1024;
constexpr size_t kClientsMax = 65'536;
constexpr uint64_t kBytesMax = uint64_t{1} << 50;

struct CloseFolder {
  void operator()(DIR* folder) const { ::closedir(folder); }
};
using Folder = std::unique_ptr<DIR, CloseFolder>;

/// "1024 KiB", "5 ns", "77": a whole number in base units, sums of which cannot overflow.
std::optional<uint64_t> quantity(std::string_view text) {
  const size_t blank = text.find(' ');
  const auto number = parse_integer<uint64_t>(text.substr(0, blank));
  if (!number) return std::nullopt;
  const std::string_view unit = blank == std::string_view::npos ? std::string_view() : trim(text.substr(blank));
  if (unit == "KiB" || unit == "MiB") {
    const uint64_t factor = unit == "KiB" ? 1024 : 1024 * 1024;
    return *number <= kBytesMax / factor ? std::optional(*number * factor) : std::nullopt;
  }
  return number;
}

bool own_memory(std::string_view region) { return region.starts_with("vram") || region.starts_with("local"); }

/// Sums of the regions of one kind of key (resident, memory).
struct Regions {
  std::optional<uint64_t> own, shared;
  void add(std::string_view region, uint64_t bytes) {
    if (bytes > kBytesMax) return;
    std::optional<uint64_t>& sum = own_memory(region) ? own : shared;
    sum = std::min(kBytesMax, sum.value_or(0) + bytes);
  }
  std::optional<uint64_t> best() const { return own ? own : shared; }
};

bool takes_prefix(std::string_view& key, std::string_view prefix) {
  if (!key.starts_with(prefix)) return false;
  key.remove_prefix(prefix.size());
  return true;
}

/// The PCI addresses of kfd's nodes by their gpu_id.
std::map<std::string, std::string> kfd_nodes(const fs::path& kfd) {
  std::map<std::string, std::string> addresses;
  std::error_code error;
  for (fs::directory_iterator at(kfd / "topology/nodes", error), end; !error && at != end; at.increment(error)) {
    const auto id = read_attribute(at->path() / "gpu_id");
    const auto text = read_file(at->path() / "properties", kFdinfoBytesMax);
    if (!id || *id == "0" || !text) continue;
    uint64_t location = 0, domain = 0;
    for (std::string_view line : split(*text, '\n')) {
      if (takes_prefix(line, "location_id ")) location = parse_integer<uint64_t>(trim(line)).value_or(0);
      if (takes_prefix(line, "domain ")) domain = parse_integer<uint64_t>(trim(line)).value_or(0);
    }
    addresses[*id] = fmt::format("{:04x}:{:02x}:{:02x}.{}", domain, location >> 8 & 0xff, location >> 3 & 0x1f, location & 7);
  }
  return addresses;
}

}  // namespace

std::optional<DrmClient> parse_drm_fdinfo(std::string_view text) {
  DrmClient client;
  bool has_id = false;
  Regions resident, memory;
  std::map<std::string, uint64_t> cycles, total_cycles;
  for (std::string_view line : split(text, '\n')) {
    if (!takes_prefix(line, "drm-")) continue;
    const size_t colon = line.find(':');
    if (colon == std::string_view::npos) continue;
    std::string_view key = line.substr(0, colon);
    const std::string_view value = trim(line.substr(colon + 1));
    if (key == "driver") client.driver = value;
    if (key == "pdev") client.pci = normal_pci_address(value);
    const auto number = quantity(value);
    if (!number) continue;
    if (key == "client-id") {
      client.id = *number;
      has_id = true;
    } else if (takes_prefix(key, "resident-")) {
      resident.add(key, *number);
    } else if (takes_prefix(key, "memory-")) {
      memory.add(key, *number);
    } else if (takes_prefix(key, "engine-capacity-")) {
      client.engines[std::string(key)].capacity = std::max<uint64_t>(1, *number);
    } else if (takes_prefix(key, "engine-")) {
      client.engines[std::string(key)].busy = *number;
    } else if (takes_prefix(key, "total-cycles-")) {
      total_cycles[std::string(key)] = *number;
    } else if (takes_prefix(key, "cycles-")) {
      cycles[std::string(key)] = *number;
    }
  }
  for (const auto& [engine, total] : total_cycles) {
    if (!cycles.contains(engine)) continue;
    client.engines[engine].busy = cycles[engine];
    client.engines[engine].total_cycles = total;
  }
  client.memory_bytes = resident.best() ? resident.best() : memory.best();
  return has_id && !client.pci.empty() ? std::optional(std::move(client)) : std::nullopt;
}

std::map<std::pair<int64_t, std::string>, uint64_t> kfd_memory(const fs::path& sys_root) {
  const fs::path kfd = sys_root / "class/kfd/kfd";
  const auto addresses = kfd_nodes(kfd);
  std::map<std::pair<int64_t, std::string>, uint64_t> memory;
  if (addresses.empty()) return memory;
  std::error_code error;
  for (fs::directory_iterator at(kfd / "proc", error), end; !error && at != end; at.increment(error)) {
    const auto pid = parse_integer<int64_t>(at->path().filename().native());
    if (!pid) continue;
    for (const auto& [id, address] : addresses) {
      const auto bytes = read_number_attribute(at->path() / ("vram_" + id));
      if (bytes && *bytes <= kBytesMax) memory[{*pid, address}] += *bytes;
    }
  }
  return memory;
}

void DrmClients::add(const DrmClient& client, Usage& usage) {
  if (client.memory_bytes) usage.memory_bytes = usage.memory_bytes.value_or(0) + *client.memory_bytes;
  const auto before = before_.find({client.pci, client.id});
  if (before == before_.end() || elapsed_ns_ <= 0) return;
  for (const auto& [name, engine] : client.engines) {
    const auto was = before->second.engines.find(name);
    // A counter that fell is that of a new client with an old number.
    if (was == before->second.engines.end() || engine.busy < was->second.busy) continue;
    const auto busy = static_cast<double>(engine.busy - was->second.busy);
    double span = elapsed_ns_;
    if (engine.total_cycles) {
      if (!was->second.total_cycles || *engine.total_cycles <= *was->second.total_cycles) continue;
      span = static_cast<double>(*engine.total_cycles - *was->second.total_cycles);
    }
    usage.engine_percent[name] += 100 * busy / (span * static_cast<double>(engine.capacity));
    usage.has_percent = true;
  }
}

void DrmClients::scan_process(const fs::path& process, int64_t pid, const std::set<std::string>& devices,
                              std::map<UsageKey, Usage>& usage) {
  const Folder folder(::opendir((process / "fd").c_str()));
  if (!folder) return;
  while (const dirent* entry = ::readdir(folder.get())) {
    char target[64];
    const ssize_t length = ::readlinkat(::dirfd(folder.get()), entry->d_name, target, sizeof target);
    if (length <= 0 || !std::string_view(target, static_cast<size_t>(length)).starts_with("/dev/dri/")) continue;
    const auto text = read_file(process / "fdinfo" / entry->d_name, kFdinfoBytesMax);
    auto client = text ? parse_drm_fdinfo(*text) : std::nullopt;
    if (!client || !devices.contains(client->pci) || seen_.size() >= kClientsMax) continue;
    ClientKey key{client->pci, client->id};
    if (seen_.contains(key)) continue;  // duplicated by dup() or fork(): counted for the process met first
    add(*client, usage[{pid, client->pci}]);
    seen_.emplace(std::move(key), *std::move(client));
  }
}

std::vector<signals::GpuProcess> DrmClients::scan(const fs::path& proc_root, const fs::path& sys_root, const std::set<std::string>& devices,
                                                  std::chrono::nanoseconds now) {
  elapsed_ns_ = scanned_.count() == 0 ? 0 : static_cast<double>((now - scanned_).count());
  scanned_ = now;
  seen_.clear();
  std::vector<int64_t> pids;
  if (const Folder folder(::opendir(proc_root.c_str())); folder) {
    while (const dirent* entry = ::readdir(folder.get())) {
      if (const auto pid = parse_integer<int64_t>(std::string_view(entry->d_name)); pid && *pid > 0) pids.push_back(*pid);
    }
  }
  std::sort(pids.begin(), pids.end());
  std::map<UsageKey, Usage> usage;
  for (const int64_t pid : pids) scan_process(proc_root / fmt::format("{}", pid), pid, devices, usage);
  for (const auto& [key, bytes] : kfd_memory(sys_root)) {
    if (!devices.contains(key.second)) continue;
    // Compute buffers may be in both places: the larger number holds the smaller.
    std::optional<uint64_t>& known = usage[key].memory_bytes;
    known = std::max(known.value_or(0), bytes);
  }
  before_ = std::move(seen_);
  seen_.clear();

  std::vector<signals::GpuProcess> processes;
  for (const auto& [key, used] : usage) {
    signals::GpuProcess process;
    process.pid = key.first;
    process.gpu = key.second;
    process.source = signals::GpuSource::drm;
    process.memory_bytes = used.memory_bytes;
    const auto highest = [&](std::string_view prefix) -> std::optional<double> {
      std::optional<double> percent;
      for (const auto& [engine, value] : used.engine_percent)
        if (engine.starts_with(prefix)) percent = std::max(percent.value_or(0), std::min(value, 100.0));
      return percent;
    };
    if (used.has_percent) {
      process.utilization_percent = highest("");
      process.encoder_percent = highest("enc");
      process.decoder_percent = highest("dec");
    }
    processes.push_back(std::move(process));
  }
  return processes;
}

}  // namespace monitorai::collect
