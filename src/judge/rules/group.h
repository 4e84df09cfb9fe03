#pragma once
// A group at work: its rules in order, at the slots of its interval. Results are stored before the next rule is evaluated, and series
// that a rule gives no more end with a staleness marker. Thread: one at a time.

#include <set>

#include "judge/rules/rule.h"
#include "signals/samples.h"

namespace monitorai::judge {

/// What groups are evaluated with. Everything outlives them.
struct RuleSettings {
  std::chrono::milliseconds interval{15'000};  ///< of groups that name none
  std::chrono::milliseconds query_offset{0};   ///< likewise
  std::chrono::milliseconds resend_delay{60'000};
  std::chrono::milliseconds outage_max{3'600'000};  ///< `for` is restored over at most this long a pause
  std::chrono::milliseconds grace{600'000};         ///< an alert with a longer `for` waits at least this long after a restart
  TemplateSurroundings surroundings{};
  bool operator==(const RuleSettings&) const = default;
};

struct RulePorts {
  RuleQuery query;
  RuleQuery log_query = no_log_query();  ///< of groups in LogQL
  const signals::MetricSource* source = nullptr;  ///< for the state before a restart; null: there is none
  signals::MetricWriter* writer = nullptr;
  Notify notify;  ///< may be empty
  const Clock* clock = nullptr;
};

/// Totals of one group since the start.
struct GroupCounts {
  uint64_t iterations = 0;   ///< that were due, the missed ones among them
  uint64_t missed = 0;       ///< skipped because the one before took too long, or the machine slept
  uint64_t evaluations = 0;  ///< of rules
  uint64_t failures = 0;     ///< evaluations that gave an error, or whose results were not all stored
  uint64_t template_failures = 0;
  uint64_t alerts_sent = 0;
  size_t samples = 0;  ///< of the newest iteration
};

/// A rule as others may see it: a copy.
struct RuleView {
  RuleSpec spec;
  RuleStatus status;
  AlertState state = AlertState::inactive;  ///< of an alerting rule
  std::vector<Alert> alerts;                ///< active ones
};
struct GroupView {
  std::string name;
  std::string file;
  std::chrono::milliseconds interval{0};
  int64_t limit = 0;
  RuleLanguage language = RuleLanguage::promql;
  GroupCounts counts;
  std::optional<TimeMs> evaluated_at;
  std::chrono::nanoseconds evaluation{0};        ///< how long the newest iteration took
  std::chrono::nanoseconds rules_evaluation{0};  ///< its rules together
  std::vector<RuleView> rules;
};

class Group {
 public:
  /// `restore`: alerts may have a state from before a restart; it is looked for after the second iteration.
  Group(GroupSpec spec, const RuleSettings& settings, bool restore);

  const GroupSpec& spec() const { return spec_; }
  std::chrono::milliseconds interval() const { return interval_; }
  /// The newest slot at or before this time. Groups of one interval are spread over it by their names, the same way after a restart.
  TimeMs slot(TimeMs now) const;
  /// When the next iteration is due.
  TimeMs due() const { return due_; }
  /// The first iteration is due at the next slot.
  void schedule(TimeMs now) { due_ = slot(now) + interval_; }

  /// The iteration that is due; the newest slot counts, those before it are missed. Ends early when stop is requested.
  void run_due(const RulePorts& ports, std::stop_token stop = {});
  /// All rules once, as of this time.
  void evaluate(TimeMs time, const RulePorts& ports, std::stop_token stop = {});
  /// Takes over alerts, stored series and times of the same group before a reload.
  void adopt(Group& before);
  /// Ends with a staleness marker, as of `time`, what its rules stored and no rule of `others` stores now.
  void end_series(TimeMs time, std::span<const std::unique_ptr<Group>> others, signals::MetricWriter& writer);

  std::span<const std::unique_ptr<Rule>> rules() const { return rules_; }
  GroupView view() const;

 private:
  void evaluate(Rule& rule, TimeMs time, const RulePorts& ports);
  /// Stores what a rule gave; what is wrong goes to its status.
  void store(Rule& rule, const std::vector<VectorSample>& samples, TimeMs time, signals::MetricWriter& writer);
  std::chrono::milliseconds offset() const { return spec_.query_offset.value_or(settings_.query_offset); }

  const GroupSpec spec_;
  const RuleSettings settings_;
  const std::chrono::milliseconds interval_;
  std::vector<std::unique_ptr<Rule>> rules_;
  std::vector<signals::Labels> ended_;  ///< series of rules that a reload removed
  bool restore_;
  TimeMs due_;
  GroupCounts counts_;
  std::optional<TimeMs> evaluated_at_;
  std::chrono::nanoseconds evaluation_{0};
  size_t iterations_run_ = 0;
};

}  // namespace monitorai::judge
