#pragma once
// Sends alerts to real Alertmanagers, each on a thread of its own, so that one that is away holds up nobody. Of each alert only the newest
// word waits: after an outage an Alertmanager hears the present, and memory is bounded by the number of alerts.

#include <atomic>
#include <condition_variable>
#include <map>
#include <memory>
#include <mutex>
#include <span>
#include <thread>
#include <vector>

#include "forward/notify/alert.h"
#include "forward/notify/receiver.h"
#include "net/http_client.h"
#include "yaml/yaml.h"

namespace monitorai::forward {

/// One Alertmanager.
struct AlertmanagerSettings {
  std::string url;  ///< with its path prefix, without a slash at its end
  std::chrono::milliseconds timeout{10'000};
  HttpOptions http;
};

inline constexpr size_t kAlertmanagersMax = 20;
inline constexpr size_t kAlertsWaitingMax = 50'000;  ///< for one Alertmanager
inline constexpr size_t kAlertsARequestMax = 256;

/// A list of addresses ("http://localhost:9093"), or of entries as in the section alerting.alertmanagers of a prometheus.yml (scheme,
/// path_prefix, timeout, static_configs, basic_auth, authorization, tls_config).
std::vector<AlertmanagerSettings> read_alertmanagers(const yaml::YamlNode& node, const std::string& file,
                                                     std::vector<yaml::Problem>& problems);

/// Hands one request of a client to an Alertmanager: `target` is path and query behind its prefix. Any status is an answer; what goes wrong
/// on the way is Code::unavailable and the like. Thread: any; waits for the answer.
Result<net::HttpClientResponse> ask_alertmanager(const AlertmanagerSettings& settings, std::string_view method, std::string_view target,
                                                 std::string_view body, const std::stop_token& stop);

class AlertmanagerSender {
 public:
  explicit AlertmanagerSender(AlertmanagerSettings settings);
  /// Ends the request in flight; what waits is forgotten, the rules of the next start tell it again.
  ~AlertmanagerSender();

  /// Thread: any; does not wait for the network.
  void send(std::span<const Alert> alerts);

  struct Counts {
    uint64_t sent = 0;
    uint64_t errors = 0;   ///< requests that failed and were tried again
    uint64_t dropped = 0;  ///< refused for good, or over kAlertsWaitingMax
    size_t waiting = 0;
  };
  Counts counts() const;
  const std::string& url() const { return settings_.url; }

 private:
  void run(const std::stop_token& stop);
  std::vector<Alert> take();
  /// Back to the ones that wait, unless something newer is said there already.
  void give_back(std::vector<Alert> alerts);

  const AlertmanagerSettings settings_;
  mutable std::mutex mutex_;
  std::condition_variable_any changed_;
  std::map<uint64_t, Alert> waiting_;
  Counts counts_;
  std::jthread thread_;  // last
};

/// What is posted to /api/v2/alerts.
std::string posted_alerts_json(std::span<const Alert> alerts);

}  // namespace monitorai::forward
