#include "judge/rules/rule.h"

#include <algorithm>

#include "base/text.h"

namespace monitorai::judge {

using signals::Labels;

std::string_view health_name(RuleStatus::Health health) {
  switch (health) {
    case RuleStatus::Health::unknown:
      return "unknown";
    case RuleStatus::Health::ok:
      return "ok";
    case RuleStatus::Health::err:
      return "err";
  }
  return "unknown";
}

std::unique_ptr<Rule> make_rule(const RuleSpec& spec, bool restored) {
  if (spec.kind == RuleSpec::Kind::record) return std::make_unique<RecordingRule>(spec);
  return std::make_unique<AlertingRule>(spec, restored);
}

EvaluatedVector RecordingRule::evaluate(const Evaluation& evaluation) {
  auto vector = evaluation.query(spec().query, evaluation.time - evaluation.offset);
  if (!vector) return vector;
  for (VectorSample& sample : *vector) {
    std::vector<signals::Label> labels(sample.labels.begin(), sample.labels.end());
    labels.push_back({std::string(signals::kMetricName), spec().name});
    for (const auto& [name, value] : spec().labels) {
      std::erase_if(labels, [&](const signals::Label& label) { return label.name == name; });
      labels.push_back({name, value});
    }
    sample.labels = Labels::from(std::move(labels));
  }
  std::sort(vector->begin(), vector->end(), [](const VectorSample& a, const VectorSample& b) { return a.labels < b.labels; });
  const auto same = [](const VectorSample& a, const VectorSample& b) { return a.labels == b.labels; };
  if (std::adjacent_find(vector->begin(), vector->end(), same) != vector->end())
    return Error{Code::invalid, "vector contains metrics with the same labelset after applying rule labels"};
  if (evaluation.limit > 0 && vector->size() > static_cast<size_t>(evaluation.limit))
    return Error{Code::exhausted, fmt::format("exceeded limit of {} with {} series", evaluation.limit, vector->size())};
  return std::move(*vector);
}

}  // namespace monitorai::judge
