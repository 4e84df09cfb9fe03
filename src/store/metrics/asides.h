#pragma once
// What few series have: samples that came late (out of order) and deleted ranges. Kept beside the series records, which carry one flag
// each, so that the others pay nothing. Thread-safe: any thread reads, the write lock's holder writes.

#include <map>
#include <mutex>
#include <unordered_map>
#include <vector>

#include "store/metrics/columns.h"
#include "store/metrics/label_index.h"

namespace monitorai::store {

class Asides {
 public:
  /// False when a late sample of this time is there already.
  bool add_late(Slot slot, signals::Sample sample);
  std::optional<double> late_at(Slot slot, int64_t time_ms) const;
  signals::Columns late(Slot slot, TimeRange range) const;
  /// Late samples that are in no partition yet, by series; mark_persisted() says that those are now.
  std::vector<std::pair<Slot, signals::Columns>> unpersisted_late() const;
  void mark_persisted(Slot slot, const signals::Columns& samples);
  /// Forgets persisted late samples before this time. Returns the series that have none left.
  std::vector<Slot> evict_late(int64_t horizon_ms);
  size_t late_count() const;

  void add_tombstone(Slot slot, TimeRange range);
  std::vector<TimeRange> tombstones(Slot slot) const;
  std::vector<std::pair<Slot, std::vector<TimeRange>>> all_tombstones() const;
  void clear_tombstones(Slot slot);

  void forget(Slot slot);

 private:
  struct Late {
    double value = 0;
    bool persisted = false;
  };
  mutable std::mutex mutex_;
  std::unordered_map<Slot, std::map<int64_t, Late>> late_;
  std::unordered_map<Slot, std::vector<TimeRange>> tombstones_;
  size_t late_count_ = 0;
};

}  // namespace monitorai::store
