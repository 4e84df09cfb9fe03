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

// What `quality_bench fit` wrote for 1200 of them with all-MiniLM-L6-v2.
constexpr std::string_view kWeightsWithMeaning = R"(
{
  "format": "monitorai score model 1",
  "origin": "1200 answers made wrong by rule (bench/quality_labels.py), read by all-MiniLM-L6-v2: not your traffic, refit it from your own labels",
  "intercept": 1.6857183907404136, "threshold": 0.43368315590791173,
  "proof": {"answers": 1200, "hallucinated": 600, "auc": 0.9432111111111111, "sensitivity": 0.8383333333333334, "specificity": 0.9033333333333333},
  "signs": {
    "unsupported_words": {"mean": 0.07535858326875126, "deviation": 0.09855130500581503, "weight": 0},
    "unsupported_pairs": {"mean": 0.16625924678383056, "deviation": 0.16003054697354244, "weight": 0.8401981340883291},
    "broken_order": {"mean": 0.11868816522805758, "deviation": 0.13449408210825248, "weight": 0},
    "weakest_sentence": {"mean": 0.21114262921295993, "deviation": 0.24957678965223692, "weight": 0.027009362345863125},
    "unsupported_numbers": {"mean": 0.049007936507936514, "deviation": 0.20165277105228904, "weight": 2.7296338021674784},
    "unsupported_names": {"mean": 0.0538045634920635, "deviation": 0.20798870677356096, "weight": 2.2347197721368066},
    "flipped_sentences": {"mean": 0.08099999999999993, "deviation": 0.24319463322538482, "weight": 1.844222865597476},
    "surprise_max": {"mean": 0, "deviation": 1, "weight": 0},
    "surprise_mean": {"mean": 0, "deviation": 1, "weight": 0},
    "entropy_mean": {"mean": 0, "deviation": 1, "weight": 0},
    "inconsistency": {"mean": 0, "deviation": 1, "weight": 0},
    "unlike_sentences": {"mean": 0.08427653503914674, "deviation": 0.11820540390758309, "weight": 0.24062132984615295},
    "unlike_sentence_max": {"mean": 0.16152298477323104, "deviation": 0.24208396192594353, "weight": 1.2372325042751589},
    "unaligned_words": {"mean": 0.08102904103696346, "deviation": 0.10095463815289532, "weight": 0.6401851916182744},
    "semantic_entropy": {"mean": 0, "deviation": 1, "weight": 0}
  }
}
)";

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
