#pragma once
// Our own test of texts: can they be told apart by their words? A linear classifier on TF-IDF (tfidf.h), judged by the area under its ROC
// curve on texts that it was not taught, with a null from permutations. Pure.

#include <optional>
#include <span>
#include <string>
#include <vector>

#include "judge/quality/drift/distinguish.h"

namespace monitorai::judge {

/// The difference of the mean TF-IDF rows of both sides, two halves that alternate in runs, each judged on the other. p by
/// permutations that teach it anew each time. Words weigh by how rare they are in all texts, which no permutation changes.
struct DistinguishedWords : Distinguished {
  double auc = 0.5;
  std::vector<std::string> window_words, baseline_words;  ///< that tell most, each in at least 3 texts, at most 8 of each
};
/// Thinned to 2000 + 1000 texts. Rows in order of time, not empty.
/// nullopt where no word is left to learn from.
std::optional<DistinguishedWords> distinguish_words(std::span<const std::string> baseline, std::span<const std::string> window,
                                                    const NullOptions& options);
/// For a person: how well both sides are told apart, and by which words where p is at most `level`.
std::vector<std::string> explain_told_words(const DistinguishedWords& found, double level);

}  // namespace monitorai::judge
