#pragma once
// The HTTP/1.1 server: an adapter of Boost.Asio and Beast's parser, neither of which appears in this header.
//
// Threads: "io" owns every socket, timer and connection and never blocks; "http-N" workers run the guard, the router and the handlers,
// which may block. A request is moved to a worker and its response moved back. A streamed body keeps its worker for as long as it
// lasts, so the pool starts another thread in its place (up to HttpLimits::streams_max). All methods may be called from any thread
// but a handler's: stop() waits for handlers.
//
// What it refuses, when it gives up and what it counts: http_limits.h, http_counters.h and docs/http.md.

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "net/http.h"
#include "net/http_counters.h"
#include "net/http_limits.h"

namespace monitorai::net {

/// Runs on a worker before routing, with the whole request: a response refuses it (401, 403), nullopt lets it pass. It is counted
/// as rejected by `guard`.
using HttpGuard = std::function<std::optional<HttpResponse>(const HttpRequest&)>;

/// PEM files: the certificate (with its chain) and its private key. TLS 1.2 and later.
struct TlsFiles {
  std::string certificate;
  std::string key;
  std::string client_ca{};  ///< not empty: clients must show a certificate that one of these vouches for
};

struct ListenerSettings {
  std::string name;                ///< unique in a server: "main", "llm", "gpu"
  std::string host = "127.0.0.1";  ///< an address or a name; "0.0.0.0" and "::" (both families) are every address
  uint16_t port = 0;               ///< 0: a free one, see listen()
  int listening_socket = -1;       ///< one that listens already (handed over by who started us), instead of host and port; ours from listen() on
  std::shared_ptr<const Router> router;
  HttpGuard guard{};
  std::optional<TlsFiles> tls{};
};

class HttpServer {
 public:
  /// Starts the io thread and the workers.
  explicit HttpServer(HttpLimits limits = {});
  /// stop()s.
  ~HttpServer();
  HttpServer(const HttpServer&) = delete;
  HttpServer& operator=(const HttpServer&) = delete;

  /// Opens a listener and returns its port. Errors name the address and the cause ("cannot listen on 127.0.0.1:9100: Address already
  /// in use (errno 98)") and leave the other listeners as they are. Code::invalid: the host does not resolve, a TLS file does not
  /// load, the name is taken by a listener of this server; Code::unavailable: the port is taken.
  Result<uint16_t> listen(ListenerSettings settings);
  /// Replaces what a listener serves, from the next request on; requests that run finish on what they began with.
  /// Code::not_found when there is no listener of this name.
  Result<void> replace(std::string_view name, std::shared_ptr<const Router> router, HttpGuard guard = {});
  /// Reads the certificate and the key again, for new connections; when either does not load, the old ones stay.
  Result<void> reload_tls(std::string_view name);
  /// Stops accepting at this listener; its connections go on. Code::not_found when there is none of this name.
  Result<void> close(std::string_view name);

  /// Graceful end, once: stops accepting and closes idle connections at once; running requests may finish for
  /// HttpLimits::stop_grace, then HttpRequest::cancelled is requested, and after HttpLimits::stop_timeout connections are closed.
  /// Returns when every handler has returned.
  void stop();

  HttpCounts counts() const;

 private:
  class Core;
  std::unique_ptr<Core> core_;
};

}  // namespace monitorai::net
