#include "judge/rules/group.h"

#include <algorithm>

#include "base/log.h"
#include "base/text.h"

namespace monitorai::judge {
namespace {

using signals::Labels;
using signals::LabelView;
using signals::Sample;

/// FNV-1a: any hash that stays the same would do.
uint64_t hash(std::string_view text) {
  uint64_t h = 0xcbf29ce484222325;
  for (const char c : text) h = (h ^ static_cast<unsigned char>(c)) * 0x100000001b3;
  return h;
}

/// Labels and samples of a write side by side; spans into them live as long as this.
class Write {
 public:
  explicit Write(size_t series) {
    labels_.reserve(series);
    samples_.reserve(series);
  }
  void add(const Labels& labels, Sample sample) {
    std::vector<LabelView>& views = labels_.emplace_back();
    views.reserve(labels.size());
    for (const signals::Label& label : labels) views.push_back({label.name, label.value});
    samples_.push_back(sample);
  }
  Result<signals::WriteOutcome> to(signals::MetricWriter& writer) const {
    std::vector<signals::SeriesWrite> series;
    series.reserve(labels_.size());
    for (size_t i = 0; i < labels_.size(); ++i) series.push_back({.labels = labels_[i], .samples = {&samples_[i], 1}});
    return writer.write(series);
  }
  bool empty() const { return labels_.empty(); }

 private:
  std::vector<std::vector<LabelView>> labels_;
  std::vector<Sample> samples_;
};

/// A marker may lose against a sample that another rule stored for the same time: that is no error.
void end(std::span<const Labels> series, TimeMs time, signals::MetricWriter& writer) {
  Write write(series.size());
  for (const Labels& labels : series) write.add(labels, {time, signals::stale_nan()});
  if (write.empty()) return;
  if (const auto written = write.to(writer); !written)
    log::warn("cannot end series of rules", {{"series", series.size()}, {"error", written.error().message}});
}

}  // namespace

Group::Group(GroupSpec spec, const RuleSettings& settings, bool restore)
    : spec_(std::move(spec)), settings_(settings), interval_(spec_.interval.value_or(settings.interval)), restore_(restore) {
  for (const RuleSpec& rule : spec_.rules) rules_.push_back(make_rule(rule, !restore));
}

TimeMs Group::slot(TimeMs now) const {
  const int64_t interval = interval_.count();
  const int64_t offset = static_cast<int64_t>(hash(spec_.key()) % static_cast<uint64_t>(interval));
  const int64_t since = now.ms - offset;
  const int64_t into = ((since % interval) + interval) % interval;
  return {since - into + offset};
}

void Group::run_due(const RulePorts& ports, std::stop_token stop) {
  const TimeMs now = ports.clock->now();
  const TimeMs time = std::max(slot(now), due_);
  const auto missed = static_cast<uint64_t>((time - due_) / interval_);
  counts_.missed += missed;
  counts_.iterations += missed + 1;
  evaluate(time, ports, stop);
  due_ = time + interval_;
  // Prometheus waits for a second iteration, so that what alerts depend on has been scraped and recorded.
  if (++iterations_run_ < 2 || !restore_ || stop.stop_requested()) return;
  restore_ = false;
  for (const auto& rule : rules_) {
    auto* alerting = dynamic_cast<AlertingRule*>(rule.get());
    if (alerting != nullptr && ports.source != nullptr)
      alerting->restore(*ports.source, ports.clock->now(), settings_.outage_max, settings_.grace);
  }
}

void Group::evaluate(TimeMs time, const RulePorts& ports, std::stop_token stop) {
  const auto began = ports.clock->monotonic();
  evaluated_at_ = ports.clock->now();
  counts_.samples = 0;
  for (const auto& rule : rules_) {
    if (stop.stop_requested()) return;
    evaluate(*rule, time, ports);
  }
  if (!ended_.empty()) end(std::exchange(ended_, {}), time - offset(), *ports.writer);
  evaluation_ = ports.clock->monotonic() - began;
}

void Group::evaluate(Rule& rule, TimeMs time, const RulePorts& ports) {
  const auto began = ports.clock->monotonic();
  ++counts_.evaluations;
  rule.status.evaluated_at = ports.clock->now();
  const auto samples = rule.evaluate({.time = time,
                                      .offset = offset(),
                                      .limit = spec_.limit,
                                      .query = spec_.language == RuleLanguage::logql ? ports.log_query : ports.query,
                                      .surroundings = settings_.surroundings,
                                      .template_failures = counts_.template_failures});
  if (!samples) {
    ++counts_.failures;
    rule.status.health = RuleStatus::Health::err;
    if (rule.status.last_error != samples.error().message)
      log::warn("a rule failed",
                {{"file", spec_.file}, {"group", spec_.name}, {"rule", rule.spec().name}, {"error", samples.error().message}});
    rule.status.last_error = samples.error().message;
  } else {
    rule.status.health = RuleStatus::Health::ok;
    rule.status.last_error.clear();
    counts_.samples += samples->size();
    if (auto* alerting = dynamic_cast<AlertingRule*>(&rule)) {
      const std::vector<Alert> due = alerting->take_due(time, settings_.resend_delay, interval_);
      counts_.alerts_sent += due.size();
      if (!due.empty() && ports.notify) ports.notify(due);
    }
    store(rule, *samples, time - offset(), *ports.writer);
  }
  rule.status.evaluation = ports.clock->monotonic() - began;
}

void Group::store(Rule& rule, const std::vector<VectorSample>& samples, TimeMs time, signals::MetricWriter& writer) {
  const auto fail = [&](std::string error) {
    ++counts_.failures;
    rule.status.health = RuleStatus::Health::err;
    rule.status.last_error = std::move(error);
  };
  Write write(samples.size());
  std::vector<Labels> stored;
  stored.reserve(samples.size());
  for (const VectorSample& sample : samples) {
    write.add(sample.labels, {time, sample.value});
    stored.push_back(sample.labels);
  }
  if (!write.empty()) {
    const auto written = write.to(writer);
    if (!written) return fail(fmt::format("cannot store the results: {}", written.error().message));
    if (written->accepted + written->duplicates < samples.size())
      fail(fmt::format("{} of {} results were not stored: {}", samples.size() - written->accepted - written->duplicates, samples.size(),
                       written->first_problem));
  }
  std::sort(stored.begin(), stored.end());
  std::vector<Labels> vanished;
  std::set_difference(rule.series.begin(), rule.series.end(), stored.begin(), stored.end(), std::back_inserter(vanished));
  end(vanished, time, writer);
  rule.series = std::move(stored);
}

void Group::adopt(Group& before) {
  counts_ = before.counts_;
  evaluated_at_ = before.evaluated_at_;
  evaluation_ = before.evaluation_;
  iterations_run_ = before.iterations_run_;
  restore_ = before.restore_;
  ended_ = std::move(before.ended_);
  if (interval_ == before.interval_) due_ = before.due_;
  std::vector<bool> taken(before.rules_.size(), false);
  for (const auto& rule : rules_) {
    for (size_t i = 0; i < before.rules_.size(); ++i) {
      Rule& old = *before.rules_[i];
      if (taken[i] || old.spec().name != rule->spec().name || old.spec().labels != rule->spec().labels) continue;
      taken[i] = true;
      rule->series = std::move(old.series);
      auto* alerting = dynamic_cast<AlertingRule*>(rule.get());
      const auto* old_alerting = dynamic_cast<const AlertingRule*>(&old);
      if (alerting != nullptr && old_alerting != nullptr) alerting->adopt(*old_alerting);
      break;
    }
  }
  for (size_t i = 0; i < taken.size(); ++i)
    if (!taken[i]) std::move(before.rules_[i]->series.begin(), before.rules_[i]->series.end(), std::back_inserter(ended_));
}

void Group::end_series(TimeMs time, std::span<const std::unique_ptr<Group>> others, signals::MetricWriter& writer) {
  std::set<Labels> ending(ended_.begin(), ended_.end());
  for (const auto& rule : rules_) ending.insert(rule->series.begin(), rule->series.end());
  for (const auto& other : others)
    for (const auto& rule : other->rules())
      for (const Labels& labels : rule->series) ending.erase(labels);
  const std::vector<Labels> series(ending.begin(), ending.end());
  end(series, time - offset(), writer);
}

GroupView Group::view() const {
  GroupView out{.name = spec_.name,
                .file = spec_.file,
                .interval = interval_,
                .limit = spec_.limit,
                .language = spec_.language,
                .counts = counts_,
                .evaluated_at = evaluated_at_,
                .evaluation = evaluation_,
                .rules_evaluation = {},
                .rules = {}};
  for (const auto& rule : rules_) {
    RuleView& one = out.rules.emplace_back(RuleView{.spec = rule->spec(), .status = rule->status, .state = {}, .alerts = {}});
    out.rules_evaluation += rule->status.evaluation;
    if (const auto* alerting = dynamic_cast<const AlertingRule*>(rule.get())) {
      one.state = alerting->state();
      one.alerts = alerting->active();
    }
  }
  return out;
}

}  // namespace monitorai::judge
