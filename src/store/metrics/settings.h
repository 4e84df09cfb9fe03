#pragma once
// What a user may set about the metric store, with the defaults.

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <filesystem>

#include "store/disk/durability.h"

namespace monitorai::store {

struct ChunkSettings {
  size_t samples = 120;  ///< a chunk is full at this many; 1..kChunkSamplesMax
  size_t tail = 24;      ///< raw samples before they are folded into a chunk; at least 1, at most `samples`
};

/// What labels_max may be at most.
inline constexpr size_t kLabelsMax = 255;

struct Limits {
  size_t series_max = 5'000'000;
  size_t labels_max = 64;
  size_t label_name_bytes_max = 1024;
  size_t label_value_bytes_max = 16 << 10;
  size_t exemplars_max = 20'000;
  size_t metadata_max = 20'000;
  size_t late_samples_max = 1'000'000;  ///< out of order and still in memory; further ones are refused
  // What waits for the disk. Beyond it writes are refused until it has followed.
  uint64_t log_backlog_bytes_max = uint64_t{1} << 30;    ///< batches that no checkpoint covers
  uint64_t chunk_backlog_bytes_max = uint64_t{1} << 30;  ///< full chunks that are in no partition
};

struct Settings {
  std::filesystem::path folder;
  std::chrono::milliseconds retention = std::chrono::hours(200);
  uint64_t retention_bytes = 0;  ///< of all partitions together; 0: no limit
  std::chrono::milliseconds partition = std::chrono::hours(24);
  std::chrono::milliseconds out_of_order_window = std::chrono::hours(1);
  std::chrono::milliseconds future_max = std::chrono::minutes(10);
  std::chrono::milliseconds memory_window = std::chrono::hours(2);  ///< how long persisted chunks stay in memory for queries
  Durability durability = Durability::batched;
  std::chrono::milliseconds sync_interval{100};
  uint64_t log_bytes_max = 8 << 20;  ///< a checkpoint is made when the log has grown by this much, and by half the last checkpoint
  ChunkSettings chunk;
  Limits limits;
  bool background = true;  ///< own threads sync and maintain; tests call sync() and maintain() themselves
};

}  // namespace monitorai::store
