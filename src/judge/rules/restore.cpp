// The begin of alerts from before a restart.

#include "base/log.h"
#include "judge/rules/rule.h"

namespace monitorai::judge {
namespace {

using signals::Labels;
using signals::Matcher;
using signals::MatchOp;

/// The series of ALERTS_FOR_STATE that a rule may have written. Labels with templates differ from alert to alert and are left out.
std::vector<Matcher> matchers_of(const RuleSpec& spec) {
  std::vector<Matcher> out;
  const auto add = [&](std::string name, std::string value) {
    if (auto made = Matcher::make(std::move(name), MatchOp::equal, std::move(value))) out.push_back(std::move(*made));
  };
  add(std::string(signals::kMetricName), std::string(kForStateMetric));
  add(std::string(kAlertName), spec.name);
  for (const auto& [name, value] : spec.labels)
    if (value.find("{{") == std::string::npos && name != kAlertName) add(name, value);
  return out;
}

}  // namespace

void AlertingRule::restore(const signals::MetricSource& source, TimeMs now, std::chrono::milliseconds outage_max,
                           std::chrono::milliseconds grace) {
  if (restored_) return;
  restored_ = true;
  if (spec().hold < grace || alerts_.empty()) return;
  const TimeRange range{now - outage_max, now};
  const auto set = source.select(matchers_of(spec()), range);
  if (!set) {
    log::warn("cannot restore the state of an alert: it begins anew", {{"alert", spec().name}, {"error", set.error().message}});
    return;
  }
  for (size_t i = 0; i < (*set)->size(); ++i) {
    const auto known = alerts_.find((*set)->labels(i).with(signals::kMetricName, ""));
    if (known == alerts_.end()) continue;
    const auto newest = (*set)->newest(i, range);
    if (!newest || !*newest || signals::is_stale((*newest)->value)) continue;
    const TimeMs down_at = (*newest)->time;
    const TimeMs active_at{static_cast<int64_t>((*newest)->value) * 1000};
    const auto remaining = spec().hold - (down_at - active_at);
    Alert& alert = known->second;
    if (remaining.count() <= 0)
      alert.active_at = active_at;  // it fired: the next evaluation sets it firing again
    else if (remaining < grace)
      alert.active_at = now + grace - spec().hold;
    else
      alert.active_at = active_at + (now - down_at);
  }
}

}  // namespace monitorai::judge
