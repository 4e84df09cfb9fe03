#include "app/serve/addresses.h"

#include "app/serve/port_owner.h"
#include "base/log.h"

namespace monitorai::app {
namespace {

std::string url_of(const Listener& listener, uint16_t port) {
  Address shown = *listener.address;
  shown.port = port;
  return fmt::format("{}://{}", listener.tls.certificate.empty() ? "http" : "https", shown.text());
}

}  // namespace

Result<Addresses::Open> Addresses::open(const Role& role, const Listener& listener, const net::HttpGuard& guard) {
  net::ListenerSettings settings{.name = fmt::format("{}-{}", role.name, ++opened_),
                                 .host = listener.address->host,
                                 .port = listener.address->port,
                                 .router = role.router,
                                 .guard = guard};
  if (!listener.tls.certificate.empty()) settings.tls = net::TlsFiles{listener.tls.certificate, listener.tls.key, listener.tls.client_ca};
  std::string name = settings.name;
  const auto port = server_.listen(std::move(settings));
  if (port) return Open{listener, std::move(name), *port};
  return Error{port.error().code, listen_message(port.error(), listener.address->port)};
}

Result<void> Addresses::apply_role(const Role& role, const Listener& wanted, const net::HttpGuard& guard) {
  const auto current = open_.find(role.name);
  if (current != open_.end() && current->second.listener == wanted) {
    if (!wanted.tls.certificate.empty()) MAI_TRY(server_.reload_tls(current->second.server_name));
    return server_.replace(current->second.server_name, role.router, guard);
  }
  if (!wanted.address) {
    if (current != open_.end()) MAI_TRY(server_.close(current->second.server_name));
    open_.erase(role.name);
    return {};
  }
  // The same address with other TLS files can only be opened after it was closed.
  const bool same_address = current != open_.end() && current->second.listener.address == wanted.address && wanted.address->port != 0;
  if (same_address) {
    const Listener before = current->second.listener;
    MAI_TRY(server_.close(current->second.server_name));
    open_.erase(current);
    auto opened = open(role, wanted, guard);
    if (!opened) {
      if (auto again = open(role, before, guard)) open_.insert_or_assign(role.name, std::move(again).value());
      return std::move(opened).error();
    }
    open_.insert_or_assign(role.name, std::move(opened).value());
    return {};
  }
  MAI_TRY_ASSIGN(Open opened, open(role, wanted, guard));
  if (current != open_.end()) MAI_TRY(server_.close(current->second.server_name));
  open_.insert_or_assign(role.name, std::move(opened));
  return {};
}

Result<void> Addresses::apply(const Config& config, const net::HttpGuard& guard) {
  for (const Role& role : roles_) {
    const Listener& wanted = role.of(config);
    const auto applied = apply_role(role, wanted, guard);
    problems_.erase(role.name);
    if (applied) continue;
    if (role.required) return applied.error();
    problems_[role.name] = applied.error().message;
    log::warn("a listener is off", {{"listener", role.name}, {"error", applied.error().message}});
  }
  return {};
}

std::vector<Addresses::Line> Addresses::lines() const {
  std::vector<Line> lines;
  for (const Role& role : roles_) {
    const auto problem = problems_.find(role.name);
    if (problem != problems_.end())
      lines.push_back({role.shown, "off: " + problem->second, false});
    else if (const std::string at = url(role.name); !at.empty())
      lines.push_back({role.shown, at + role.path, true});
    else
      lines.push_back({role.shown, "off", false});
  }
  return lines;
}

std::string Addresses::url(std::string_view role) const {
  const auto found = open_.find(std::string(role));
  return found == open_.end() ? "" : url_of(found->second.listener, found->second.port);
}

}  // namespace monitorai::app
