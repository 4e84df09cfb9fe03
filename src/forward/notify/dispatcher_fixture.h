#pragma once
// For tests: a dispatcher over a journal in a folder of its own, a clock that stands still, and receivers that note what they are told.

#include <gtest/gtest.h>

#include "base/files.h"
#include "forward/notify/dispatcher.h"

namespace monitorai::forward {

/// What one receiver was told, in short: "10s slack: 2 firing, 1 resolved".
struct Told {
  TimeMs at;
  std::string to;
  std::vector<std::string> firing, resolved;  ///< names of alerts
  bool operator==(const Told&) const = default;
};

class Scene {
 public:
  explicit Scene(const std::string& config) : config_(config) { start(); }

  static NotifyConfig read(const std::string& text) {
    ReadNotifyConfig read = read_notify_config(text, "alertmanager.yml");
    for (const auto& problem : read.problems) ADD_FAILURE() << problem.line();
    return std::move(read.config);
  }
  std::shared_ptr<const NotifySetup> setup() const { return std::make_shared<const NotifySetup>(read(config_), "http://us"); }
  void start() {
    dispatcher.reset();
    journal.reset();
    auto opened = Journal::open(folder_.path() / "alerts.db");
    if (!opened) FAIL() << opened.error().message;
    journal = std::make_unique<Journal>(std::move(*opened));
    auto content = journal->read();
    if (!content) FAIL() << content.error().message;
    dispatcher = std::make_unique<Dispatcher>(*journal, std::move(*content), setup(), now);
  }
  /// As after a crash: nothing is said to the old one.
  void restart() { start(); }
  void configure(const std::string& config) {
    config_ = config;
    dispatcher->configure(setup(), now);
  }

  void fire(signals::Labels labels, std::chrono::milliseconds lasts = std::chrono::hours(1)) {
    send(std::move(labels), now + lasts);
  }
  void resolve(signals::Labels labels) { send(std::move(labels), now); }

  /// Runs up to and with this time, answering tries by `answer`.
  void run_to(std::chrono::milliseconds since_start) {
    const TimeMs end = start_ + since_start;
    for (;;) {
      dispatcher->run_due(now);
      while (auto job = dispatcher->take(now)) {
        const TryOutcome outcome = answer ? answer(*job) : TryOutcome{};
        if (outcome.result) note(*job);
        ++tries;
        dispatcher->finish(*job, outcome, now);
      }
      const TimeMs next = dispatcher->due();
      if (next > end) break;
      now = std::max(next, now + std::chrono::milliseconds(1));
    }
    now = end;
  }
  std::vector<Told> take() { return std::exchange(told, {}); }
  /// "30s default: A,B | -C" for each.
  std::vector<std::string> lines() {
    std::vector<std::string> out;
    for (const Told& one : take()) {
      std::string line = fmt::format("{}s {}:", (one.at - start_).count() / 1000, one.to);
      for (const std::string& name : one.firing) line += " " + name;
      for (const std::string& name : one.resolved) line += " -" + name;
      out.push_back(line);
    }
    return out;
  }
  TimeMs begin() const { return start_; }

  std::function<TryOutcome(const DeliveryJob&)> answer;
  TimeMs now{1'700'000'000'000};
  std::unique_ptr<Journal> journal;
  std::unique_ptr<Dispatcher> dispatcher;
  std::vector<Told> told;
  size_t tries = 0;

 private:
  void send(signals::Labels labels, TimeMs ends_at) {
    const auto known = since_.try_emplace(labels, now).first;
    Alert alert{.labels = labels, .annotations = {}, .starts_at = known->second, .ends_at = ends_at, .updated_at = now};
    if (ends_at <= now) since_.erase(known);
    dispatcher->put({&alert, 1}, now);
  }
  void note(const DeliveryJob& job) {
    Told one{now, job.delivery.to.receiver, {}, {}};
    for (const Alert& alert : job.delivery.notification.alerts)
      (alert.resolved(job.delivery.notification.time) ? one.resolved : one.firing).emplace_back(alert.labels.value("alertname"));
    told.push_back(one);
  }
  TemporaryDirectory folder_;
  std::string config_;
  const TimeMs start_ = now;
  std::map<signals::Labels, TimeMs> since_;
};

}  // namespace monitorai::forward
