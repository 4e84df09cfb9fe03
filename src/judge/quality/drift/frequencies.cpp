#include "judge/quality/drift/frequencies.h"

#include <algorithm>
#include <boost/math/special_functions/gamma.hpp>
#include <cmath>
#include <limits>
#include <map>
#include <numeric>

#include "base/check.h"

namespace monitorai::judge {
namespace {

constexpr size_t kValuesKeptApart = 20;
constexpr double kEmptyShare = 0.0001;

size_t different(std::span<const double> sorted) {
  size_t out = sorted.empty() ? 0 : 1;
  for (size_t i = 1; i < sorted.size(); ++i) out += sorted[i] != sorted[i - 1];
  return out;
}

/// The edges of numpy.histogram_bin_edges(bins="sturges") over `rows` values of this range.
std::vector<double> sturges(double low, double high, size_t rows) {
  const double width = (high - low) / (std::log2(static_cast<double>(rows)) + 1);
  const auto bins = width > 0 ? static_cast<size_t>(std::ceil((high - low) / width)) : size_t{1};
  if (low == high) {
    low -= 0.5;
    high += 0.5;
  }
  const double step = (high - low) / static_cast<double>(bins);
  std::vector<double> edges;
  for (size_t i = 0; i < bins; ++i) edges.push_back(low + static_cast<double>(i) * step);
  edges.push_back(high);
  return edges;
}

/// numpy.histogram: a bin holds its left edge, the last one its right edge too.
std::vector<double> histogram(std::span<const double> sorted, const std::vector<double>& edges) {
  std::vector<double> out;
  auto begin = std::lower_bound(sorted.begin(), sorted.end(), edges.front());
  for (size_t i = 1; i < edges.size(); ++i) {
    const auto end =
        i + 1 < edges.size() ? std::lower_bound(sorted.begin(), sorted.end(), edges[i]) : std::upper_bound(begin, sorted.end(), edges[i]);
    out.push_back(static_cast<double>(end - begin));
    begin = end;
  }
  return out;
}

std::vector<double> shares(const std::vector<double>& counts) {
  const double all = std::accumulate(counts.begin(), counts.end(), 0.0);
  std::vector<double> out;
  for (const double count : counts) out.push_back(count / all);
  return out;
}

std::vector<double> shares_without_zeros(const std::vector<double>& counts) {
  std::vector<double> out = shares(counts);
  double least = 1;
  for (const double share : out)
    if (share > 0) least = std::min(least, share);
  const double filled = least <= kEmptyShare ? least / 1e6 : kEmptyShare;
  for (double& share : out)
    if (share == 0) share = filled;
  return out;
}

double chi_square_p(double statistic, size_t degrees) {
  if (degrees == 0) return 1;
  if (std::isinf(statistic)) return 0;
  return boost::math::gamma_q(static_cast<double>(degrees) / 2, statistic / 2);
}

double overlap(const std::vector<double>& p, const std::vector<double>& q) {
  double out = 0;
  for (size_t i = 0; i < p.size(); ++i) out += std::sqrt(p[i] * q[i]);
  return std::clamp(out, 0.0, 1.0);
}

}  // namespace

Counts bin(std::span<const double> baseline, std::span<const double> window) {
  MAI_CHECK(!baseline.empty() && !window.empty());
  if (different(baseline) > kValuesKeptApart) {
    const auto edges =
        sturges(std::min(baseline.front(), window.front()), std::max(baseline.back(), window.back()), baseline.size() + window.size());
    return {histogram(baseline, edges), histogram(window, edges)};
  }
  std::map<double, std::pair<double, double>> values;
  for (const double value : baseline) ++values[value].first;
  for (const double value : window) ++values[value].second;
  Counts out;
  for (const auto& [value, counts] : values) {
    out.baseline.push_back(counts.first);
    out.window.push_back(counts.second);
  }
  return out;
}

Counts count_categories(std::span<const std::string> baseline, std::span<const std::string> window) {
  std::map<std::string_view, std::pair<double, double>> values;
  for (const std::string& value : baseline) ++values[value].first;
  for (const std::string& value : window) ++values[value].second;
  Counts out;
  for (const auto& [value, counts] : values) {
    out.baseline.push_back(counts.first);
    out.window.push_back(counts.second);
  }
  return out;
}

double psi(const Counts& counts) {
  const auto p = shares_without_zeros(counts.baseline), q = shares_without_zeros(counts.window);
  double out = 0;
  for (size_t i = 0; i < p.size(); ++i) out += (p[i] - q[i]) * std::log(p[i] / q[i]);
  return out;
}

double kl_divergence(const Counts& counts) {
  const auto p = shares(shares_without_zeros(counts.baseline)), q = shares(shares_without_zeros(counts.window));
  double out = 0;
  for (size_t i = 0; i < p.size(); ++i) out += p[i] * std::log(p[i] / q[i]);
  return out;
}

double jensen_shannon(const Counts& counts) {
  const auto p = shares(counts.baseline), q = shares(counts.window);
  double out = 0;
  for (size_t i = 0; i < p.size(); ++i) {
    const double middle = (p[i] + q[i]) / 2;
    if (p[i] > 0) out += p[i] * std::log(p[i] / middle);
    if (q[i] > 0) out += q[i] * std::log(q[i] / middle);
  }
  return std::sqrt(std::max(0.0, out / 2));
}

double hellinger(const Counts& counts) { return std::sqrt(1 - overlap(shares(counts.baseline), shares(counts.window))); }

double hellinger_of_numbers(std::span<const double> baseline, std::span<const double> window) {
  MAI_CHECK(!baseline.empty() && !window.empty());
  std::vector<double> keys(baseline.begin(), baseline.end());
  keys.insert(keys.end(), window.begin(), window.end());
  std::sort(keys.begin(), keys.end());
  const auto edges = sturges(keys.front(), keys.back(), different(keys));
  return hellinger({histogram(baseline, edges), histogram(window, edges)});
}

double total_variation(const Counts& counts) {
  const auto p = shares(counts.baseline), q = shares(counts.window);
  double out = 0;
  for (size_t i = 0; i < p.size(); ++i) out += std::fabs(p[i] - q[i]);
  return out / 2;
}

TestResult chi_square_of_shares(const Counts& counts) {
  const auto p = shares(counts.baseline);
  const double rows = std::accumulate(counts.window.begin(), counts.window.end(), 0.0);
  double statistic = 0;
  for (size_t i = 0; i < p.size(); ++i) {
    const double expected = p[i] * rows;
    if (expected == 0) return {std::numeric_limits<double>::infinity(), 0};
    statistic += (counts.window[i] - expected) * (counts.window[i] - expected) / expected;
  }
  return {statistic, chi_square_p(statistic, p.size() - 1)};
}

TestResult chi_square_of_table(const Counts& counts) {
  const double n = std::accumulate(counts.baseline.begin(), counts.baseline.end(), 0.0);
  const double m = std::accumulate(counts.window.begin(), counts.window.end(), 0.0);
  double statistic = 0;
  size_t used = 0;
  for (size_t i = 0; i < counts.baseline.size(); ++i) {
    const double both = counts.baseline[i] + counts.window[i];
    if (both == 0) continue;
    ++used;
    const double expected = both * n / (n + m), expected_window = both * m / (n + m);
    statistic += (counts.baseline[i] - expected) * (counts.baseline[i] - expected) / expected;
    statistic += (counts.window[i] - expected_window) * (counts.window[i] - expected_window) / expected_window;
  }
  return {statistic, chi_square_p(statistic, used > 0 ? used - 1 : 0)};
}

TestResult z_of_proportions(const Counts& counts) {
  MAI_CHECK(!counts.baseline.empty());
  if (counts.baseline.size() == 1) return {0, 1};
  const double n = std::accumulate(counts.baseline.begin(), counts.baseline.end(), 0.0);
  const double m = std::accumulate(counts.window.begin(), counts.window.end(), 0.0);
  const double p = (n - counts.baseline[0]) / n, q = (m - counts.window[0]) / m, pooled = (p * n + q * m) / (n + m);
  const double z = (p - q) / std::sqrt(pooled * (1 - pooled) * (1 / n + 1 / m));
  return {z, std::erfc(std::fabs(z) / std::sqrt(2.0))};
}

}  // namespace monitorai::judge
