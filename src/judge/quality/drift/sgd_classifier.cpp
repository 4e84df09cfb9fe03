#include "judge/quality/drift/sgd_classifier.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

namespace monitorai::judge {
namespace {

constexpr uint32_t kShuffleSeed = 1'273'642'419;  // the second that scikit-learn draws from RandomState(42): of the descent
constexpr double kAlpha = 1e-4, kTolerance = 1e-3, kGradientMax = 1e12, kScaleMin = 1e-9;
constexpr double kFirstStep = 1000;  // 1 / (alpha * the first rate, 10)
constexpr size_t kEpochsWithoutGain = 5;

void shuffle(std::vector<size_t>& order) {
  uint32_t seed = kShuffleSeed;
  for (size_t i = 0; i + 1 < order.size(); ++i) {
    seed ^= seed << 13, seed ^= seed >> 17, seed ^= seed << 5;
    std::swap(order[i], order[i + (seed & 0x7FFFFFFF) % (order.size() - i)]);
  }
}

struct Slope {
  double loss, gradient;
};

/// Labels are -1 and 1.
Slope modified_huber(double label, double decision) {
  const double z = decision * label;
  if (z >= 1) return {0, 0};
  if (z >= -1) return {(1 - z) * (1 - z), 2 * (1 - z) * -label};
  return {-4 * z, -4 * label};
}

/// Labels are 0 and 1. Cut into ranges as scikit-learn's _loss.pyx.
Slope log_loss(double label, double decision) {
  const auto log_1_exp = [](double x) {
    if (x <= -37) return std::exp(x);
    if (x <= -2) return std::log1p(std::exp(x));
    if (x <= 18) return std::log(1 + std::exp(x));
    return x <= 33.3 ? x + std::exp(-x) : x;
  };
  const double loss = log_1_exp(decision) - label * decision;
  if (!(decision > -37)) return {loss, std::exp(decision) - label};
  const double e = std::exp(-decision);
  return {loss, ((1 - label) - label * e) / (1 + e)};
}

}  // namespace

SgdClassifier::SgdClassifier(size_t features, const SgdOptions& options)
    : options_(options), weights_(features, 0), paid_(options.penalty == SgdPenalty::l1 ? features : 0, 0) {}

std::optional<SgdClassifier> SgdClassifier::fit(std::span<const FeatureRow> rows, std::span<const uint8_t> positive, size_t features, const SgdOptions& options) {
  SgdClassifier out(features, options);
  std::vector<size_t> order(rows.size());
  std::iota(order.begin(), order.end(), size_t{0});
  double best = std::numeric_limits<double>::infinity();
  for (size_t epoch = 0, without_gain = 0; epoch < options.epochs_max && without_gain < kEpochsWithoutGain; ++epoch) {
    shuffle(order);
    double objective = 0;
    for (const size_t i : order) out.step(rows[i], positive[i] != 0, objective);
    if (!out.finite()) return std::nullopt;
    objective /= static_cast<double>(order.size());
    without_gain = objective > best - kTolerance ? without_gain + 1 : 0;
    best = std::min(best, objective);
  }
  out.unscale();
  return out;
}

double SgdClassifier::dot(const FeatureRow& row) const {
  double out = 0;
  for (size_t i = 0; i < row.features.size(); ++i) out += weights_[row.features[i]] * row.numbers[i];
  return out * scale_;
}

double SgdClassifier::decide(const FeatureRow& row) const { return dot(row) + intercept_; }

double SgdClassifier::probability(const FeatureRow& row) const {
  const double decision = decide(row);
  if (options_.loss == SgdLoss::modified_huber) return (std::clamp(decision, -1.0, 1.0) + 1) / 2;
  return 1 / (1 + std::exp(-decision));
}

void SgdClassifier::add(const FeatureRow& row, double factor) {
  double squares = 0, length = 0;
  for (size_t i = 0; i < row.features.size(); ++i) {
    double& weight = weights_[row.features[i]];
    weight += row.numbers[i] * (factor / scale_);
    squares += weight * weight;
    length += std::fabs(weight);
  }
  squares_ = squares * (scale_ * scale_);
  length_ = length * scale_;
}

void SgdClassifier::shrink(double factor) {
  scale_ *= factor;
  squares_ *= factor * factor;
  length_ *= std::fabs(factor);
  if (scale_ < kScaleMin) unscale();
}

void SgdClassifier::unscale() {
  for (double& weight : weights_) weight *= scale_;
  scale_ = 1;
}

/// The truncated gradient of Tsuruoka, Tsujii and Ananiadou (2009); L1 never shrinks, so the scale is 1.
void SgdClassifier::penalise(const FeatureRow& row) {
  for (const uint32_t feature : row.features) {
    double& weight = weights_[feature];
    double& paid = paid_[feature];
    const double before = weight;
    if (before > 0) weight = std::max(0.0, before - (penalty_ + paid));
    if (before < 0) weight = std::min(0.0, before + (penalty_ - paid));
    paid += weight - before;
  }
}

void SgdClassifier::step(const FeatureRow& row, bool positive, double& objective) {
  const double rate = 1 / (kAlpha * (kFirstStep + steps_++)), decision = decide(row);
  const auto [loss, gradient] = options_.loss == SgdLoss::log ? log_loss(positive ? 1 : 0, decision) : modified_huber(positive ? 1 : -1, decision);
  const double norm = std::sqrt(squares_);
  objective += loss;
  objective += kAlpha * (options_.penalty == SgdPenalty::l1 ? length_ : 0.5 * (norm * norm));
  const double update = -rate * std::clamp(gradient, -kGradientMax, kGradientMax);
  if (options_.penalty == SgdPenalty::l2) shrink(std::max(0.0, 1 - rate * kAlpha));
  if (update != 0) {
    add(row, update);
    intercept_ += update * options_.intercept_decay;
  }
  if (options_.penalty == SgdPenalty::l2) return;
  penalty_ += rate * kAlpha;
  penalise(row);
}

bool SgdClassifier::finite() const {
  return std::isfinite(intercept_) && std::all_of(weights_.begin(), weights_.end(), [](double weight) { return std::isfinite(weight); });
}

}  // namespace monitorai::judge
