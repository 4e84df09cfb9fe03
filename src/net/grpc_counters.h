#pragma once
// What the gRPC server counts. Thread-safe: the "grpc" thread writes, any thread reads.

#include <array>
#include <atomic>
#include <cstdint>
#include <string_view>

namespace monitorai::net {

/// Why we ended a connection.
enum class GrpcEnd : uint8_t { tls, preface, protocol, resets, continuations, idle_frames, silence, unread };
inline constexpr size_t kGrpcEnds = 8;

/// For labels: "resets".
constexpr std::string_view grpc_end_name(GrpcEnd end) {
  constexpr std::array<std::string_view, kGrpcEnds> kNames{"tls", "preface", "protocol", "resets", "continuations", "idle_frames", "silence", "unread"};
  return kNames[static_cast<size_t>(end)];
}

struct GrpcCounters {
  std::atomic<uint64_t> connections{0};
  std::atomic<uint64_t> connections_refused{0};
  std::array<std::atomic<uint64_t>, kGrpcEnds> connections_ended{};
  std::atomic<uint64_t> open{0};
  std::atomic<uint64_t> calls{0};
  std::atomic<uint64_t> calls_failed{0};
  std::atomic<uint64_t> calls_header_too_large{0};
  std::atomic<uint64_t> calls_timed_out{0};

  void ended(GrpcEnd why) { ++connections_ended[static_cast<size_t>(why)]; }
};

/// A reading of the counters.
struct GrpcCounts {
  uint64_t connections = 0;
  uint64_t connections_refused = 0;  ///< over the limit, or the system had no descriptor for it
  std::array<uint64_t, kGrpcEnds> connections_ended{};
  uint64_t open = 0;
  uint64_t calls = 0;
  uint64_t calls_failed = 0;            ///< with a status that is not ok
  uint64_t calls_header_too_large = 0;  ///< reset
  uint64_t calls_timed_out = 0;         ///< reset

  uint64_t ended(GrpcEnd why) const { return connections_ended[static_cast<size_t>(why)]; }
  uint64_t ended_in_all() const {
    uint64_t sum = 0;
    for (const uint64_t one : connections_ended) sum += one;
    return sum;
  }
};

inline GrpcCounts read_counts(const GrpcCounters& from) {
  GrpcCounts out{.connections = from.connections,
                 .connections_refused = from.connections_refused,
                 .open = from.open,
                 .calls = from.calls,
                 .calls_failed = from.calls_failed,
                 .calls_header_too_large = from.calls_header_too_large,
                 .calls_timed_out = from.calls_timed_out};
  for (size_t i = 0; i < kGrpcEnds; ++i) out.connections_ended[i] = from.connections_ended[i];
  return out;
}

}  // namespace monitorai::net
