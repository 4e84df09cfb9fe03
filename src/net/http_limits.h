#pragma once
// The limits of the HTTP server: each has a name, a default, a policy (docs/http.md has the table) and a counter (http_counters.h).
// A plain value: tests make them milliseconds and bytes.

#include <chrono>
#include <cstddef>

namespace monitorai::net {

inline constexpr size_t kTargetBytesMax = 8 * 1024;
inline constexpr size_t kHeaderBytesMax = 16 * 1024;
inline constexpr size_t kBodyBytesMax = 16 * 1024 * 1024;
inline constexpr size_t kBodiesBytesMax = 256 * 1024 * 1024;
inline constexpr size_t kFormPairsMax = 10'000;
inline constexpr size_t kConnectionsMax = 4096;
inline constexpr size_t kWorkers = 4;
inline constexpr size_t kRequestsWaitingMax = 512;
inline constexpr size_t kStreamsMax = 64;
inline constexpr size_t kStreamBytesWaitingMax = 256 * 1024;
inline constexpr size_t kWriteSliceBytes = 64 * 1024;
inline constexpr size_t kGzipBytesMin = 1024;
inline constexpr size_t kWebSocketsMax = 256;
inline constexpr size_t kWebSocketMessageBytesMax = 64 * 1024;
inline constexpr size_t kWebSocketBytesWaitingMax = 1024 * 1024;

struct HttpLimits {
  size_t target_bytes_max = kTargetBytesMax;          ///< the request target: beyond it 414
  size_t header_bytes_max = kHeaderBytesMax;          ///< request line and fields together: beyond it 431
  size_t body_bytes_max = kBodyBytesMax;              ///< of one request, as sent and after decompression: beyond it 413. Router::set_body_bytes_max() for a path
  size_t bodies_bytes_max = kBodiesBytesMax;          ///< of all requests at one moment: beyond it 503
  size_t form_pairs_max = kFormPairsMax;              ///< pairs of an application/x-www-form-urlencoded body: beyond it 413
  size_t connections_max = kConnectionsMax;           ///< open at one moment: one more gets 503 and is closed
  size_t workers = kWorkers;                          ///< threads that run handlers
  size_t requests_waiting_max = kRequestsWaitingMax;  ///< waiting for a worker: beyond it 503 with Retry-After
  size_t streams_max = kStreamsMax;                   ///< streamed bodies at one moment, a thread each: beyond it 503 with Retry-After
  size_t stream_bytes_waiting_max = kStreamBytesWaitingMax;  ///< of one streamed body, not yet taken by the client: write() blocks
  size_t gzip_bytes_min = kGzipBytesMin;                     ///< a shorter response is not compressed

  size_t web_sockets_max = kWebSocketsMax;                            ///< open at one moment: beyond it 503
  size_t web_socket_message_bytes_max = kWebSocketMessageBytesMax;    ///< that a client sends: beyond it closed with 1009
  size_t web_socket_bytes_waiting_max = kWebSocketBytesWaitingMax;    ///< of one socket, not yet taken by the client: send() drops

  std::chrono::milliseconds web_socket_ping_interval{20'000};  ///< without a word of the client: a ping
  std::chrono::milliseconds web_socket_silence_max{60'000};    ///< without a word, pongs included: closed
  std::chrono::milliseconds idle_timeout{60'000};    ///< no byte of a next request: closed without a word
  std::chrono::milliseconds header_timeout{10'000};  ///< from the first byte of a request to the end of its header: 408. TLS handshake too
  std::chrono::milliseconds body_timeout{60'000};    ///< from the end of the header to the end of the body: 408
  std::chrono::milliseconds write_timeout{30'000};   ///< for the client to take kWriteSliceBytes: closed
  std::chrono::milliseconds linger_timeout{1'000};   ///< reading on after a refusal, so that the client can read it
  std::chrono::milliseconds stop_grace{1'000};       ///< at stop(): until running requests are cancelled
  std::chrono::milliseconds stop_timeout{5'000};     ///< at stop(): until connections are closed
};

}  // namespace monitorai::net
