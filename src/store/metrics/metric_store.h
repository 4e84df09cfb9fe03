#pragma once
// The embedded metric store: samples of series on one machine, kept for days, selected by labels.
//
// A write is checked, appended to the batch log (then it is acknowledged: it survives kill -9), and applied to the head in memory.
// Full chunks go to a partition file a day; a checkpoint lets the log begin anew. docs/metric-store.md has the picture.
//
// Threads: every public function may be called from any thread. One write lock serialises writers and maintenance; readers never take
// it: they share the index lock for the time of a selection and read samples without locks.

#include "base/clock.h"
#include "signals/samples.h"
#include "store/disk/clock_watch.h"
#include "store/disk/folder_lock.h"
#include "store/disk/store_threads.h"
#include "store/metrics/batch_record.h"
#include "store/metrics/checkpoint.h"
#include "store/metrics/exemplars.h"
#include "store/metrics/families.h"
#include "store/metrics/head.h"
#include "store/metrics/partitions.h"
#include "store/metrics/series_head.h"
#include "store/metrics/settings.h"

namespace monitorai::store {

/// Totals since the start; exported as monitorai_store_*.
struct Counters {
  uint64_t samples_accepted = 0;
  uint64_t samples_duplicate = 0;
  uint64_t samples_conflicting = 0;
  uint64_t samples_late = 0;  ///< accepted out of order
  uint64_t samples_out_of_order = 0;
  uint64_t samples_too_old = 0;
  uint64_t samples_too_new = 0;
  uint64_t samples_over_limit = 0;
  uint64_t samples_invalid = 0;
  uint64_t series_created = 0;
  uint64_t series_removed = 0;
  uint64_t samples_late_refused = 0;  ///< of samples_over_limit: there are late_samples_max in memory
  uint64_t exemplars_refused = 0;     ///< larger than OpenMetrics allows, or not UTF-8
  uint64_t families_refused = 0;      ///< metadata beyond its limits
  uint64_t writes_refused = 0;        ///< as a whole, because the disk could not follow
  uint64_t log_failures = 0;
  uint64_t sync_failures = 0;
  uint64_t checkpoints = 0;
  uint64_t checkpoint_failures = 0;
  uint64_t chunks_persisted = 0;
  uint64_t persist_failures = 0;
  uint64_t partitions_removed = 0;
  uint64_t compactions = 0;
};

struct DiskUsage {
  size_t partitions = 0;
  uint64_t partition_bytes = 0;
  uint64_t log_bytes = 0;
};

struct Statistics {
  size_t series = 0;
  size_t label_pairs = 0;
  size_t late_samples = 0;  ///< in memory
  std::optional<TimeRange> samples;
  DiskUsage disk;
  std::vector<LabelIndex::Count> series_by_metric;
  std::vector<LabelIndex::Count> values_by_label;
  std::vector<LabelIndex::Count> series_by_pair;
};

class MetricStore final : public signals::MetricWriter, public signals::MetricSource {
 public:
  /// Opens or creates the store in settings.folder; clock and files must outlive it.
  static Result<std::unique_ptr<MetricStore>> open(Settings settings, const Clock& clock, FileSystem& files);
  ~MetricStore() override;

  Result<signals::WriteOutcome> write(std::span<const signals::SeriesWrite> series,
                                      std::span<const signals::MetadataWrite> metadata = {}) override;
  /// Reads the labels of series that it does not know, and of the first that has a problem.
  Result<signals::WriteOutcome> write_unread(signals::UnreadSeries& unread, std::span<const signals::MetadataWrite> metadata = {}) override;

  Result<std::unique_ptr<signals::SeriesSet>> select(std::span<const signals::Matcher> matchers, TimeRange range) const override;
  Result<std::vector<std::string>> label_names(std::span<const signals::Matcher> matchers, TimeRange range, size_t limit) const override;
  Result<std::vector<std::string>> label_values(std::string_view name, std::span<const signals::Matcher> matchers, TimeRange range,
                                                size_t limit) const override;
  Result<std::vector<signals::SeriesExemplars>> exemplars(std::span<const signals::Matcher> matchers, TimeRange range) const override;
  std::vector<signals::Metadata> metadata() const override { return families_.all(); }

  /// Makes everything acknowledged so far durable. The background thread does so every sync_interval.
  Result<void> sync();
  /// One pass of upkeep: full chunks go to partitions, a checkpoint is made when the log has grown enough, persisted chunks leave memory,
  /// finished partitions are compacted and old ones removed. The background thread does so every second. The first error of the pass.
  Result<void> maintain();
  /// Everything in memory goes to the partitions, open chunks too.
  Result<void> flush();
  /// Writes a checkpoint, so that the log begins anew.
  Result<void> checkpoint();
  /// What opening found in checkpoint and log.
  const Replayed& replayed() const { return replayed_; }
  /// True while writes are refused because the log cannot be written.
  bool blocked() const { return blocked_.load(std::memory_order_relaxed); }

  Counters counters() const;
  size_t series_count() const;
  /// Partitions that were damaged and are set aside.
  std::vector<std::string> set_aside() const { return partitions_.set_aside(); }

  /// Deletes the samples within the range of all series that match; those written later are kept. Returns how many series matched.
  Result<size_t> delete_series(std::span<const signals::Matcher> matchers, TimeRange range);
  /// Gives back the room of what was deleted.
  Result<void> clean_tombstones();
  /// A copy of everything as `folder`/snapshots/<name>, which a store can open. Returns the path.
  Result<std::filesystem::path> snapshot();
  /// Cheap: for metrics of our own.
  DiskUsage disk_usage() const;
  /// Walks every series and label pair: for /api/v1/status/tsdb; `limit` is the length of each list.
  Statistics statistics(size_t limit) const;

 private:
  MetricStore(Settings settings, FolderLock lock, const Clock& clock, FileSystem& files);
  Result<void> recover();
  void start_background();
  Result<void> sync(uint64_t batches);
  Result<void> rebuild_from_partitions(class Recovery& recovery);

  // Upkeep, under maintenance_mutex_.
  struct PersistItem {
    StorageId id = 0;
    Slot slot = 0;
    const Chunk* chunk = nullptr;
  };
  Result<void> checkpoint_now();
  Result<void> persist();
  Result<void> persist_day(int32_t day, std::vector<PersistItem>& items);
  void seal(const std::function<bool(const Series&)>& which);
  void evict(int64_t horizon_ms);
  Partition::Edit without_deleted() const;
  Result<void> compact_finished();
  void remove_old(bool by_age);
  void remove_series(int64_t before_ms);
  void give_back_slots();
  std::vector<Slot> all_slots() const;
  Result<void> write_checkpoint(const CheckpointHeader& header, std::span<const Slot> slots, size_t pairs);

  /// What a batch will change, decided before anything is changed.
  struct Change {
    Slot slot = 0;
    uint32_t series = 0;    ///< index in the request
    uint32_t in_order = 0;  ///< how many of accepted_, after those of the changes before
    uint32_t late = 0;      ///< how many of accepted_late_, likewise
  };
  struct Bounds {
    int64_t oldest_ms;
    int64_t newest_ms;
  };
  /// What the two ways of writing have in common.
  struct Request {
    std::span<const signals::SeriesWrite> series;
    std::span<const signals::MetadataWrite> metadata;
    signals::UnreadSeries* unread = nullptr;
    std::span<const signals::LabelView> labels(size_t i) const { return unread == nullptr ? series[i].labels : unread->labels(i); }
  };
  Result<signals::WriteOutcome> write(Request request);
  /// Code::exhausted while more waits for the disk than the limits allow.
  Result<void> check_backlog();
  Slot find_or_add(const Request& request, size_t series, SeriesHash hash, std::unique_lock<std::shared_mutex>& index_lock,
                   signals::WriteOutcome& outcome);
  void judge(const Request& request, Bounds bounds, Change& change, signals::WriteOutcome& outcome);
  void judge_late(const Request& request, signals::Sample sample, Change& change, signals::WriteOutcome& outcome);
  /// Judges, logs and applies the series that round_ names; leaves in again_ those whose series came twice.
  Result<void> write_round(const Request& request, std::span<const SeriesHash> hashes, signals::WriteOutcome& outcome);
  Result<void> log(const Request& request);
  void apply(std::span<const signals::SeriesWrite> series);
  /// For the outcome's first problem: names the series. Text is made for the first one only.
  template <class... Parts>
  static void report(signals::WriteOutcome& outcome, const Request& request, size_t series, fmt::format_string<Parts...> problem,
                     Parts&&... parts) {
    if (outcome.first_problem.empty())
      outcome.first_problem =
          fmt::format("{}: {}", labels_text(request.labels(series)), fmt::format(problem, std::forward<Parts>(parts)...));
  }
  std::vector<Slot> select_slots(std::span<const signals::Matcher> matchers, TimeRange range) const;
  void count(const signals::WriteOutcome& outcome);

  const Settings settings_;
  const FolderLock lock_;
  const Clock& clock_;
  FileSystem& files_;
  const uint64_t hash_seed_;

  mutable std::mutex write_mutex_;  ///< held while anything below changes
  Head head_;
  HeadRules rules_;
  BatchLog log_;
  BatchEncoder encoder_;
  Partitions partitions_;
  StorageId next_id_ = 1;
  uint32_t batch_ = 0;
  std::vector<uint32_t> round_;
  std::vector<uint32_t> again_;
  std::vector<Change> changes_;
  std::vector<signals::Sample> accepted_;
  std::vector<signals::Sample> accepted_late_;
  PageCache pages_;  ///< for late samples of one write
  uint64_t late_ = 0;
  uint64_t created_ = 0;
  uint64_t late_refused_ = 0;
  uint64_t exemplars_refused_ = 0;
  uint64_t log_backlog_ = 0;    ///< bytes of batches since the last finished checkpoint
  uint64_t chunk_backlog_ = 0;  ///< bytes of full chunks that the last attempts could not put into partitions

  Exemplars exemplars_;
  Families families_;
  mutable std::mutex counters_mutex_;
  Counters counters_;
  std::atomic<bool> blocked_{false};
  Replayed replayed_;

  std::mutex maintenance_mutex_;  ///< one upkeep at a time; taken before write_mutex_
  std::atomic<bool> checkpoint_wanted_{false};
  std::atomic<uint64_t> checkpoint_bytes_{0};
  ClockWatch clock_watch_;  ///< nothing is deleted by age while it does not hold
  std::chrono::nanoseconds last_thorough_{0};
  std::chrono::nanoseconds last_append_{0};
  uint64_t appended_seen_ = 0;
  std::vector<std::pair<uint64_t, Slot>> removed_slots_;  ///< with the epoch of the removal
  std::map<int32_t, std::chrono::nanoseconds> written_;   ///< by partition: when it was last written
  StoreThreads threads_;
};

}  // namespace monitorai::store
