#pragma once
// `monitorai serve`: what it is made of, in the order in which it starts. Thread: main owns it; workers read through the handlers.

#include "app/config/load.h"
#include "app/serve/addresses.h"
#include "app/serve/alerting.h"
#include "app/serve/data_lock.h"
#include "app/serve/logs.h"
#include "app/serve/main_inbox.h"
#include "app/serve/metrics.h"
#include "app/serve/quality.h"
#include "app/serve/rules.h"
#include "app/serve/sampler.h"
#include "app/serve/traces.h"
#include "serve/access.h"
#include "serve/live.h"

namespace monitorai::app {

/// How the newest reload went.
struct ReloadState {
  bool successful = true;
  TimeMs last_success;
  uint64_t failed = 0;
};

class Program {
 public:
  /// Takes the data folder, starts sampling and opens the listeners. Errors are for the person who started it.
  static Result<std::unique_ptr<Program>> start(ConfigSources sources, Config config, MainInbox& inbox);
  ~Program();

  /// Reads the configuration again and applies what changed. Returns the errors, one a line, and then nothing was changed; or "".
  std::string reload();
  /// Graceful: listeners first, then sampling. Returns when all threads have ended.
  void stop();

  std::vector<Addresses::Line> addresses() const {
    auto lines = addresses_->lines();
    lines.push_back(grpc_);
    return lines;
  }
  std::string url() const { return addresses_->url("main"); }
  const Config& config() const { return config_; }

 private:
  Program(ConfigSources sources, Config config, DataLock lock, MainInbox& inbox);
  /// Opens the store, and makes the listeners' routers and the sampler.
  Result<void> open();
  serve::RuntimeView runtime_view() const;
  std::vector<signals::MetricFamily> own_families() const;
  /// What a client of Prometheus expects: its API, /metrics with everything, /-/healthy, /-/ready, /-/reload.
  void add_prometheus(net::Router& router);
  std::shared_ptr<net::Router> prometheus_router();
  std::shared_ptr<net::Router> main_router();

  const SystemClock clock_;
  const TimeMs started_;
  const ConfigSources sources_;
  Config config_;
  DataLock lock_;
  MainInbox& inbox_;
  Published<ReloadState> reload_state_;
  std::shared_ptr<serve::PublishedObservation> observations_;
  std::shared_ptr<serve::Access> access_;
  std::unique_ptr<Metrics> metrics_;
  std::unique_ptr<Alerting> alerting_;
  std::unique_ptr<Rules> rules_;
  std::unique_ptr<Logs> logs_;  ///< null where logs.enabled is off
  std::unique_ptr<Quality> quality_;
  std::unique_ptr<Traces> traces_;
  Addresses::Line grpc_;
  serve::Live live_{observations_};
  std::unique_ptr<Sampler> sampler_;
  std::unique_ptr<net::HttpServer> server_;
  std::unique_ptr<Addresses> addresses_;
};

}  // namespace monitorai::app
