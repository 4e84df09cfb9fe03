#include "judge/quality/drift/kolmogorov.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "base/check.h"
#include "judge/quality/drift/lattice_paths.h"

namespace monitorai::judge {
namespace {

/// n1 = n2 = n: a sum of binomials, in Horner's form.
double exact_p_of_equal_sizes(size_t n, size_t h) {
  double out = 0;
  for (auto k = static_cast<int64_t>(n / h); k >= 0; --k) {
    double term = 1;
    const double offset = static_cast<double>(k) * static_cast<double>(h);
    for (size_t j = 0; j < h; ++j)
      term = (static_cast<double>(n) - offset - static_cast<double>(j)) * term /
             (static_cast<double>(n + 1) + offset + static_cast<double>(j));
    out = term * (1 - out);
  }
  return 2 * out;
}

}  // namespace

double ks_distance(std::span<const double> baseline, std::span<const double> window) {
  MAI_CHECK(!baseline.empty() && !window.empty());
  const double n = static_cast<double>(baseline.size()), m = static_cast<double>(window.size());
  double below = 0, above = 0;  // how far the baseline's distribution gets below and above that of the window
  const double* at = baseline.data();
  const double* const end = at + baseline.size();
  for (size_t i = 0; i < window.size();) {
    size_t next = i + 1;
    while (next < window.size() && window[next] == window[i]) ++next;
    at = std::lower_bound(at, end, window[i]);
    above = std::max(above, static_cast<double>(at - baseline.data()) / n - static_cast<double>(i) / m);
    while (at != end && *at == window[i]) ++at;
    below = std::max(below, static_cast<double>(next) / m - static_cast<double>(at - baseline.data()) / n);
    i = next;
  }
  return std::max(below, above);
}

std::vector<double> ks_exact_p(size_t n1, size_t n2, std::span<const double> distances) {
  MAI_CHECK(n1 > 0 && n2 > 0);
  const size_t g = std::gcd(n1, n2);
  const double lcm = static_cast<double>(n1 / g) * static_cast<double>(n2);
  std::vector<size_t> order(distances.size());
  std::iota(order.begin(), order.end(), size_t{0});
  std::sort(order.begin(), order.end(), [&](size_t a, size_t b) { return distances[a] < distances[b]; });

  // Steps of 1 / lcm, each once, rising: neighbours share most of their paths.
  std::vector<int64_t> steps;
  for (const size_t i : order) {
    const auto h = static_cast<int64_t>(std::llrint(distances[i] * lcm));
    if (steps.empty() || steps.back() != h) steps.push_back(h);
  }
  std::vector<double> p(steps.size(), 1);
  if (n1 == n2) {
    for (size_t i = 0; i < steps.size(); ++i)
      if (steps[i] > 0) p[i] = exact_p_of_equal_sizes(n1, static_cast<size_t>(steps[i]));
  } else {
    p = share_of_paths_outside(n1, n2, steps);
  }
  std::vector<double> out(distances.size());
  for (size_t rank = 0, i = 0; rank < order.size(); ++rank) {
    while (steps[i] != static_cast<int64_t>(std::llrint(distances[order[rank]] * lcm))) ++i;
    out[order[rank]] = std::clamp(p[i], 0.0, 1.0);
  }
  return out;
}

std::vector<double> ks_p(size_t n1, size_t n2, std::span<const double> distances) {
  if (std::max(n1, n2) <= kExactRowsMax) return ks_exact_p(n1, n2, distances);
  const double a = static_cast<double>(n1), b = static_cast<double>(n2);
  const auto n = static_cast<size_t>(std::nearbyint(a * b / (a + b)));
  std::vector<double> out;
  out.reserve(distances.size());
  for (const double d : distances) out.push_back(ks_limit_p(n, d));
  return out;
}

}  // namespace monitorai::judge
