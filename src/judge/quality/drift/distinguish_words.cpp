#include <algorithm>
#include <cmath>
#include <numeric>

#include "judge/quality/drift/embedding_distance.h"
#include "judge/quality/drift/permutation.h"
#include "judge/quality/drift/text_content.h"
#include "judge/quality/drift/tfidf.h"
#include "judge/quality/drift/thinning.h"

namespace monitorai::judge {
namespace {

constexpr size_t kBaselineTextsMax = 2000, kWindowTextsMax = 1000;
constexpr size_t kFoldRunsMin = 8;  // runs of the window, so that both halves have texts of it
constexpr size_t kWordsTold = 8, kTextsOfWordMin = 3;

using Rows = std::vector<std::vector<TfIdf::Entry>>;

/// Teaches and judges the classifier under any labelling of the rows.
class Classifier {
 public:
  Classifier(const Rows& rows, size_t words, size_t run) : rows_(rows), direction_(words) {
    for (size_t i = 0; i < rows.size(); ++i) halves_[i / run % 2].push_back(i);
  }
  /// The mean of both halves' areas under the curve; 0.5 for a half that lacks rows of a side.
  double auc(std::span<const uint8_t> in_window) {
    double out = 0;
    for (const size_t judged : {size_t{0}, size_t{1}}) {
      teach(halves_[1 - judged], in_window);
      out += judge(halves_[judged], in_window) / 2;
    }
    return out;
  }
  /// Mean weight of each word in the window, less that in the baseline, over these rows.
  const std::vector<double>& teach(std::span<const size_t> taught, std::span<const uint8_t> in_window) {
    double m = 0;
    for (const size_t row : taught) m += in_window[row];
    const double up = 1 / std::max(1.0, m), down = -1 / std::max(1.0, static_cast<double>(taught.size()) - m);
    std::fill(direction_.begin(), direction_.end(), 0);
    for (const size_t row : taught)
      for (const auto& entry : rows_[row]) direction_[entry.word] += entry.weight * (in_window[row] != 0 ? up : down);
    return direction_;
  }

 private:
  double judge(std::span<const size_t> judged, std::span<const uint8_t> in_window) {
    scores_.clear();
    labels_.clear();
    for (const size_t row : judged) {
      double score = 0;
      for (const auto& entry : rows_[row]) score += direction_[entry.word] * entry.weight;
      scores_.push_back(score);
      labels_.push_back(in_window[row]);
    }
    const double out = roc_auc(scores_, labels_);
    return std::isnan(out) ? 0.5 : out;
  }

  const Rows& rows_;
  std::vector<size_t> halves_[2];
  std::vector<double> direction_;
  std::vector<double> scores_;
  std::vector<uint8_t> labels_;
};

std::vector<std::string> most_telling(const std::vector<double>& direction, const WordCounts& counts, double sign) {
  std::vector<size_t> order, texts(counts.words.size(), 0);
  for (const auto& row : counts.rows)
    for (const auto& entry : row) ++texts[entry.word];
  for (size_t word = 0; word < texts.size(); ++word)
    if (sign * direction[word] > 0 && texts[word] >= kTextsOfWordMin) order.push_back(word);
  const auto end = order.begin() + std::min(std::ssize(order), static_cast<ptrdiff_t>(kWordsTold));
  std::partial_sort(order.begin(), end, order.end(), [&](size_t a, size_t b) {
    return direction[a] != direction[b] ? sign * direction[a] > sign * direction[b] : a < b;
  });
  std::vector<std::string> out;
  for (auto at = order.begin(); at != end; ++at) out.push_back(counts.words[*at]);
  return out;
}

}  // namespace

std::optional<DistinguishedWords> distinguish_words(std::span<const std::string> baseline, std::span<const std::string> window,
                                                    const NullOptions& options) {
  MAI_CHECK(!baseline.empty() && !window.empty());
  DistinguishedWords out;
  out.block = std::clamp<size_t>(options.block, 1, window.size());
  std::vector<std::string> texts;
  for (const size_t row : thin(baseline.size(), kBaselineTextsMax, out.block)) texts.push_back(baseline[row]);
  out.baseline_rows = texts.size();
  for (const size_t row : thin(window.size(), kWindowTextsMax, out.block)) texts.push_back(window[row]);
  out.window_rows = texts.size() - out.baseline_rows;

  const WordCounts counts = count_words(texts);
  std::vector<size_t> all(texts.size());
  std::iota(all.begin(), all.end(), size_t{0});
  const TfIdf tfidf(counts, all);
  if (tfidf.words_kept() == 0) return std::nullopt;
  Rows rows;
  for (const size_t row : all) rows.push_back(tfidf.row(row));

  std::vector<uint8_t> in_window(texts.size(), 0);
  std::fill(in_window.begin() + static_cast<ptrdiff_t>(out.baseline_rows), in_window.end(), uint8_t{1});
  Classifier classifier(rows, counts.words.size(), std::clamp<size_t>(out.window_rows / kFoldRunsMin, 1, out.block));
  out.auc = classifier.auc(in_window);
  const std::vector<double>& direction = classifier.teach(all, in_window);
  out.window_words = most_telling(direction, counts, 1);
  out.baseline_words = most_telling(direction, counts, -1);

  const bool whole = out.baseline_rows == baseline.size() && out.window_rows == window.size();
  BlockPermutation permutation(out.baseline_rows, out.window_rows, out.block, whole ? Grid::rotating : Grid::fixed, options.seed);
  std::vector<double> null;
  for (size_t i = 0; i < options.permutations; ++i) {
    permutation.draw(in_window);
    null.push_back(classifier.auc(in_window));
  }
  out.p = permutation_p(out.auc - 1e-12, null);  // sums in another order may differ in the last bits
  out.score = std::clamp(2 * out.auc - 1, 0.0, 1.0);
  out.null_score_95 = std::clamp(2 * quantile_of(std::move(null), 0.95) - 1, 0.0, 1.0);
  return out;
}

}  // namespace monitorai::judge
