#include "app/serve/rules.h"

#include "app/serve/own_rules.h"
#include "base/log.h"

namespace monitorai::app {
namespace {

using signals::Labels;
using signals::MetricFamily;
using signals::MetricType;

double seconds(std::chrono::nanoseconds duration) { return std::chrono::duration<double>(duration).count(); }

serve::RuleView view_of(const judge::RuleView& rule) {
  const judge::RuleSpec& spec = rule.spec;
  serve::RuleView out{.alerting = spec.kind == judge::RuleSpec::Kind::alert,
                      .name = spec.name,
                      .query = spec.query,
                      .labels = spec.labels,
                      .annotations = spec.annotations,
                      .state = std::string(judge::state_name(rule.state)),
                      .hold = spec.hold,
                      .keep_firing_for = spec.keep_firing_for,
                      .alerts = {},
                      .health = std::string(judge::health_name(rule.status.health)),
                      .last_error = rule.status.last_error,
                      .evaluation_seconds = seconds(rule.status.evaluation),
                      .evaluated_at = rule.status.evaluated_at.value_or(TimeMs{})};
  for (const judge::Alert& alert : rule.alerts)
    out.alerts.push_back({alert.labels, alert.annotations, std::string(judge::state_name(alert.state)), alert.active_at,
                          alert.keep_firing_since, alert.value});
  return out;
}

}  // namespace

Rules::Rules(const query::Engine& engine, store::MetricStore& store, judge::RuleQuery logs, const Clock& clock, judge::Notify notify)
    : evaluator_({.query = judge::promql_query(engine, store),
                  .log_query = std::move(logs),
                  .source = &store,
                  .writer = &store,
                  .notify = std::move(notify),
                  .clock = &clock}) {}

judge::ReadRules Rules::read(const Config& config, const std::filesystem::path& data) {
  judge::ReadRules out = judge::read_rule_files(config.rules.files);
  std::error_code ignored;
  const std::filesystem::path own = OwnRules::file_in(data);
  if (!std::filesystem::exists(own, ignored)) return out;
  judge::ReadRules more = judge::read_rule_file(own);
  std::move(more.groups.begin(), more.groups.end(), std::back_inserter(out.groups));
  std::move(more.problems.begin(), more.problems.end(), std::back_inserter(out.problems));
  if (!out.problems.empty()) out.groups.clear();
  return out;
}

void Rules::apply(const Config& config, judge::ReadRules rules, const std::string& url) {
  judge::RuleSettings settings;
  settings.interval = config.rules.interval;
  settings.query_offset = config.rules.query_offset;
  settings.resend_delay = config.rules.resend_delay;
  settings.surroundings.external_url = config.rules.external_url.empty() ? url : config.rules.external_url;
  while (settings.surroundings.external_url.ends_with('/')) settings.surroundings.external_url.pop_back();
  for (const yaml::Problem& duplicate : judge::duplicate_rules(rules.groups)) log::warn(duplicate.text, {{"at", duplicate.where}});
  evaluator_.replace(std::move(rules.groups), settings);
}

std::vector<serve::RuleGroupView> Rules::groups() const {
  std::vector<serve::RuleGroupView> out;
  for (const auto& group : evaluator_.view()) {
    serve::RuleGroupView& one = out.emplace_back(serve::RuleGroupView{.name = group->name,
                                                                      .file = group->file,
                                                                      .interval = group->interval,
                                                                      .limit = group->limit,
                                                                      .logs = group->language == judge::RuleLanguage::logql,
                                                                      .rules = {},
                                                                      .evaluation_seconds = seconds(group->evaluation),
                                                                      .evaluated_at = group->evaluated_at.value_or(TimeMs{})});
    for (const judge::RuleView& rule : group->rules) one.rules.push_back(view_of(rule));
  }
  return out;
}

void Rules::append_families(std::vector<MetricFamily>& out) const {
  const auto groups = evaluator_.view();
  if (groups.empty()) return;
  const auto family = [&](std::string name, std::string help, MetricType type, std::string unit, auto value) {
    MetricFamily made{.name = std::move(name), .help = std::move(help), .type = type, .unit = std::move(unit)};
    for (const auto& group : groups) {
      const std::optional<double> v = value(*group);
      Labels labels{{"rule_group", group->file + ";" + group->name}};
      if (!v) continue;
      type == MetricType::counter ? made.counter(std::move(labels), *v) : made.gauge(std::move(labels), *v);
    }
    out.push_back(std::move(made));
  };
  using Group = judge::GroupView;
  using Value = std::optional<double>;
  const auto number = [](auto v) -> Value { return static_cast<double>(v); };
  family("monitorai_rule_group_iterations", "Evaluations of rule groups that were due.", MetricType::counter, "",
         [&](const Group& g) { return number(g.counts.iterations); });
  family("monitorai_rule_group_iterations_missed", "Evaluations of rule groups that were skipped because they were late.",
         MetricType::counter, "", [&](const Group& g) { return number(g.counts.missed); });
  family("monitorai_rule_evaluations", "Evaluations of rules.", MetricType::counter, "",
         [&](const Group& g) { return number(g.counts.evaluations); });
  family("monitorai_rule_evaluation_failures", "Evaluations of rules that gave an error or whose results were not all stored.",
         MetricType::counter, "", [&](const Group& g) { return number(g.counts.failures); });
  family("monitorai_rule_template_failures", "Templates of alerts that failed.", MetricType::counter, "",
         [&](const Group& g) { return number(g.counts.template_failures); });
  family("monitorai_rule_alerts_sent", "Alerts handed to notifiers, repetitions included.", MetricType::counter, "",
         [&](const Group& g) { return number(g.counts.alerts_sent); });
  family("monitorai_rule_group_interval_seconds", "How often a group is due.", MetricType::gauge, "seconds",
         [&](const Group& g) -> Value { return seconds(g.interval); });
  family("monitorai_rule_group_last_duration_seconds", "How long the newest evaluation of a group took.", MetricType::gauge, "seconds",
         [&](const Group& g) -> Value { return seconds(g.evaluation); });
  family("monitorai_rule_group_last_rule_duration_sum_seconds", "How long the rules of a group took in its newest evaluation.",
         MetricType::gauge, "seconds", [&](const Group& g) -> Value { return seconds(g.rules_evaluation); });
  family("monitorai_rule_group_last_evaluation_timestamp_seconds", "When a group was evaluated last.", MetricType::gauge, "seconds",
         [&](const Group& g) -> Value { return g.evaluated_at ? Value(static_cast<double>(g.evaluated_at->ms) / 1000) : std::nullopt; });
  family("monitorai_rule_group_rules", "Rules of a group.", MetricType::gauge, "", [&](const Group& g) { return number(g.rules.size()); });
  family("monitorai_rule_group_last_evaluation_samples", "Samples that the newest evaluation of a group gave.", MetricType::gauge, "",
         [&](const Group& g) { return number(g.counts.samples); });

  const judge::RuleDurations durations = evaluator_.durations();
  MetricFamily histogram{.name = "monitorai_rule_evaluation_duration_seconds",
                         .help = "How long single rules took.",
                         .type = MetricType::histogram,
                         .unit = "seconds"};
  for (size_t i = 0; i < judge::RuleDurations::kBounds.size(); ++i)
    histogram.points.push_back(
        {{{"le", fmt::format("{}", judge::RuleDurations::kBounds[i])}}, static_cast<double>(durations.buckets[i]), "_bucket"});
  histogram.points.push_back({{{"le", "+Inf"}}, static_cast<double>(durations.count), "_bucket"});
  histogram.points.push_back({{}, durations.sum, "_sum"});
  histogram.points.push_back({{}, static_cast<double>(durations.count), "_count"});
  out.push_back(std::move(histogram));
}

}  // namespace monitorai::app
