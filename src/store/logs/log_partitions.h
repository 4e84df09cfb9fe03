#pragma once
// All partitions of the log store: `folder`/<YYYY-MM-DD>/logs.db. A damaged one is set aside: renamed, named in the log, and counted; the
// rest serves. Threads: one upkeep at a time; set_aside() and bytes() from any.

#include "base/threads.h"
#include "store/logs/log_partition.h"

namespace monitorai::store {

class LogPartitions {
 public:
  using List = std::vector<std::shared_ptr<LogPartition>>;  ///< oldest first

  LogPartitions(std::filesystem::path folder, std::chrono::milliseconds length, uint64_t filter_cache_bytes)
      : folder_(std::move(folder)), length_ms_(length.count()), filters_(std::make_shared<FilterCache>(filter_cache_bytes)), list_(std::make_shared<const List>()) {}

  /// Opens what is there; `take` reads the directory of each, and an error of it that is Code::corrupt sets the partition aside.
  Result<void> open(const std::function<Result<void>(const std::shared_ptr<LogPartition>&)>& take);
  std::shared_ptr<const List> list() const { return list_.read(); }
  /// The beginning of the partition in which a time lies.
  int64_t begin_ms(int64_t time_ns) const;
  int64_t length_ms() const { return length_ms_; }
  Result<std::shared_ptr<LogPartition>> find_or_create(int64_t begin_ms);

  /// Puts aside those in which damage was found, and returns them.
  List set_damaged_aside();
  /// The names of those set aside, as long as their files are there.
  std::vector<std::string> set_aside() const;
  /// Deletes partitions that end before `oldest_ms`, then the oldest while all together are larger than bytes_max (0: no limit), but not
  /// the newest; returns them.
  List remove_old(int64_t oldest_ms, uint64_t bytes_max);
  uint64_t bytes() const;
  const FilterCache& filters() const { return *filters_; }

 private:
  std::filesystem::path folder_of(int64_t begin_ms) const;
  void put_aside(const std::filesystem::path& folder, const Error& why);
  void publish(List list);

  const std::filesystem::path folder_;
  const int64_t length_ms_;
  const std::shared_ptr<FilterCache> filters_;
  Published<List> list_;
  mutable std::mutex aside_mutex_;
  std::vector<std::string> aside_;
};

}  // namespace monitorai::store
