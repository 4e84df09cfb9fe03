#include "judge/quality/drift/embedding_distance.h"

#include <Eigen/Core>
#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

#include "judge/quality/drift/two_samples.h"

namespace monitorai::judge {
namespace {

using RowMajor = Eigen::Matrix<double, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;
using View = Eigen::Map<const RowMajor>;

constexpr size_t kMedianRowsMax = 1000;

View view(const Matrix& m) { return {m.values.data(), static_cast<Eigen::Index>(m.rows), static_cast<Eigen::Index>(m.columns)}; }

double squared_distance(std::span<const double> a, std::span<const double> b) {
  double out = 0;
  for (size_t i = 0; i < a.size(); ++i) out += (a[i] - b[i]) * (a[i] - b[i]);
  return out;
}

double median(std::vector<double>& values) {
  const auto middle = values.begin() + static_cast<ptrdiff_t>(values.size() / 2);
  std::nth_element(values.begin(), middle, values.end());
  if (values.size() % 2 == 1) return *middle;
  return (*middle + *std::max_element(values.begin(), middle)) / 2;
}

/// The sum of the kernel over all pairs, each with itself included.
double kernel_sum(const Matrix& a, const Matrix& b, double gamma) {
  double out = 0;
  for (size_t i = 0; i < a.rows; ++i)
    for (size_t j = 0; j < b.rows; ++j) out += std::exp(-gamma * squared_distance(a.row(i), b.row(j)));
  return out;
}

}  // namespace

double distance_of_means(Metric metric, const Matrix& baseline, const Matrix& window) {
  MAI_CHECK(baseline.rows > 0 && window.rows > 0 && baseline.columns == window.columns);
  const Eigen::RowVectorXd a = view(baseline).colwise().mean(), b = view(window).colwise().mean();
  switch (metric) {
    case Metric::euclidean:
      return (a - b).norm();
    case Metric::cosine:
      return 1 - a.dot(b) / (a.norm() * b.norm());
    case Metric::cityblock:
      return (a - b).lpNorm<1>();
    case Metric::chebyshev:
      return (a - b).lpNorm<Eigen::Infinity>();
  }
  return 0;
}

double share_of_moved_components(const Matrix& baseline, const Matrix& window, double distance_min) {
  MAI_CHECK(baseline.rows > 0 && window.rows > 0 && baseline.columns == window.columns && baseline.columns > 0);
  size_t moved = 0;
  for (size_t i = 0; i < baseline.columns; ++i) {
    auto a = baseline.column(i), b = window.column(i);
    std::sort(a.begin(), a.end());
    std::sort(b.begin(), b.end());
    moved += wasserstein_normed(a, b) >= distance_min;
  }
  return static_cast<double>(moved) / static_cast<double>(baseline.columns);
}

double mmd(const Matrix& baseline, const Matrix& window) {
  MAI_CHECK(baseline.rows > 1 && window.rows > 1 && baseline.columns == window.columns);
  const auto spread = [](const Matrix& m, size_t i, size_t count) { return m.row(i * m.rows / count); };
  const size_t n = std::min(baseline.rows, kMedianRowsMax), m = std::min(window.rows, kMedianRowsMax);
  std::vector<double> distances;
  distances.reserve(n * m);
  for (size_t i = 0; i < n; ++i)
    for (size_t j = 0; j < m; ++j) distances.push_back(std::sqrt(squared_distance(spread(baseline, i, n), spread(window, j, m))));
  const double sigma = median(distances);
  if (sigma == 0) return 0;
  const double gamma = 1 / (sigma * sigma), a = static_cast<double>(baseline.rows), b = static_cast<double>(window.rows);
  const double value = (kernel_sum(baseline, baseline, gamma) - a) / (a * (a - 1)) +
                       (kernel_sum(window, window, gamma) - b) / (b * (b - 1)) - 2 * kernel_sum(baseline, window, gamma) / (a * b);
  return std::max(0.0, value);
}

double roc_auc(std::span<const double> scores, std::span<const uint8_t> positive) {
  MAI_CHECK(scores.size() == positive.size());
  std::vector<size_t> order(scores.size());
  std::iota(order.begin(), order.end(), size_t{0});
  std::sort(order.begin(), order.end(), [&](size_t a, size_t b) { return scores[a] < scores[b]; });
  double negatives = 0, positives = 0, won = 0;
  for (size_t i = 0; i < order.size();) {
    double tied_negatives = 0, tied_positives = 0;
    const double score = scores[order[i]];
    for (; i < order.size() && scores[order[i]] == score; ++i) (positive[order[i]] != 0 ? tied_positives : tied_negatives) += 1;
    won += tied_positives * (negatives + tied_negatives / 2);
    negatives += tied_negatives;
    positives += tied_positives;
  }
  if (negatives == 0 || positives == 0) return std::numeric_limits<double>::quiet_NaN();
  return won / (negatives * positives);
}

}  // namespace monitorai::judge
