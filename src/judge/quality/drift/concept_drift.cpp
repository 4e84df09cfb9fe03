#include "judge/quality/drift/concept_drift.h"

#include <fmt/format.h>

#include <Eigen/Core>
#include <Eigen/Eigenvalues>
#include <Eigen/QR>
#include <algorithm>
#include <cmath>
#include <numeric>
#include <random>

#include "judge/quality/drift/permutation.h"
#include "judge/quality/drift/persistence.h"
#include "judge/quality/drift/thinning.h"

namespace monitorai::judge {
namespace {

using Table = Eigen::MatrixXd;
using Line = Eigen::VectorXd;
using Index = Eigen::Index;

constexpr size_t kConceptBaselineRowsMax = 2000, kConceptWindowRowsMax = 1000;
constexpr Index kDirectionsMax = 24, kLandmarksMax = 16, kCurvedMax = 8;
constexpr double kKnots[] = {0.1, 0.3, 0.5, 0.7, 0.9};
constexpr Index kRowsPerFeature = 20;
constexpr size_t kFoldRunsMin = 8;  // runs of the window, so that both halves have rows of it
constexpr Index kTestedDirections = 3;
constexpr double kVarianceMin = 1e-12;  // of the largest one: below it a direction is rounding
constexpr double kOverlapMin = 1e-3;    // of the window that no feature explains: below it there is nothing to test

/// Principal directions of the inputs, each of variance 1, the strongest first.
Table principal_directions(const Table& inputs, Index directions_max) {
  const Table centred = inputs.rowwise() - inputs.colwise().mean();
  const Eigen::SelfAdjointEigenSolver<Table> solver(centred.transpose() * centred / static_cast<double>(centred.rows()));
  const Line variance = solver.eigenvalues().reverse();
  Index count = 0;
  if (!(variance(0) > kVarianceMin * inputs.cwiseAbs2().mean())) return Table(inputs.rows(), 0);
  while (count < std::min<Index>(variance.size(), directions_max) && variance(count) > kVarianceMin * variance(0)) ++count;
  Table out = centred * solver.eigenvectors().rowwise().reverse().leftCols(count);
  for (Index k = 0; k < count; ++k) out.col(k) /= std::sqrt(variance(k));
  return out;
}

/// Nearness of each row to rows evenly spread over all of them: a kernel as wide as their median distance.
Table landmark_features(const Table& directions, Index count) {
  const Index rows = directions.rows();
  if (count == 0) return Table(rows, 0);
  Table squares(rows, count);
  for (Index k = 0; k < count; ++k)
    squares.col(k) = (directions.rowwise() - directions.row((2 * k + 1) * rows / (2 * count))).rowwise().squaredNorm();
  std::vector<double> all(squares.data(), squares.data() + squares.size());
  const auto middle = all.begin() + static_cast<ptrdiff_t>(all.size() / 2);
  std::nth_element(all.begin(), middle, all.end());
  if (!(*middle > 0)) return Table(rows, 0);
  return (squares.array() / -*middle).exp();
}

/// How typical of the window each row's inputs are, by the discriminant of the other half of the rows: a balancing score (Rosenbaum and
/// Rubin, 1983). Rows that have the same are alike in all that baseline and window differ in, whatever scores have to do with inputs.
Line balancing_score(const Table& directions, Index n, size_t run) {
  const Index rows = directions.rows();
  Table means[2][2];  // of half and side
  double counts[2][2] = {};
  const auto half = [&](Index i) { return static_cast<size_t>(i) / run % 2; };
  for (auto& of_half : means)
    for (auto& mean : of_half) mean = Table::Zero(1, directions.cols());
  for (Index i = 0; i < rows; ++i) {
    means[half(i)][i >= n] += directions.row(i);
    counts[half(i)][i >= n] += 1;
  }
  Table line[2];
  for (const size_t h : {size_t{0}, size_t{1}})
    line[h] = means[h][1] / std::max(1.0, counts[h][1]) - means[h][0] / std::max(1.0, counts[h][0]);
  Line out(rows);
  for (Index i = 0; i < rows; ++i) out(i) = directions.row(i).dot(line[1 - half(i)].row(0));
  return out;
}

/// The score, its square, and where it passes quantiles of the window: straight pieces.
Table pieces(const Line& score, Index n) {
  std::vector<double> window(score.data() + n, score.data() + score.size());
  std::sort(window.begin(), window.end());
  Table out(score.size(), 2 + static_cast<Index>(std::size(kKnots)));
  out.col(0) = score;
  out.col(1) = score.cwiseAbs2();
  for (size_t k = 0; k < std::size(kKnots); ++k) {
    const double knot = window[static_cast<size_t>(kKnots[k] * static_cast<double>(window.size() - 1))];
    out.col(2 + static_cast<Index>(k)) = (score.array() - knot).max(0.0);
  }
  return out;
}

/// What a regression on features of the inputs takes out of a column.
class Explained {
 public:
  /// more: columns beside those of the directions; none, or as many rows.
  /// correlation_time: of the column, so that it is not followed from burst to burst.
  explicit Explained(const Table& directions, const Table& more, double correlation_time) {
    const Index rows = directions.rows(), news = static_cast<Index>(static_cast<double>(rows) / correlation_time);
    const Index budget = std::max<Index>(2, news / kRowsPerFeature - more.cols());
    const Index linear = std::min({directions.cols(), kDirectionsMax, budget}),
                curved = std::clamp<Index>(budget - linear, 0, std::min(linear, kCurvedMax));
    const Table near = landmark_features(directions, std::clamp<Index>(budget - linear - curved, 0, kLandmarksMax));
    Table features(rows, 1 + linear + curved + near.cols() + more.cols());
    features << Line::Ones(rows), directions.leftCols(linear), directions.leftCols(curved).cwiseAbs2(), near, more;
    for (Index k = 1; k < features.cols(); ++k) {
      features.col(k).array() -= features.col(k).mean();
      if (const double length = features.col(k).norm(); length > 0) features.col(k) /= length;
    }
    const Eigen::ColPivHouseholderQR<Table> qr(features);
    basis_ = qr.householderQ() * Table::Identity(rows, qr.rank());
  }
  Table left_over(const Table& columns) const { return columns - basis_ * (basis_.transpose() * columns); }
  /// The share of each row's own value in its fit.
  Line leverage() const { return basis_.rowwise().squaredNorm(); }

 private:
  Table basis_;
};

Table picked(const Matrix& inputs, const std::vector<size_t>& rows) {
  Table out(static_cast<Index>(rows.size()), static_cast<Index>(inputs.columns));
  for (size_t i = 0; i < rows.size(); ++i)
    for (size_t k = 0; k < inputs.columns; ++k) out(static_cast<Index>(i), static_cast<Index>(k)) = inputs.row(rows[i])[k];
  return out;
}

Line picked(std::span<const double> scores, const std::vector<size_t>& rows) {
  Line out(static_cast<Index>(rows.size()));
  for (size_t i = 0; i < rows.size(); ++i) out(static_cast<Index>(i)) = scores[rows[i]];
  return out;
}

/// How long left-over scores resemble those before them, in the baseline, whose neighbours are neighbours.
double persistence(const Matrix& inputs, std::span<const double> scores) {
  std::vector<size_t> rows(std::min(inputs.rows, kConceptBaselineRowsMax));
  std::iota(rows.begin(), rows.end(), size_t{0});
  const double correlation_time = persistence_of_numbers(scores.first(rows.size()));
  const Line left =
      Explained(principal_directions(picked(inputs, rows), kDirectionsMax), Table(static_cast<Index>(rows.size()), 0), correlation_time)
          .left_over(picked(scores, rows));
  return persistence_of_numbers({left.data(), static_cast<size_t>(left.size())});
}

/// Orders of the rows that keep runs of `block` together. The window gets the first run.
class Exchange {
 public:
  Exchange(size_t rows, size_t window_begin, size_t block, Grid grid, uint64_t seed)
      : window_begin_(window_begin), block_(block), grid_(grid), from_(rows), order_((rows + block - 1) / block), random_(seed) {
    std::iota(order_.begin(), order_.end(), size_t{0});
  }
  /// Which row's value each row gets.
  const std::vector<size_t>& draw() {
    const size_t rows = from_.size(), turn = grid_ == Grid::rotating ? random_() % rows : 0;
    std::shuffle(order_.begin(), order_.end(), random_);
    size_t at = window_begin_;
    for (const size_t run : order_)
      for (size_t i = run * block_; i < std::min(rows, (run + 1) * block_); ++i, at = (at + 1) % rows) from_[at] = (i + turn) % rows;
    return from_;
  }

 private:
  size_t window_begin_, block_;
  Grid grid_;
  std::vector<size_t> from_, order_;
  std::mt19937_64 random_;
};

struct Effects {
  Table labels;      ///< a column an effect: where and how much it would show, freed of what the inputs explain
  Line norms, size;  ///< squared lengths of them; root mean square in the window before they were freed
};

Effects effects_of(const Explained& explained, const Table& directions, const Line& fitted, Index n, Index m) {
  const Index count = 2 + std::min(directions.cols(), kTestedDirections);
  Table raw = Table::Zero(n + m, count), label = Table::Zero(n + m, 1);
  label.col(0).tail(m).setOnes();
  const Line surplus = explained.left_over(label).col(0);  // of being in the window over what the inputs say of it
  raw.col(0) = label.col(0);
  const double mean = fitted.mean(), deviation = std::sqrt((fitted.array() - mean).square().mean());
  if (deviation > 0) raw.col(1) = (fitted.array() - mean) / deviation;
  for (Index k = 2; k < count; ++k) raw.col(k) = directions.col(k - 2);
  Table weighted = raw;
  weighted.col(0) = surplus;
  for (Index k = 1; k < count; ++k) weighted.col(k).array() *= surplus.array(), raw.col(k).head(n).setZero();
  Effects out{.labels = explained.left_over(weighted), .norms = {}, .size = {}};
  out.norms = out.labels.colwise().squaredNorm().transpose();
  out.size = (raw.colwise().squaredNorm().transpose() / static_cast<double>(m)).cwiseSqrt();
  for (Index k = 0; k < count; ++k)
    if (!(out.norms(k) > kOverlapMin * raw.col(k).squaredNorm())) out.labels.col(k).setZero(), out.norms(k) = 0;
  return out;
}

struct Strongest {
  double statistic = 0;  ///< in standard errors
  Index effect = 0;
  double change = 0;  ///< per unit of the effect
};

/// scatter: how far each row's value lies from 0, as the standard errors take it.
Strongest strongest_of(const Effects& effects, const Line& left, const Line& scatter) {
  Strongest out;
  const Line squares = scatter.cwiseAbs2();
  for (Index k = 0; k < effects.labels.cols(); ++k) {
    if (effects.norms(k) <= 0) continue;
    const double sum = effects.labels.col(k).dot(left), variance = effects.labels.col(k).cwiseAbs2().dot(squares);
    if (!(variance > 0)) continue;
    if (const double statistic = std::fabs(sum) / std::sqrt(variance); statistic > out.statistic)
      out = {statistic, k, sum / effects.norms(k)};
  }
  return out;
}

/// The gap between two normal distributions whose means lie so many deviations apart.
double gap(double deviations) { return std::erf(std::fabs(deviations) / (2 * std::sqrt(2.0))); }

std::string sentence(const Strongest& strongest, double level_change) {
  const std::string level =
      fmt::format("at like inputs, scores are {:.3g} {} than before", std::fabs(level_change), level_change < 0 ? "lower" : "higher");
  if (strongest.effect == 0) return level;
  if (strongest.effect == 1)
    return fmt::format("inputs that were scored far apart are now scored {}; {}",
                       strongest.change > 0 ? "farther apart" : "closer together, or the other way round", level);
  return fmt::format("scores depend otherwise than before on what differs most between inputs (direction {}); {}", strongest.effect - 1,
                     level);
}

}  // namespace

std::optional<ConceptDrift> concept_drift(const Matrix& baseline_inputs, std::span<const double> baseline_scores,
                                          const Matrix& window_inputs, std::span<const double> window_scores, const NullOptions& options) {
  MAI_CHECK(baseline_inputs.rows == baseline_scores.size() && window_inputs.rows == window_scores.size());
  if (std::min(baseline_scores.size(), window_scores.size()) < kWindowRowsMin) return std::nullopt;
  MAI_CHECK(baseline_inputs.columns == window_inputs.columns && baseline_inputs.columns > 0);
  ConceptDrift out;
  out.correlation_time = persistence(baseline_inputs, baseline_scores);
  out.block = options.block > 0 ? options.block : block_length(out.correlation_time, window_scores.size());
  const auto baseline_rows = thin(baseline_scores.size(), kConceptBaselineRowsMax, out.block),
             window_rows = thin(window_scores.size(), kConceptWindowRowsMax, out.block);
  const auto n = static_cast<Index>(baseline_rows.size()), m = static_cast<Index>(window_rows.size());
  out.baseline_rows = baseline_rows.size();
  out.window_rows = window_rows.size();
  Table inputs(n + m, static_cast<Index>(baseline_inputs.columns));
  inputs << picked(baseline_inputs, baseline_rows), picked(window_inputs, window_rows);
  Line scores(n + m);
  scores << picked(baseline_scores, baseline_rows), picked(window_scores, window_rows);
  const Table directions = principal_directions(inputs, kDirectionsMax);
  if (directions.cols() == 0) return std::nullopt;
  const size_t run = std::clamp<size_t>(out.window_rows / kFoldRunsMin, 1, out.block);
  const Explained explained(directions, pieces(balancing_score(directions, n, run), n), out.correlation_time);
  const Line left = explained.left_over(scores);
  const double total = (scores.array() - scores.mean()).square().sum();
  if (!(left.squaredNorm() > kVarianceMin * total) || !(total > kVarianceMin * scores.squaredNorm())) return std::nullopt;
  const Effects effects = effects_of(explained, directions, scores - left, n, m);
  // Least squares leaves less over where it could follow a row closely. MacKinnon and White (1985) make up for it: HC2 in what chance
  // exchanges, HC3 in the standard errors of what was seen. Rows in bursts are fewer than they seem, so each counts for more.
  const Line room = (1 - out.correlation_time * explained.leverage().array()).cwiseMax(0.1);
  const Line even = left.array() / room.array().sqrt(), wide = left.array() / room.array();
  const double deviation = std::sqrt(even.squaredNorm() / static_cast<double>(n + m));
  const Strongest observed = strongest_of(effects, left, wide);
  const auto score_of = [&](const Strongest& one) { return gap(one.change * effects.size(one.effect) / deviation); };
  const bool whole = out.baseline_rows == baseline_scores.size() && out.window_rows == window_scores.size();
  Exchange exchange(static_cast<size_t>(n + m), static_cast<size_t>(n), out.block, whole ? Grid::rotating : Grid::fixed, options.seed);
  std::vector<double> null, null_scores;
  Line exchanged(n + m);
  for (size_t draw = 0; draw < options.permutations; ++draw) {
    const auto& from = exchange.draw();
    for (Index i = 0; i < n + m; ++i) exchanged(i) = even(static_cast<Index>(from[static_cast<size_t>(i)]));
    const Strongest one = strongest_of(effects, exchanged, exchanged);
    null.push_back(one.statistic);
    null_scores.push_back(score_of(one));
  }
  out.p = permutation_p(observed.statistic * (1 - 1e-12), null);
  out.score = score_of(observed);
  out.null_score_95 = quantile_of(std::move(null_scores), 0.95);
  out.overlap = std::clamp(effects.norms(0) / (static_cast<double>(n) * static_cast<double>(m) / static_cast<double>(n + m)), 0.0, 1.0);
  out.level_change = effects.norms(0) > 0 ? effects.labels.col(0).dot(left) / effects.norms(0) : 0;
  out.what_changed = sentence(observed, out.level_change);
  return out;
}

}  // namespace monitorai::judge
