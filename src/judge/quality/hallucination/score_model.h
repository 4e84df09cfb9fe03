#pragma once
// Many signs, one score: a logistic model over what can be said of an answer. Its weights are shown, and refitted from a user's own
// labels. A sign that is absent (no logprobs, no samples, no facts) counts as average.

#include <array>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "judge/quality/hallucination/answer.h"
#include "judge/quality/hallucination/meaning.h"
#include "judge/quality/hallucination/support.h"
#include "judge/quality/hallucination/token_confidence.h"

namespace monitorai::judge {

/// The order is that of files: new ones come last.
constexpr std::array<std::string_view, 15> kSigns{"unsupported_words",   "unsupported_pairs", "broken_order",      "weakest_sentence",
                                                  "unsupported_numbers", "unsupported_names", "flipped_sentences", "surprise_max",
                                                  "surprise_mean",       "entropy_mean",      "inconsistency",     "unlike_sentences",
                                                  "unlike_sentence_max", "unaligned_words",   "semantic_entropy"};
using Signs = std::array<std::optional<double>, kSigns.size()>;

struct Examination {
  Signs signs;
  std::optional<Support> support;  ///< absent without facts; its views are of the answer examined
  std::optional<TokenConfidence> confidence;
};
/// With a reader whose embedder sees meaning, signs of meaning too: those cost an embedding of each sentence, the others under a millisecond.
Examination examine(const Answer& answer, MeaningReader* reader = nullptr);

struct ScoreModel {
  struct Weight {
    double mean = 0, deviation = 1, weight = 0;  ///< of a standardised sign
  };
  /// How well it tells labelled answers apart that it was not fitted to (five folds).
  struct Proof {
    size_t answers = 0, hallucinated = 0;
    double auc = 0.5, sensitivity = 0, specificity = 0;  ///< the latter two at the threshold
  };
  std::array<Weight, kSigns.size()> weights;
  double intercept = 0;
  double threshold = 0.5;  ///< from which on an answer counts as hallucinated
  std::string origin;      ///< what it was fitted to
  Proof proof;

  /// The chance that the answer is hallucinated, in [0, 1], as far as answers like those of `origin` go. nullopt where every sign that has
  /// a weight is absent.
  std::optional<double> score(const Signs& signs) const;
  std::string to_json() const;
};

/// What is shipped: for signs of words and numbers alone, and for those with signs of meaning (made with all-MiniLM-L6-v2).
const ScoreModel& default_score_model(bool with_meaning = false);
/// Whether signs of meaning are among them.
bool has_meaning(const Signs& signs);
Result<ScoreModel> parse_score_model(std::string_view json);

constexpr size_t kFitLabelsMin = 10;
/// Ridge-penalised maximum likelihood (Newton), no weight below 0. At least kFitLabelsMin labels of each kind, or Code::invalid.
Result<ScoreModel> fit_score_model(std::span<const Signs> signs, std::span<const uint8_t> hallucinated, std::string origin);

struct Prevalence {
  double rate = 0;                  ///< flagged / all
  double low = 0, high = 1;         ///< Wilson's 95 % interval of it
  std::optional<double> corrected;  ///< (rate + Sp - 1) / (Se + Sp - 1), Rogan and Gladen (1978); absent where the detector guesses
  std::optional<double> corrected_low, corrected_high;  ///< the same of the interval
};
Prevalence prevalence(size_t flagged, size_t all, double sensitivity, double specificity);

}  // namespace monitorai::judge
