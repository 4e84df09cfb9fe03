// Alerts into groups, and groups at their turns.

#include "forward/notify/dispatcher.h"

#include <algorithm>

#include "base/log.h"
#include "base/text.h"

namespace monitorai::forward {
namespace {

constexpr std::chrono::milliseconds kUpkeepEvery{30'000};
constexpr std::chrono::hours kHeardRetention{120};

bool labels_before(const signals::Labels& a, const signals::Labels& b) {
  if (a.size() != b.size()) return a.size() < b.size();
  return a < b;
}

}  // namespace

bool comes_before(const signals::Labels& a, const signals::Labels& b) {
  for (const std::string_view name : {"job", "instance"}) {
    const std::string_view va = a.value(name), vb = b.value(name);
    if (va == vb) continue;
    if (va.empty() || vb.empty()) return vb.empty();
    return va < vb;
  }
  return labels_before(a, b);
}

Dispatcher::Dispatcher(Journal& journal, Journal::Content content, std::shared_ptr<const NotifySetup> setup, TimeMs now)
    : journal_(journal), setup_(std::move(setup)), upkeep_due_(now + kUpkeepEvery), newest_(now) {
  counts_.damaged_rows = content.damaged;
  for (Alert& alert : content.alerts) {
    const bool ended = alert.ends_at <= alert.updated_at;
    if (!ended) alert.ends_at = std::max(alert.ends_at, now + kRestartGrace);
    const uint64_t id = fingerprint(alert.labels);
    alerts_.insert_or_assign(id, std::move(alert));
  }
  for (Silence& silence : content.silences) silences_.insert_or_assign(silence.id, silence);
  acknowledgements_ = std::move(content.acknowledgements);
  heard_ = std::move(content.heard);
  // The clock may have been set back since.
  for (auto& [key, heard] : heard_) heard.at = std::min(heard.at, now);
  if (const auto newest = journal_.newest_delivery()) newest_id_ = *newest;
  for (Delivery& delivery : content.waiting) {
    delivery.notification.external_url = setup_->external_url;
    delivery.next_try = std::min(delivery.next_try, now + kRetryAfterMax);
    const std::string key = heard_key(delivery.notification.group_key, delivery.to);
    waiting_.insert_or_assign(key, Waiting{std::move(delivery)});
  }
  configure(setup_, now);
}

void Dispatcher::journal(const Result<void>& result) {
  if (result) return;
  if (counts_.journal_failures++ == 0)
    log::error("the journal of alerts cannot be written: a restart would forget what changes now", {{"error", result.error().message}});
}

void Dispatcher::write(const std::function<void()>& change) {
  const auto begun = journal_.begin();
  journal(begun);
  change();
  if (!begun) return;
  const auto committed = journal_.commit();
  if (!committed) journal_.roll_back();
  journal(committed);
}

void Dispatcher::configure(std::shared_ptr<const NotifySetup> setup, TimeMs now) {
  setup_ = std::move(setup);
  std::vector<std::string> gone;
  for (const auto& [key, waiting] : waiting_)
    if (integration_of(waiting.delivery.to) == nullptr) gone.push_back(key);
  for (const std::string& key : gone) {
    ++counts_.dropped;
    end(waiting_.find(key), DeliveryState::dropped, "its receiver is no longer configured", now);
  }
  rebuild_groups(now);
}

const Integration* Dispatcher::integration_of(const Addressee& to) const {
  const Receiver* receiver = setup_->config.receiver(to.receiver);
  if (receiver == nullptr) return nullptr;
  for (const Integration& one : receiver->integrations)
    if (one.kind == to.kind && one.number == to.number) return &one;
  return nullptr;
}

void Dispatcher::rebuild_groups(TimeMs now) {
  groups_.clear();
  for (const auto& [id, alert] : alerts_) insert(alert, id, now);
}

Alert Dispatcher::complete(Alert alert, TimeMs now) const {
  alert.updated_at = now;
  if (alert.starts_at.ms == 0) alert.starts_at = alert.ends_at.ms == 0 || alert.ends_at > now ? now : alert.ends_at;
  alert.timeout = alert.ends_at.ms == 0;
  if (alert.timeout) alert.ends_at = now + setup_->config.resolve_timeout;
  return alert;
}

void Dispatcher::put(std::span<const Alert> alerts, TimeMs now) {
  if (alerts.empty()) return;
  follow_clock(now);
  write([&] {
    for (const Alert& told : alerts) {
      ++counts_.alerts_received;
      const uint64_t id = fingerprint(told.labels);
      const auto known = alerts_.find(id);
      if (known == alerts_.end() && alerts_.size() >= kAlertsMax) {
        ++counts_.alerts_rejected;
        continue;
      }
      Alert alert = known == alerts_.end() ? told : merged(known->second, told, now);
      journal(journal_.put_alert(alert));
      insert(alert, id, now);
      alerts_.insert_or_assign(id, std::move(alert));
    }
  });
}

void Dispatcher::insert(const Alert& alert, uint64_t id, TimeMs now) {
  std::vector<const Route*> routes;
  setup_->config.route.find(alert.labels, routes);
  for (const Route* route : routes) {
    std::pair place{route->number, route->group_of(alert.labels)};
    auto found = groups_.find(place);
    if (found == groups_.end()) {
      if (groups_.size() >= kGroupsMax) {
        ++counts_.alerts_rejected;
        continue;
      }
      Group group{.route = route,
                  .labels = place.second,
                  .key = route->key + ":" + labels_text(place.second),
                  .alerts = {},
                  .due = now + route->group_wait};
      found = groups_.emplace(std::move(place), std::move(group)).first;
    }
    Group& group = found->second;
    group.alerts.insert_or_assign(id, alert);
    if (!group.flushed && alert.starts_at + route->group_wait < now) group.due = std::min(group.due, now);
  }
}

TimeMs Dispatcher::due() const {
  TimeMs out = upkeep_due_;
  for (const auto& [place, group] : groups_) out = std::min(out, group.due);
  for (const auto& [key, waiting] : waiting_) {
    if (waiting.in_flight) continue;
    const auto busy = in_flight_.find(waiting.delivery.to.receiver);
    if (busy == in_flight_.end() || busy->second < kTriesAReceiverMax) out = std::min(out, waiting.delivery.next_try);
  }
  return out;
}

void Dispatcher::follow_clock(TimeMs now) {
  const auto back = newest_ - now;
  newest_ = now;
  if (back <= std::chrono::milliseconds(0)) return;
  for (auto& [place, group] : groups_) group.due = group.due - back;
  for (auto& [key, waiting] : waiting_) waiting.delivery.next_try = waiting.delivery.next_try - back;
  for (auto& [key, heard] : heard_) heard.at = std::min(heard.at, now);
  upkeep_due_ = upkeep_due_ - back;
  // What had ended has not begun again.
  const auto end = [&](Alert& alert) {
    if (alert.ends_at > now && alert.ends_at <= now + back) alert.ends_at = now;
  };
  for (auto& [id, alert] : alerts_) end(alert);
  for (auto& [place, group] : groups_)
    for (auto& [id, alert] : group.alerts) end(alert);
}

void Dispatcher::run_due(TimeMs now) {
  follow_clock(now);
  const bool any = std::any_of(groups_.begin(), groups_.end(), [&](const auto& one) { return one.second.due <= now; });
  if (any) {
    const Inhibitions inhibitions(setup_->config.inhibit_rules, alerts_, now);
    write([&] {
      for (auto& [place, group] : groups_)
        if (group.due <= now) flush(group, inhibitions, now);
    });
  }
  if (upkeep_due_ <= now) keep_house(now);
}

void Dispatcher::flush(Group& group, const Inhibitions& inhibitions, TimeMs now) {
  group.flushed = true;
  group.again = false;
  group.due = group.due + group.route->group_interval;
  if (group.due <= now) group.due = now + group.route->group_interval;
  const Receiver* receiver = setup_->config.receiver(group.route->receiver);
  if (receiver == nullptr || group.alerts.empty()) return;
  const std::vector<Alert> left = unmuted(group, inhibitions, now);
  bool all_told = true;
  for (const Integration& integration : receiver->integrations) all_told &= tell(group, integration, left, now);
  if (all_told) forget_resolved(group, now);
}

std::vector<Alert> Dispatcher::unmuted(const Group& group, const Inhibitions& inhibitions, TimeMs now) {
  std::vector<Alert> out;
  if (muted_by_time(*group.route, now)) {
    counts_.suppressed += group.alerts.size();
    return out;
  }
  for (const auto& [id, alert] : group.alerts) {
    if (!inhibitions.inhibitors(alert.labels).empty() || !silenced_by(alert.labels, now).empty())
      ++counts_.suppressed;
    else
      out.push_back(alert);
  }
  std::sort(out.begin(), out.end(), [](const Alert& a, const Alert& b) { return comes_before(a.labels, b.labels); });
  return out;
}

bool Dispatcher::muted_by_time(const Route& route, TimeMs now) const {
  const auto within = [&](const std::vector<std::string>& names) {
    for (const std::string& name : names) {
      const auto found = setup_->config.time_intervals.find(name);
      if (found == setup_->config.time_intervals.end()) continue;
      if (std::any_of(found->second.begin(), found->second.end(), [&](const TimeInterval& one) { return one.contains(now); })) return true;
    }
    return false;
  };
  return within(route.mute_time_intervals) || (!route.active_time_intervals.empty() && !within(route.active_time_intervals));
}

void Dispatcher::forget_resolved(Group& group, TimeMs as_of) {
  std::erase_if(group.alerts, [&](const auto& one) { return one.second.resolved(as_of); });
}

void Dispatcher::keep_house(TimeMs now) {
  upkeep_due_ = now + kUpkeepEvery;
  std::erase_if(groups_, [&](const auto& one) { return one.second.alerts.empty() && !has_waiting(one.second); });
  std::set<uint64_t> held;
  std::set<std::string, std::less<>> live;
  for (const auto& [place, group] : groups_) {
    for (const auto& [id, alert] : group.alerts) held.insert(id);
    live.insert(group.key);
  }
  write([&] {
    for (auto at = alerts_.begin(); at != alerts_.end();) {
      const bool gone = at->second.resolved(now) && !held.contains(at->first);
      if (gone) journal(journal_.remove_alert(at->first));
      at = gone ? alerts_.erase(at) : std::next(at);
    }
    for (auto at = acknowledgements_.begin(); at != acknowledgements_.end();) {
      const auto alert = alerts_.find(at->first);
      const bool over = alert == alerts_.end() || alert->second.resolved(now) || alert->second.starts_at > at->second.at;
      if (over) journal(journal_.remove_acknowledgement(at->first));
      at = over ? acknowledgements_.erase(at) : std::next(at);
    }
    for (auto at = silences_.begin(); at != silences_.end();) {
      const bool over = at->second.ends_at + kSilenceRetention < now;
      if (over) journal(journal_.remove_silence(at->first));
      at = over ? silences_.erase(at) : std::next(at);
    }
    for (auto at = heard_.begin(); at != heard_.end();) {
      const std::string_view key = at->first;
      const bool over = at->second.at + kHeardRetention < now && !live.contains(key.substr(0, key.rfind("}:") + 1));
      if (over) journal(journal_.remove_heard(at->first));
      at = over ? heard_.erase(at) : std::next(at);
    }
    journal(journal_.prune_deliveries());
  });
}

}  // namespace monitorai::forward
