#pragma once
// Logs: the log store with what writes into it (the follower of files, Loki's push) and Loki's API with its live tails over it. Threads:
// main owns it; observe() is called by the sample thread, handlers by the HTTP workers.

#include <memory>

#include "app/config/config.h"
#include "base/pool.h"
#include "collect/logs/follower.h"
#include "collect/push/loki_push_receiver.h"
#include "judge/quality/watch/log_content.h"
#include "query/logql/engine.h"
#include "serve/loki/api.h"
#include "serve/observation.h"
#include "store/logs/log_store.h"

namespace monitorai::app {

class Logs {
 public:
  /// Opens the store in the data folder and starts following. Nothing of it exists when logs.enabled is off: do not call it then.
  static Result<std::unique_ptr<Logs>> open(const Config& config, const Clock& clock);
  ~Logs();

  /// Push and Loki's API.
  void add_routes(net::Router& router);
  /// Hands a scan to the follower, which looks for the log files of its services. Thread: sample.
  void observe(const serve::Observation& observation);
  /// Takes over what a reload changed: files, detected, masks and content. An error leaves all as it is.
  Result<void> apply(const Config& config);
  /// monitorai_log_store_*, monitorai_follow_*, monitorai_loki_push_*, monitorai_log_tails_*.
  void append_families(std::vector<signals::MetricFamily>& out) const;
  /// After the HTTP server: ends following, then live tails; the store syncs what it has when this object ends.
  void stop();

  const signals::LogSource& source() const { return *store_; }
  /// For whoever brings lines: what of prompts and answers is stored is decided here.
  signals::LogWriter& writer() { return *content_; }
  const query::LogQlEngine& engine() const { return engine_; }

 private:
  Logs(const Config& config, const Clock& clock);

  const Clock& clock_;
  store::PosixFileSystem files_;
  std::unique_ptr<store::LogStore> store_;
  std::unique_ptr<judge::LogContent> content_;
  Pool pool_;
  query::LogQlEngine engine_;
  collect::LokiPushCounts push_;
  std::unique_ptr<serve::LiveTail> tail_;
  std::unique_ptr<collect::LogFollower> follower_;
};

}  // namespace monitorai::app
