#pragma once
// A found service is a target without a line of configuration: looks for the endpoint of each service (on a thread of its own, "probe"),
// and hands what answers to the ScrapePool as the origin "runtimes", labelled with the service, its model, framework and root pid.
// A service that does not answer is asked again ever more rarely.

#include <condition_variable>
#include <map>
#include <mutex>
#include <stop_token>
#include <string>
#include <thread>

#include "base/clock.h"
#include "collect/scrape/runtime_probe.h"
#include "collect/scrape/scrape_pool.h"
#include "signals/process.h"

namespace monitorai::collect {

struct RuntimeSettings {
  std::chrono::milliseconds interval = std::chrono::seconds(15);
  std::chrono::milliseconds timeout = std::chrono::seconds(2);
};

/// What is known of one service's endpoint, for the status page.
struct RuntimeStatus {
  std::string service;
  std::optional<RuntimeEndpoint> endpoint;
  std::string note;  ///< why there is none: "" , "asked, no answer", or why it is left alone
};

class RuntimeTargets {
 public:
  /// Asks one endpoint once; http_ask() is the real one.
  using Ask = std::function<Result<ScrapeAnswer>(const RuntimeEndpoint&, std::stop_token)>;

  RuntimeTargets(ScrapePool& pool, const Clock& clock, Ask ask, RuntimeSettings settings = {});
  ~RuntimeTargets();

  /// The services of the newest scan. Returns at once; any thread.
  void update(std::shared_ptr<const signals::ProcessSnapshot> snapshot);
  std::vector<RuntimeStatus> status() const;

  static constexpr std::chrono::seconds kRetryFirst{10};
  static constexpr std::chrono::seconds kRetryMax{600};

 private:
  struct Known {
    signals::ProcessId root;
    std::optional<RuntimeEndpoint> endpoint;
    std::shared_ptr<const ScrapeSettings> job;
    Fetch fetch;
    std::string note;
    std::chrono::nanoseconds next_try{};
    std::chrono::seconds pause = kRetryFirst;
  };

  void run(const std::stop_token& stop);
  /// True when the set of targets changed.
  bool look_at(const signals::Service& service, const signals::Process& root, const std::stop_token& stop);
  void hand_over();

  ScrapePool& pool_;
  const Clock& clock_;
  const Ask ask_;
  const RuntimeSettings settings_;

  mutable std::mutex mutex_;
  std::condition_variable_any changed_;
  std::shared_ptr<const signals::ProcessSnapshot> newest_;
  std::map<std::string, Known> known_;  ///< by service key; written by the probe thread under the lock
  std::jthread thread_;
};

/// GET of an endpoint over HTTP, exposition text only, without redirects.
RuntimeTargets::Ask http_ask(std::chrono::milliseconds timeout);

/// The text of an endpoint's answer: exposition as it is, status JSON converted.
Result<std::string> exposition_of(const RuntimeEndpoint& endpoint, const ScrapeAnswer& answer);

}  // namespace monitorai::collect
