#pragma once
// Calls of gRPC as bytes: the frame around a message, timeouts, statuses. Pure; any thread.
// Source: github.com/grpc/grpc/blob/master/doc/PROTOCOL-HTTP2.md.

#include <chrono>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"

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

/// Before a message: whether it is compressed, and its length in 4 bytes.
inline constexpr size_t kGrpcFrameBytes = 5;
std::string grpc_framed(std::string_view message);
/// The length that a frame tells; nullopt where its first 5 bytes are not there yet.
std::optional<size_t> grpc_frame_size(std::string_view body);
/// The message of a call's body, which is one frame. Refuses more than one, fewer, damage, and more than bytes_max after decompression.
Result<std::string, GrpcReply> grpc_message(std::string body, std::string_view encoding, size_t bytes_max);

/// "5S", "100m": Hour, Minute, Second, milli, micro, nano.
std::optional<std::chrono::nanoseconds> grpc_timeout(std::string_view text);
/// grpc-message: percent-encoded but for printable ASCII.
std::string grpc_percent_encoded(std::string_view text);
/// grpc-status-details-bin: google.rpc.Status with a google.rpc.RetryInfo. The reply has retry_after.
std::string grpc_retry_details(const GrpcReply& reply);

}  // namespace monitorai::net
