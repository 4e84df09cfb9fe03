#include "judge/quality/drift/persistence.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <numeric>
#include <vector>

#include "judge/quality/drift/permutation.h"

namespace monitorai::judge {
namespace {

constexpr size_t kCategoriesMax = 32;
constexpr size_t kCategoryRowsMin = 5;
constexpr int kSteps = 50;              // of the power iteration
constexpr double kVarianceMin = 1e-18;  // below it is what rounding leaves

/// Ranks in (0, 1), ties sharing their mean.
std::vector<double> ranks_of(std::span<const double> values) {
  std::vector<size_t> order(values.size());
  std::iota(order.begin(), order.end(), size_t{0});
  std::sort(order.begin(), order.end(), [&](size_t a, size_t b) { return values[a] < values[b]; });
  std::vector<double> out(values.size());
  for (size_t begin = 0, end = 0; begin < order.size(); begin = end) {
    while (end < order.size() && values[order[end]] == values[order[begin]]) ++end;
    for (size_t i = begin; i < end; ++i) out[order[i]] = static_cast<double>(begin + end) / 2 / static_cast<double>(values.size());
  }
  return out;
}

/// Numbers for the categories 0 ... count - 1; 0 for those that do not occur.
std::vector<double> likest_neighbours(std::span<const uint32_t> rows, size_t count) {
  std::vector<double> share(count, 0), together(count * count, 0), numbers(count), next(count);
  for (const uint32_t row : rows) share[row] += 1 / static_cast<double>(rows.size());
  for (size_t i = 1; i < rows.size(); ++i) {
    together[rows[i - 1] * count + rows[i]] += 0.5 / static_cast<double>(rows.size() - 1);
    together[rows[i] * count + rows[i - 1]] += 0.5 / static_cast<double>(rows.size() - 1);
  }
  for (size_t i = 0; i < count; ++i) numbers[i] = std::cos(static_cast<double>(i * i + 1));  // no symmetry that a step would keep
  // Each step: the mean of a category's neighbours (and half of its own number, so that alternation does not win), centred, of variance 1.
  for (int step = 0; step < kSteps; ++step) {
    double mean = 0, variance = 0;
    for (size_t i = 0; i < count; ++i) {
      next[i] = 0;
      if (share[i] <= 0) continue;
      for (size_t k = 0; k < count; ++k) next[i] += together[i * count + k] * numbers[k] / share[i];
      next[i] += numbers[i];
      mean += share[i] * next[i];
    }
    for (size_t i = 0; i < count; ++i) next[i] = share[i] > 0 ? next[i] - mean : 0, variance += share[i] * next[i] * next[i];
    if (variance < kVarianceMin) return std::vector<double>(count, 0);
    for (size_t i = 0; i < count; ++i) numbers[i] = next[i] / std::sqrt(variance);
  }
  return numbers;
}

}  // namespace

double persistence_of_numbers(std::span<const double> in_order) {
  const std::vector<double> ranks = ranks_of(in_order);
  std::vector<double> spread;
  for (const double rank : ranks) spread.push_back(std::fabs(rank - 0.5));
  return std::max(autocorrelation_time(ranks), autocorrelation_time(spread));
}

double persistence_of_categories(std::span<const std::string> in_order) {
  std::map<std::string_view, size_t> counts;
  for (const std::string& value : in_order) ++counts[value];
  std::vector<std::pair<size_t, std::string_view>> frequent;
  for (const auto& [value, count] : counts)
    if (count >= kCategoryRowsMin) frequent.emplace_back(count, value);
  std::sort(frequent.rbegin(), frequent.rend());
  frequent.resize(std::min(frequent.size(), kCategoriesMax));
  std::map<std::string_view, uint32_t> numbers;
  for (const auto& [count, value] : frequent) numbers.emplace(value, static_cast<uint32_t>(numbers.size()));
  std::vector<uint32_t> rows;
  for (const std::string& value : in_order) {
    const auto at = numbers.find(value);
    rows.push_back(at == numbers.end() ? static_cast<uint32_t>(numbers.size()) : at->second);
  }
  const std::span all(rows);
  const size_t half = rows.size() / 2;
  double out = 0;
  for (const auto& [taught, measured] : {std::pair(all.first(half), all.subspan(half)), std::pair(all.subspan(half), all.first(half))}) {
    const auto scale = likest_neighbours(taught, numbers.size() + 1);
    std::vector<double> series;
    for (const uint32_t row : measured) series.push_back(scale[row]);
    out += autocorrelation_time(series) / 2;
  }
  return std::max(out, 1.0);
}

}  // namespace monitorai::judge
