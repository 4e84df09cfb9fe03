// A score model as a file: every weight by its name, so that a person can read it.

#include <simdjson.h>

#include <cmath>

#include "base/text.h"
#include "judge/quality/hallucination/score_model.h"

namespace monitorai::judge {
namespace {

constexpr std::string_view kFormat = "monitorai score model 1";
constexpr size_t kSignsAlways = 11;  // that every file has

Error unreadable(std::string_view why) { return {Code::invalid, fmt::format("cannot read the weights: {}", why)}; }

}  // namespace

std::string ScoreModel::to_json() const {
  std::string out = fmt::format("{{\n  \"format\": {},\n  \"origin\": {},\n", json_string(kFormat), json_string(origin));
  out += fmt::format("  \"intercept\": {}, \"threshold\": {},\n", format_number(intercept), format_number(threshold));
  out += fmt::format("  \"proof\": {{\"answers\": {}, \"hallucinated\": {}, \"auc\": {}, \"sensitivity\": {}, \"specificity\": {}}},\n  \"signs\": {{", proof.answers,
                     proof.hallucinated, format_number(proof.auc), format_number(proof.sensitivity), format_number(proof.specificity));
  for (size_t k = 0; k < kSigns.size(); ++k)
    out += fmt::format("{}\n    {}: {{\"mean\": {}, \"deviation\": {}, \"weight\": {}}}", k == 0 ? "" : ",", json_string(kSigns[k]), format_number(weights[k].mean),
                       format_number(weights[k].deviation), format_number(weights[k].weight));
  return out + "\n  }\n}\n";
}

Result<ScoreModel> parse_score_model(std::string_view json) {
  simdjson::dom::parser parser;
  simdjson::dom::object root;
  if (const auto error = parser.parse(json).get_object().get(root); error != simdjson::SUCCESS) return unreadable(simdjson::error_message(error));
  std::string_view text;
  if (root["format"].get_string().get(text) != simdjson::SUCCESS || text != kFormat) return unreadable(fmt::format("its format is not {}", json_string(kFormat)));
  ScoreModel out;
  if (root["origin"].get_string().get(text) == simdjson::SUCCESS) out.origin = std::string(text);
  bool sound = true;
  const auto number = [&](const auto& from, std::string_view name, double& to) {
    sound &= from[name].get_double().get(to) == simdjson::SUCCESS && std::isfinite(to);
  };
  number(root, "intercept", out.intercept);
  number(root, "threshold", out.threshold);
  const auto proof = root["proof"];
  double answers = 0, hallucinated = 0;
  number(proof, "answers", answers);
  number(proof, "hallucinated", hallucinated);
  number(proof, "auc", out.proof.auc);
  number(proof, "sensitivity", out.proof.sensitivity);
  number(proof, "specificity", out.proof.specificity);
  for (size_t k = 0; k < kSigns.size(); ++k) {
    const auto sign = root["signs"][kSigns[k]];
    if (k >= kSignsAlways && sign.error() == simdjson::NO_SUCH_FIELD) continue;  // a sign that came later: without weight
    number(sign, "mean", out.weights[k].mean);
    number(sign, "deviation", out.weights[k].deviation);
    number(sign, "weight", out.weights[k].weight);
    sound &= out.weights[k].deviation > 0;
  }
  sound &= answers >= 0 && answers < 1e15 && hallucinated >= 0 && hallucinated <= answers;
  if (!sound) return unreadable("a number is missing or out of bounds");
  out.proof.answers = static_cast<size_t>(answers);
  out.proof.hallucinated = static_cast<size_t>(hallucinated);
  return out;
}

}  // namespace monitorai::judge
