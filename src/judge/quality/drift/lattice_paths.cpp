#include "judge/quality/drift/lattice_paths.h"

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <memory>
#include <numeric>

#include "base/check.h"

#if defined(__x86_64__) && !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__) && !defined(__clang__)
#define MAI_FOR_EACH_CPU __attribute__((target_clones("avx512f", "avx2,fma", "default")))
#else
#define MAI_FOR_EACH_CPU
#endif

// Of the paths to row i, column j let some have been outside of the band. Outside of it these are all of them; inside, they are those of
// (i - 1, j) and those of (i, j - 1). Numbers of paths are kept times right^j, right = columns / (rows + columns), and times a power of
// up = 1 - right, the same for a row: so they stay near a binomial law, and a cell costs one multiply-add.
//
// The band looks the same from its other end, so half of the rows are enough. Each path steps up once from row `low` to row low + 1; what
// it does beyond are the paths of a lattice to row `high` = rows - 1 - low, read backwards.
//
// Eight bands are counted side by side in the lanes of a vector, and eight rows at a time, since their sums need not wait for each other.

namespace monitorai::judge {
namespace {

constexpr size_t kLanes = 8;
constexpr size_t kRowsAtOnce = 8;
constexpr size_t kRowsOfAScale = 64;  // then all numbers are scaled down; they have grown by up^-64 <= 2^64 at most
static_assert(kRowsOfAScale % kRowsAtOnce == 0);
constexpr double kTiny = 1e-280;  // what is less counts as 0, and is looked at again with every scale: nothing grows from denormals

using Lanes = double __attribute__((vector_size(kLanes * sizeof(double))));
using LanesAnywhere = double __attribute__((vector_size(kLanes * sizeof(double)), aligned(sizeof(double)), may_alias));

/// Rows 0 ... rows and columns 0 ... columns, rows >= columns. The diagonal is where row_step * row = column_step * column.
struct Lattice {
  size_t rows, columns;
  int64_t row_step, column_step;

  Lattice(size_t n1, size_t n2) : rows(std::max(n1, n2)), columns(std::min(n1, n2)) {
    const size_t g = std::gcd(rows, columns);
    row_step = static_cast<int64_t>(columns / g);
    column_step = static_cast<int64_t>(rows / g);
  }
  /// The shares of the steps that go up and right.
  double up() const { return static_cast<double>(rows) / static_cast<double>(rows + columns); }
  double right() const { return static_cast<double>(columns) / static_cast<double>(rows + columns); }
  /// In row i, the columns first ... last - 1 are inside of the band of step h.
  size_t first(size_t i, int64_t h) const {
    const int64_t level = row_step * static_cast<int64_t>(i);
    return level < h ? 0 : std::min(static_cast<size_t>((level - h) / column_step) + 1, columns + 1);
  }
  size_t last(size_t i, int64_t h) const {
    return std::min(static_cast<size_t>((row_step * static_cast<int64_t>(i) + h + column_step - 1) / column_step), columns + 1);
  }
};

/// All paths to the cells of row `done` and of the rows just advanced by, in the columns inside of the widest band and one beside it on
/// the left.
class AllPaths {
 public:
  AllPaths(const Lattice& lattice, int64_t widest)
      : lattice_(lattice), widest_(widest), stride_(lattice.columns + 1), numbers_((kRowsAtOnce + 1) * stride_, 0) {
    numbers_[0] = 1;
    reach(lattice_.last(0, widest_));
  }
  size_t done() const { return done_; }
  /// Row 0 is done(), row k is done() + k.
  const double* row(size_t k) const { return numbers_.data() + k * stride_; }

  void advance(size_t count) {
    reach(lattice_.last(done_ + count, widest_));
    const size_t begin = first();
    for (size_t k = 1; k <= count; ++k) {
      const double i = static_cast<double>(done_ + k), inverse = 1 / i;
      const double* const before = row(k - 1);
      double* const now = numbers_.data() + k * stride_;
      for (size_t j = begin; j < end_; ++j) now[j] = before[j] * ((i + static_cast<double>(j)) * inverse);
    }
  }
  /// The rows advanced by are done. Returns what all numbers have been multiplied with: 1 except after every kRowsOfAScale rows.
  double finish(size_t count) {
    std::copy(row(count) + first(), row(count) + end_, numbers_.data() + first());
    done_ += count;
    if (done_ % kRowsOfAScale != 0) return 1;
    const double log_factor = std::log(lattice_.up()) * kRowsOfAScale, factor = std::exp(log_factor);
    log_scale_ += log_factor;
    for (size_t j = first(); j < end_; ++j) numbers_[j] *= factor;
    for (size_t j = first(); j < end_ && numbers_[j] < kTiny; ++j) numbers_[j] = by_logarithms(j);
    for (size_t j = end_; j-- > first() && numbers_[j] < kTiny;) numbers_[j] = by_logarithms(j);
    return factor;
  }
  /// Row done() in every column.
  std::vector<double> whole_row() const {
    std::vector<double> out(numbers_.begin(), numbers_.begin() + static_cast<ptrdiff_t>(stride_));
    const double i = static_cast<double>(done_), right = lattice_.right();
    const size_t diagonal = done_ * lattice_.columns / lattice_.rows, middle = std::clamp(diagonal, first(), end_ - 1);
    for (size_t j = middle; j < lattice_.columns; ++j)
      out[j + 1] = out[j] * right * (i + static_cast<double>(j + 1)) / static_cast<double>(j + 1);
    for (size_t j = middle; j > 0; --j) out[j - 1] = out[j] * static_cast<double>(j) / (right * (i + static_cast<double>(j)));
    return out;
  }

 private:
  size_t first() const {
    const size_t inside = lattice_.first(done_, widest_);
    return inside == 0 ? 0 : inside - 1;
  }
  void reach(size_t end) {
    const double i = static_cast<double>(done_);
    for (; end_ < end; ++end_) {
      const double j = static_cast<double>(end_), beside = numbers_[end_ - 1];
      numbers_[end_] = beside < kTiny ? by_logarithms(end_) : beside * lattice_.right() * ((i + j) / j);
    }
  }
  double by_logarithms(size_t column) const {
    const double i = static_cast<double>(done_), j = static_cast<double>(column);
    const double out =
        std::exp(std::lgamma(i + j + 1) - std::lgamma(i + 1) - std::lgamma(j + 1) + j * std::log(lattice_.right()) + log_scale_);
    return out < kTiny ? 0 : out;
  }

  Lattice lattice_;
  int64_t widest_;
  size_t stride_, done_ = 0, end_ = 1;
  double log_scale_ = 0;
  std::vector<double> numbers_;
};

/// Up to eight bands, the narrowest first, and the paths that have been outside of each: numbers[column * kLanes + band] of row done().
struct Bands {
  int64_t narrowest = 0, widest = 0;
  double limits[kLanes] = {};
  std::unique_ptr<double[]> numbers;
  size_t end = 0;  // the columns before it are known
};

/// What a row is computed from: the lattice, the row above, and all paths to it and its successors.
struct RowsToCome {
  const Lattice& lattice;
  size_t done;
  const AllPaths& all;
};

template <size_t kRows>
[[gnu::always_inline]] inline void advance_by(Bands& bands, const RowsToCome& to_come) {
  const Lattice& lattice = to_come.lattice;
  const size_t i = to_come.done + 1, last_row = to_come.done + kRows;
  const double* all[kRows + 1];
  for (size_t k = 0; k <= kRows; ++k) all[k] = to_come.all.row(k);
  auto* const p = reinterpret_cast<LanesAnywhere*>(bands.numbers.get());
  const Lanes limits = *reinterpret_cast<const LanesAnywhere*>(bands.limits), none = limits * 0;
  const double right = lattice.right();

  const size_t first = lattice.first(i, bands.widest), last = lattice.last(last_row, bands.widest);
  for (; bands.end < last; ++bands.end) p[bands.end] = none + all[0][bands.end];  // outside of all bands so far
  Lanes beside[kRows];
  for (size_t k = 0; k < kRows; ++k) beside[k] = first == 0 ? none : none + all[k + 1][first - 1];

  const auto at_edge = [&](size_t j) __attribute__((always_inline)) {
    Lanes above = p[j];
    for (size_t k = 0; k < kRows; ++k) {
      const auto away =
          static_cast<double>(std::abs(lattice.row_step * static_cast<int64_t>(i + k) - lattice.column_step * static_cast<int64_t>(j)));
      above += beside[k] * right;
      above = limits <= none + away ? none + all[k + 1][j] : above;
      beside[k] = above;
    }
    p[j] = above;
  };
  const size_t inside = std::min(std::max(first, lattice.first(last_row, bands.narrowest)), last);
  const size_t outside = std::max(inside, lattice.last(i, bands.narrowest));
  for (size_t j = first; j < inside; ++j) at_edge(j);
  for (size_t j = inside; j < outside; ++j) {
    Lanes above = p[j];
    for (size_t k = 0; k < kRows; ++k) above = beside[k] = above + beside[k] * right;
    p[j] = above;
  }
  for (size_t j = outside; j < last; ++j) at_edge(j);
}

MAI_FOR_EACH_CPU void advance(Bands& bands, const RowsToCome& to_come, size_t count) {
  if (count == kRowsAtOnce) return advance_by<kRowsAtOnce>(bands, to_come);
  MAI_CHECK(count == 1);
  advance_by<1>(bands, to_come);
}

Bands bands_of(std::span<const int64_t> steps, const Lattice& lattice, const AllPaths& all) {
  Bands out;
  out.narrowest = steps.front();
  out.widest = steps.back();
  out.end = lattice.last(0, out.widest);
  out.numbers = std::make_unique_for_overwrite<double[]>((lattice.columns + 1) * kLanes);
  for (size_t lane = 0; lane < kLanes; ++lane) {
    const int64_t h = steps[std::min(lane, steps.size() - 1)];
    out.limits[lane] = static_cast<double>(h);
    for (size_t j = 0; j < out.end; ++j)
      out.numbers[j * kLanes + lane] = lattice.column_step * static_cast<int64_t>(j) < h ? 0 : all.row(0)[j];
  }
  return out;
}

/// Row `row` of some bands in every column: what is not inside is all paths.
std::vector<double> whole_row(const Bands& bands, const Lattice& lattice, size_t row, std::span<const double> all) {
  std::vector<double> out(all.size() * kLanes);
  const size_t first = lattice.first(row, bands.widest), last = lattice.last(row, bands.widest);
  for (size_t j = 0; j < all.size(); ++j)
    for (size_t lane = 0; lane < kLanes; ++lane)
      out[j * kLanes + lane] = j >= first && j < last ? bands.numbers[j * kLanes + lane] : all[j];
  return out;
}

}  // namespace

std::vector<double> share_of_paths_outside(size_t n1, size_t n2, std::span<const int64_t> steps) {
  MAI_CHECK(n1 > 0 && n2 > 0);
  std::vector<double> out(steps.size(), 1);
  const auto touched = static_cast<size_t>(std::upper_bound(steps.begin(), steps.end(), 0) - steps.begin());
  if (touched == steps.size()) return out;  // a step of 0 is touched by all
  const Lattice lattice(n1, n2);
  AllPaths all(lattice, steps.back());
  std::vector<Bands> bands;
  for (size_t at = touched; at < steps.size(); at += kLanes)
    bands.push_back(bands_of(steps.subspan(at, std::min(kLanes, steps.size() - at)), lattice, all));

  const auto advance_to = [&](size_t row) {
    while (all.done() < row) {
      const size_t count = row - all.done() >= kRowsAtOnce ? kRowsAtOnce : 1, done = all.done();
      all.advance(count);
      for (Bands& eight : bands) advance(eight, {lattice, done, all}, count);
      const double factor = all.finish(count);
      if (factor == 1) continue;
      for (Bands& eight : bands)
        for (size_t at = lattice.first(all.done(), eight.widest) * kLanes; at < eight.end * kLanes; ++at) eight.numbers[at] *= factor;
    }
  };
  const size_t low = (lattice.rows - 1) / 2, high = lattice.rows - 1 - low;
  advance_to(low);
  const std::vector<double> all_low = all.whole_row();
  std::vector<std::vector<double>> outside_low;
  outside_low.reserve(bands.size());
  for (const Bands& eight : bands) outside_low.push_back(whole_row(eight, lattice, low, all_low));
  advance_to(high);
  const std::vector<double> all_high = all.whole_row();

  double paths = 0;
  for (size_t j = 0; j <= lattice.columns; ++j) paths += all_low[j] * all_high[lattice.columns - j];
  for (size_t i = 0; i < bands.size(); ++i) {
    const std::vector<double> outside_high = whole_row(bands[i], lattice, high, all_high);
    double sums[kLanes] = {};
    for (size_t j = 0; j <= lattice.columns; ++j) {
      const size_t beyond = lattice.columns - j;
      for (size_t lane = 0; lane < kLanes; ++lane) {
        const double before = outside_low[i][j * kLanes + lane], after = outside_high[beyond * kLanes + lane];
        sums[lane] += all_low[j] * after + before * (all_high[beyond] - after);
      }
    }
    for (size_t lane = 0; lane < kLanes && touched + i * kLanes + lane < steps.size(); ++lane)
      out[touched + i * kLanes + lane] = std::min(1.0, sums[lane] / paths);
  }
  return out;
}

}  // namespace monitorai::judge
