#include "store/metrics/series_set.h"

#include "store/metrics/series_head.h"

namespace monitorai::store {

using signals::Columns;
using signals::Sample;

std::string_view StoredSeries::label(size_t series, std::string_view name) const {
  for (const PairId pair : head_.series.pairs(slots_[series]))
    if (head_.index.name(pair) == name) return head_.index.value(pair);
  return {};
}

Result<void> StoredSeries::read_partitions(StorageId id, TimeRange range, Columns& out) const {
  Stripe& stripe = stripes_[std::hash<std::thread::id>{}(std::this_thread::get_id()) % kStripes];
  const std::lock_guard lock(stripe.mutex);
  return partitions_.read(id, range, out, 0, stripe.cache);
}

Result<void> StoredSeries::read(size_t series, TimeRange range, Columns& out) const {
  const Slot slot = slots_[series];
  const Series& record = head_.series[slot];
  const size_t begin = out.times_ms.size();
  if (const HeadBlock* block = record.head.load(std::memory_order_acquire)) MAI_TRY(read_head(*block, range, out));
  // Memory first: a chunk that left it before we looked raised the horizon before it left, and then we look into the partitions.
  if (range.from.ms < head_.horizon_ms.load(std::memory_order_acquire) && partitions_.any_in(range)) {
    Columns cold;
    MAI_TRY(read_partitions(record.id, range, cold));
    if (!cold.times_ms.empty()) {
      const auto at = static_cast<std::ptrdiff_t>(begin);
      merge_columns(cold, 0, {{out.times_ms.begin() + at, out.times_ms.end()}, {out.values.begin() + at, out.values.end()}});
      out.times_ms.resize(begin);
      out.values.resize(begin);
      merge_columns(out, begin, cold);
    }
  }
  const uint8_t aside = record.aside.load(std::memory_order_acquire);
  if ((aside & Series::kHasLate) != 0) merge_columns(out, begin, head_.asides.late(slot, range));
  if ((aside & Series::kHasTombstones) != 0)
    for (const TimeRange& deleted : head_.asides.tombstones(slot)) drop_range(out, begin, deleted);
  return {};
}

Result<std::optional<Sample>> StoredSeries::newest_by_reading(size_t series, TimeRange range) const {
  Columns columns;
  MAI_TRY(read(series, range, columns));
  if (columns.times_ms.empty()) return std::optional<Sample>{};
  return std::optional<Sample>{{{columns.times_ms.back()}, columns.values.back()}};
}

Result<std::optional<Sample>> StoredSeries::newest(size_t series, TimeRange range) const {
  const Series& record = head_.series[slots_[series]];
  const Sample newest = record.newest();
  if (newest.time < range.from || newest.time.ms == kNever) return std::optional<Sample>{};
  if (record.aside.load(std::memory_order_acquire) != 0) return newest_by_reading(series, range);
  if (newest.time <= range.to) return std::optional<Sample>{newest};
  if (const HeadBlock* block = record.head.load(std::memory_order_acquire))
    if (const auto found = newest_in_tail(*block, range.to.ms)) return found->time < range.from ? std::optional<Sample>{} : found;
  return newest_by_reading(series, range);
}

}  // namespace monitorai::store
