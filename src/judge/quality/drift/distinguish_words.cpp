#include <algorithm>
#include <cmath>
#include <numeric>

#include "base/text.h"
#include "judge/quality/drift/distinguish_words.h"
#include "judge/quality/drift/permutation.h"
#include "judge/quality/drift/persistence.h"
#include "judge/quality/drift/tfidf.h"
#include "judge/quality/drift/thinning.h"
#include "judge/quality/drift/words_classifier.h"

namespace monitorai::judge {
namespace {

constexpr size_t kBaselineTextsMax = 2000, kWindowTextsMax = 1000;
constexpr size_t kFoldRunsMin = 8;  // runs of the window, so that both halves have texts of it
constexpr size_t kWordsTold = 8, kTextsOfWordMin = 3, kWordBytesTold = 60;

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

std::string quoted(const std::vector<std::string>& words) {
  std::vector<std::string> out;
  for (const std::string& word : words) out.push_back(json_string(to_valid_utf8(word.substr(0, kWordBytesTold))));
  return out.empty() ? "none" : join(out, ", ");
}

/// The areas under the curve of the texts as they are, and of each permutation of them.
std::vector<double> areas_by_chance(WordsClassifier& classifier, size_t texts, size_t window_rows, BlockPermutation permutation, size_t permutations) {
  std::vector<double> out;
  std::vector<uint8_t> in_window(texts, 0);
  std::fill(in_window.end() - static_cast<ptrdiff_t>(window_rows), in_window.end(), uint8_t{1});
  WordsClassifier::Labels labels(texts);
  for (size_t drawn = 0; drawn <= permutations;) {
    const size_t lanes = std::min(WordsClassifier::kLabellings, permutations + 1 - drawn);
    std::fill(labels.begin(), labels.end(), uint8_t{0});
    for (size_t lane = 0; lane < lanes; ++lane, ++drawn) {
      if (drawn > 0) permutation.draw(in_window);
      for (size_t text = 0; text < texts; ++text) labels[text] |= static_cast<uint8_t>(in_window[text] << lane);
    }
    const auto areas = classifier.aucs(labels);
    out.insert(out.end(), areas.begin(), areas.begin() + static_cast<ptrdiff_t>(lanes));
  }
  return out;
}

}  // namespace

std::optional<DistinguishedWords> distinguish_words(std::span<const std::string> baseline, std::span<const std::string> window,
                                                    const NullOptions& options) {
  MAI_CHECK(!baseline.empty() && !window.empty());
  DistinguishedWords out;
  const auto longer = baseline.size() >= window.size() ? baseline : window;
  if (options.block == 0) out.correlation_time = persistence_of_words(longer.first(std::min(longer.size(), kBaselineTextsMax)));
  out.block = std::min(options.block > 0 ? options.block : block_length_of_products(out.correlation_time, window.size()), window.size());
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
  WordRows rows;
  for (const size_t row : all) rows.push_back(tfidf.row(row));
  const std::vector<double> direction = direction_of_words(rows, counts.words.size(), out.baseline_rows);
  out.window_words = most_telling(direction, counts, 1);
  out.baseline_words = most_telling(direction, counts, -1);

  WordsClassifier classifier(rows, counts.words.size(), std::clamp<size_t>(out.window_rows / kFoldRunsMin, 1, out.block));
  const bool whole = out.baseline_rows == baseline.size() && out.window_rows == window.size();
  std::vector<double> areas = areas_by_chance(classifier, texts.size(), out.window_rows,
                                              BlockPermutation(out.baseline_rows, out.window_rows, out.block, whole ? Grid::rotating : Grid::fixed, options.seed),
                                              options.permutations);
  out.auc = areas[0];
  areas.erase(areas.begin());
  out.p = permutation_p(out.auc - 1e-12, areas);  // sums in another order may differ in the last bits
  out.score = std::clamp(2 * out.auc - 1, 0.0, 1.0);
  out.null_score_95 = std::clamp(2 * quantile_of(std::move(areas), 0.95) - 1, 0.0, 1.0);
  return out;
}

std::vector<std::string> explain_told_words(const DistinguishedWords& found, double level) {
  std::vector<std::string> out{fmt::format("a linear classifier on TF-IDF tells window from baseline with AUC {:.3f} (95 of 100 by chance: below {:.3f})", found.auc,
                                           (1 + found.null_score_95) / 2)};
  if (found.p > level) return out;
  out.push_back("words that tell the window: " + quoted(found.window_words));
  out.push_back("words that tell the baseline: " + quoted(found.baseline_words));
  return out;
}

}  // namespace monitorai::judge
