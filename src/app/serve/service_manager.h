#pragma once
// systemd's notification protocol (sd_notify(3)), by its datagrams and without its library. Does nothing where $NOTIFY_SOCKET is not set.
// Thread: main.

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

#include "base/files.h"

namespace monitorai::app {

class ServiceManager {
 public:
  /// Reads $NOTIFY_SOCKET, $WATCHDOG_USEC and $WATCHDOG_PID, and removes them from the environment of children to come.
  static ServiceManager from_environment();
  explicit ServiceManager(std::string socket, std::optional<std::chrono::milliseconds> watchdog = {});

  void ready(std::string_view status) const { send("READY=1\nSTATUS=", status); }
  void reloading() const;
  void stopping() const { send("STOPPING=1", ""); }
  void alive() const { send("WATCHDOG=1", ""); }
  /// How often alive() is due: half of what systemd waits. nullopt without a watchdog.
  std::optional<std::chrono::milliseconds> alive_every() const { return watchdog_; }

 private:
  void send(std::string_view message, std::string_view rest) const;
  std::string socket_;
  Fd sender_;
  std::optional<std::chrono::milliseconds> watchdog_;
};

}  // namespace monitorai::app
