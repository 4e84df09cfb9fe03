#pragma once
// What becomes of alerts: the notifier with its receivers, silences and journal, and real Alertmanagers where they are configured.
// Threads: main owns it; notify() is called by the rules thread, handlers by the HTTP workers.

#include <memory>
#include <mutex>
#include <vector>

#include "app/config/config.h"
#include "forward/notify/alertmanagers.h"
#include "forward/notify/notifier.h"
#include "judge/rules/alert.h"
#include "signals/metric.h"

namespace monitorai::app {

class Alerting {
 public:
  /// Opens the journal in the data folder and goes on with what it holds. An error in alerting.config is one of the start. Nothing is
  /// sent before start(), which follows the first apply().
  static Result<std::unique_ptr<Alerting>> open(const Config& config, const Clock& clock);
  ~Alerting();

  /// Reads the file of alerting.config; without one, alerts can be looked at and silenced, and nobody is told.
  static forward::ReadNotifyConfig read(const Config& config);
  /// Takes over a configuration that was read without problems. `url` is the address of our pages, for configurations that name none.
  void apply(const Config& config, forward::NotifyConfig notify, const std::string& url);
  void start() { notifier_->start(); }
  void stop();

  /// Alertmanager's API v2, deliveries, acknowledgements. Where there are real Alertmanagers and no receivers of ours, the API is theirs:
  /// silences are made and asked for there.
  void add_routes(net::Router& router);
  /// Takes what rules have to tell. Thread: rules; does not wait for receivers.
  void notify(std::span<const judge::Alert> alerts);
  /// The addresses of the real Alertmanagers that get every alert.
  std::vector<std::string> alertmanagers() const;
  /// monitorai_notify_*, monitorai_alertmanager_*.
  void append_families(std::vector<signals::MetricFamily>& out) const;

 private:
  explicit Alerting(std::unique_ptr<forward::Notifier> notifier) : notifier_(std::move(notifier)) {}

  /// What a real Alertmanager answers; nullopt where we notify ourselves.
  std::optional<net::HttpResponse> relayed(const net::HttpRequest& request) const;

  std::unique_ptr<forward::Notifier> notifier_;
  mutable std::mutex mutex_;  ///< guards what follows
  std::string url_;
  std::string alertmanagers_text_;
  std::vector<std::shared_ptr<forward::AlertmanagerSender>> alertmanagers_;
  std::vector<forward::AlertmanagerSettings> theirs_;  ///< of whom the API is; empty: ours
};

}  // namespace monitorai::app
