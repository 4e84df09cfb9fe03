#include "judge/quality/drift/permutation.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "base/check.h"

namespace monitorai::judge {
namespace {

constexpr size_t kRowsForCorrelationMin = 20;
constexpr double kBlockTimes = 12, kBlockTimesOfProducts = 24;

size_t block_of(double correlation_time, double times, size_t window_rows) {
  if (correlation_time <= 1) return 1;
  return std::clamp<size_t>(static_cast<size_t>(std::ceil(times * correlation_time)), 1, std::max<size_t>(window_rows, 1));
}

}  // namespace

BlockPermutation::BlockPermutation(size_t baseline_rows, size_t window_rows, size_t block, Grid grid, uint64_t seed)
    : rows_(baseline_rows + window_rows), window_rows_(window_rows), grid_(block == 1 ? Grid::fixed : grid), random_(seed) {
  MAI_CHECK(baseline_rows > 0 && window_rows > 0 && block > 0);
  const auto cut = [&](size_t begin, size_t end) {
    for (; begin < end; begin += std::min(block, end - begin)) blocks_.push_back({begin, std::min(block, end - begin)});
  };
  cut(0, grid_ == Grid::rotating ? rows_ : baseline_rows);
  if (grid_ == Grid::fixed) cut(baseline_rows, rows_);
}

void BlockPermutation::draw(std::span<uint8_t> in_window) {
  std::fill(in_window.begin(), in_window.end(), uint8_t{0});
  const size_t turn = grid_ == Grid::rotating ? random_() % rows_ : 0;
  size_t left = window_rows_;
  for (size_t i = 0; left > 0; ++i) {
    std::swap(blocks_[i], blocks_[i + random_() % (blocks_.size() - i)]);
    const size_t taken = std::min(left, blocks_[i].size), begin = (blocks_[i].begin + turn) % rows_, straight = std::min(taken, rows_ - begin);
    std::fill_n(in_window.begin() + static_cast<ptrdiff_t>(begin), straight, uint8_t{1});
    std::fill_n(in_window.begin(), taken - straight, uint8_t{1});
    left -= taken;
  }
}

double autocorrelation_time(std::span<const double> values) {
  const size_t n = values.size();
  if (n < kRowsForCorrelationMin) return 1;
  const double rows = static_cast<double>(n), mean = std::accumulate(values.begin(), values.end(), 0.0) / rows;
  double variance = 0;
  for (const double value : values) variance += (value - mean) * (value - mean);
  if (variance <= 0) return 1;
  const double chance = 2 / std::sqrt(rows);
  double out = 1;
  for (size_t lag = 1; lag < n / 4; ++lag) {
    double sum = 0;
    for (size_t i = lag; i < n; ++i) sum += (values[i] - mean) * (values[i - lag] - mean);
    const double correlation = sum / variance;
    if (correlation < chance) break;
    out += 2 * correlation;
  }
  return out;
}

size_t block_length(double correlation_time, size_t window_rows) { return block_of(correlation_time, kBlockTimes, window_rows); }

size_t block_length_of_products(double correlation_time, size_t window_rows) { return block_of(correlation_time, kBlockTimesOfProducts, window_rows); }

double permutation_p(double observed, std::span<const double> null) {
  size_t as_large = 1;
  for (const double value : null) as_large += value >= observed;
  return static_cast<double>(as_large) / static_cast<double>(null.size() + 1);
}

double quantile_of(std::vector<double> values, double level) {
  if (values.empty()) return 0;
  const auto at = values.begin() + static_cast<ptrdiff_t>(std::min(values.size() - 1, static_cast<size_t>(level * static_cast<double>(values.size()))));
  std::nth_element(values.begin(), at, values.end());
  return *at;
}

std::vector<double> benjamini_hochberg(std::span<const double> p) {
  std::vector<size_t> order(p.size());
  std::iota(order.begin(), order.end(), size_t{0});
  std::sort(order.begin(), order.end(), [&](size_t a, size_t b) { return p[a] > p[b]; });
  std::vector<double> out(p.size());
  double least = 1;
  for (size_t i = 0; i < order.size(); ++i) {
    least = std::min(least, p[order[i]] * static_cast<double>(p.size()) / static_cast<double>(p.size() - i));
    out[order[i]] = least;
  }
  return out;
}

}  // namespace monitorai::judge
