#pragma once
// What a user may set about the trace store, with the defaults.

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <span>

#include "signals/spans.h"
#include "store/disk/durability.h"

namespace monitorai::store {

struct TraceLimits {
  size_t span_bytes_max = 4 << 20;  ///< as encoded: names, attributes, events, links
};

struct TraceSettings {
  std::filesystem::path folder;  ///< the store's own: `<data>/traces`
  std::chrono::milliseconds retention = std::chrono::hours(200);
  uint64_t retention_bytes = 0;  ///< of all partitions together; 0: no limit
  std::chrono::milliseconds partition = std::chrono::hours(24);
  std::chrono::milliseconds future_max = std::chrono::minutes(10);
  Durability durability = Durability::batched;
  std::chrono::milliseconds sync_interval{100};
  uint64_t head_bytes_max = 32 << 20;                          ///< of spans in memory: above it they go to their partition
  std::chrono::milliseconds head_age_max = std::chrono::minutes(30);
  uint64_t waiting_bytes_max = 512 << 20;                      ///< of full heads that no partition has taken yet; then writes wait
  int compression = 1;                                         ///< zstd's level
  /// Tail sampling: asked once for each trace when its head goes to the partition; false drops it. Not set: all are kept.
  std::function<bool(std::span<const signals::Span>)> keep{};
  /// A full head waits this long for the rest of its traces before `keep` is asked.
  std::chrono::milliseconds decision_wait{0};
  TraceLimits limits;
  bool background = true;  ///< own threads sync and maintain; tests call sync() and maintain() themselves
};

}  // namespace monitorai::store
