#include "collect/process/ports.h"

#include <unistd.h>

#include <algorithm>

namespace monitorai::collect {
namespace {

/// A namespace that no LLM process asked about for so many scans is forgotten.
constexpr uint64_t kScansUnasked = 16;

bool same(const std::unordered_map<uint64_t, ListeningSocket>& a, const std::unordered_map<uint64_t, ListeningSocket>& b) {
  return a.size() == b.size() && std::all_of(a.begin(), a.end(), [&](const auto& one) { return b.contains(one.first); });
}

std::optional<uint64_t> own_network(ProcessTable& table) {
  const auto network = table.network_namespace(::getpid());
  return network ? std::optional(*network) : std::nullopt;
}

}  // namespace

PortReader::PortReader(ProcessTable& table, const Clock& clock) : table_(table), clock_(clock), own_network_(own_network(table)) {}

Result<const PortReader::Namespace*> PortReader::listeners_of(int64_t pid, uint64_t network_namespace) {
  Namespace& space = namespaces_[network_namespace];
  const bool read_now = space.version == 0 || (space.scan != scan_ && clock_.monotonic() >= space.due);
  space.scan = scan_;
  if (!read_now) return &space;
  const auto begin = std::chrono::steady_clock::now();
  MAI_TRY_ASSIGN(std::vector<ListeningSocket> sockets, table_.listening_sockets(pid, network_namespace));
  space.due = clock_.monotonic() + kNamespacePause * (std::chrono::steady_clock::now() - begin);
  std::unordered_map<uint64_t, ListeningSocket> listeners;
  for (ListeningSocket& socket : sockets) listeners.emplace(socket.inode, std::move(socket));
  if (space.version == 0 || !same(listeners, space.listeners)) space.version = ++versions_;
  space.listeners = std::move(listeners);
  std::erase_if(namespaces_, [&](const auto& one) { return one.second.scan + kScansUnasked < scan_; });
  return &space;
}

Result<std::vector<signals::ListeningPort>> PortReader::read(const signals::ProcessId& id, std::optional<uint64_t> open_files) {
  Known& known = processes_[id.pid];
  if (known.start_ticks != id.start_ticks || known.network_namespace == 0) {
    known = Known();
    known.start_ticks = id.start_ticks;
    MAI_TRY_ASSIGN(known.network_namespace, table_.network_namespace(id.pid));
  }
  MAI_TRY_ASSIGN(const Namespace* space, listeners_of(id.pid, known.network_namespace));
  if (known.version == space->version && open_files && known.open_files == open_files) return known.ports;
  known.ports.clear();
  if (!space->listeners.empty()) {
    MAI_TRY_ASSIGN(const std::vector<uint64_t> sockets, table_.sockets(id.pid));
    for (const uint64_t inode : sockets)
      if (const auto found = space->listeners.find(inode); found != space->listeners.end())
        known.ports.push_back({found->second.address, found->second.port, own_network_ && *own_network_ != known.network_namespace});
  }
  std::sort(known.ports.begin(), known.ports.end(), [](const auto& a, const auto& b) { return std::tie(a.port, a.address) < std::tie(b.port, b.address); });
  known.ports.erase(std::unique(known.ports.begin(), known.ports.end(), [](const auto& a, const auto& b) { return a.port == b.port && a.address == b.address; }),
                    known.ports.end());
  known.version = space->version;
  known.open_files = open_files;
  return known.ports;
}

}  // namespace monitorai::collect
