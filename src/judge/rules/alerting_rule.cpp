// The state of alerts, step by step.

#include "base/log.h"
#include "base/text.h"
#include "judge/rules/rule.h"

namespace monitorai::judge {

using signals::Label;
using signals::Labels;

std::string_view state_name(AlertState state) {
  switch (state) {
    case AlertState::unknown:
      return "unknown";
    case AlertState::inactive:
      return "inactive";
    case AlertState::pending:
      return "pending";
    case AlertState::firing:
      return "firing";
  }
  return "unknown";
}

bool needs_sending(const Alert& alert, TimeMs time, std::chrono::milliseconds resend_delay) {
  if (alert.state == AlertState::pending) return false;
  if (!alert.last_sent_at) return true;
  if (alert.resolved_at && *alert.resolved_at > *alert.last_sent_at) return true;
  return *alert.last_sent_at + resend_delay < time;
}

namespace {

std::vector<std::pair<std::string, AlertTemplate>> templates_of(const TextMap& texts, std::string_view alert) {
  std::vector<std::pair<std::string, AlertTemplate>> out;
  for (const auto& [name, text] : texts) {
    auto parsed = AlertTemplate::parse(text, alert);
    MAI_CHECK(parsed.has_value());  // read_rules has seen to it
    out.emplace_back(name, std::move(*parsed));
  }
  return out;
}

void set(std::vector<Label>& labels, std::string_view name, std::string value) {
  const auto found = std::find_if(labels.begin(), labels.end(), [&](const Label& label) { return label.name == name; });
  if (found != labels.end())
    found->value = std::move(value);
  else
    labels.push_back({std::string(name), std::move(value)});
}

/// The labels of ALERTS (with a state) and ALERTS_FOR_STATE.
Labels series_of(const Labels& alert, std::string_view metric, std::string_view state) {
  std::vector<Label> labels(alert.begin(), alert.end());
  set(labels, signals::kMetricName, std::string(metric));
  if (!state.empty()) set(labels, kAlertState, std::string(state));
  return Labels::from(std::move(labels));
}

}  // namespace

AlertingRule::AlertingRule(RuleSpec rule_spec, bool restored)
    : Rule(std::move(rule_spec)),
      label_templates_(templates_of(spec().labels, spec().name)),
      annotation_templates_(templates_of(spec().annotations, spec().name)),
      restored_(restored) {}

Result<AlertingRule::Alerts> AlertingRule::found(const Evaluation& evaluation) {
  auto vector = evaluation.query(spec().query, evaluation.time - evaluation.offset);
  if (!vector) return std::move(vector).error();
  Alerts out;
  for (const VectorSample& sample : *vector) {
    const TemplateInput input{sample.labels, sample.value, evaluation.time, evaluation.query, evaluation.surroundings};
    const auto expand = [&](const AlertTemplate& text) {
      auto expanded = text.expand(input);
      if (expanded) return std::move(*expanded);
      if (evaluation.template_failures++ == 0)
        log::warn("a template of an alert failed; further ones are only counted",
                  {{"alert", spec().name}, {"error", expanded.error().message}});
      return fmt::format("<error expanding template: {}>", expanded.error().message);
    };
    std::vector<Label> labels;
    for (const Label& label : sample.labels)
      if (label.name != signals::kMetricName) labels.push_back(label);
    for (const auto& [name, text] : label_templates_) set(labels, name, expand(text));
    set(labels, kAlertName, spec().name);
    Alert alert{
        .state = AlertState::pending, .labels = Labels::from(std::move(labels)), .value = sample.value, .active_at = evaluation.time};
    for (const auto& [name, text] : annotation_templates_) alert.annotations[name] = expand(text);
    Labels identity = alert.labels;
    if (!out.emplace(std::move(identity), std::move(alert)).second)
      return Error{Code::invalid, "vector contains metrics with the same labelset after applying alert labels"};
  }
  return out;
}

bool AlertingRule::step(Alert& alert, bool holds, TimeMs time) const {
  if (holds) {
    alert.keep_firing_since.reset();
  } else {
    bool keeps_firing = false;
    if (alert.state == AlertState::firing && spec().keep_firing_for.count() > 0) {
      if (!alert.keep_firing_since) alert.keep_firing_since = time;
      keeps_firing = time - *alert.keep_firing_since < spec().keep_firing_for;
    }
    if (!keeps_firing) {
      if (alert.state != AlertState::inactive) {
        alert.state = AlertState::inactive;
        alert.resolved_at = time;
      }
      return false;
    }
  }
  if (alert.state == AlertState::pending && time - alert.active_at >= spec().hold) {
    alert.state = AlertState::firing;
    alert.fired_at = time;
  }
  // A reload may have made `for` longer than it has been active.
  if (alert.state == AlertState::firing && time - alert.active_at < spec().hold) {
    alert.state = AlertState::pending;
    alert.fired_at.reset();
    alert.last_sent_at.reset();
    alert.keep_firing_since.reset();
  }
  return true;
}

EvaluatedVector AlertingRule::evaluate(const Evaluation& evaluation) {
  MAI_TRY_ASSIGN(Alerts holding, found(evaluation));
  for (auto& [labels, alert] : holding) {
    const auto known = alerts_.find(labels);
    if (known != alerts_.end() && known->second.state != AlertState::inactive) {
      known->second.value = alert.value;
      known->second.annotations = std::move(alert.annotations);
    } else {
      alerts_.insert_or_assign(labels, std::move(alert));
    }
  }
  std::vector<VectorSample> out;
  size_t active = 0;
  for (auto at = alerts_.begin(); at != alerts_.end();) {
    Alert& alert = at->second;
    const bool holds = holding.contains(at->first);
    const bool forgotten =
        !holds && (alert.state == AlertState::pending || (alert.resolved_at && evaluation.time - *alert.resolved_at > kResolvedRetention));
    if (forgotten) {
      at = alerts_.erase(at);
      continue;
    }
    if (step(alert, holds, evaluation.time)) {
      ++active;
      if (restored_) {
        out.push_back({series_of(alert.labels, kAlertsMetric, state_name(alert.state)), 1});
        const int64_t since_s = alert.active_at.ms >= 0 ? alert.active_at.ms / 1000 : (alert.active_at.ms - 999) / 1000;
        out.push_back({series_of(alert.labels, kForStateMetric, ""), static_cast<double>(since_s)});
      }
    }
    ++at;
  }
  if (evaluation.limit > 0 && active > static_cast<size_t>(evaluation.limit)) {
    alerts_.clear();
    return Error{Code::exhausted, fmt::format("exceeded limit of {} with {} alerts", evaluation.limit, active)};
  }
  return out;
}

std::vector<Alert> AlertingRule::take_due(TimeMs time, std::chrono::milliseconds resend_delay, std::chrono::milliseconds interval) {
  std::vector<Alert> out;
  for (auto& [labels, alert] : alerts_) {
    if (!needs_sending(alert, time, resend_delay)) continue;
    alert.last_sent_at = time;
    // Four times: two evaluations or deliveries may fail.
    alert.valid_until = time + 4 * std::max(interval, resend_delay);
    out.push_back(alert);
    out.back().query = spec().query;
  }
  return out;
}

AlertState AlertingRule::state() const {
  if (!status.evaluated_at) return AlertState::unknown;
  AlertState worst = AlertState::inactive;
  for (const auto& [labels, alert] : alerts_) worst = std::max(worst, alert.state);
  return worst;
}

std::vector<Alert> AlertingRule::active() const {
  std::vector<Alert> out;
  for (const auto& [labels, alert] : alerts_)
    if (!alert.resolved_at) out.push_back(alert);
  return out;
}

}  // namespace monitorai::judge
