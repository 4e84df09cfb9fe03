#include "judge/quality/drift/evidently_text.h"

#include <algorithm>
#include <limits>

#include "judge/quality/drift/embedding_distance.h"
#include "judge/quality/drift/evidently_split.h"
#include "judge/quality/drift/numpy_random.h"
#include "judge/quality/drift/sgd_classifier.h"
#include "judge/quality/drift/tfidf.h"

namespace monitorai::judge {
namespace {

constexpr size_t kRandomDraws = 1000, kRandomTextsMax = 20'000;
constexpr SgdOptions kDescent{.loss = SgdLoss::modified_huber, .penalty = SgdPenalty::l1, .epochs_max = 50, .intercept_decay = 0.01};

/// Words numbered as they come: in this order scikit-learn adds up the rows that it learns from.
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

/// Rows of words and their weights, each in one piece.
class WordFeatures {
 public:
  void append(std::span<const TfIdf::Entry> row) {
    for (const auto& entry : row) {
      words_.push_back(entry.word);
      weights_.push_back(entry.weight);
    }
    ends_.push_back(words_.size());
  }
  std::vector<FeatureRow> rows() const {
    std::vector<FeatureRow> out;
    size_t begin = 0;
    for (const size_t end : ends_) {
      out.push_back({std::span(words_).subspan(begin, end - begin), std::span(weights_).subspan(begin, end - begin)});
      begin = end;
    }
    return out;
  }

 private:
  std::vector<uint32_t> words_;
  std::vector<double> weights_;
  std::vector<size_t> ends_;
};

std::vector<uint32_t> seeds_of_random_scores() {
  RandomState random(kEvidentlySeed);
  std::vector<uint32_t> out(kRandomDraws);
  for (uint32_t& seed : out) seed = random.up_to(static_cast<uint32_t>(kRandomDraws * 10 - 1));
  return out;
}

}  // namespace

std::optional<EvidentlyTextContent> evidently_text_content(std::span<const std::string> baseline, std::span<const std::string> window) {
  std::vector<std::string> texts(baseline.begin(), baseline.end());
  texts.insert(texts.end(), window.begin(), window.end());
  const auto split = evidently_split(baseline.size(), window.size());
  if (!split) return std::nullopt;
  const WordCounts counts = count_words(texts);
  const TfIdf tfidf(counts, split->taught);
  if (tfidf.words_kept() == 0) return std::nullopt;
  const auto in_window = [&](std::span<const size_t> rows) {
    std::vector<uint8_t> out;
    for (const size_t row : rows) out.push_back(row >= baseline.size());
    return out;
  };
  WordFeatures taught, judged;
  const std::vector<uint32_t> ranks = ranks_by_appearance(counts, split->taught);
  for (const size_t row : split->taught) taught.append(tfidf.row(row, ranks));
  for (const size_t row : split->judged) judged.append(tfidf.row(row));
  const auto classifier = SgdClassifier::fit(taught.rows(), in_window(split->taught), counts.words.size(), kDescent);
  if (!classifier) return std::nullopt;
  std::vector<double> scores;
  for (const FeatureRow& row : judged.rows()) scores.push_back(classifier->probability(row));
  const auto labels = in_window(split->judged);
  EvidentlyTextContent out{.auc = roc_auc(scores, labels)};
  if (texts.size() <= kRandomTextsMax) out.random_auc_95 = random_auc_95(labels, seeds_of_random_scores());
  return out;
}

}  // namespace monitorai::judge
