#pragma once
// What a selector found: slots, and a pin that keeps everything they lead to alive. Reads take chunks and tail from memory, older samples
// from the partitions, late ones from their side buffer, and leave out what was deleted. Outlived by the store.

#include "signals/samples.h"
#include "store/metrics/head.h"
#include "store/metrics/partitions.h"

namespace monitorai::store {

class StoredSeries final : public signals::SeriesSet {
 public:
  StoredSeries(const Head& head, const Partitions& partitions, Reclaimer::Pin pin, std::vector<Slot> slots)
      : head_(head), partitions_(partitions), pin_(std::move(pin)), slots_(std::move(slots)) {}

  size_t size() const override { return slots_.size(); }
  signals::Labels labels(size_t series) const override { return labels_of(head_, slots_[series]); }
  std::string_view label(size_t series, std::string_view name) const override;
  Result<void> read(size_t series, TimeRange range, signals::Columns& out) const override;
  Result<std::optional<signals::Sample>> newest(size_t series, TimeRange range) const override;

 private:
  Result<std::optional<signals::Sample>> newest_by_reading(size_t series, TimeRange range) const;

  Result<void> read_partitions(StorageId id, TimeRange range, signals::Columns& out) const;

  /// Threads that read side by side each find their own last pages.
  struct Stripe {
    std::mutex mutex;
    PageCache cache;
  };
  static constexpr size_t kStripes = 8;

  const Head& head_;
  const Partitions& partitions_;
  Reclaimer::Pin pin_;
  std::vector<Slot> slots_;
  mutable std::array<Stripe, kStripes> stripes_;
};

}  // namespace monitorai::store
