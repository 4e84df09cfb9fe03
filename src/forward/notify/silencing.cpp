// Silences, acknowledgements, and what others see of alerts.

#include <algorithm>

#include "base/text.h"
#include "forward/notify/dispatcher.h"

namespace monitorai::forward {

Result<std::string> Dispatcher::put_silence(Silence silence, TimeMs now) {
  silence.updated_at = now;
  if (silence.starts_at < now) {
    const auto known = silences_.find(silence.id);
    if (known == silences_.end() || known->second.starts_at != silence.starts_at) silence.starts_at = now;
  }
  if (const std::string wrong = silence_problem(silence, now); !wrong.empty())
    return Error{Code::invalid, fmt::format("cannot keep the silence: {}", wrong)};
  std::optional<Silence> ended;
  if (!silence.id.empty()) {
    const auto known = silences_.find(silence.id);
    if (known == silences_.end()) return Error{Code::not_found, fmt::format("there is no silence {}", silence.id)};
    if (!may_replace(known->second, silence, now)) {
      if (known->second.state(now) != "expired") {
        ended = known->second;
        if (now < ended->starts_at) ended->starts_at = now;
        ended->ends_at = now;
        ended->updated_at = now;
      }
      silence.id.clear();
    }
  }
  if (silence.id.empty()) {
    if (silences_.size() >= kSilencesMax) return Error{Code::exhausted, fmt::format("cannot keep the silence: {} are kept already", silences_.size())};
    silence.id = new_silence_id();
  }
  write([&] {
    if (ended) journal(journal_.put_silence(*ended));
    journal(journal_.put_silence(silence));
  });
  if (ended) silences_.insert_or_assign(ended->id, *ended);
  std::string id = silence.id;
  silences_.insert_or_assign(id, std::move(silence));
  return id;
}

Result<void> Dispatcher::expire_silence(const std::string& id, TimeMs now) {
  const auto known = silences_.find(id);
  if (known == silences_.end()) return Error{Code::not_found, fmt::format("there is no silence {}", id)};
  Silence& silence = known->second;
  if (silence.state(now) == "expired") return Error{Code::invalid, fmt::format("cannot end silence {}: it has ended already", id)};
  if (now < silence.starts_at) silence.starts_at = now;
  silence.ends_at = now;
  silence.updated_at = now;
  write([&] { journal(journal_.put_silence(silence)); });
  return {};
}

Result<void> Dispatcher::acknowledge(uint64_t id, Acknowledgement acknowledgement, TimeMs now) {
  const auto alert = alerts_.find(id);
  if (alert == alerts_.end() || alert->second.resolved(now))
    return Error{Code::not_found, fmt::format("no alert {} fires", fingerprint_text(id))};
  acknowledgement.at = now;
  write([&] { journal(journal_.put_acknowledgement(id, acknowledgement)); });
  acknowledgements_.insert_or_assign(id, std::move(acknowledgement));
  return {};
}

Result<void> Dispatcher::unacknowledge(uint64_t id) {
  if (acknowledgements_.erase(id) == 0) return Error{Code::not_found, fmt::format("alert {} is not acknowledged", fingerprint_text(id))};
  write([&] { journal(journal_.remove_acknowledgement(id)); });
  return {};
}

std::vector<std::string> Dispatcher::silenced_by(const signals::Labels& labels, TimeMs now) const {
  std::vector<std::string> out;
  for (const auto& [id, silence] : silences_)
    if (silence.active(now) && all_match(silence.matchers, labels)) out.push_back(id);
  return out;
}

AlertStatus Dispatcher::status_of(const Alert& alert, uint64_t id, const Inhibitions& inhibitions, TimeMs now) const {
  AlertStatus out{.alert = alert, .silenced_by = silenced_by(alert.labels, now), .inhibited_by = inhibitions.inhibitors(alert.labels), .receivers = {}};
  std::vector<const Route*> routes;
  setup_->config.route.find(alert.labels, routes);
  for (const Route* route : routes)
    if (std::find(out.receivers.begin(), out.receivers.end(), route->receiver) == out.receivers.end()) out.receivers.push_back(route->receiver);
  if (const auto found = acknowledgements_.find(id); found != acknowledgements_.end()) out.acknowledged = found->second;
  return out;
}

std::vector<AlertStatus> Dispatcher::alerts(TimeMs now) const {
  const Inhibitions inhibitions(setup_->config.inhibit_rules, alerts_, now);
  std::vector<AlertStatus> out;
  for (const auto& [id, alert] : alerts_)
    if (!alert.resolved(now)) out.push_back(status_of(alert, id, inhibitions, now));
  std::sort(out.begin(), out.end(), [](const AlertStatus& a, const AlertStatus& b) {
    return fingerprint(a.alert.labels) < fingerprint(b.alert.labels);
  });
  return out;
}

std::vector<GroupStatus> Dispatcher::groups(TimeMs now) const {
  const Inhibitions inhibitions(setup_->config.inhibit_rules, alerts_, now);
  std::vector<GroupStatus> out;
  for (const auto& [place, group] : groups_) {
    GroupStatus one{.labels = group.labels, .receiver = group.route->receiver, .alerts = {}};
    for (const auto& [id, alert] : group.alerts)
      if (!alert.resolved(now)) one.alerts.push_back(status_of(alert, id, inhibitions, now));
    if (!one.alerts.empty()) out.push_back(std::move(one));
  }
  std::sort(out.begin(), out.end(), [](const GroupStatus& a, const GroupStatus& b) {
    return a.labels == b.labels ? a.receiver < b.receiver : a.labels < b.labels;
  });
  return out;
}

}  // namespace monitorai::forward
