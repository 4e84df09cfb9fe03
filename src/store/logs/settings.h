#pragma once
// What a user may set about the log store, with the defaults.

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <filesystem>

#include "store/disk/durability.h"

namespace monitorai::store {

/// What LogLimits::line_bytes_max may be at most.
inline constexpr size_t kLineBytesMax = 4 << 20;
/// What LogSettings::block_bytes may be at most.
inline constexpr size_t kBlockBytesMax = 16 << 20;
/// Lines of a block.
inline constexpr size_t kBlockLinesMax = 1 << 20;

struct LogLimits {
  size_t streams_max = 100'000;
  size_t labels_max = 32;
  size_t label_name_bytes_max = 1024;
  size_t label_value_bytes_max = 4096;
  size_t line_bytes_max = 256 << 10;
  size_t metadata_max = 128;             ///< names of structured metadata a line
  size_t metadata_bytes_max = 64 << 10;  ///< names and values of structured metadata a line
};

struct LogSettings {
  std::filesystem::path folder;  ///< the store's own: `<data>/logs`
  std::chrono::milliseconds retention = std::chrono::hours(200);
  uint64_t retention_bytes = 0;  ///< of all partitions together; 0: no limit
  std::chrono::milliseconds partition = std::chrono::hours(24);
  std::chrono::milliseconds out_of_order_window = std::chrono::hours(1);
  std::chrono::milliseconds future_max = std::chrono::minutes(10);
  Durability durability = Durability::batched;
  std::chrono::milliseconds sync_interval{100};
  size_t block_bytes = 512 << 10;                           ///< of text: a block that would grow larger is full
  std::chrono::milliseconds block_age = std::chrono::hours(6);  ///< a block with an older line goes to its partition at a checkpoint
  uint64_t head_bytes_max = 192 << 20;                      ///< of text in open blocks: above it they go to their partitions early
  uint64_t waiting_bytes_max = 256 << 20;                   ///< of text in full blocks that no partition has taken yet; then writes wait
  uint64_t log_bytes_max = 128 << 20;                       ///< a checkpoint is made when the batch log has grown by this much
  uint64_t filter_cache_bytes = 64 << 20;                   ///< filters of blocks that are kept in memory
  int compression = 1;                                      ///< zstd's level
  LogLimits limits;
  bool background = true;  ///< own threads sync and maintain; tests call sync() and maintain() themselves
};

}  // namespace monitorai::store
