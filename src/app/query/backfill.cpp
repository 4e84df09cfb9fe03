#include "app/query/backfill.h"

#include "base/text.h"

namespace monitorai::app {
namespace {

using signals::Label;
using signals::Labels;

/// The series that a rule records: its name, the rule's labels over those of the expression.
Labels recorded(const Labels& found, const judge::RuleSpec& rule) {
  std::vector<Label> labels;
  for (const Label& label : found)
    if (label.name != signals::kMetricName && !rule.labels.contains(label.name)) labels.push_back(label);
  for (const auto& [name, value] : rule.labels) labels.push_back({name, value});
  labels.push_back({std::string(signals::kMetricName), rule.name});
  return Labels::from(std::move(labels));
}

Result<std::string> text_of(const Answer& answer, const judge::RuleSpec& rule, size_t& samples) {
  std::string out;
  for (const AnsweredSeries& series : answer.series) {
    const Labels labels = recorded(series.labels, rule);
    const std::string name = labels.text();
    for (const signals::Sample& sample : series.samples) out += fmt::format("{} {} {}\n", name, format_number(sample.value), sample.time.ms);
    samples += series.samples.size();
  }
  return out;
}

}  // namespace

Result<BackfillCounts> backfill(std::span<const judge::GroupSpec> groups, TimeRange range, std::chrono::milliseconds interval, const AskRange& ask,
                                const SendText& send) {
  BackfillCounts out;
  for (const judge::GroupSpec& group : groups) {
    if (group.language == judge::RuleLanguage::logql) {
      ++out.log_groups_left_out;
      continue;
    }
    const std::chrono::milliseconds step = group.interval.value_or(interval);
    const TimeMs first{(range.from.ms + step.count() - 1) / step.count() * step.count()};
    for (const judge::RuleSpec& rule : group.rules) {
      if (rule.kind == judge::RuleSpec::Kind::alert) {
        ++out.alerting_rules_left_out;
        continue;
      }
      if (!signals::valid_metric_name(rule.name)) return Error{Code::invalid, fmt::format("cannot backfill \"{}\": the name cannot be written as text", rule.name)};
      ++out.rules;
      for (TimeMs from = first; from <= range.to; from = from + step * kBackfillStepsMax) {
        const TimeMs to = std::min(range.to, from + step * (kBackfillStepsMax - 1));
        const auto answer = ask(rule.query, from, to, step);
        if (!answer) return wrap(answer.error(), fmt::format("cannot backfill {}", rule.name));
        MAI_TRY_ASSIGN(const std::string text, text_of(*answer, rule, out.samples));
        if (text.empty()) continue;
        const auto refused = send(text);
        if (!refused) return wrap(refused.error(), fmt::format("cannot store {}", rule.name));
        if (refused->empty()) continue;
        ++out.requests_with_refusals;
        if (out.first_problem.empty()) out.first_problem = fmt::format("{}: {}", rule.name, *refused);
      }
    }
  }
  return out;
}

}  // namespace monitorai::app
