#pragma once
// The embedded log store: lines of streams on one machine, kept for days, selected by labels, searched in place.
//
// A write is judged, appended to the batch log (then it is acknowledged: it survives kill -9), and appended to the open heads in memory,
// where queries see it. Full heads are compressed and go to a partition file a day; a checkpoint lets the log begin anew.
// docs/log-store.md has the picture.
//
// Threads: every public function may be called from any thread. One write lock serialises writers and the short steps of upkeep; readers
// never take it: they share the index lock for the time of a selection, and a stream's for the copy of its pointers.

#include <condition_variable>
#include <shared_mutex>
#include <unordered_map>

#include "base/clock.h"
#include "signals/logs.h"
#include "store/disk/batch_log.h"
#include "store/disk/clock_watch.h"
#include "store/disk/folder_lock.h"
#include "store/disk/partition_list.h"
#include "store/disk/store_threads.h"
#include "store/logs/block_hashes.h"
#include "store/logs/log_listeners.h"
#include "store/logs/log_partition.h"
#include "store/logs/log_stream.h"
#include "store/logs/settings.h"

namespace monitorai::store {

/// Totals since the start, and below them what is; exported as monitorai_log_store_*.
struct LogStoreCounts {
  uint64_t lines_accepted = 0;
  uint64_t bytes_accepted = 0;  ///< of text
  uint64_t lines_duplicate = 0;
  uint64_t lines_out_of_order = 0;
  uint64_t lines_too_old = 0;
  uint64_t lines_too_new = 0;
  uint64_t lines_too_long = 0;
  uint64_t lines_over_limit = 0;
  uint64_t lines_invalid = 0;
  uint64_t streams_created = 0;
  uint64_t streams_removed = 0;
  uint64_t writes_refused = 0;  ///< because full blocks wait for the disk
  uint64_t log_failures = 0;
  uint64_t sync_failures = 0;
  uint64_t checkpoints = 0;
  uint64_t checkpoint_failures = 0;
  uint64_t blocks_persisted = 0;
  uint64_t bytes_persisted = 0;  ///< of text, before compression
  uint64_t persist_failures = 0;
  uint64_t partitions_removed = 0;

  uint64_t streams = 0;
  uint64_t head_bytes = 0;     ///< of text in open heads
  uint64_t waiting_bytes = 0;  ///< of text in closed heads that no partition has yet
  uint64_t filter_bytes = 0;   ///< of filters in memory
};

struct LogDiskUsage {
  size_t partitions = 0;
  uint64_t partition_bytes = 0;
  uint64_t log_bytes = 0;
};

class LogStore final : public signals::LogWriter, public signals::LogSource {
 public:
  /// Opens or creates the store in settings.folder, which is its own; clock and files must outlive it.
  static Result<std::unique_ptr<LogStore>> open(LogSettings settings, const Clock& clock, FileSystem& files);
  ~LogStore() override;

  Result<signals::LogWriteOutcome> write(std::span<const signals::StreamWrite> streams) override;

  Result<std::unique_ptr<signals::StreamSet>> select(std::span<const signals::Matcher> matchers, signals::LogRange range) const override;
  Result<std::vector<std::string>> label_names(std::span<const signals::Matcher> matchers, signals::LogRange range,
                                               size_t limit) const override;
  Result<std::vector<std::string>> label_values(std::string_view name, std::span<const signals::Matcher> matchers, signals::LogRange range,
                                                size_t limit) const override;
  std::shared_ptr<void> listen(std::vector<signals::Matcher> matchers, signals::LogListener listener) const override;

  /// Makes everything acknowledged so far durable. The background thread does so every sync_interval.
  Result<void> sync();
  /// One pass of upkeep: closed heads go to partitions, a checkpoint is made when the log has grown enough, old partitions are removed.
  /// The background thread does so every second, and when there is much to do. The first error of the pass.
  Result<void> maintain();
  /// All lines in memory go to the partitions, those of open heads too, and the log begins anew.
  Result<void> flush();
  /// What need not stay in memory goes to the partitions, and the log begins anew.
  Result<void> checkpoint();
  /// What opening found in the log.
  const Replayed& replayed() const { return replayed_; }
  /// True while writes are refused because the log or the partitions cannot be written.
  bool blocked() const { return blocked_.load(std::memory_order_relaxed); }

  LogStoreCounts counts() const;
  LogDiskUsage disk_usage() const;
  /// Partitions that were damaged and are set aside.
  std::vector<std::string> set_aside() const { return partitions_.set_aside(); }

 private:
  friend class LogRecovery;
  using StreamPtr = std::shared_ptr<LogStream>;

  LogStore(LogSettings settings, FolderLock lock, const Clock& clock, FileSystem& files);
  Result<void> recover();
  void start_background();
  Result<void> sync(uint64_t batches);

  // Writing, under write_mutex_.
  struct LineCheck {
    uint64_t hash = 0;
    enum : uint8_t { good, too_long, over_limit, invalid } verdict = good;
  };
  /// What a write will change, decided before anything is changed.
  struct Change {
    StreamPtr stream;
    uint32_t write = 0;   ///< index in the request
    uint32_t begin = 0;   ///< of its lines in accepted_
    uint32_t end = 0;
    int64_t newest_ns = 0;
  };
  struct Accepted {
    uint32_t line = 0;  ///< index in its StreamWrite
    uint64_t hash = 0;
  };
  struct Bounds {
    int64_t oldest_ns;
    int64_t newest_ns;
    int64_t now_ns;
  };
  void check_lines(const signals::StreamWrite& write, std::vector<LineCheck>& out) const;
  StreamPtr find_or_add(const signals::StreamWrite& write, StreamHash hash, signals::LogWriteOutcome& outcome);
  StreamPtr add_stream(StreamId id, signals::Labels labels, StreamHash hash);
  void judge(const signals::StreamWrite& write, std::span<const LineCheck> checks, Bounds bounds, Change& change,
             signals::LogWriteOutcome& outcome);
  bool known(const LogStream& stream, int64_t time_ns, uint64_t hash);
  Result<void> write_round(std::span<const signals::StreamWrite> writes, std::span<const StreamHash> hashes,
                           std::span<const LineCheck> checks, std::span<const uint32_t> checks_at, signals::LogWriteOutcome& outcome);
  Result<void> log_changes(std::span<const signals::StreamWrite> writes);
  void apply(std::span<const signals::StreamWrite> writes);
  void append(LogStream& stream, const signals::LogLineView& line, uint64_t hash);
  Result<void> wait_for_room(std::unique_lock<std::mutex>& lock);
  void notify(std::span<const signals::StreamWrite> writes, std::span<const Change> changes, std::span<const Accepted> accepted);
  void count(const signals::LogWriteOutcome& outcome);
  void close_head(const StreamPtr& stream);
  void close_largest();

  // Upkeep, under maintenance_mutex_.
  using Closed = std::pair<StreamPtr, std::shared_ptr<LogHead>>;
  struct Written {
    StreamPtr stream;
    std::shared_ptr<LogPartition> partition;
    BlockEntry entry;
  };
  void close_heads(const std::function<bool(const LogHead&)>& which);
  Result<void> persist();
  Result<void> persist_some(std::span<const Closed> closed);
  void publish(std::span<const Closed> closed);
  Result<void> checkpoint_now(size_t bytes_min);
  Result<void> carry();
  Result<void> end_checkpoint(uint64_t segment);
  void remove_old(bool by_age);
  void forget(const PartitionList<LogPartition>::List& partitions);
  std::vector<StreamPtr> all_streams() const;
  std::vector<StreamView> views(std::span<const signals::Matcher> matchers, signals::LogRange range) const;

  const LogSettings settings_;
  const FolderLock lock_;
  const Clock& clock_;
  const uint64_t hash_seed_;

  mutable std::mutex write_mutex_;  ///< held while anything below changes
  mutable std::shared_mutex index_mutex_;  ///< of streams_; taken exclusively by the holder of write_mutex_
  std::vector<StreamPtr> streams_;
  std::unordered_map<StreamHash, StreamPtr> by_hash_;
  StreamId next_id_ = 1;
  BatchLog log_;
  LogRecordEncoder encoder_;
  const std::shared_ptr<FilterCache> filters_;
  PartitionList<LogPartition> partitions_;
  BlockHashes persisted_hashes_;
  uint64_t epoch_ = 1;  ///< grows when the log begins anew
  uint64_t batch_ = 0;
  std::vector<uint32_t> round_;
  std::vector<uint32_t> again_;
  std::vector<Change> changes_;
  std::vector<Accepted> accepted_;
  std::vector<StreamPtr> closed_;  ///< streams with heads that wait; a stream may stand here more than once
  std::condition_variable room_;   ///< waiting_bytes_ fell

  std::atomic<uint64_t> head_bytes_{0};
  std::atomic<uint64_t> waiting_bytes_{0};
  std::atomic<bool> persist_failing_{false};
  std::atomic<bool> blocked_{false};
  mutable std::mutex counts_mutex_;
  LogStoreCounts counts_;
  Replayed replayed_;
  mutable LogListeners listeners_;

  std::mutex maintenance_mutex_;  ///< one upkeep at a time; taken before write_mutex_
  /// By stream, end and partition: blocks that are in a partition while others of the same head are not yet.
  std::map<std::tuple<StreamId, uint64_t, int64_t>, Written> written_;
  std::atomic<bool> checkpoint_wanted_{false};
  std::chrono::nanoseconds last_persist_{0};
  std::chrono::nanoseconds last_thorough_{0};
  std::chrono::nanoseconds last_append_{0};
  ClockWatch clock_watch_;  ///< nothing is deleted by age while it does not hold
  uint64_t appended_seen_ = 0;
  uint64_t carried_bytes_ = 0;
  StoreThreads threads_;
};

}  // namespace monitorai::store
