#include <algorithm>
#include <cmath>
#include <numbers>
#include <vector>

#include "judge/quality/drift/kolmogorov.h"

namespace monitorai::judge {
namespace {

/// Above this n its limit law is within 1e-10 (measured against scipy in the tests); a path count or matrix would take too long.
constexpr size_t kSmallSample = 140;
constexpr double kCertain = 0.04;  // n d^2 below which P(D_n > d) = 1 - 1e-12

/// P(D_n^+ >= d), one-sided; Birnbaum and Tingey (1951). All terms are positive: they are summed in logarithms.
double one_sided(size_t n, double d) {
  const double count = static_cast<double>(n);
  const double log_n_factorial = std::lgamma(count + 1);
  double sum = 0;
  const auto last = static_cast<size_t>(count * (1 - d));
  for (size_t j = 0; j <= last; ++j) {
    const double k = static_cast<double>(j), share = k / count, rest = 1 - d - share;
    if (rest <= 0) break;
    sum += std::exp(log_n_factorial - std::lgamma(k + 1) - std::lgamma(count - k + 1) + (k - 1) * std::log(d + share) +
                    (count - k) * std::log(rest));
  }
  return std::min(1.0, d * sum);
}

std::vector<double> multiply(const std::vector<double>& a, const std::vector<double>& b, size_t m) {
  std::vector<double> out(m * m, 0);
  for (size_t i = 0; i < m; ++i)
    for (size_t k = 0; k < m; ++k)
      for (size_t j = 0; j < m; ++j) out[i * m + j] += a[i * m + k] * b[k * m + j];
  return out;
}

/// P(D_n < d): Marsaglia, Tsang, Wang, "Evaluating Kolmogorov's distribution" (2003): the middle element of a matrix power.
double by_matrix_power(size_t n, double d) {
  constexpr double kScale = 0x1p128;
  const double nd = static_cast<double>(n) * d;
  const auto k = static_cast<size_t>(std::ceil(nd));
  const double h = static_cast<double>(k) - nd;
  const size_t m = 2 * k - 1;
  std::vector<double> base(m * m, 0), power(m * m, 0), first(m);
  double inverse_factorial = 1, h_power = 1;
  std::vector<double> inverse(m);
  for (size_t j = 0; j < m; ++j) {
    inverse[j] = inverse_factorial;
    inverse_factorial /= static_cast<double>(j + 1);
    h_power *= h;
    first[j] = (1 - h_power) * inverse_factorial;
  }
  first[m - 1] = (1 + std::pow(std::max(2 * h - 1, 0.0), static_cast<double>(m)) - 2 * h_power) * inverse_factorial;
  for (size_t column = 1; column < m; ++column)
    for (size_t row = column - 1; row < m; ++row) base[row * m + column] = inverse[row - column + 1];
  for (size_t row = 0; row < m; ++row) base[row * m] = first[row];
  for (size_t column = 0; column < m; ++column) base[(m - 1) * m + column] = first[m - 1 - column];
  for (size_t i = 0; i < m; ++i) power[i * m + i] = 1;
  int exponent = 0, base_exponent = 0;
  for (size_t left = n; left > 0; left /= 2) {
    if (left % 2 == 1) {
      power = multiply(power, base, m);
      exponent += base_exponent;
    }
    base = multiply(base, base, m);
    base_exponent *= 2;
    if (std::fabs(base[(k - 1) * m + k - 1]) > kScale) {
      for (double& value : base) value /= kScale;
      base_exponent += 128;
    }
  }
  double p = power[(k - 1) * m + k - 1];
  for (size_t i = 1; i <= n; ++i) {
    p = p * static_cast<double>(i) / static_cast<double>(n);
    if (std::fabs(p) < 1 / kScale) {
      p *= kScale;
      exponent -= 128;
    }
  }
  return std::ldexp(p, exponent);
}

/// P(D_n < d): Pelz and Good, "Approximating the lower tail-areas of the Kolmogorov-Smirnov one-sample statistic" (1976), as Simard and
/// L'Ecuyer (2011) write it: Kolmogorov's limit and three corrections in powers of n^-1/2.
double by_expansion(size_t n, double d) {
  constexpr double pi = std::numbers::pi, pi2 = pi * pi, pi4 = pi2 * pi2, pi6 = pi4 * pi2;
  const double root = std::sqrt(static_cast<double>(n)), z = root * d, z2 = z * z, z4 = z2 * z2, z6 = z4 * z2;
  const double root_2pi = std::sqrt(2 * pi);
  double k0 = 0, k1 = 0, k2 = 0, k3 = 0;
  const auto terms = static_cast<int>(std::ceil(16 * z / pi));
  for (int k = 1; k <= terms; ++k) {
    const double m2 = (2.0 * k - 1) * (2.0 * k - 1), m4 = m2 * m2, m6 = m4 * m2;
    const double q = std::exp(-pi2 * m2 / (8 * z2));
    k0 += q;
    k1 += q * (-z2 + pi2 / 4 * m2);
    k2 += q * (6 * z6 + 2 * z4 + (2 * z4 - 5 * z2) * pi2 / 4 * m2 + pi4 * (1 - 2 * z2) / 16 * m4);
    k3 += q * (-30 * z6 - 90 * z4 * z4 + pi2 * (135 * z4 - 96 * z6) / 4 * m2 + pi4 * (-60 * z2 + 212 * z4) / 16 * m4 +
               pi6 * (5 - 30 * z2) / 64 * m6);
  }
  double k2_more = 0, k3_more = 0;
  for (int k = 1; k <= terms; ++k) {
    const double square = static_cast<double>(k) * k, q = std::exp(-pi2 * square / (2 * z2));
    k2_more += q * square;
    k3_more += q * square * (3 * z2 - pi2 * square);
  }
  k0 *= root_2pi / z;
  k1 *= root_2pi / (6 * z4);
  k2 = k2 * root_2pi / (72 * z6 * z) - k2_more * pi2 * root_2pi / (36 * z2 * z);
  k3 = k3 * root_2pi / (6480 * z4 * z6) + k3_more * pi2 * root_2pi / (216 * z6);
  return k0 + k1 / root + k2 / (root * root) + k3 / (root * root * root);
}

}  // namespace

double ks_limit_p(size_t n, double d) {
  if (n == 0 || d <= 0) return 1;
  if (d >= 1) return 0;
  const double count = static_cast<double>(n), t = count * d, nd2 = t * d;
  if (t <= 0.5 || (nd2 < kCertain && n > kSmallSample)) return 1;
  if (t >= count - 1) return 2 * std::pow(1 - d, count);
  if (d >= 0.5) return 2 * one_sided(n, d);
  if (n <= kSmallSample) return nd2 <= 4 ? 1 - by_matrix_power(n, d) : 2 * one_sided(n, d);
  if (nd2 >= 370) return 0;
  if (nd2 >= 2.2) return std::min(1.0, 2 * one_sided(n, d));
  const bool narrow = n <= 100'000 && count * std::pow(d, 1.5) <= 1.4;
  return std::clamp(1 - (narrow ? by_matrix_power(n, d) : by_expansion(n, d)), 0.0, 1.0);
}

}  // namespace monitorai::judge
