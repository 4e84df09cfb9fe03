#pragma once
// All partitions of the trace store: `folder`/<YYYY-MM-DD>/traces.db. A damaged one is set aside: renamed, named in the log, and counted; the
// rest serves. Threads: one upkeep at a time; set_aside() and bytes() from any.

#include "base/threads.h"
#include "store/traces/trace_partition.h"

namespace monitorai::store {

class TracePartitions {
 public:
  using List = std::vector<std::shared_ptr<TracePartition>>;  ///< oldest first

  TracePartitions(std::filesystem::path folder, std::chrono::milliseconds length)
      : folder_(std::move(folder)), length_ms_(length.count()), list_(std::make_shared<const List>()) {}

  /// Opens what is there; one whose entries are damaged is set aside.
  Result<void> open();
  std::shared_ptr<const List> list() const { return list_.read(); }
  /// The beginning of the partition in which a time lies.
  int64_t begin_ms(int64_t time_ns) const;
  int64_t length_ms() const { return length_ms_; }
  Result<std::shared_ptr<TracePartition>> find_or_create(int64_t begin_ms);

  /// Puts aside those in which damage was found, and returns them.
  List set_damaged_aside();
  /// The names of those set aside, as long as their files are there.
  std::vector<std::string> set_aside() const;
  /// Deletes partitions that end before `oldest_ms`, then the oldest while all together are larger than bytes_max (0: no limit), but not
  /// the newest; returns them.
  List remove_old(int64_t oldest_ms, uint64_t bytes_max);
  uint64_t bytes() const;

 private:
  std::filesystem::path folder_of(int64_t begin_ms) const;
  void put_aside(const std::filesystem::path& folder, const Error& why);
  void publish(List list);

  const std::filesystem::path folder_;
  const int64_t length_ms_;
  Published<List> list_;
  mutable std::mutex aside_mutex_;
  std::vector<std::string> aside_;
};

}  // namespace monitorai::store
