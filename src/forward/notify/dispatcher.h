#pragma once
// Decides who is told what, and when: alerts come in, are grouped by the routes, held back by silences, inhibitions and time intervals, and
// leave as deliveries; what each receiver heard is remembered, so that nobody is told twice. The rules are Alertmanager's
// (prometheus.io/docs/alerting/latest/configuration), with three differences: a delivery that cannot be made is tried again until it is
// superseded, not until the group's next turn; an alert that began and ended while its receiver was away is told as resolved; and an
// alert that somebody acknowledged is not repeated. Knows no thread and no socket: the notifier and tests drive it. Thread: one at a time.

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <span>

#include "forward/notify/config.h"
#include "forward/notify/journal.h"

namespace monitorai::forward {

inline constexpr size_t kAlertsMax = 100'000;
inline constexpr size_t kGroupsMax = 50'000;
/// Tries in flight to one receiver: others must not wait behind one that does not answer.
inline constexpr size_t kTriesAReceiverMax = 2;
inline constexpr std::chrono::milliseconds kFirstBackoff{1'000};
inline constexpr std::chrono::milliseconds kBackoffMax{60'000};
/// A receiver that asks for more waits no longer.
inline constexpr std::chrono::milliseconds kRetryAfterMax{3'600'000};
/// An alert that nobody ended goes on for at least this long after a restart, so that whoever tells of it can do so again.
inline constexpr std::chrono::milliseconds kRestartGrace{300'000};

/// A configuration in force.
struct NotifySetup {
  NotifySetup(NotifyConfig c, std::string url) : config(std::move(c)), templates(config.templates), external_url(std::move(url)) {}
  const NotifyConfig config;
  const TemplateSet templates;
  const std::string external_url;  ///< of our pages, without a slash at its end
};

/// One try to make.
struct DeliveryJob {
  Delivery delivery;
  std::shared_ptr<const NotifySetup> setup;
  const Integration* integration = nullptr;  ///< of the setup
};

/// How a try went. An error of Code::invalid ends the delivery, any other is tried again.
struct TryOutcome {
  Result<void> result;
  std::chrono::milliseconds retry_after{0};  ///< what the receiver asked for
  uint64_t template_failures = 0;
};

struct KindCounts {
  uint64_t sent = 0;
  uint64_t failed_tries = 0;
  uint64_t failed = 0;  ///< given up: refused for good
};

struct DispatchCounts {
  uint64_t alerts_received = 0;
  uint64_t alerts_rejected = 0;  ///< over kAlertsMax or kGroupsMax
  uint64_t suppressed = 0;       ///< alerts held back at a group's turn
  uint64_t superseded = 0;
  uint64_t dropped = 0;
  uint64_t template_failures = 0;
  uint64_t journal_failures = 0;
  uint64_t damaged_rows = 0;
  std::map<std::string, KindCounts> kinds;
};

/// An alert as others see it.
struct AlertStatus {
  Alert alert;
  std::vector<std::string> silenced_by;
  std::vector<uint64_t> inhibited_by;
  std::vector<std::string> receivers;
  std::optional<Acknowledgement> acknowledged;
  bool suppressed() const { return !silenced_by.empty() || !inhibited_by.empty(); }
};
struct GroupStatus {
  signals::Labels labels;
  std::string receiver;
  std::vector<AlertStatus> alerts;
};

/// Alertmanager's order: by job, then instance, then all labels.
bool comes_before(const signals::Labels& a, const signals::Labels& b);

class Dispatcher {
 public:
  /// Goes on with what the journal holds. The journal outlives it.
  Dispatcher(Journal& journal, Journal::Content content, std::shared_ptr<const NotifySetup> setup, TimeMs now);

  void configure(std::shared_ptr<const NotifySetup> setup, TimeMs now);
  const NotifySetup& setup() const { return *setup_; }

  /// Takes alerts whose times are complete (see complete()).
  void put(std::span<const Alert> alerts, TimeMs now);
  /// Alertmanager's defaults: an absent begin (0) is now, an absent end (0) is resolve_timeout from now on.
  Alert complete(Alert alert, TimeMs now) const;

  /// When something is due next: a group's turn, a try, upkeep.
  TimeMs due() const;
  /// Times before those of the last call mean a clock that was set back: what is due then is as far away as it was.
  void run_due(TimeMs now);
  /// A try that is due, which then is in flight until finish().
  std::optional<DeliveryJob> take(TimeMs now);
  void finish(const DeliveryJob& job, const TryOutcome& outcome, TimeMs now);

  /// Makes a silence ("" as id) or changes one; the id. Code::not_found, invalid, exhausted.
  Result<std::string> put_silence(Silence silence, TimeMs now);
  /// Ends it now. Code::not_found; invalid when it has ended.
  Result<void> expire_silence(const std::string& id, TimeMs now);
  const std::map<std::string, Silence>& silences() const { return silences_; }
  /// Code::not_found when no such alert fires.
  Result<void> acknowledge(uint64_t fingerprint, Acknowledgement acknowledgement, TimeMs now);
  Result<void> unacknowledge(uint64_t fingerprint);

  /// Those that fire, by their labels.
  std::vector<AlertStatus> alerts(TimeMs now) const;
  std::vector<GroupStatus> groups(TimeMs now) const;
  const DispatchCounts& counts() const { return counts_; }
  size_t waiting() const { return waiting_.size(); }
  size_t alerts_known() const { return alerts_.size(); }
  size_t groups_known() const { return groups_.size(); }

 private:
  struct Group {
    const Route* route = nullptr;
    signals::Labels labels;
    std::string key;
    std::map<uint64_t, Alert> alerts;
    TimeMs due;
    bool flushed = false;
    bool again = false;  ///< a turn was put off because a try was in flight
  };
  struct Waiting {
    Delivery delivery;
    bool in_flight = false;
  };
  struct Sets {
    std::set<uint64_t> firing, resolved;
  };
  /// Makes a change, in memory and, as one transaction, in the journal.
  void write(const std::function<void()>& change);
  /// What the journal cannot take is lost at the next restart alone: it is counted and said, and all goes on.
  void journal(const Result<void>& result);
  void rebuild_groups(TimeMs now);
  void follow_clock(TimeMs now);
  void insert(const Alert& alert, uint64_t id, TimeMs now);
  void flush(Group& group, const Inhibitions& inhibitions, TimeMs now);
  std::vector<Alert> unmuted(const Group& group, const Inhibitions& inhibitions, TimeMs now);
  bool muted_by_time(const Route& route, TimeMs now) const;
  /// Whether the integration is up to date (or has nothing to hear).
  bool tell(Group& group, const Integration& integration, const std::vector<Alert>& alerts, TimeMs now);
  bool needs_telling(const Heard* heard, const Sets& now_sets, const Integration& integration, const Route& route, TimeMs now) const;
  void end(std::map<std::string, Waiting>::iterator waiting, DeliveryState state, std::string why, TimeMs now);
  bool has_waiting(const Group& group) const;
  static void forget_resolved(Group& group, TimeMs as_of);
  std::vector<std::string> silenced_by(const signals::Labels& labels, TimeMs now) const;
  AlertStatus status_of(const Alert& alert, uint64_t id, const Inhibitions& inhibitions, TimeMs now) const;
  const Integration* integration_of(const Addressee& to) const;
  void keep_house(TimeMs now);
  static Sets sets_of(std::span<const Alert> alerts, TimeMs time);

  Journal& journal_;
  std::shared_ptr<const NotifySetup> setup_;
  std::map<uint64_t, Alert> alerts_;
  std::map<std::pair<size_t, signals::Labels>, Group> groups_;  ///< by the route's number
  std::map<std::string, Silence> silences_;
  std::map<uint64_t, Acknowledgement> acknowledgements_;
  std::map<std::string, Heard> heard_;       ///< by heard_key()
  std::map<std::string, Waiting> waiting_;   ///< likewise
  std::map<std::string, size_t> in_flight_;  ///< by receiver
  int64_t newest_id_ = 0;
  TimeMs upkeep_due_;
  TimeMs newest_;  ///< of run_due() and put()
  DispatchCounts counts_;
};

}  // namespace monitorai::forward
