#pragma once
// A partition: the chunks of one stretch of time (a day) in one SQLite file. Chunks are appended in batches, in the order of series, as
// pages; a finished partition is rewritten as one batch. A directory of pages is kept in memory, so a read is one lookup by key.
// Schema: docs/formats/metrics-partition.md.
//
// Threads: reads from any; writing (write, compact_into) from one upkeep at a time.

#include <functional>
#include <map>
#include <mutex>
#include <shared_mutex>

#include "base/threads.h"
#include "store/disk/partition_file.h"
#include "store/disk/sqlite.h"
#include "store/metrics/page.h"

namespace monitorai::store {

class Partition;

/// Pages that one query has read lately, so that its next series finds them. Not thread-safe.
class PageCache {
 public:
  std::shared_ptr<const Page> find(const Partition* partition, int64_t key) const;
  void keep(const Partition* partition, int64_t key, std::shared_ptr<const Page> page);

 private:
  static constexpr size_t kPagesMax = 128;
  std::map<std::pair<const Partition*, int64_t>, std::shared_ptr<const Page>> pages_;  ///< by batch: the last page of each
};

class Partition final : public PartitionFile {
 public:
  struct Item {
    StorageId id = 0;
    const Chunk* chunk = nullptr;
  };
  /// The labels of a series that this partition does not have yet, by its index in `new_series`.
  using LabelsOf = std::function<std::vector<signals::LabelView>(size_t)>;

  /// Opens or creates `folder`/metrics.db.
  static Result<std::shared_ptr<Partition>> open(std::filesystem::path folder, TimeRange range);

  TimeRange range() const { return {{begin_ms()}, {end_ms() - 1}}; }
  /// The bounds of the samples it holds; from > to when it has none.
  TimeRange samples() const;
  size_t batch_count() const { return batches_.read()->size(); }
  /// Whether every series stands in one place: compaction would change nothing.
  bool is_compact() const;

  /// Items sorted by id, and new series; all in one transaction that is durable when this returns.
  Result<void> write(std::span<const Item> items, std::span<const StorageId> new_series, const LabelsOf& labels_of);

  /// Merges the samples of one series within the range into `out` from `begin` on.
  Result<void> read(StorageId id, TimeRange range, signals::Columns& out, size_t begin, PageCache& cache) const;

  using VisitSeries = std::function<Result<void>(StorageId, std::span<const signals::LabelView>)>;
  Result<void> visit_series(const VisitSeries& visit) const;

  /// What a series keeps when it is rewritten: called with all its samples, which it may change.
  using Edit = std::function<void(StorageId, signals::Columns&)>;
  /// Rewrites everything in the order of series, each with all its samples in one row, and puts the new file in the place of the old.
  Result<void> compact(size_t chunk_samples, const Edit& edit);
  /// A complete copy as `folder`/metrics.db.
  Result<void> copy_to(const std::filesystem::path& folder) const;

 private:
  struct Batch {
    int64_t number = 0;
    TimeRange samples;
    std::vector<StorageId> first_series;  ///< of each page
  };
  using Batches = std::vector<std::shared_ptr<const Batch>>;
  struct Reader {
    Database database;
    Statement page;
  };

  Partition(std::filesystem::path folder, TimeRange range)
      : PartitionFile(std::move(folder), range.from.ms, range.to.ms + 1), batches_(std::make_shared<const Batches>()) {}
  Result<void> load();
  Result<void> rewrite(Partition& fresh, size_t chunk_samples, const Edit& edit) const;
  Result<void> write_series(std::span<const StorageId> ids, const LabelsOf& labels_of);
  Result<std::shared_ptr<const Batch>> write_pages(std::span<const Item> items);
  Result<std::shared_ptr<const Page>> load_page(int64_t key) const;
  Result<std::unique_ptr<Reader>> take_reader() const;

  /// Shared by whoever uses the file, exclusive for who replaces it.
  mutable std::shared_mutex file_mutex_;
  std::optional<Database> writer_;
  int64_t next_batch_ = 1;
  Published<Batches> batches_;
  std::map<std::pair<std::string, std::string>, int64_t> pair_numbers_;  ///< of pairs written since it was opened
  mutable std::mutex readers_mutex_;
  mutable std::vector<std::unique_ptr<Reader>> readers_;
};

}  // namespace monitorai::store
