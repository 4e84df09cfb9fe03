#include "app/serve/port_owner.h"

#include <unistd.h>

#include "collect/process/procfs.h"

namespace monitorai::app {

std::string port_owner(uint16_t port) {
  collect::Procfs procfs;
  const auto ours = procfs.network_namespace(::getpid());
  if (!ours) return {};
  const auto listening = procfs.listening_sockets(::getpid(), *ours);
  std::vector<int64_t> pids;
  if (!listening || !procfs.pids(pids)) return {};
  for (const int64_t pid : pids) {
    const auto sockets = procfs.sockets(pid);
    if (!sockets) continue;
    const bool has_it = std::any_of(listening->begin(), listening->end(), [&](const collect::ListeningSocket& socket) {
      return socket.port == port && std::find(sockets->begin(), sockets->end(), socket.inode) != sockets->end();
    });
    collect::ProcessStat stat;
    if (has_it && procfs.stat(pid, stat)) return fmt::format("{} (pid {})", stat.comm, pid);
  }
  return {};
}

std::string listen_message(const Error& error, uint16_t port) {
  if (error.code == Code::unavailable)
    if (const std::string owner = port_owner(port); !owner.empty()) return fmt::format("{}; the port is in use by {}", error.message, owner);
  return error.message;
}

}  // namespace monitorai::app
