#pragma once
// The windows of a range aggregation over a grid of evaluations, and what is computed in one: window k holds the samples with
// t_k - range < time <= t_k.

#include <span>
#include <vector>

#include "query/logql/ast.h"

namespace monitorai::query::logql {

/// The evaluations t_k = start + k * step, k < count, as the windows see them (the offset is taken off already).
struct WindowGrid {
  int64_t start_ns = 0;
  int64_t step_ns = 1;
  size_t count = 1;
  int64_t range_ns = 1;

  int64_t at(size_t k) const { return start_ns + static_cast<int64_t>(k) * step_ns; }
  /// The times that lie in some window, from the first (included) to the last (excluded).
  int64_t first_ns() const { return start_ns - range_ns + 1; }
  int64_t end_ns() const { return at(count - 1) + 1; }
};

/// The windows that a time lies in: [first, last). Made for times that ascend: it is looked up again only when a border is passed.
class WindowFinder {
 public:
  explicit WindowFinder(const WindowGrid& grid) : grid_(&grid) {}
  /// True when the windows are others than those of the time before.
  bool move_to(int64_t time_ns) {
    if (holds(time_ns)) return false;
    first = index(time_ns);
    last = index(time_ns + grid_->range_ns);
    // t_{first-1} < time <= t_first, and the same for time + range.
    const int64_t from_first = grid_->at(first) - grid_->step_ns + 1;
    const int64_t from_last = grid_->at(last) - grid_->step_ns + 1 - grid_->range_ns;
    valid_from_ = first == 0 ? (last == 0 ? INT64_MIN : from_last) : last == 0 ? from_first : std::max(from_first, from_last);
    valid_to_ = INT64_MAX;
    if (first < grid_->count) valid_to_ = std::min(valid_to_, grid_->at(first) + 1);
    if (last < grid_->count) valid_to_ = std::min(valid_to_, grid_->at(last) + 1 - grid_->range_ns);
    return true;
  }
  /// True when the windows of this time are those of the time before.
  bool holds(int64_t time_ns) const { return time_ns >= valid_from_ && time_ns < valid_to_; }
  bool none() const { return first >= last; }

  size_t first = 0;
  size_t last = 0;

 private:
  /// The first k with t_k >= time, at most count.
  size_t index(int64_t time_ns) const {
    if (time_ns <= grid_->start_ns) return 0;
    const uint64_t k = (static_cast<uint64_t>(time_ns - grid_->start_ns) + static_cast<uint64_t>(grid_->step_ns) - 1) /
                       static_cast<uint64_t>(grid_->step_ns);
    return static_cast<size_t>(std::min<uint64_t>(k, grid_->count));
  }
  const WindowGrid* grid_;
  int64_t valid_from_ = 1;
  int64_t valid_to_ = 0;
};

/// Samples side by side, in time order.
struct Samples {
  std::vector<int64_t> times_ns;
  std::vector<double> values;
};

/// The value of one window that is not empty, ending at end_ns.
double window_value(const RangeAggregation& node, std::span<const int64_t> times_ns, std::span<const double> values, int64_t end_ns,
                    std::vector<double>& scratch);

}  // namespace monitorai::query::logql
