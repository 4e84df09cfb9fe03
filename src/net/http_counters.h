#pragma once
// What the HTTP server counts of itself, for the program's own metrics. HttpCounters is written by the io thread and the workers
// (relaxed atomics: each number is right, two of them may be a request apart); HttpCounts is a snapshot.

#include <array>
#include <atomic>
#include <cstdint>
#include <string_view>

namespace monitorai::net {

/// Why a request, or a connection, was refused or given up on.
enum class Rejected : uint8_t {
  bad_request,        ///< 400: syntax, framing, Host, path
  target_too_long,    ///< 414
  header_too_large,   ///< 431
  body_too_large,     ///< 413
  length_required,    ///< 411
  expectation,        ///< 417
  method,             ///< 501: not a method this server knows
  transfer_encoding,  ///< 501: not chunked
  content_encoding,   ///< 400 or 415: a gzip body that does not decompress, or two encodings
  version,            ///< 505
  header_timeout,     ///< 408
  body_timeout,       ///< 408
  write_timeout,      ///< closed
  idle_timeout,       ///< closed; ordinary
  connections_full,   ///< 503
  workers_full,       ///< 503
  bodies_full,        ///< 503
  streams_full,       ///< 503
  guard,              ///< what the listener's guard answered
  tls,                ///< the handshake failed
  accept,             ///< accept(2) failed: out of descriptors or memory
  handler_failed,     ///< 500: a handler threw
  web_sockets_full,   ///< 503
  web_socket,         ///< a client broke the protocol, or sent too large a message: closed
  web_socket_silent,  ///< a client answered no ping: closed
};
inline constexpr size_t kRejectedReasons = static_cast<size_t>(Rejected::web_socket_silent) + 1;

/// "bad_request", ...: the value of a `reason` label.
std::string_view rejected_name(Rejected reason);

struct HttpCounts {
  uint64_t connections_accepted = 0;
  uint64_t connections_open = 0;
  std::array<uint64_t, 5> responses{};  ///< by class of the status: [0] is 1xx, [4] is 5xx
  uint64_t requests_running = 0;        ///< on a worker
  uint64_t requests_waiting = 0;        ///< for one
  uint64_t streams_running = 0;
  uint64_t web_sockets_open = 0;
  uint64_t web_socket_messages_dropped = 0;  ///< because the client read too slowly
  uint64_t clients_gone = 0;    ///< requests whose client went away before the response
  uint64_t bytes_received = 0;  ///< on the wire; under TLS, inside it
  uint64_t bytes_sent = 0;
  std::array<uint64_t, kRejectedReasons> rejected{};

  uint64_t rejected_by(Rejected reason) const { return rejected[static_cast<size_t>(reason)]; }
};

class HttpCounters {
 public:
  using Number = std::atomic<uint64_t>;
  Number connections_accepted{0}, connections_open{0}, requests_running{0}, requests_waiting{0}, streams_running{0};
  Number web_sockets_open{0}, web_socket_messages_dropped{0};
  Number clients_gone{0}, bytes_received{0}, bytes_sent{0};

  void responded(int status) { add(responses_[static_cast<size_t>(status / 100 - 1) % responses_.size()], 1); }
  void reject(Rejected reason) { add(rejected_[static_cast<size_t>(reason)], 1); }
  static void add(Number& number, uint64_t by) { number.fetch_add(by, std::memory_order_relaxed); }
  static void subtract(Number& number, uint64_t by) { number.fetch_sub(by, std::memory_order_relaxed); }
  HttpCounts read() const;

 private:
  std::array<Number, 5> responses_{};
  std::array<Number, kRejectedReasons> rejected_{};
};

}  // namespace monitorai::net
