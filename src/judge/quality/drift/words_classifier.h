#pragma once
// The linear classifier of distinguish_words: the line between the mean TF-IDF rows of both sides, taught on one half of the texts and judged
// on the other, under many labellings of the same texts at once. Pure but for memory that it keeps; one thread.

#include <array>
#include <cstdint>
#include <span>
#include <vector>

#include "judge/quality/drift/area_under_curve.h"
#include "judge/quality/drift/tfidf.h"

namespace monitorai::judge {

using WordRows = std::vector<std::vector<TfIdf::Entry>>;

class WordsClassifier {
 public:
  static constexpr size_t kLabellings = 8;  ///< at once
  /// Of each text: bit i is set where it is in the window by labelling i.
  using Labels = std::vector<uint8_t>;

  /// words: how many there are. The texts of runs of `run` belong to one half and to the other in turn.
  WordsClassifier(const WordRows& rows, size_t words, size_t run);
  /// The mean of both halves' areas under the ROC curve, each judged as the other teaches, for each labelling; 0.5 for a half that lacks
  /// texts of a side.
  std::array<double, kLabellings> aucs(const Labels& labels);

 private:
  using Lanes = std::array<double, kLabellings>;
  /// The words that both halves know (others move no score), numbered anew.
  struct Half {
    std::vector<size_t> texts;
    std::vector<size_t> ends;  ///< of each text, in entries
    std::vector<TfIdf::Entry> entries;
  };

  void teach(const Half& half, const Labels& labels);
  void judge(const Half& half, const Labels& labels, Lanes& out);

  Half halves_[2];
  std::vector<Lanes> direction_;  ///< of each word: its mean weight in the window, less that in the baseline
  std::vector<Lanes> scores_;
  ScoredSides<double> sides_;
};

/// Of each word: its mean weight in the texts of the window (those from `baseline_rows` on), less that in the baseline.
std::vector<double> direction_of_words(const WordRows& rows, size_t words, size_t baseline_rows);

}  // namespace monitorai::judge
