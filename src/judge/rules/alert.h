#pragma once
// An alert: one label set of an alerting rule, with its state and what happened to it when.

#include <chrono>
#include <functional>
#include <optional>
#include <span>
#include <string>

#include "base/clock.h"
#include "judge/rules/rule_file.h"
#include "signals/labels.h"

namespace monitorai::judge {

/// In rising order: the state of a rule is that of its worst alert, unknown before its first evaluation.
enum class AlertState { unknown, inactive, pending, firing };
std::string_view state_name(AlertState state);

struct Alert {
  AlertState state = AlertState::pending;
  signals::Labels labels;  ///< its identity, `alertname` among them
  TextMap annotations;
  double value = 0;  ///< of the expression, at the last evaluation that had it
  TimeMs active_at;  ///< since when the expression holds
  std::optional<TimeMs> fired_at;
  std::optional<TimeMs> resolved_at;        ///< set: it fired and does so no more
  std::optional<TimeMs> keep_firing_since;  ///< since when only keep_firing_for holds it
  std::optional<TimeMs> last_sent_at;
  std::optional<TimeMs> valid_until;  ///< a receiver that hears nothing until then may take it as resolved
  std::string query;                  ///< the rule's expression; set in alerts that are sent
};

/// Takes the alerts that a rule has to tell at one evaluation: those that began to fire, those that ended, and again those that fire or
/// have ended lately and were not sent for the resend delay. Thread: rules; must not block.
using Notify = std::function<void(std::span<const Alert>)>;

/// How long an ended alert is kept, and so sent again.
inline constexpr std::chrono::minutes kResolvedRetention{15};

/// Whether a receiver has to hear of an alert at this time.
bool needs_sending(const Alert& alert, TimeMs time, std::chrono::milliseconds resend_delay);

}  // namespace monitorai::judge
