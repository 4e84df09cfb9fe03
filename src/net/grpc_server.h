#pragma once
// Unary gRPC over HTTP/2, with TLS where there are files for it: an adapter of Asio, which does not appear in this header, around GrpcSession. A
// call is one message in and one message out; gzip, deadlines, keep-alive pings and the health service are here, streaming calls and
// reflection are not.
//
// Threads: "grpc" owns every socket and session and never blocks; "http-N" workers of its own run the guard and the methods, which may block.

#include <chrono>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>

#include "net/grpc_call.h"
#include "net/grpc_counters.h"
#include "net/grpc_limits.h"
#include "net/http_server.h"

namespace monitorai::net {

struct GrpcSettings {
  std::string host = "127.0.0.1";
  uint16_t port = 0;  ///< 0: a free one
  std::map<std::string, GrpcMethod> methods;  ///< by path: "/package.Service/Method"
  HttpGuard guard{};  ///< sees a POST with the call's headers
  std::optional<TlsFiles> tls{};
  GrpcLimits limits{};
  std::function<std::chrono::steady_clock::time_point()> now = &std::chrono::steady_clock::now;  ///< the clock of the limits and of deadlines; any thread calls it
};

class GrpcServer {
 public:
  /// Code::unavailable: the port is taken; Code::invalid: the host does not resolve, or a TLS file does not load.
  static Result<std::unique_ptr<GrpcServer>> start(GrpcSettings settings);
  /// stop()s.
  ~GrpcServer();
  uint16_t port() const;
  /// From the next call on.
  void set_guard(HttpGuard guard);
  /// Reads the certificate and the key again, for new connections; when either does not load, the old ones stay.
  Result<void> reload_tls();
  GrpcCounts counts() const;
  /// Ends all connections; returns when every method has returned.
  void stop();

 private:
  class Core;
  explicit GrpcServer(std::unique_ptr<Core> core);
  std::unique_ptr<Core> core_;
};

}  // namespace monitorai::net
