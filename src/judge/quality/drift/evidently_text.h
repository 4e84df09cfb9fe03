#pragma once
// Evidently's test of texts with its own numbers: can they be told apart by their words (TF-IDF, tfidf.h)? Pure.

#include <optional>
#include <span>
#include <string>

namespace monitorai::judge {

/// Evidently's text_content_drift, whose every random number is that of its seed 42: half of the texts teach an SGDClassifier
/// (modified Huber loss, L1), the other half is judged. Equal to Evidently 0.7.23 on scikit-learn 1.9.1 and NumPy; other versions of
/// scikit-learn may stop the descent elsewhere.
struct EvidentlyTextContent {
  double auc = 0.5;
  std::optional<double> random_auc_95;  ///< what 95 of 100 random scores of the judged half stay below; not for over 20,000 texts
};
/// nullopt where no word is left to learn from, or a half lacks texts of a side (there Evidently ends in an error).
std::optional<EvidentlyTextContent> evidently_text_content(std::span<const std::string> baseline, std::span<const std::string> window);

}  // namespace monitorai::judge
