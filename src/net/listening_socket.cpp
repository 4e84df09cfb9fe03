#include "net/listening_socket.h"

#include <netdb.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cstring>
#include <memory>

namespace monitorai::net {
namespace {

constexpr int kBacklog = 1024;

struct Endpoint {
  sockaddr_storage address{};
  socklen_t size = 0;
};

Result<Endpoint> resolve(const std::string& host, uint16_t port) {
  const std::string bare = host.starts_with('[') && host.ends_with(']') ? host.substr(1, host.size() - 2) : host;
  const auto failed = [&](std::string_view why) {
    return Error{Code::invalid, fmt::format("cannot listen on {}: the host does not resolve: {}", address_text(bare, port), why)};
  };
  if (bare.empty()) return failed("it is empty (127.0.0.1 is this machine only, 0.0.0.0 every address)");
  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  hints.ai_flags = AI_PASSIVE;
  addrinfo* found = nullptr;
  if (const int error = ::getaddrinfo(bare.c_str(), nullptr, &hints, &found); error != 0) return failed(::gai_strerror(error));
  const std::unique_ptr<addrinfo, decltype(&::freeaddrinfo)> owned(found, &::freeaddrinfo);
  const addrinfo* best = found;
  for (const addrinfo* at = found; at != nullptr; at = at->ai_next) {
    if (at->ai_family != AF_INET) continue;
    best = at;
    break;
  }
  Endpoint out{.size = best->ai_addrlen};
  std::memcpy(&out.address, best->ai_addr, best->ai_addrlen);
  // The port has the same place in both families.
  reinterpret_cast<sockaddr_in&>(out.address).sin_port = htons(port);
  return out;
}

bool is_every_address(const sockaddr_storage& address) {
  return address.ss_family == AF_INET6 && IN6_IS_ADDR_UNSPECIFIED(&reinterpret_cast<const sockaddr_in6&>(address).sin6_addr);
}

}  // namespace

std::string address_text(const std::string& host, uint16_t port) {
  return host.find(':') == std::string::npos ? fmt::format("{}:{}", host, port) : fmt::format("[{}]:{}", host, port);
}

Result<int> open_listening_socket(const std::string& host, uint16_t port) {
  MAI_TRY_ASSIGN(const Endpoint at, resolve(host, port));
  constexpr int kOn = 1, kOff = 0;
  const int socket = ::socket(at.address.ss_family, SOCK_STREAM | SOCK_CLOEXEC, IPPROTO_TCP);
  const bool opened = socket >= 0 && ::setsockopt(socket, SOL_SOCKET, SO_REUSEADDR, &kOn, sizeof kOn) == 0 &&
                      (!is_every_address(at.address) || ::setsockopt(socket, IPPROTO_IPV6, IPV6_V6ONLY, &kOff, sizeof kOff) == 0) &&
                      ::bind(socket, reinterpret_cast<const sockaddr*>(&at.address), at.size) == 0 && ::listen(socket, kBacklog) == 0;
  if (opened) return socket;
  const int number = errno;
  if (socket >= 0) ::close(socket);
  Error cause = system_error(fmt::format("cannot listen on {}", address_text(host, port)), number);
  // No permission and no such address are the configuration's to solve; a port may be free later.
  if (number == EACCES || number == EADDRNOTAVAIL) cause.code = Code::invalid;
  return cause;
}

}  // namespace monitorai::net
