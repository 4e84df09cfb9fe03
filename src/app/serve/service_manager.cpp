#include "app/serve/service_manager.h"

#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cstdlib>
#include <cstring>

#include "base/text.h"

namespace monitorai::app {
namespace {

std::string take_variable(const char* name) {
  const char* value = std::getenv(name);
  std::string text = value == nullptr ? "" : value;
  ::unsetenv(name);
  return text;
}

}  // namespace

ServiceManager ServiceManager::from_environment() {
  const std::string socket = take_variable("NOTIFY_SOCKET");
  const auto microseconds = parse_integer<int64_t>(take_variable("WATCHDOG_USEC"));
  const auto pid = parse_integer<int64_t>(take_variable("WATCHDOG_PID"));
  std::optional<std::chrono::milliseconds> watchdog;
  if (microseconds && *microseconds > 0 && (!pid || *pid == ::getpid()))
    watchdog = std::max(std::chrono::milliseconds(*microseconds / 2000), std::chrono::milliseconds(1));
  return ServiceManager(socket, socket.empty() ? std::nullopt : watchdog);
}

ServiceManager::ServiceManager(std::string socket, std::optional<std::chrono::milliseconds> watchdog)
    : socket_(std::move(socket)), watchdog_(watchdog) {
  // A path, or "@name" of the abstract namespace; anything else is not of this protocol.
  if (!socket_.starts_with('/') && !socket_.starts_with('@')) socket_.clear();
  if (!socket_.empty()) sender_ = Fd(::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0));
}

void ServiceManager::reloading() const {
  timespec now{};
  clock_gettime(CLOCK_MONOTONIC, &now);
  send("RELOADING=1\nMONOTONIC_USEC=", fmt::format("{}", now.tv_sec * 1'000'000 + now.tv_nsec / 1000));
}

void ServiceManager::send(std::string_view message, std::string_view rest) const {
  if (!sender_) return;
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (socket_.size() >= sizeof address.sun_path) return;
  std::memcpy(address.sun_path, socket_.data(), socket_.size());
  if (address.sun_path[0] == '@') address.sun_path[0] = '\0';
  const std::string text = fmt::format("{}{}", message, rest);
  const auto length = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + socket_.size());
  // A service manager that does not listen is its own affair: never block on it, never fail for it.
  [[maybe_unused]] const ssize_t sent = ::sendto(sender_.number(), text.data(), text.size(), MSG_NOSIGNAL | MSG_DONTWAIT,
                                                 reinterpret_cast<const sockaddr*>(&address), length);
}

}  // namespace monitorai::app
