#pragma once
// All partitions of the metric store, read as one. Threads: read() and any_in() from any; the rest as of PartitionList.

#include "store/disk/partition_list.h"
#include "store/metrics/partition.h"

namespace monitorai::store {

class Partitions final : public PartitionList<Partition> {
 public:
  Partitions(std::filesystem::path folder, std::chrono::milliseconds length)
      : PartitionList(std::move(folder), length, "metrics", [](const std::filesystem::path& path, int64_t begin_ms, int64_t end_ms) {
          return Partition::open(path, {{begin_ms}, {end_ms - 1}});
        }) {}

  /// Merges the samples of one series within the range into `out` from `begin` on. Damaged partitions are left out.
  Result<void> read(StorageId id, TimeRange range, signals::Columns& out, size_t begin, PageCache& cache) const;
  bool any_in(TimeRange range) const;
};

}  // namespace monitorai::store
