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
#include "store/metrics/batch_log.h"
#include "store/metrics/checkpoint.h"
#include "store/metrics/exemplars.h"
#include "store/metrics/families.h"
#include "store/metrics/file_system.h"
#include "store/metrics/folder_lock.h"
#include "store/metrics/head.h"
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
  uint64_t log_failures = 0;
  uint64_t sync_failures = 0;
  uint64_t checkpoints = 0;
  uint64_t checkpoint_failures = 0;
};

class MetricStore final : public signals::MetricWriter, public signals::MetricSource {
 public:
  /// Opens or creates the store in settings.folder; clock and files must outlive it.
  static Result<std::unique_ptr<MetricStore>> open(Settings settings, const Clock& clock, FileSystem& files);
  ~MetricStore() override;

  Result<signals::WriteOutcome> write(std::span<const signals::SeriesWrite> series, std::span<const signals::MetadataWrite> metadata = {}) override;

  Result<std::unique_ptr<signals::SeriesSet>> select(std::span<const signals::Matcher> matchers, TimeRange range) const override;
  Result<std::vector<std::string>> label_names(std::span<const signals::Matcher> matchers, TimeRange range, size_t limit) const override;
  Result<std::vector<std::string>> label_values(std::string_view name, std::span<const signals::Matcher> matchers, TimeRange range,
                                                size_t limit) const override;
  Result<std::vector<signals::SeriesExemplars>> exemplars(std::span<const signals::Matcher> matchers, TimeRange range) const override;
  std::vector<signals::Metadata> metadata() const override { return families_.all(); }

  /// Makes everything acknowledged so far durable. The background thread does so every sync_interval.
  Result<void> sync();
  /// One pass of upkeep: a checkpoint when the log has grown enough. The background thread does so every second.
  Result<void> maintain();
  /// Writes a checkpoint, so that the log begins anew.
  Result<void> checkpoint();
  /// What opening found in checkpoint and log.
  const Replayed& replayed() const { return replayed_; }
  /// True while writes are refused because the log cannot be written.
  bool blocked() const { return blocked_.load(std::memory_order_relaxed); }

  Counters counters() const;
  size_t series_count() const;

 private:
  MetricStore(Settings settings, FolderLock lock, const Clock& clock, FileSystem& files);
  Result<void> recover();
  void start_background();
  Result<void> sync(uint64_t batches);
  Result<void> write_checkpoint(const CheckpointHeader& header, std::span<const Slot> slots, size_t pairs);

  /// What a batch will change, decided before anything is changed.
  struct Change {
    Slot slot = 0;
    uint32_t series = 0;      ///< index in the request
    uint32_t in_order = 0;    ///< how many of accepted_, after those of the changes before
    uint32_t late = 0;        ///< how many of accepted_late_, likewise
  };
  struct Bounds {
    int64_t oldest_ms;
    int64_t newest_ms;
  };
  Slot find_or_add(const signals::SeriesWrite& series, SeriesHash hash, std::unique_lock<std::shared_mutex>& index_lock,
                   signals::WriteOutcome& outcome);
  void judge(const signals::SeriesWrite& series, Slot slot, Bounds bounds, Change& change, signals::WriteOutcome& outcome);
  void judge_late(Slot slot, signals::Sample sample, Change& change, signals::WriteOutcome& outcome, const signals::SeriesWrite& series);
  /// Judges, logs and applies the series that round_ names; leaves in again_ those whose series came twice.
  Result<void> write_round(std::span<const signals::SeriesWrite> series, std::span<const SeriesHash> hashes,
                           std::span<const signals::MetadataWrite> metadata, signals::WriteOutcome& outcome);
  Result<void> log(std::span<const signals::SeriesWrite> series, std::span<const signals::MetadataWrite> metadata);
  void apply(std::span<const signals::SeriesWrite> series);
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
  StorageId next_id_ = 1;
  uint32_t batch_ = 0;
  std::vector<uint32_t> round_;
  std::vector<uint32_t> again_;
  std::vector<Change> changes_;
  std::vector<signals::Sample> accepted_;
  std::vector<signals::Sample> accepted_late_;
  uint64_t late_ = 0;
  uint64_t created_ = 0;

  Exemplars exemplars_;
  Families families_;
  mutable std::mutex counters_mutex_;
  Counters counters_;
  std::atomic<bool> blocked_{false};
  Replayed replayed_;

  std::mutex maintenance_mutex_;  ///< one upkeep at a time; taken before write_mutex_
  std::atomic<bool> checkpoint_wanted_{false};
  std::atomic<uint64_t> checkpoint_bytes_{0};
  std::jthread syncer_;
  std::jthread maintainer_;
};

}  // namespace monitorai::store
