// The weights that are shipped: what `monitorai score --fit --save` wrote for the 4000 answers of bench/quality_labels.py.

#include "base/check.h"
#include "judge/quality/hallucination/score_model.h"

namespace monitorai::judge {
namespace {

constexpr std::string_view kWeights = R"(
{
  "format": "monitorai score model 1",
  "origin": "4000 answers made wrong by rule (bench/quality_labels.py): not your traffic, refit it from your own labels",
  "intercept": 2.041600119047639, "threshold": 0.5168163410647264,
  "proof": {"answers": 4000, "hallucinated": 2000, "auc": 0.933916125, "sensitivity": 0.7905, "specificity": 0.909},
  "signs": {
    "unsupported_words": {"mean": 0.07714637450817444, "deviation": 0.10151560037809618, "weight": 0},
    "unsupported_pairs": {"mean": 0.1691936006793828, "deviation": 0.16426670051269124, "weight": 1.6502183214750923},
    "broken_order": {"mean": 0.1223813700602006, "deviation": 0.1396115949029453, "weight": 0},
    "weakest_sentence": {"mean": 0.21467363461264097, "deviation": 0.2533707510845967, "weight": 0.49633636309645723},
    "unsupported_numbers": {"mean": 0.050143154761904764, "deviation": 0.2051439362161051, "weight": 3.4126769716801095},
    "unsupported_names": {"mean": 0.05712773094960597, "deviation": 0.21527152119526966, "weight": 4.003764268857237},
    "flipped_sentences": {"mean": 0.07739999999999998, "deviation": 0.23675541997785643, "weight": 2.1560303609451297},
    "surprise_max": {"mean": 0, "deviation": 1, "weight": 0},
    "surprise_mean": {"mean": 0, "deviation": 1, "weight": 0},
    "entropy_mean": {"mean": 0, "deviation": 1, "weight": 0},
    "inconsistency": {"mean": 0, "deviation": 1, "weight": 0}
  }
}
)";

constexpr std::string_view kWeightsWithMeaning = kWeights;

}  // namespace

const ScoreModel& default_score_model(bool with_meaning) {
  const auto parsed = [](std::string_view json) {
    auto out = parse_score_model(json);
    MAI_CHECK(out.has_value());
    return std::move(*out);
  };
  static const ScoreModel model = parsed(kWeights), meaning = parsed(kWeightsWithMeaning);
  return with_meaning ? meaning : model;
}

}  // namespace monitorai::judge
