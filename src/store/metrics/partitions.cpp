#include "store/metrics/partitions.h"

namespace monitorai::store {

Result<void> Partitions::read(StorageId id, TimeRange range, signals::Columns& out, size_t begin, PageCache& cache) const {
  const auto present = list();
  for (const auto& partition : *present) {
    if (partition->damaged()) continue;
    if (auto done = partition->read(id, range, out, begin, cache); !done && !partition->damaged()) return done;
  }
  return {};
}

bool Partitions::any_in(TimeRange range) const {
  const auto present = list();
  return std::any_of(present->begin(), present->end(), [&](const auto& partition) {
    const TimeRange samples = partition->samples();
    return samples.from <= range.to && samples.to >= range.from;
  });
}

}  // namespace monitorai::store
