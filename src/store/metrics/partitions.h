#pragma once
// All partitions of a store: `folder`/<YYYY-MM-DD>/metrics.db (with the hour where partitions are not whole days). A damaged one is set
// aside: renamed, named in the log, and counted; the rest serves.
//
// Threads: read() from any; the rest from one upkeep at a time.

#include "store/metrics/partition.h"
#include "store/metrics/series_head.h"

namespace monitorai::store {

class Partitions {
 public:
  using List = std::vector<std::shared_ptr<Partition>>;  ///< oldest first

  Partitions(std::filesystem::path folder, std::chrono::milliseconds length)
      : folder_(std::move(folder)), length_ms_(length.count()), edges_(length), list_(std::make_shared<const List>()) {}

  /// Opens what is there.
  Result<void> open();
  std::shared_ptr<const List> list() const { return list_.read(); }
  Result<std::shared_ptr<Partition>> find_or_create(int32_t day);

  /// Merges the samples of one series within the range into `out` from `begin` on. Damaged partitions are left out.
  Result<void> read(StorageId id, TimeRange range, signals::Columns& out, size_t begin, PageCache& cache) const;
  bool any_in(TimeRange range) const;

  /// Puts aside those in which reads found damage.
  void set_damaged_aside();
  /// The names of those set aside, as long as their files are there.
  std::vector<std::string> set_aside() const;
  /// Deletes partitions that end before `oldest_ms`, then the oldest while all together are larger than bytes_max (0: no limit), but not
  /// the newest. Returns the end of the last one deleted.
  std::optional<int64_t> remove_old(int64_t oldest_ms, uint64_t bytes_max);
  uint64_t bytes() const;

 private:
  std::filesystem::path folder_of(int64_t begin_ms) const;
  void put_aside(const std::filesystem::path& folder, const Error& why);
  void publish(List list);

  const std::filesystem::path folder_;
  const int64_t length_ms_;
  const PartitionEdges edges_;
  Published<List> list_;
  mutable std::mutex aside_mutex_;
  std::vector<std::string> aside_;
};

}  // namespace monitorai::store
