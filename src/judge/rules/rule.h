#pragma once
// A rule at work: evaluates its expression and gives the samples to store. Recording rules rename; alerting rules keep a state for each
// label set, as Prometheus defines it (rules/alerting.go). Thread: one at a time; the evaluator's thread owns them.

#include <memory>

#include "judge/rules/alert.h"
#include "judge/rules/alert_template.h"
#include "judge/rules/rule_query.h"

namespace monitorai::judge {

inline constexpr std::string_view kAlertsMetric = "ALERTS";
inline constexpr std::string_view kForStateMetric = "ALERTS_FOR_STATE";
inline constexpr std::string_view kAlertName = "alertname";
inline constexpr std::string_view kAlertState = "alertstate";

/// How the newest evaluation of a rule went.
struct RuleStatus {
  enum class Health { unknown, ok, err };
  Health health = Health::unknown;
  std::string last_error;
  std::chrono::nanoseconds evaluation{0};
  std::optional<TimeMs> evaluated_at;
};
std::string_view health_name(RuleStatus::Health health);

/// What one evaluation is given.
struct Evaluation {
  TimeMs time;                          ///< of the group's slot
  std::chrono::milliseconds offset{0};  ///< the expression is evaluated, and results are stored, at time - offset
  int64_t limit = 0;                    ///< 0: none
  const RuleQuery& query;
  const TemplateSurroundings& surroundings;
  uint64_t& template_failures;
};

using EvaluatedVector = Result<std::vector<VectorSample>>;

class Rule {
 public:
  explicit Rule(RuleSpec spec) : spec_(std::move(spec)) {}
  virtual ~Rule() = default;
  /// The samples to store at time - offset. Errors are sentences for people.
  virtual EvaluatedVector evaluate(const Evaluation& evaluation) = 0;

  const RuleSpec& spec() const { return spec_; }
  RuleStatus status;
  std::vector<signals::Labels> series;  ///< stored at the newest good evaluation, sorted: those that vanish get a staleness marker

 private:
  const RuleSpec spec_;
};

class RecordingRule final : public Rule {
 public:
  using Rule::Rule;
  EvaluatedVector evaluate(const Evaluation& evaluation) override;
};

class AlertingRule final : public Rule {
 public:
  /// `restored`: there is no earlier state to look for, so ALERTS is written from the first evaluation on.
  AlertingRule(RuleSpec spec, bool restored);
  EvaluatedVector evaluate(const Evaluation& evaluation) override;

  /// Those that must be sent now; notes that they were.
  std::vector<Alert> take_due(TimeMs time, std::chrono::milliseconds resend_delay, std::chrono::milliseconds interval);
  /// Takes over the alerts of the same rule before a reload.
  void adopt(const AlertingRule& before) { alerts_ = before.alerts_; }
  /// Moves the begin of active alerts back to what ALERTS_FOR_STATE tells of the time before a restart (as Prometheus's
  /// Group.RestoreForState): pending time already spent counts, the time down does not, and at least `grace` passes before one fires.
  void restore(const signals::MetricSource& source, TimeMs now, std::chrono::milliseconds outage_max, std::chrono::milliseconds grace);
  bool restored() const { return restored_; }

  AlertState state() const;
  /// Pending and firing ones, in the order of their labels.
  std::vector<Alert> active() const;

 private:
  using Alerts = std::map<signals::Labels, Alert>;
  Result<Alerts> found(const Evaluation& evaluation);
  /// Steps the state of one alert; false when it does not count as active.
  bool step(Alert& alert, bool holds, TimeMs time) const;

  std::vector<std::pair<std::string, AlertTemplate>> label_templates_;
  std::vector<std::pair<std::string, AlertTemplate>> annotation_templates_;
  Alerts alerts_;
  bool restored_;
};

/// A rule of a file that was read without problems.
std::unique_ptr<Rule> make_rule(const RuleSpec& spec, bool restored);

}  // namespace monitorai::judge
