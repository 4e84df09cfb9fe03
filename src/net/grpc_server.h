#pragma once
// Unary gRPC over HTTP/2 without TLS: an adapter of nghttp2 and Asio, neither of which appears in this header. A call is one message in and one
// message out; gzip, deadlines, keep-alive pings and the health service are here, streaming calls and reflection are not.
// Source: github.com/grpc/grpc/blob/master/doc/PROTOCOL-HTTP2.md, RFC 9113.
//
// Threads: "grpc" owns every socket and session and never blocks; "http-N" workers of its own run the guard and the methods, which may block.

#include <atomic>
#include <chrono>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>

#include "base/result.h"
#include "net/http_server.h"

namespace monitorai::net {

struct GrpcStatus {
  static constexpr int ok = 0, invalid_argument = 3, deadline_exceeded = 4, not_found = 5, permission_denied = 7, resource_exhausted = 8, unimplemented = 12, internal = 13,
                       unavailable = 14, unauthenticated = 16;
};

struct GrpcReply {
  int status = GrpcStatus::ok;
  std::string message{};  ///< of a status that is not ok
  std::string body{};     ///< the answer's message, of ok
  std::optional<std::chrono::seconds> retry_after{};  ///< told as google.rpc.RetryInfo
};
/// Takes the bytes of a message. Runs on a worker.
using GrpcMethod = std::function<GrpcReply(std::string message)>;

struct GrpcLimits {
  size_t connections_max = 1024;
  uint32_t streams_max = 128;                 ///< calls at one moment on a connection
  size_t header_bytes_max = 16 * 1024;        ///< of a call: beyond it the stream is reset
  size_t message_bytes_max = 64 * 1024 * 1024;  ///< as sent and after decompression: beyond it RESOURCE_EXHAUSTED
  size_t bodies_bytes_max = 256 * 1024 * 1024;  ///< of all calls at one moment: beyond it RESOURCE_EXHAUSTED with a retry hint
  size_t resets_max = 200;                    ///< streams that a client resets before they are answered, a minute: beyond it the connection ends
  size_t workers = 2;
  size_t calls_waiting_max = 512;             ///< for a worker: beyond it UNAVAILABLE with a retry hint
  std::chrono::milliseconds preface_timeout{10'000};
  std::chrono::milliseconds body_timeout{60'000};   ///< from the first byte of a call to its last
  std::chrono::milliseconds ping_interval{60'000};  ///< of silence: then a ping
  std::chrono::milliseconds ping_timeout{20'000};   ///< for any byte after it: then the connection ends
};

struct GrpcSettings {
  std::string host = "127.0.0.1";
  uint16_t port = 0;  ///< 0: a free one
  std::map<std::string, GrpcMethod> methods;  ///< by path: "/package.Service/Method"
  HttpGuard guard{};  ///< sees a POST with the call's headers
  GrpcLimits limits{};
};

struct GrpcCounts {
  uint64_t connections = 0;
  uint64_t connections_refused = 0;
  uint64_t connections_ended = 0;  ///< by us: floods, silence, damaged frames
  uint64_t calls = 0;
  uint64_t calls_failed = 0;  ///< with a status that is not ok
  uint64_t open = 0;
};

class GrpcServer {
 public:
  /// Code::unavailable: the port is taken; Code::invalid: the host is no address.
  static Result<std::unique_ptr<GrpcServer>> start(GrpcSettings settings);
  /// stop()s.
  ~GrpcServer();
  uint16_t port() const;
  /// From the next call on.
  void set_guard(HttpGuard guard);
  GrpcCounts counts() const;
  /// Ends all connections; returns when every method has returned.
  void stop();

 private:
  class Core;
  explicit GrpcServer(std::unique_ptr<Core> core);
  std::unique_ptr<Core> core_;
};

}  // namespace monitorai::net
