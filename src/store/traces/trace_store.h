#pragma once
// The embedded trace store: spans on one machine, kept for days, found by trace id and by what they say.
//
// A write is judged, appended to the batch log (then it is acknowledged: it survives kill -9), and added to the head in memory, where
// queries see it. A full head is sorted by trace and goes as columns to a partition file a day, and the log begins anew.
// docs/traces.md has the picture.
//
// Threads: every public function may be called from any thread. One write lock serialises writers and the short steps of upkeep; readers
// never take it.

#include <condition_variable>

#include "base/clock.h"
#include "signals/spans.h"
#include "store/disk/batch_log.h"
#include "store/disk/clock_watch.h"
#include "store/disk/folder_lock.h"
#include "store/disk/partition_list.h"
#include "store/disk/store_threads.h"
#include "store/traces/settings.h"
#include "store/traces/trace_head.h"
#include "store/traces/trace_partition.h"

namespace monitorai::store {

/// Totals since the start, and below them what is; exported as monitorai_trace_store_*.
struct TraceStoreCounts {
  uint64_t spans_accepted = 0;
  uint64_t spans_duplicate = 0;
  uint64_t spans_too_old = 0;
  uint64_t spans_too_new = 0;
  uint64_t spans_too_large = 0;
  uint64_t spans_sampled_out = 0;   ///< by `keep`, when their head went to the partition
  uint64_t traces_sampled_out = 0;
  uint64_t bytes_accepted = 0;      ///< as encoded
  uint64_t writes_refused = 0;      ///< because full heads wait for the disk
  uint64_t log_failures = 0;
  uint64_t sync_failures = 0;
  uint64_t persist_failures = 0;
  uint64_t blocks_persisted = 0;
  uint64_t spans_persisted = 0;
  uint64_t partitions_removed = 0;

  uint64_t head_spans = 0;
  uint64_t head_bytes = 0;
  uint64_t waiting_bytes = 0;  ///< of full heads that no partition has yet
};

struct TraceDiskUsage {
  size_t partitions = 0;
  uint64_t partition_bytes = 0;
  uint64_t log_bytes = 0;
};

class TraceStore final : public signals::SpanWriter, public signals::SpanSource {
 public:
  /// Opens or creates the store in settings.folder, which is its own; clock and files must outlive it.
  static Result<std::unique_ptr<TraceStore>> open(TraceSettings settings, const Clock& clock, FileSystem& files);
  ~TraceStore() override;

  Result<signals::SpanWriteOutcome> write(std::span<const signals::Span> spans) override;

  Result<std::shared_ptr<const signals::SpanBatch>> trace(signals::TraceId id, size_t spans_max) const override;
  Result<std::unique_ptr<signals::SpanCursor>> scan(signals::SpanRange range, signals::SpanHint hint) const override;

  /// Makes everything acknowledged so far durable. The background thread does so every sync_interval.
  Result<void> sync();
  /// One pass of upkeep: a full or old head goes to its partitions, old partitions are removed. The background thread does so every second,
  /// and when there is much to do. The first error of the pass.
  Result<void> maintain();
  /// All spans in memory go to the partitions, and the log begins anew.
  Result<void> flush();
  /// What opening found in the log.
  const Replayed& replayed() const { return replayed_; }
  /// True while writes are refused because the log or the partitions cannot be written.
  bool blocked() const { return blocked_.load(std::memory_order_relaxed); }

  TraceStoreCounts counts() const;
  TraceDiskUsage disk_usage() const;
  /// Partitions that were damaged and are set aside.
  std::vector<std::string> set_aside() const { return partitions_.set_aside(); }

 private:
  /// Decoded blocks that were read last: the traces of an answer are often of the same.
  struct CachedBlock {
    std::shared_ptr<const TracePartition> partition;
    int64_t key = 0;
    std::shared_ptr<const signals::SpanBatch> batch;
  };
  using HeadPtr = std::shared_ptr<TraceHead>;
  /// What readers look at, changed as a whole.
  struct Memory {
    HeadPtr open;
    std::vector<HeadPtr> waiting;  ///< oldest first
    std::shared_ptr<const PartitionList<TracePartition>::List> partitions;
    std::vector<std::shared_ptr<const TracePartition::Directory>> directories;  ///< of the partitions
  };

  TraceStore(TraceSettings settings, FolderLock lock, const Clock& clock, FileSystem& files);
  Result<void> recover();
  Result<void> replay(std::string_view record);
  void start_background();
  Result<void> sync(uint64_t batches);
  Memory memory() const;
  Result<std::shared_ptr<const signals::SpanBatch>> read_block(const std::shared_ptr<TracePartition>& partition, const SpanBlockEntry& entry) const;
  bool known(const signals::Span& span) const;
  Result<void> close_head();
  Result<void> persist(const HeadPtr& head);
  Result<void> persist_waiting(bool all);
  void remove_old(bool by_age);

  const TraceSettings settings_;
  const FolderLock lock_;
  const Clock& clock_;

  mutable std::mutex write_mutex_;  ///< held while the log, the open head or the list of heads changes
  mutable std::shared_mutex memory_mutex_;  ///< of open_, waiting_ and what partitions publish; taken exclusively by the holder of write_mutex_
  HeadPtr open_;
  std::vector<HeadPtr> waiting_;
  uint64_t generation_ = 1;
  BatchLog log_;
  PartitionList<TracePartition> partitions_;

  mutable std::mutex cache_mutex_;
  mutable std::vector<CachedBlock> cache_;  ///< the one used last is last

  std::atomic<uint64_t> waiting_bytes_{0};
  std::atomic<bool> persist_failing_{false};
  std::atomic<bool> blocked_{false};
  mutable std::mutex counts_mutex_;
  TraceStoreCounts counts_;
  Replayed replayed_;

  std::mutex maintenance_mutex_;  ///< one upkeep at a time; taken before write_mutex_
  std::map<uint64_t, uint64_t> segment_after_;  ///< by generation: the segment that begins behind it
  std::chrono::nanoseconds last_thorough_{0};
  ClockWatch clock_watch_;  ///< nothing is deleted by age while it does not hold
  boost::unordered_flat_set<uint64_t> kept_;  ///< traces whose first part was kept: the rest is, too
  StoreThreads threads_;
};

}  // namespace monitorai::store
