#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>
#include <random>

#include "judge/quality/drift/embedding_distance.h"
#include "judge/quality/drift/text_content.h"
#include "judge/quality/drift/tfidf.h"

namespace monitorai::judge {
namespace {

constexpr uint32_t kSeed = 42;
constexpr uint32_t kShuffleSeed = 1'273'642'419;  // the second that scikit-learn draws from RandomState(42): of the descent
constexpr size_t kRandomDraws = 1000, kRandomTextsMax = 20'000;
constexpr double kAlpha = 1e-4, kTolerance = 1e-3, kInterceptDecay = 0.01, kGradientMax = 1e12;
constexpr size_t kEpochsMax = 50, kEpochsWithoutGain = 5;

/// NumPy's RandomState, whose generator is that of the standard library.
class RandomState {
 public:
  explicit RandomState(uint32_t seed) : random_(seed) {}
  /// Uniform in 0 ... largest: bits under a mask until one fits.
  uint32_t up_to(uint32_t largest) {
    uint32_t mask = largest;
    for (uint32_t shift = 1; shift < 32; shift *= 2) mask |= mask >> shift;
    uint32_t value = next() & mask;
    while (value > largest) value = next() & mask;
    return value;
  }
  double uniform() {
    const uint32_t high = next() >> 5, low = next() >> 6;
    return (high * 67'108'864.0 + low) / 9'007'199'254'740'992.0;
  }
  std::vector<size_t> permutation(size_t count) {
    std::vector<size_t> out(count);
    std::iota(out.begin(), out.end(), size_t{0});
    for (size_t i = count; i-- > 1;) std::swap(out[i], out[up_to(static_cast<uint32_t>(i))]);
    return out;
  }

 private:
  uint32_t next() { return static_cast<uint32_t>(random_()); }
  std::mt19937 random_;
};

/// Words numbered as they come: in this order scikit-learn adds up the rows that it learns from. The first steps of its descent are so wide
/// that they turn the rounding of a sum into another result.
std::vector<uint32_t> ranks_by_appearance(const WordCounts& counts, std::span<const size_t> taught) {
  std::vector<uint32_t> out(counts.words.size(), std::numeric_limits<uint32_t>::max());
  uint32_t next = 0;
  for (const size_t row : taught) {
    std::vector<WordCounts::Entry> entries = counts.rows[row];
    std::sort(entries.begin(), entries.end(), [](const auto& a, const auto& b) { return a.first < b.first; });
    for (const auto& entry : entries)
      if (out[entry.word] == std::numeric_limits<uint32_t>::max()) out[entry.word] = next++;
  }
  return out;
}

/// scikit-learn's SGDClassifier(loss="modified_huber", penalty="l1"): the truncated gradient of Tsuruoka, Tsujii and Ananiadou (2009), as
/// _sgd_fast.pyx has it.
class Descent {
 public:
  Descent(const TfIdf& tfidf, const WordCounts& counts, std::span<const size_t> taught, size_t baseline_rows)
      : weights_(counts.words.size(), 0), penalties_(counts.words.size(), 0) {
    const std::vector<uint32_t> ranks = ranks_by_appearance(counts, taught);
    for (const size_t row : taught) {
      rows_.push_back(tfidf.row(row, ranks));
      labels_.push_back(row < baseline_rows ? -1 : 1);
    }
    std::vector<size_t> order(taught.size());
    std::iota(order.begin(), order.end(), size_t{0});
    double best = std::numeric_limits<double>::infinity();
    for (size_t epoch = 0, without_gain = 0; epoch < kEpochsMax && without_gain < kEpochsWithoutGain; ++epoch) {
      shuffle(order);
      double objective = 0;
      for (const size_t i : order) objective += step(rows_[i], labels_[i]);
      objective /= static_cast<double>(order.size());
      without_gain = objective > best - kTolerance ? without_gain + 1 : 0;
      best = std::min(best, objective);
    }
  }
  double score(const std::vector<TfIdf::Entry>& row) const {
    double out = 0;
    for (const auto& entry : row) out += weights_[entry.word] * entry.weight;
    return out + intercept_;
  }

 private:
  static void shuffle(std::vector<size_t>& order) {
    uint32_t seed = kShuffleSeed;
    for (size_t i = 0; i + 1 < order.size(); ++i) {
      seed ^= seed << 13, seed ^= seed >> 17, seed ^= seed << 5;
      std::swap(order[i], order[i + (seed & 0x7FFFFFFF) % (order.size() - i)]);
    }
  }

  /// What the row adds to the objective.
  double step(const std::vector<TfIdf::Entry>& row, double label) {
    constexpr double kFirst = 1000;  // 1 / (alpha * the first rate, 10)
    const double rate = 1 / (kAlpha * (kFirst + steps_++)), z = score(row) * label;
    const double loss = z >= 1 ? 0 : z >= -1 ? (1 - z) * (1 - z) : -4 * z, gradient = z >= 1 ? 0 : z >= -1 ? -2 * (1 - z) * label : -4 * label;
    const double objective = loss + kAlpha * length_, update = -rate * std::clamp(gradient, -kGradientMax, kGradientMax);
    if (update != 0) {
      length_ = 0;
      for (const auto& entry : row) length_ += std::fabs(weights_[entry.word] += entry.weight * update);
      intercept_ += update * kInterceptDecay;
    }
    penalty_ += rate * kAlpha;
    for (const auto& entry : row) {
      double& weight = weights_[entry.word];
      double& paid = penalties_[entry.word];
      const double before = weight;
      if (before > 0) weight = std::max(0.0, before - (penalty_ + paid));
      if (before < 0) weight = std::min(0.0, before + (penalty_ - paid));
      paid += weight - before;
    }
    return objective;
  }

  std::vector<std::vector<TfIdf::Entry>> rows_;
  std::vector<double> labels_, weights_, penalties_;
  double intercept_ = 0, penalty_ = 0, steps_ = 0;
  double length_ = 0;  ///< L1, of the words of the last row that changed any: scikit-learn's own idea of it
};

double percentile(std::vector<double> values, double level) {
  std::sort(values.begin(), values.end());
  const double at = level * static_cast<double>(values.size() - 1);
  const auto low = static_cast<size_t>(at);
  const double part = at - static_cast<double>(low);
  return low + 1 < values.size() ? values[low] + part * (values[low + 1] - values[low]) : values[low];
}

double random_auc_95(const std::vector<uint8_t>& in_window) {
  RandomState seeds(kSeed);
  std::vector<uint32_t> drawn(kRandomDraws);
  for (uint32_t& seed : drawn) seed = seeds.up_to(static_cast<uint32_t>(kRandomDraws * 10 - 1));
  std::vector<double> aucs, scores(in_window.size());
  for (const uint32_t seed : drawn) {
    RandomState random(seed);
    for (double& score : scores) score = random.uniform();
    aucs.push_back(roc_auc(scores, in_window));
  }
  return percentile(std::move(aucs), 0.95);
}

bool one_sided(std::span<const size_t> rows, size_t baseline_rows) {
  const auto in_baseline = std::count_if(rows.begin(), rows.end(), [&](size_t row) { return row < baseline_rows; });
  return in_baseline == 0 || in_baseline == std::ssize(rows);
}

}  // namespace

std::optional<TextContent> evidently_text_content(std::span<const std::string> baseline, std::span<const std::string> window) {
  std::vector<std::string> texts(baseline.begin(), baseline.end());
  texts.insert(texts.end(), window.begin(), window.end());
  const std::vector<size_t> order = RandomState(kSeed).permutation(texts.size());
  const std::span all(order);
  const auto judged = all.first((texts.size() + 1) / 2), taught = all.subspan(judged.size());
  if (one_sided(judged, baseline.size()) || one_sided(taught, baseline.size())) return std::nullopt;
  const WordCounts counts = count_words(texts);
  const TfIdf tfidf(counts, taught);
  if (tfidf.words_kept() == 0) return std::nullopt;
  const Descent classifier(tfidf, counts, taught, baseline.size());
  std::vector<double> scores;
  std::vector<uint8_t> in_window;
  for (const size_t row : judged) {
    scores.push_back((std::clamp(classifier.score(tfidf.row(row)), -1.0, 1.0) + 1) / 2);
    in_window.push_back(row >= baseline.size());
  }
  TextContent out;
  out.auc = roc_auc(scores, in_window);
  if (texts.size() <= kRandomTextsMax) out.random_auc_95 = random_auc_95(in_window);
  return out;
}

}  // namespace monitorai::judge
