#pragma once
// Whose a process is, from /proc/PID/cgroup: the container, the Kubernetes pod, the systemd unit. The paths of Docker, containerd, Podman,
// CRI-O, LXC and nspawn under cgroup v1 and v2, with the systemd and the cgroupfs driver. Pure.

#include <string>
#include <string_view>

namespace monitorai::collect {

struct CgroupIdentity {
  std::string container;     ///< the first 12 hex digits of its id (LXC: its name), "" outside containers
  std::string pod;           ///< Kubernetes pod UID with dashes, "" outside
  std::string systemd_unit;  ///< "ollama.service", "" outside units; scopes and slices are no units for people
};

CgroupIdentity parse_cgroup(std::string_view text);

}  // namespace monitorai::collect
