#include "judge/quality/drift/two_samples.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>
#include <numbers>
#include <numeric>
#include <vector>

#include "base/check.h"

namespace monitorai::judge {
namespace {

constexpr double kNoDeviation = 0.001;  // Evidently's floor
constexpr size_t kExactCramerRowsMax = 20;

/// Calls f(value, rows of a equal to it, rows of b equal to it) for each different value, rising.
template <class F>
void walk(std::span<const double> a, std::span<const double> b, F f) {
  for (size_t i = 0, j = 0; i < a.size() || j < b.size();) {
    const double value = j == b.size() || (i < a.size() && a[i] <= b[j]) ? a[i] : b[j];
    const size_t i0 = i, j0 = j;
    while (i < a.size() && a[i] == value) ++i;
    while (j < b.size() && b[j] == value) ++j;
    f(value, static_cast<double>(i - i0), static_cast<double>(j - j0));
  }
}

/// The integral of g(F - G) over the line.
template <class G>
double between(std::span<const double> a, std::span<const double> b, G g) {
  const double n = static_cast<double>(a.size()), m = static_cast<double>(b.size());
  double out = 0, before = 0, below_a = 0, below_b = 0;
  walk(a, b, [&](double value, double in_a, double in_b) {
    if (below_a + below_b > 0) out += g(below_a / n - below_b / m) * (value - before);
    before = value;
    below_a += in_a;
    below_b += in_b;
  });
  return out;
}

/// The variance of the k-sample statistic for k = 2, Scholz and Stephens (1987), equation 4.
double anderson_variance(double n_a, double n_b) {
  const double n = n_a + n_b, inverse_sizes = 1 / n_a + 1 / n_b;
  double h = 0, g = 0;
  for (double i = n - 1, terms = 2; i > 1; --i, ++terms) {
    h += 1 / i;
    g += h / terms;
  }
  h += 1;
  const double k = 2;
  const double a = (4 * g - 6) * (k - 1) + (10 - 6 * g) * inverse_sizes;
  const double b = (2 * g - 4) * k * k + 8 * h * k + (2 * g - 14 * h - 4) * inverse_sizes - 8 * h + 4 * g - 6;
  const double c = (6 * h + 2 * g - 2) * k * k + (4 * h - 4 * g + 6) * k + (2 * h - 6) * inverse_sizes + 4 * h;
  const double d = (2 * h + 6) * k * k - 4 * h * k;
  return (a * n * n * n + b * n * n + c * n + d) / ((n - 1) * (n - 2) * (n - 3));
}

/// The law of the one-sample Cramér-von Mises statistic in the limit; Csörgő and Faraway (1996), equation 1.2.
double cramer_limit(double x) {
  double out = 0;
  for (int k = 0; k < 1000; ++k) {
    const double y = 4 * k + 1, q = y * y / (16 * x);
    if (q > 600) break;
    const double u = std::exp(std::lgamma(k + 0.5) - std::lgamma(k + 1.0)) / (std::pow(std::numbers::pi, 1.5) * std::sqrt(x));
    const double term = u * std::sqrt(y) * std::exp(-q) * std::cyl_bessel_k(0.25, q);
    out += term;
    if (std::fabs(term) < 1e-7) break;
  }
  return out;
}

/// Exact p of U; Xiao, Gordon and Yakovlev, "A C++ program for the Cramér-von Mises two-sample test" (2007): how many paths of the lattice
/// have which sum of squared distances from its diagonal.
double cramer_exact(double u, size_t m, size_t n) {
  const auto lcm = static_cast<int64_t>(std::lcm(m, n));
  const int64_t a = lcm / static_cast<int64_t>(m), b = lcm / static_cast<int64_t>(n);
  const double mn = static_cast<double>(m * n), l = static_cast<double>(lcm);
  const double zeta = std::floor(l * l * static_cast<double>(m + n) * (6 * u - mn * (4 * mn - 1)) / (6 * mn * mn));
  using Paths = std::map<int64_t, double>;
  std::vector<Paths> row(m + 1);
  for (size_t j = 0; j <= n; ++j) {
    for (size_t i = 0; i <= m; ++i) {
      Paths here = j == 0 && i == 0 ? Paths{{0, 1}} : Paths{};
      if (j > 0) here = row[i];
      if (i > 0)
        for (const auto& [sum, count] : row[i - 1]) here[sum] += count;
      const int64_t away = a * static_cast<int64_t>(i) - b * static_cast<int64_t>(j);
      Paths shifted;
      for (const auto& [sum, count] : here) shifted.emplace_hint(shifted.end(), sum + away * away, count);
      row[i] = std::move(shifted);
    }
  }
  double beyond = 0, all = 0;
  for (const auto& [sum, count] : row[m]) {
    all += count;
    if (static_cast<double>(sum) >= zeta) beyond += count;
  }
  return beyond / all;
}

}  // namespace

double mean(std::span<const double> values) {
  return std::accumulate(values.begin(), values.end(), 0.0) / static_cast<double>(values.size());
}

double deviation(std::span<const double> values) {
  const double middle = mean(values);
  double sum = 0;
  for (const double value : values) sum += (value - middle) * (value - middle);
  return std::sqrt(sum / static_cast<double>(values.size()));
}

double wasserstein(std::span<const double> a, std::span<const double> b) {
  return between(a, b, [](double difference) { return std::fabs(difference); });
}

double wasserstein_normed(std::span<const double> baseline, std::span<const double> window) {
  return wasserstein(baseline, window) / std::max(deviation(baseline), kNoDeviation);
}

double energy(std::span<const double> a, std::span<const double> b) {
  return std::sqrt(2 * between(a, b, [](double difference) { return difference * difference; }));
}

TestResult anderson_darling(std::span<const double> a, std::span<const double> b) {
  const double n_a = static_cast<double>(a.size()), n_b = static_cast<double>(b.size()), n = n_a + n_b;
  double sum_a = 0, sum_b = 0, below_a = 0, below_b = 0;
  size_t different = 0;
  walk(a, b, [&](double, double in_a, double in_b) {
    const double tied = in_a + in_b, middle = below_a + below_b + tied / 2;
    const double scale = tied / n / (middle * (n - middle) - n * tied / 4);
    const double distance_a = n * (below_a + in_a / 2) - middle * n_a, distance_b = n * (below_b + in_b / 2) - middle * n_b;
    sum_a += scale * distance_a * distance_a;
    sum_b += scale * distance_b * distance_b;
    below_a += in_a;
    below_b += in_b;
    ++different;
  });
  if (different < 2 || n < 4) return {std::numeric_limits<double>::quiet_NaN(), 1};
  const double statistic = ((sum_a / n_a + sum_b / n_b) * (n - 1) / n - 1) / std::sqrt(anderson_variance(n_a, n_b));
  // scipy's parabola through the logarithms of the table's levels over its critical values for two samples.
  constexpr double kLowest = 0.325, kHighest = 6.546, kCurve[] = {0.01819809457411147, -1.0082265644652515, -1.077770279820484};
  if (statistic < kLowest) return {statistic, 0.25};
  if (statistic > kHighest) return {statistic, 0.001};
  return {statistic, std::exp((kCurve[0] * statistic + kCurve[1]) * statistic + kCurve[2])};
}

TestResult cramer_von_mises(std::span<const double> a, std::span<const double> b) {
  MAI_CHECK(a.size() > 1 && b.size() > 1);
  const double n_a = static_cast<double>(a.size()), n_b = static_cast<double>(b.size()), k = n_a * n_b, n = n_a + n_b;
  // Sum of (rank in both - rank in its own sample)^2, ties at their middle rank.
  double sum_a = 0, sum_b = 0, below_a = 0, below_b = 0;
  walk(a, b, [&](double, double in_a, double in_b) {
    const double rank = below_a + below_b + (in_a + in_b + 1) / 2;
    for (double i = 1; i <= in_a; ++i) sum_a += (rank - below_a - i) * (rank - below_a - i);
    for (double i = 1; i <= in_b; ++i) sum_b += (rank - below_b - i) * (rank - below_b - i);
    below_a += in_a;
    below_b += in_b;
  });
  const double u = n_a * sum_a + n_b * sum_b, t = u / (k * n) - (4 * k - 1) / (6 * n);
  if (std::max(a.size(), b.size()) <= kExactCramerRowsMax) return {t, cramer_exact(u, a.size(), b.size())};
  const double expected = (1 + 1 / n) / 6;
  const double variance = (n + 1) * (4 * k * n - 3 * (n_a * n_a + n_b * n_b) - 2 * k) / (45 * n * n * 4 * k);
  const double standard = 1.0 / 6 + (t - expected) / std::sqrt(45 * variance);
  return {t, standard < 0.003 ? 1.0 : std::max(0.0, 1 - cramer_limit(standard))};
}

double mmd_of_numbers(std::span<const double> baseline, std::span<const double> window) {
  const size_t n = baseline.size(), m = window.size();
  MAI_CHECK(n > 1 && m > 1);
  std::vector<double> squares;
  squares.reserve(n * n);
  for (const double x : baseline)
    for (const double y : baseline) squares.push_back((x - y) * (x - y));
  // numpy's "nearest" median: a tie of two places goes to the even one.
  const size_t last = squares.size() - 1, place = last % 2 == 0 ? last / 2 : last / 2 % 2 == 0 ? last / 2 : last / 2 + 1;
  std::nth_element(squares.begin(), squares.begin() + static_cast<ptrdiff_t>(place), squares.end());
  const double width = squares[place] > 0 ? squares[place] : 1;
  const auto kernel_sum = [&](std::span<const double> a, std::span<const double> b) {
    double sum = 0;
    for (const double x : a)
      for (const double y : b) sum += std::exp(-(x - y) * (x - y) / width);
    return sum;
  };
  const double rows = static_cast<double>(n), window_rows = static_cast<double>(m);
  return (kernel_sum(baseline, baseline) - rows) / (rows * (rows - 1)) +
         (kernel_sum(window, window) - window_rows) / (window_rows * (window_rows - 1)) -
         2 * kernel_sum(baseline, window) / (rows * window_rows);
}

}  // namespace monitorai::judge
