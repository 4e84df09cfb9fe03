#pragma once
// The limits of the gRPC server: each has a name, a default, a policy and a counter (grpc_counters.h). A plain value: tests make them
// milliseconds and bytes.

#include <chrono>
#include <cstddef>
#include <cstdint>

namespace monitorai::net {

struct GrpcLimits {
  size_t connections_max = 1024;                    ///< one more is closed
  uint32_t streams_max = 128;                       ///< calls at one moment on a connection: beyond it REFUSED_STREAM
  size_t header_bytes_max = 16 * 1024;              ///< of a call: beyond it the call is reset
  size_t continuations_max = 16;                    ///< CONTINUATION frames of one header: beyond it the connection ends
  size_t idle_frames_max = 10'000;                  ///< frames in a row that bring nothing of a call (PING, SETTINGS, WINDOW_UPDATE, empty DATA): beyond it the connection ends
  size_t resets_max = 200;                          ///< calls that a client resets before they are answered, a minute: beyond it the connection ends
  size_t message_bytes_max = 64 * 1024 * 1024;      ///< as sent and after decompression: beyond it RESOURCE_EXHAUSTED
  size_t bodies_bytes_max = 256 * 1024 * 1024;      ///< of all calls at one moment, until they are answered: beyond it RESOURCE_EXHAUSTED with a retry hint
  size_t workers = 2;
  size_t calls_waiting_max = 512;                   ///< for a worker: beyond it UNAVAILABLE with a retry hint
  std::chrono::milliseconds preface_timeout{10'000};  ///< from accepting to the first frame, TLS handshake included: then the connection ends
  std::chrono::milliseconds body_timeout{60'000};   ///< from the first byte of a call to its last: then it is reset
  std::chrono::milliseconds write_timeout{30'000};  ///< for the client to take what is sent: then the connection ends
  std::chrono::milliseconds ping_interval{60'000};  ///< of silence: then a ping
  std::chrono::milliseconds ping_timeout{20'000};   ///< for any byte after it: then the connection ends
};

}  // namespace monitorai::net
