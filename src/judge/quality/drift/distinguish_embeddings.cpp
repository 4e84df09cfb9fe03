#include <Eigen/Core>
#include <Eigen/Eigenvalues>
#include <algorithm>
#include <array>
#include <cmath>
#include <numeric>

#include "judge/quality/drift/area_under_curve.h"
#include "judge/quality/drift/distinguish.h"
#include "judge/quality/drift/kernel_sums.h"
#include "judge/quality/drift/permutation.h"
#include "judge/quality/drift/thinning.h"

namespace monitorai::judge {
namespace {

using Floats = Eigen::MatrixXf;
using Index = Eigen::Index;

constexpr size_t kBaselineRowsMax = 2000, kWindowRowsMax = 1000;
constexpr size_t kCorrelatedDirections = 4;
constexpr float kRidge = 0.1F;  // of the mean variance, added to each direction's
constexpr size_t kMedianRows = 500;
constexpr size_t kExamples = 5;
constexpr size_t kPairwiseShare = 6;  // of rows that a window may have at most for its pairs to be added up one by one
constexpr size_t kFoldRunsMin = 8;    // runs of the window, so that both folds of the classifier have rows of it

/// Rows of baseline and window, whitened by the covariance of all of them, which no permutation changes. Variance falls from column to
/// column.
struct Whitened {
  Floats rows;
  double correlation_time = 1;  ///< of the baseline along its strongest directions
};

Whitened whiten(const Floats& all, Index baseline_rows) {
  const Floats centred = all.rowwise() - all.colwise().mean();
  const Floats covariance = centred.transpose() * centred / static_cast<float>(all.rows());
  const Eigen::SelfAdjointEigenSolver<Floats> solver(covariance);
  const Eigen::VectorXf variance = solver.eigenvalues().reverse().cwiseMax(0.0F);
  const float ridge = kRidge * variance.mean();
  Whitened out;
  if (!(ridge > 0)) return out.rows = Floats::Zero(all.rows(), 1), out;
  out.rows = centred * solver.eigenvectors().rowwise().reverse();
  for (Index k = 0; k < std::min<Index>(kCorrelatedDirections, out.rows.cols()); ++k) {
    const Eigen::VectorXd direction = out.rows.col(k).head(baseline_rows).cast<double>();
    out.correlation_time = std::max(out.correlation_time, autocorrelation_time({direction.data(), static_cast<size_t>(direction.size())}));
  }
  out.rows.array().rowwise() /= (variance.array() + ridge).sqrt().transpose();
  return out;
}

Floats picked_rows(const Matrix& baseline, const Matrix& window, size_t run) {
  const auto a = thin(baseline.rows, kBaselineRowsMax, run), b = thin(window.rows, kWindowRowsMax, run);
  Floats out(static_cast<Index>(a.size() + b.size()), static_cast<Index>(baseline.columns));
  Index row = 0;
  for (const auto& [matrix, rows] : {std::pair(&baseline, &a), std::pair(&window, &b)}) {
    for (const size_t i : *rows) {
      const auto values = matrix->row(i);
      for (size_t k = 0; k < values.size(); ++k) out(row, static_cast<Index>(k)) = static_cast<float>(values[k]);
      ++row;
    }
  }
  return out;
}

/// One column a labelling of the rows: 1 in the window. The first is the observed one.
Floats labellings(size_t n, size_t m, size_t block, Grid grid, const NullOptions& options) {
  Floats out = Floats::Zero(static_cast<Index>(n + m), static_cast<Index>(options.permutations + 1));
  out.col(0).tail(static_cast<Index>(m)).setOnes();
  BlockPermutation permutation(n, m, block, grid, options.seed);
  std::vector<uint8_t> in_window(n + m);
  for (Index i = 1; i < out.cols(); ++i) {
    permutation.draw(in_window);
    for (size_t row = 0; row < in_window.size(); ++row) out(static_cast<Index>(row), i) = in_window[row];
  }
  return out;
}

double auc_of(const float* scores, const float* labels, size_t rows, ScoredSides<float>& sides) {
  sides.clear();
  for (size_t i = 0; i < rows; ++i) (labels[i] > 0 ? sides.window : sides.baseline).push_back(scores[i]);
  return sides.auc();
}

/// AUC of the discriminant that the other half of the rows teaches, for each labelling: the mean of both halves.
std::vector<double> classifier_aucs(const Floats& rows, const Floats& labels, size_t run) {
  std::vector<Index> halves[2];
  for (Index i = 0; i < rows.rows(); ++i) halves[static_cast<size_t>(i) / run % 2].push_back(i);
  std::vector<double> out(static_cast<size_t>(labels.cols()), 0.5);
  if (halves[0].size() < 2 || halves[1].size() < 2) return out;
  std::fill(out.begin(), out.end(), 0);
  ScoredSides<float> sides;
  for (const size_t judged : {size_t{0}, size_t{1}}) {
    const Floats taught = rows(halves[1 - judged], Eigen::all), taught_labels = labels(halves[1 - judged], Eigen::all);
    const Floats seen = rows(halves[judged], Eigen::all), seen_labels = labels(halves[judged], Eigen::all);
    const Floats taught_window = taught.transpose() * taught_labels;
    const Eigen::VectorXf everything = taught.colwise().sum().transpose();
    const Eigen::RowVectorXf m = taught_labels.colwise().sum().cwiseMax(1.0F);
    const Eigen::RowVectorXf n = (static_cast<float>(taught.rows()) - m.array()).cwiseMax(1.0F);
    Floats direction = taught_window.array().rowwise() / m.array();
    const Floats taught_baseline = (-taught_window).colwise() + everything;
    direction.array() -= taught_baseline.array().rowwise() / n.array();
    const Floats scores = seen * direction;
    for (Index i = 0; i < labels.cols(); ++i)
      out[static_cast<size_t>(i)] +=
          auc_of(scores.col(i).data(), seen_labels.col(i).data(), static_cast<size_t>(seen.rows()), sides) / 2;
  }
  return out;
}

/// Sums of the kernel over the pairs of each window. A window of few rows is added up pair by pair, others by products with whole rows.
std::vector<double> sums_within(const Floats& kernel, const Floats& labels, size_t window_rows) {
  const auto rows = static_cast<size_t>(kernel.rows()), windows = static_cast<size_t>(labels.cols());
  std::vector<double> out(windows, 0);
  if (window_rows * kPairwiseShare < rows) {
    std::vector<Index> members;
    for (size_t w = 0; w < windows; ++w) {
      members.clear();
      for (Index i = 0; i < labels.rows(); ++i)
        if (labels(i, static_cast<Index>(w)) > 0) members.push_back(i);
      for (size_t i = 1; i < members.size(); ++i) {
        const float* line = kernel.col(members[i]).data();
        float sum = 0;
        for (size_t j = 0; j < i; ++j) sum += line[members[j]];
        out[w] += 2 * static_cast<double>(sum);
      }
    }
    return out;
  }
  const KernelSums sums = kernel_sums();
  std::vector<float> in_window(rows * kWindowsAtOnce);
  std::array<double, kWindowsAtOnce> some;
  for (size_t begin = 0; begin < windows; begin += kWindowsAtOnce) {
    const size_t count = std::min(kWindowsAtOnce, windows - begin);
    std::fill(in_window.begin(), in_window.end(), 0.0F);
    for (size_t w = 0; w < count; ++w)
      for (size_t i = 0; i < rows; ++i) in_window[i * kWindowsAtOnce + w] = labels(static_cast<Index>(i), static_cast<Index>(begin + w));
    sums(kernel.data(), rows, in_window.data(), some.data());
    std::copy_n(some.begin(), count, out.begin() + static_cast<ptrdiff_t>(begin));
  }
  return out;
}

/// Unbiased MMD^2 for each labelling, from one kernel matrix.
std::vector<double> kernel_distances(const Floats& all, const Floats& labels) {
  const Index rows = all.rows();
  const Eigen::VectorXf squares = all.rowwise().squaredNorm();
  Floats kernel = -2.0F * (all * all.transpose());
  kernel.colwise() += squares;
  kernel.rowwise() += squares.transpose();
  std::vector<float> sampled;
  const Index step = std::max<Index>(1, rows / static_cast<Index>(kMedianRows));
  for (Index i = 0; i < rows; i += step)
    for (Index j = 0; j < i; j += step) sampled.push_back(kernel(i, j));
  std::vector<double> out(static_cast<size_t>(labels.cols()), 0);
  if (sampled.empty()) return out;
  std::nth_element(sampled.begin(), sampled.begin() + static_cast<ptrdiff_t>(sampled.size() / 2), sampled.end());
  const float median = sampled[sampled.size() / 2];
  if (!(median > 0)) return out;
  kernel = (kernel.array() / -median).min(0.0F).exp();
  kernel.diagonal().setZero();
  const Eigen::VectorXf sums = kernel.rowwise().sum();
  const double everything = sums.cast<double>().sum();
  const double m = labels.col(0).cast<double>().sum(), n = static_cast<double>(rows) - m;
  const std::vector<double> within_windows = sums_within(kernel, labels, static_cast<size_t>(m));
  for (Index i = 0; i < labels.cols(); ++i) {
    const double within = within_windows[static_cast<size_t>(i)];
    const double touching = labels.col(i).cast<double>().dot(sums.cast<double>());
    const double across = touching - within, baseline = everything - 2 * touching + within;
    out[static_cast<size_t>(i)] = baseline / std::max(1.0, n * (n - 1)) + within / std::max(1.0, m * (m - 1)) - 2 * across / (n * m);
  }
  return out;
}

/// Rows of the window farthest along the line from the mean of the baseline to that of the window.
std::vector<size_t> least_alike(const Floats& whitened, Index baseline_rows) {
  const Index m = whitened.rows() - baseline_rows;
  const Eigen::RowVectorXf direction = whitened.bottomRows(m).colwise().mean() - whitened.topRows(baseline_rows).colwise().mean();
  const Eigen::VectorXf scores = whitened.bottomRows(m) * direction.transpose();
  std::vector<size_t> out(static_cast<size_t>(m));
  std::iota(out.begin(), out.end(), size_t{0});
  std::stable_sort(out.begin(), out.end(),
                   [&](size_t a, size_t b) { return scores(static_cast<Index>(a)) > scores(static_cast<Index>(b)); });
  out.resize(std::min(out.size(), kExamples));
  return out;
}

/// p of each value among all of them: how many are at least as large.
std::vector<double> p_within(const std::vector<double>& values) {
  std::vector<double> sorted = values, out;
  std::sort(sorted.begin(), sorted.end());
  for (const double value : values)
    out.push_back(static_cast<double>(sorted.end() - std::lower_bound(sorted.begin(), sorted.end(), value)) /
                  static_cast<double>(values.size()));
  return out;
}

}  // namespace

DistinguishedEmbeddings distinguish_embeddings(const Matrix& baseline, const Matrix& window, const NullOptions& options) {
  MAI_CHECK(baseline.rows > 0 && window.rows > 0 && baseline.columns == window.columns && baseline.columns > 0);
  DistinguishedEmbeddings out;
  Matrix first = baseline;  // neighbours are neighbours only before thinning
  first.rows = std::min(first.rows, kBaselineRowsMax);
  first.values.resize(first.rows * first.columns);
  out.correlation_time = whiten(picked_rows(first, window, 1), static_cast<Index>(first.rows)).correlation_time;
  out.block = options.block > 0 ? options.block : block_length_of_products(out.correlation_time, window.rows);
  const Floats all = picked_rows(baseline, window, out.block);
  out.baseline_rows = thin(baseline.rows, kBaselineRowsMax, out.block).size();
  out.window_rows = static_cast<size_t>(all.rows()) - out.baseline_rows;
  const Whitened whitened = whiten(all, static_cast<Index>(out.baseline_rows));
  const auto window_rows = thin(window.rows, kWindowRowsMax, out.block);
  for (const size_t row : least_alike(whitened.rows, static_cast<Index>(out.baseline_rows))) out.least_alike.push_back(window_rows[row]);
  const Grid grid = out.baseline_rows == baseline.rows && out.window_rows == window.rows ? Grid::rotating : Grid::fixed;
  const Floats labels = labellings(out.baseline_rows, out.window_rows, out.block, grid, options);
  const size_t halved = std::clamp<size_t>(out.window_rows / kFoldRunsMin, 1, out.block);
  const std::vector<double> aucs = classifier_aucs(whitened.rows, labels, halved), distances = kernel_distances(all, labels);
  const std::vector<double> auc_p = p_within(aucs), mmd_p = p_within(distances);
  std::vector<double> smaller(auc_p.size());
  // The larger of both orders those that tie in the smaller one (each value stands up to twice): a p as fine as the draws.
  const double tie = 1e-3 / static_cast<double>(smaller.size());
  for (size_t i = 0; i < smaller.size(); ++i) smaller[i] = -std::min(auc_p[i], mmd_p[i]) - tie * std::max(auc_p[i], mmd_p[i]);
  out.auc = aucs[0];
  out.auc_p = auc_p[0];
  out.mmd = std::max(0.0, distances[0]);
  out.mmd_p = mmd_p[0];
  out.p = p_within(smaller)[0];
  out.score = std::clamp(2 * out.auc - 1, 0.0, 1.0);
  out.null_score_95 = std::clamp(2 * quantile_of({aucs.begin() + 1, aucs.end()}, 0.95) - 1, 0.0, 1.0);
  return out;
}

}  // namespace monitorai::judge
