#include "collect/process/cgroup.h"

#include <algorithm>

#include "base/text.h"

namespace monitorai::collect {
namespace {

constexpr size_t kContainerIdDigits = 64;
constexpr size_t kContainerShownDigits = 12;

bool is_hex(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); });
}

/// The container id in one path component: "<64 hex>", "docker-<64 hex>.scope", "cri-containerd-<64 hex>.scope", "libpod-<64 hex>",
/// "crio-<64 hex>.scope"; "libpod-conmon-" and "crio-conmon-" are the monitors outside the container.
std::string_view container_id(std::string_view component) {
  if (component.ends_with(".scope")) component.remove_suffix(6);
  if (component.find("conmon-") != std::string_view::npos) return {};
  if (component.size() < kContainerIdDigits) return {};
  const std::string_view digits = component.substr(component.size() - kContainerIdDigits);
  const std::string_view before = component.substr(0, component.size() - kContainerIdDigits);
  if (!is_hex(digits)) return {};
  return before.empty() || before.ends_with('-') || before.ends_with(':') ? digits : std::string_view{};
}

/// "kubepods-burstable-pod1b2c_..._.slice" and "pod1b2c-...": a UID is 36 characters with dashes (underscores under the systemd driver).
std::string pod_uid(std::string_view component) {
  constexpr size_t kUidSize = 36, kStaticUidSize = 32;
  if (component.ends_with(".slice")) component.remove_suffix(6);
  const size_t at = component.rfind("pod");
  if (at == std::string_view::npos) return {};
  std::string uid(component.substr(at + 3));
  std::replace(uid.begin(), uid.end(), '_', '-');
  std::string digits = uid;
  std::erase(digits, '-');
  // Static pods have the hash of their manifest, without dashes.
  return (uid.size() == kUidSize || uid.size() == kStaticUidSize) && digits.size() == kStaticUidSize && is_hex(digits) ? uid : std::string{};
}

void take(std::string_view path, CgroupIdentity& identity) {
  bool below_pods = false;
  bool below_lxc = false;
  for (const std::string_view component : split(path, '/')) {
    if (component.empty()) continue;
    if (component.starts_with("kubepods")) below_pods = true;
    if (const std::string_view id = container_id(component); !id.empty()) identity.container = id.substr(0, kContainerShownDigits);
    if (below_pods)
      if (std::string uid = pod_uid(component); !uid.empty()) identity.pod = std::move(uid);
    if (below_lxc && identity.container.empty()) identity.container = component;
    below_lxc = component == "lxc";
    if (component.starts_with("lxc.payload.")) identity.container = component.substr(12);
    if (component.starts_with("machine-") && component.ends_with(".scope") && identity.container.empty())
      identity.container = component.substr(8, component.size() - 14);
    if (component.ends_with(".service")) identity.systemd_unit = component;
  }
}

}  // namespace

CgroupIdentity parse_cgroup(std::string_view text) {
  CgroupIdentity identity;
  for (const std::string_view line : split(text, '\n')) {
    // "0::/path" (v2) or "7:memory:/path" (v1)
    const size_t first = line.find(':');
    const size_t second = first == std::string_view::npos ? first : line.find(':', first + 1);
    if (second != std::string_view::npos) take(line.substr(second + 1), identity);
  }
  // A unit that holds a container's own processes is the container runtime's business.
  if (!identity.container.empty() && (identity.systemd_unit == "docker.service" || identity.systemd_unit == "containerd.service"))
    identity.systemd_unit.clear();
  return identity;
}

}  // namespace monitorai::collect
