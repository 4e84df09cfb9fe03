#pragma once
// The newest exemplars of all series, a ring of bounded size. Thread-safe.

#include <deque>
#include <map>
#include <mutex>
#include <unordered_map>

#include "signals/samples.h"
#include "store/metrics/series.h"

namespace monitorai::store {

class Exemplars {
 public:
  struct Entry {
    Slot slot = 0;
    StorageId id = 0;
    signals::Exemplar exemplar;  ///< its time is set
  };

  explicit Exemplars(size_t max) : max_(max) {}

  /// False when it is the one that came last for this series: scrapers repeat them.
  bool add(Slot slot, StorageId id, const signals::ExemplarView& exemplar);
  /// Of these series (ascending), by slot in time order.
  std::map<Slot, std::vector<signals::Exemplar>> find(std::span<const Slot> slots, TimeRange range, const SeriesTable& series) const;
  std::vector<Entry> all() const;

 private:
  const size_t max_;
  mutable std::mutex mutex_;
  std::deque<Entry> ring_;
  std::unordered_map<StorageId, std::pair<int64_t, double>> last_;
};

}  // namespace monitorai::store
