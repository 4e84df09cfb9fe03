#pragma once
// Can texts be told apart by their words? A linear classifier on TF-IDF (tfidf.h), judged by the area under its ROC curve on texts that it
// was not taught: Evidently's test with its own numbers, and ours with a null from permutations.

#include <optional>
#include <span>
#include <string>
#include <vector>

#include "judge/quality/drift/distinguish.h"

namespace monitorai::judge {

/// Evidently's text_content_drift, whose every random number is that of its seed 42: half of the texts teach an SGDClassifier
/// (modified Huber loss, L1), the other half is judged. Equal to Evidently 0.7.23 on scikit-learn 1.9.1 and NumPy; other versions of
/// scikit-learn may stop the descent elsewhere.
struct TextContent {
  double auc = 0.5;
  std::optional<double> random_auc_95;  ///< what 95 of 100 random scores of the judged half stay below; not for over 20,000 texts
};
/// nullopt where no word is left to learn from, or a half lacks texts of a side (there Evidently ends in an error).
std::optional<TextContent> evidently_text_content(std::span<const std::string> baseline, std::span<const std::string> window);

/// Our own: the difference of the mean TF-IDF rows of both sides, two halves that alternate in runs, each judged on the other. p by
/// permutations that teach it anew each time. Words weigh by how rare they are in all texts, which no permutation changes.
struct DistinguishedWords : Distinguished {
  double auc = 0.5;
  std::vector<std::string> window_words, baseline_words;  ///< that tell most, each in at least 3 texts, at most 8 of each
};
/// Thinned to 2000 + 1000 texts. Rows in order of time, not empty. options.block 0: rows are independent.
/// nullopt where no word is left to learn from.
std::optional<DistinguishedWords> distinguish_words(std::span<const std::string> baseline, std::span<const std::string> window,
                                                    const NullOptions& options);

}  // namespace monitorai::judge
