// What each receiver is told: deliveries made, tried, and ended.

#include <algorithm>

#include "base/log.h"
#include "base/text.h"
#include "forward/notify/dispatcher.h"

namespace monitorai::forward {
namespace {

bool subset(const std::set<uint64_t>& of, const std::set<uint64_t>& inner) {
  return std::includes(of.begin(), of.end(), inner.begin(), inner.end());
}

/// Doubles from try to try; a quarter of it depends on the delivery, so that many do not come back at once.
std::chrono::milliseconds backoff(uint64_t tries, int64_t id) {
  const auto doubled = std::min(kBackoffMax, kFirstBackoff * (int64_t{1} << std::min<uint64_t>(tries - 1, 10)));
  const auto spread = static_cast<uint64_t>(id) * 0x9e3779b97f4a7c15u >> 54;  // 0 to 1023
  return doubled - doubled * static_cast<int64_t>(spread) / 4096;
}

}  // namespace

Dispatcher::Sets Dispatcher::sets_of(std::span<const Alert> alerts, TimeMs time) {
  Sets out;
  for (const Alert& alert : alerts) (alert.resolved(time) ? out.resolved : out.firing).insert(fingerprint(alert.labels));
  return out;
}

bool Dispatcher::needs_telling(const Heard* heard, const Sets& sets, const Integration& integration, const Route& route, TimeMs now) const {
  if (heard == nullptr) return !sets.firing.empty();
  if (!subset(heard->firing, sets.firing)) return true;
  // The end of all is told whatever send_resolved says: what is left of the message then is for tell() to decide.
  if (sets.firing.empty()) return !heard->firing.empty();
  if (integration.send_resolved && !subset(heard->resolved, sets.resolved)) return true;
  const bool looked_after =
      std::all_of(sets.firing.begin(), sets.firing.end(), [&](uint64_t id) { return acknowledgements_.contains(id); });
  return !looked_after && heard->at + route.repeat_interval <= now;
}

bool Dispatcher::tell(Group& group, const Integration& integration, const std::vector<Alert>& alerts, TimeMs now) {
  const Addressee to{group.route->receiver, integration.kind, integration.number};
  const std::string key = heard_key(group.key, to);
  const auto waiting = waiting_.find(key);
  const bool pending = waiting != waiting_.end();
  if (pending && waiting->second.in_flight) {
    group.again = true;
    return false;
  }
  if (alerts.empty()) {
    if (pending) end(waiting, DeliveryState::superseded, "its alerts were silenced, inhibited or muted meanwhile", now);
    return true;
  }
  const auto found = heard_.find(key);
  const Heard* heard = found == heard_.end() ? nullptr : &found->second;
  const Sets sets = sets_of(alerts, now);
  // Nobody heard that it fired, and now it does no more.
  const bool unheard_end =
      pending && sets.firing.empty() && (heard == nullptr || heard->firing.empty()) && !sets.resolved.empty();
  if (!unheard_end && !needs_telling(heard, sets, integration, *group.route, now)) {
    if (pending) end(waiting, DeliveryState::superseded, "the receiver knows all again", now);
    return true;
  }
  std::vector<Alert> told = alerts;
  if (!integration.send_resolved && !unheard_end) std::erase_if(told, [&](const Alert& alert) { return alert.resolved(now); });
  if (told.empty()) {
    if (pending) end(waiting, DeliveryState::superseded, "its alerts have ended", now);
    const Heard nothing{now, sets.firing, sets.resolved};
    heard_.insert_or_assign(key, nothing);
    journal(journal_.put_heard(key, nothing));
    return true;
  }
  Delivery delivery{.id = newest_id_ + 1, .to = to, .notification = {}, .created = now, .updated = now, .next_try = now};
  if (pending) {
    const Notification& before = waiting->second.delivery.notification;
    const Sets earlier = sets_of(before.alerts, before.time), later = sets_of(told, now);
    if (earlier.firing == later.firing && earlier.resolved == later.resolved) return false;
    // The newer one takes its place in the row: a receiver that is away is not asked more often because alerts change.
    delivery.next_try = waiting->second.delivery.next_try;
    delivery.tries = waiting->second.delivery.tries;
    delivery.error = waiting->second.delivery.error;
    end(waiting, DeliveryState::superseded, "a newer notification of the group tells more", now);
  }
  ++newest_id_;
  delivery.notification = {.receiver = to.receiver,
                           .group_key = group.key,
                           .group_labels = group.labels,
                           .external_url = setup_->external_url,
                           .alerts = std::move(told),
                           .time = now};
  journal(journal_.put_delivery(delivery));
  waiting_.insert_or_assign(key, Waiting{std::move(delivery)});
  return false;
}

void Dispatcher::end(std::map<std::string, Waiting>::iterator waiting, DeliveryState state, std::string why, TimeMs now) {
  Delivery& delivery = waiting->second.delivery;
  delivery.state = state;
  delivery.updated = now;
  delivery.error = std::move(why);
  if (state == DeliveryState::superseded) ++counts_.superseded;
  journal(journal_.update_delivery(delivery));
  waiting_.erase(waiting);
}

bool Dispatcher::has_waiting(const Group& group) const {
  const auto at = waiting_.lower_bound(group.key + ":");
  return at != waiting_.end() && at->first.starts_with(group.key + ":");
}

std::optional<DeliveryJob> Dispatcher::take(TimeMs now) {
  Waiting* next = nullptr;
  for (auto& [key, waiting] : waiting_) {
    if (waiting.in_flight || waiting.delivery.next_try > now) continue;
    if (next != nullptr && next->delivery.next_try <= waiting.delivery.next_try) continue;
    const auto busy = in_flight_.find(waiting.delivery.to.receiver);
    if (busy == in_flight_.end() || busy->second < kTriesAReceiverMax) next = &waiting;
  }
  if (next == nullptr) return std::nullopt;
  next->in_flight = true;
  ++in_flight_[next->delivery.to.receiver];
  return DeliveryJob{next->delivery, setup_, integration_of(next->delivery.to)};
}

void Dispatcher::finish(const DeliveryJob& job, const TryOutcome& outcome, TimeMs now) {
  if (const auto busy = in_flight_.find(job.delivery.to.receiver); busy != in_flight_.end() && --busy->second == 0) in_flight_.erase(busy);
  counts_.template_failures += outcome.template_failures;
  KindCounts& counts = counts_.kinds[job.delivery.to.kind];
  outcome.result ? ++counts.sent : ++counts.failed_tries;
  const std::string key = heard_key(job.delivery.notification.group_key, job.delivery.to);
  const auto waiting = waiting_.find(key);
  // A reload may have dropped it meanwhile.
  if (waiting == waiting_.end() || waiting->second.delivery.id != job.delivery.id) return;
  waiting->second.in_flight = false;
  Delivery& delivery = waiting->second.delivery;
  ++delivery.tries;
  delivery.updated = now;
  const Notification told = delivery.notification;
  write([&] {
    if (outcome.result) {
      const Sets sets = sets_of(told.alerts, told.time);
      const Heard heard{told.time, sets.firing, sets.resolved};
      heard_.insert_or_assign(key, heard);
      journal(journal_.put_heard(key, heard));
      end(waiting, DeliveryState::sent, "", now);
      return;
    }
    const Error& error = outcome.result.error();
    if (error.code == Code::invalid) {
      ++counts.failed;
      log::warn("a notification was refused", {{"receiver", job.delivery.to.text()}, {"error", error.message}});
      end(waiting, DeliveryState::failed, error.message, now);
      return;
    }
    if (delivery.tries == 1) log::warn("a notification has to wait", {{"receiver", job.delivery.to.text()}, {"error", error.message}});
    delivery.error = error.message;
    delivery.next_try = now + std::max(backoff(delivery.tries, delivery.id), std::min(outcome.retry_after, kRetryAfterMax));
    journal(journal_.update_delivery(delivery));
  });
  for (auto& [place, group] : groups_) {
    if (group.key != told.group_key || group.route->receiver != job.delivery.to.receiver) continue;
    if (group.again) group.due = std::min(group.due, now);
    if (outcome.result && !has_waiting(group)) forget_resolved(group, told.time);
  }
}

}  // namespace monitorai::forward
