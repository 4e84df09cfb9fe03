#pragma once
// The listeners of the program, brought in line with the configuration at the start and at each reload. Thread: main.

#include <functional>
#include <map>
#include <memory>

#include "app/config/config.h"
#include "net/http_server.h"

namespace monitorai::app {

/// A listener that the configuration names.
struct Role {
  std::string name;       ///< "main", "process", "gpu"
  std::string shown;      ///< for people: "LLM processes"
  std::string path;       ///< what a person opens there: "/metrics"
  bool required = false;  ///< without it the program does not start
  const Listener& (*of)(const Config&) = nullptr;
  std::shared_ptr<const net::Router> router;
};

class Addresses {
 public:
  Addresses(net::HttpServer& server, std::vector<Role> roles) : server_(server), roles_(std::move(roles)) {}

  /// Opens, closes and moves listeners; `guard` is for all. A required listener that cannot be opened is an error, and then nothing is
  /// changed; any other is a warning, and tried again at the next call.
  Result<void> apply(const Config& config, const net::HttpGuard& guard);

  struct Line {
    std::string shown;
    std::string text;  ///< "http://127.0.0.1:3000", or why not
    bool up = false;
  };
  /// What a person is told at the start.
  std::vector<Line> lines() const;
  /// "http://127.0.0.1:3000"; "" when it is not open.
  std::string url(std::string_view role) const;

 private:
  struct Open {
    Listener listener;  // as configured
    std::string server_name;
    uint16_t port = 0;
  };
  Result<Open> open(const Role& role, const Listener& listener, const net::HttpGuard& guard);
  Result<void> apply_role(const Role& role, const Listener& wanted, const net::HttpGuard& guard);

  net::HttpServer& server_;
  std::vector<Role> roles_;
  std::map<std::string, Open> open_;
  std::map<std::string, std::string> problems_;  // by role
  uint64_t opened_ = 0;
};

}  // namespace monitorai::app
