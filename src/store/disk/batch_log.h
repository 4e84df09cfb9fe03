#pragma once
// The batch log: every accepted batch is appended here before it is acknowledged. A folder of numbered segments; each begins with a header
// and holds framed batches. A new segment is begun at each start and each checkpoint; segments before a checkpoint are removed.
// Grammar and a worked example: docs/formats/batch-log.md.
//
// Threads: append(), probe(), begin_segment() and remove_before() belong to the holder of the store's write lock; sync_to() to any thread;
// wait_unsynced() to one.

#include <atomic>
#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <stop_token>

#include "store/disk/file_system.h"

namespace monitorai::store {

struct Replayed {
  uint64_t batches = 0;
  uint64_t bytes = 0;
  uint64_t torn_bytes = 0;  ///< behind the last whole record of a segment
  uint64_t damaged = 0;     ///< whole records whose payload is none
};

/// Takes a batch back; an error counts it as damaged, and the replay goes on.
using BatchReader = std::function<Result<void>(std::string_view payload)>;

class BatchLog {
 public:
  /// `magic`: the bytes that begin each segment, a literal that names what the batches hold and its version.
  BatchLog(std::filesystem::path folder, FileSystem& files, std::string_view magic)
      : folder_(std::move(folder)), files_(files), magic_(magic) {}

  /// Reads all batches of the segments from this number on, oldest first, and begins a new segment behind them. Once, before the rest.
  Result<Replayed> open(uint64_t first_segment, const BatchReader& reader);

  /// Hands the batch to the operating system. After an error nothing of it is left, or the segment is given up, so that no torn record
  /// ever stands before a whole one.
  Result<void> append(std::string_view payload);
  /// Whether a batch of kProbeBytes could be appended now; nothing of it stays. So a store that refuses learns that there is room again
  /// though nothing is sent to it.
  Result<void> probe();
  static constexpr size_t kProbeBytes = size_t{64} << 10;
  /// How many batches were appended: what sync_to() is told.
  uint64_t appended() const { return appended_.load(std::memory_order_acquire); }

  /// Returns once that many batches are on disk. Callers that wait together share one sync.
  Result<void> sync_to(uint64_t batches);
  /// Sleeps until there are batches that are not on disk; false once stop was requested.
  bool wait_unsynced(const std::stop_token& stop);

  /// Syncs the present segment and begins the next, whose number is returned: all batches so far stand before it.
  Result<uint64_t> begin_segment();
  Result<void> remove_before(uint64_t segment);
  /// Bytes appended since the last begin_segment().
  uint64_t segment_bytes() const { return bytes_.load(std::memory_order_relaxed); }

 private:
  Result<void> replay(const std::filesystem::path& path, const BatchReader& reader, Replayed& out);
  /// Takes off what stands behind the last whole record, or gives the segment up.
  void cut();
  std::filesystem::path path_of(uint64_t segment) const;

  const std::filesystem::path folder_;
  FileSystem& files_;
  const std::string_view magic_;
  std::shared_ptr<FileSystem::File> file_;  ///< replaced under file_mutex_; null when the segment was given up
  mutable std::mutex file_mutex_;
  uint64_t segment_ = 0;
  std::atomic<uint64_t> bytes_{0};
  std::atomic<uint64_t> appended_{0};
  std::mutex sync_mutex_;
  std::atomic<uint64_t> synced_{0};  ///< batches; changed under sync_mutex_
  std::atomic<bool> waited_for_{false};
  std::mutex wait_mutex_;
  std::condition_variable_any unsynced_;
};

}  // namespace monitorai::store
