#include "judge/quality/drift/distinguish.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "judge/quality/drift/frequencies.h"
#include "judge/quality/drift/permutation.h"
#include "judge/quality/drift/persistence.h"
#include "judge/quality/drift/thinning.h"

namespace monitorai::judge {
namespace {

constexpr size_t kRowsMax = 20'000;

template <class T>
std::vector<T> picked(std::span<const T> values, const std::vector<size_t>& rows) {
  std::vector<T> out;
  out.reserve(rows.size());
  for (const size_t row : rows) out.push_back(values[row]);
  return out;
}

/// Rows of both, as ranks among the different values of both.
template <class T>
std::vector<uint32_t> ranks(const std::vector<T>& baseline, const std::vector<T>& window) {
  std::vector<T> different = baseline;
  different.insert(different.end(), window.begin(), window.end());
  std::sort(different.begin(), different.end());
  different.erase(std::unique(different.begin(), different.end()), different.end());
  std::vector<uint32_t> out;
  for (const auto* side : {&baseline, &window})
    for (const T& value : *side)
      out.push_back(static_cast<uint32_t>(std::lower_bound(different.begin(), different.end(), value) - different.begin()));
  return out;
}

struct Tally {
  std::vector<double> all, window;  ///< rows of each rank
};

Tally tally_all(const std::vector<uint32_t>& ranks_of) {
  const size_t count = ranks_of.empty() ? 0 : size_t{*std::max_element(ranks_of.begin(), ranks_of.end())} + 1;
  Tally out{std::vector<double>(count, 0), std::vector<double>(count, 0)};
  for (const uint32_t rank : ranks_of) out.all[rank] += 1;
  return out;
}

void count_window(Tally& tally, const std::vector<uint32_t>& ranks_of, const std::vector<uint8_t>& in_window) {
  std::fill(tally.window.begin(), tally.window.end(), 0);
  for (size_t i = 0; i < ranks_of.size(); ++i)
    if (in_window[i] != 0) tally.window[ranks_of[i]] += 1;
}

double ks_of(const Tally& tally, double n, double m) {
  double below_all = 0, below_window = 0, out = 0;
  for (size_t i = 0; i < tally.all.size(); ++i) {
    below_all += tally.all[i];
    below_window += tally.window[i];
    out = std::max(out, std::fabs((below_all - below_window) / n - below_window / m));
  }
  return out;
}

/// The chi-square of the table is, up to a constant of the sizes, the sum of window^2 / all over the categories.
double chi_square_of(const Tally& tally) {
  double out = 0;
  for (size_t i = 0; i < tally.all.size(); ++i) out += tally.window[i] * tally.window[i] / tally.all[i];
  return out;
}

/// The share of the window that would have to move.
double moved_share(const Tally& tally, double n, double m) {
  double out = 0;
  for (size_t i = 0; i < tally.all.size(); ++i) out += std::fabs(tally.window[i] / m - (tally.all[i] - tally.window[i]) / n);
  return out / 2;
}

struct Chance {
  double p = 1, score_95 = 0;
};

/// p of a statistic of ranks, and what the score of most permutations stays below; both read a tally.
template <class Statistic, class Score>
Chance chance(const std::vector<uint32_t>& ranks_of, const Distinguished& sizes, Grid grid, const NullOptions& options, Statistic statistic, Score score) {
  const size_t n = sizes.baseline_rows, m = sizes.window_rows;
  Tally tally = tally_all(ranks_of);
  std::vector<uint8_t> in_window(n + m, 0);
  std::fill(in_window.begin() + static_cast<ptrdiff_t>(n), in_window.end(), uint8_t{1});
  count_window(tally, ranks_of, in_window);
  const double observed = statistic(tally) * (1 - 1e-12);  // sums in another order may differ in the last bits
  BlockPermutation permutation(n, m, sizes.block, grid, options.seed);
  std::vector<double> null, scores;
  for (size_t i = 0; i < options.permutations; ++i) {
    permutation.draw(in_window);
    count_window(tally, ranks_of, in_window);
    null.push_back(statistic(tally));
    scores.push_back(score(tally));
  }
  return {permutation_p(observed, null), quantile_of(std::move(scores), 0.95)};
}

/// Where the persistence of rows is measured: the side that has more of them, and not all of it.
template <class T>
std::span<const T> longer_of(std::span<const T> baseline, std::span<const T> window) {
  const auto longer = baseline.size() >= window.size() ? baseline : window;
  return longer.first(std::min(longer.size(), kRowsMax));
}

Grid grid_of(const Distinguished& compared, size_t baseline_rows, size_t window_rows) {
  return compared.baseline_rows == baseline_rows && compared.window_rows == window_rows ? Grid::rotating : Grid::fixed;
}

}  // namespace

Distinguished distinguish_numbers(std::span<const double> all_baseline, std::span<const double> all_window, const NullOptions& options) {
  MAI_CHECK(!all_baseline.empty() && !all_window.empty());
  Distinguished out;
  out.correlation_time = persistence_of_numbers(longer_of(all_baseline, all_window));
  out.block = options.block > 0 ? options.block : block_length(out.correlation_time, all_window.size());
  const auto baseline = picked(all_baseline, thin(all_baseline.size(), kRowsMax, out.block));
  const auto window = picked(all_window, thin(all_window.size(), kRowsMax, out.block));
  out.baseline_rows = baseline.size();
  out.window_rows = window.size();
  const auto ranks_of = ranks(baseline, window);
  const double n = static_cast<double>(baseline.size()), m = static_cast<double>(window.size());
  const auto distance = [&](const Tally& tally) { return ks_of(tally, n, m); };
  const Chance by_chance = chance(ranks_of, out, grid_of(out, all_baseline.size(), all_window.size()), options, distance, distance);
  out.p = by_chance.p;
  out.null_score_95 = by_chance.score_95;
  std::vector<uint8_t> in_window(ranks_of.size(), 0);
  std::fill(in_window.begin() + static_cast<ptrdiff_t>(baseline.size()), in_window.end(), uint8_t{1});
  Tally tally = tally_all(ranks_of);
  count_window(tally, ranks_of, in_window);
  out.score = ks_of(tally, n, m);
  return out;
}

Distinguished distinguish_categories(std::span<const std::string> all_baseline, std::span<const std::string> all_window,
                                     const NullOptions& options) {
  MAI_CHECK(!all_baseline.empty() && !all_window.empty());
  Distinguished out;
  out.correlation_time = persistence_of_categories(longer_of(all_baseline, all_window));
  out.block = options.block > 0 ? options.block : block_length(out.correlation_time, all_window.size());
  const auto baseline = picked(all_baseline, thin(all_baseline.size(), kRowsMax, out.block));
  const auto window = picked(all_window, thin(all_window.size(), kRowsMax, out.block));
  out.baseline_rows = baseline.size();
  out.window_rows = window.size();
  const double n = static_cast<double>(baseline.size()), m = static_cast<double>(window.size());
  const Chance by_chance = chance(ranks(baseline, window), out, grid_of(out, all_baseline.size(), all_window.size()), options, chi_square_of,
                                  [&](const Tally& tally) { return moved_share(tally, n, m); });
  out.p = by_chance.p;
  out.null_score_95 = by_chance.score_95;
  out.score = total_variation(count_categories(baseline, window));
  return out;
}

}  // namespace monitorai::judge
