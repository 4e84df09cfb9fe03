#include "judge/quality/drift/kolmogorov_columns.h"

#include <algorithm>
#include <bit>
#include <boost/sort/pdqsort/pdqsort.hpp>
#include <cmath>

#include "base/check.h"
#include "judge/quality/drift/kolmogorov.h"

namespace monitorai::judge {
namespace {

constexpr size_t kAtOnce = 16;  // searches side by side: they need not wait for each other's memory
constexpr size_t kSlotsOfAWord = 64;
constexpr size_t kIntervalsMax = 4096;
constexpr size_t kCacheLine = 64;  // bytes

/// The interval of a value; the same for equal values, and never falling. Values out of range go to the first or last one.
size_t interval_of(double value, double low, double scale, double last) {
  return static_cast<size_t>(static_cast<int64_t>(std::min(std::max(0.0, (value - low) * scale), last)));
}

/// How many values of the other sample lie where among the sorted ones: slot 2 k is before sorted[k] (and after what is smaller), slot
/// 2 k + 1 is equal to sorted[k], the first of its equals.
class Slots {
 public:
  explicit Slots(size_t rows) : counts_(2 * rows + 1), taken_(counts_.size() / kSlotsOfAWord + 1) {}
  void add(size_t slot) {
    ++counts_[slot];
    taken_[slot / kSlotsOfAWord] |= uint64_t{1} << (slot % kSlotsOfAWord);
  }
  /// Calls each(slot, count) for the slots taken, rising, and empties them.
  template <class Each>
  void drain(const Each& each) {
    for (size_t word = 0; word < taken_.size(); ++word) {
      for (uint64_t left = taken_[word]; left != 0; left &= left - 1) {
        const size_t slot = word * kSlotsOfAWord + static_cast<size_t>(std::countr_zero(left));
        each(slot, size_t{counts_[slot]});
        counts_[slot] = 0;
      }
      taken_[word] = 0;
    }
  }

 private:
  std::vector<uint32_t> counts_;
  std::vector<uint64_t> taken_;
};

/// The next column's memory, asked for evenly while `steps` values are searched in this one: the searches would wait for it.
class Ahead {
 public:
  Ahead(const void* begin, size_t bytes, size_t steps)
      : at_(static_cast<const char*>(begin)), end_(at_ + bytes), a_step_((bytes + steps - 1) / steps) {}
  void fetch(size_t steps) {
    for (const char* const until = at_ + std::min(steps * a_step_, static_cast<size_t>(end_ - at_)); at_ < until; at_ += kCacheLine)
      __builtin_prefetch(at_);
  }

 private:
  const char *at_, *end_;
  size_t a_step_;
};

/// The largest distance of the distributions of sorted values and of those counted among them.
double distance_of(std::span<const double> sorted, Slots& slots, size_t counted) {
  const double per_sorted = 1 / static_cast<double>(sorted.size()), per_counted = 1 / static_cast<double>(counted);
  double above = 0, below = 0;
  size_t before = 0;
  slots.drain([&](size_t slot, size_t count) {
    const size_t lower = slot / 2;
    size_t upper = lower;
    if (slot % 2 == 1)
      while (upper < sorted.size() && sorted[upper] == sorted[lower]) ++upper;
    const size_t through = before + count;
    above = std::max(above, static_cast<double>(lower) * per_sorted - static_cast<double>(before) * per_counted);
    below = std::max(below, static_cast<double>(through) * per_counted - static_cast<double>(upper) * per_sorted);
    before = through;
  });
  return std::max(above, below);
}

}  // namespace

KsColumns::KsColumns(std::span<const double> values, size_t rows)
    : rows_(rows), intervals_(std::min(std::bit_ceil(2 * rows), kIntervalsMax)), sorted_(values.begin(), values.end()) {
  MAI_CHECK(rows > 0 && values.size() % rows == 0);
  columns_.resize(values.size() / rows);
  starts_.resize(columns_.size() * intervals_);
  for (size_t i = 0; i < columns_.size(); ++i) cut(i);
}

void KsColumns::cut(size_t index) {
  double* const values = sorted_.data() + index * rows_;
  boost::sort::pdqsort(values, values + rows_);
  Column& out = columns_[index];
  out.low = values[0];
  const double scale = static_cast<double>(intervals_) / (values[rows_ - 1] - values[0]);
  out.scale = std::isfinite(scale) ? scale : 0;  // all equal: one interval
  uint32_t* const starts = starts_.data() + index * intervals_;
  const auto end = static_cast<uint32_t>(rows_);
  std::fill(starts, starts + intervals_, end);
  const auto last = static_cast<double>(intervals_ - 1);
  for (size_t i = rows_; i-- > 0;) starts[interval_of(values[i], out.low, out.scale, last)] = static_cast<uint32_t>(i);
  uint32_t next = end, width = 0;
  for (size_t i = intervals_; i-- > 0;) {
    const uint32_t start = std::min(starts[i], next);
    width = std::max(width, next - start);
    starts[i] = next = start;
  }
  out.width = width;
}

std::vector<KsResult> KsColumns::compare(std::span<const double> values, size_t other_rows) const {
  MAI_CHECK(other_rows > 0 && values.size() == other_rows * columns());
  Slots slots(rows_);
  const auto last = static_cast<double>(intervals_ - 1);
  std::vector<double> distances(columns());
  for (size_t index = 0; index < columns(); ++index) {
    const Column& at = columns_[index];
    const double* const sorted = column(index).data();
    const uint32_t* const starts = starts_.data() + index * intervals_;
    const auto search = [&](const double* wanted, size_t count) {
      const double* from[kAtOnce];
      for (size_t k = 0; k < count; ++k)
        from[k] = sorted + std::min(size_t{starts[interval_of(wanted[k], at.low, at.scale, last)]}, rows_ - at.width);
      for (size_t left = at.width; left > 0;) {
        const size_t half = (left + 1) / 2;
        for (size_t k = 0; k < count; ++k) from[k] += half & -static_cast<size_t>(from[k][half - 1] < wanted[k]);
        left -= half;
      }
      for (size_t k = 0; k < count; ++k) {
        const auto rank = static_cast<size_t>(from[k] - sorted);
        slots.add(2 * rank + static_cast<size_t>(rank < rows_ && *from[k] == wanted[k]));
      }
    };
    const double* wanted = values.data() + index * other_rows;
    Ahead values_ahead(sorted + rows_, index + 1 < columns() ? rows_ * sizeof(double) : 0, other_rows);
    Ahead starts_ahead(starts + intervals_, index + 1 < columns() ? intervals_ * sizeof(uint32_t) : 0, other_rows);
    for (size_t left = other_rows; left > 0;) {
      const size_t count = std::min(left, kAtOnce);
      values_ahead.fetch(count);
      starts_ahead.fetch(count);
      if (count == kAtOnce)
        search(wanted, kAtOnce);
      else
        search(wanted, count);
      wanted += count;
      left -= count;
    }
    distances[index] = distance_of(column(index), slots, other_rows);
  }
  const std::vector<double> p = ks_p(rows_, other_rows, distances);
  std::vector<KsResult> out(columns());
  for (size_t i = 0; i < out.size(); ++i) out[i] = {distances[i], p[i]};
  return out;
}

std::vector<KsResult> ks_by_columns(std::span<const double> a, size_t a_rows, std::span<const double> b, size_t b_rows) {
  return a_rows < b_rows ? KsColumns(a, a_rows).compare(b, b_rows) : KsColumns(b, b_rows).compare(a, a_rows);
}

}  // namespace monitorai::judge
