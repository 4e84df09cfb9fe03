#pragma once
// History and questions: the metric store with what writes into it (our own collectors, scraping, found runtimes, remote_write) and the
// Prometheus API over it. Threads: main owns it; observe() is called by the sample thread, handlers by the HTTP workers.

#include <memory>

#include "app/config/config.h"
#include "base/pool.h"
#include "collect/push/remote_write_receiver.h"
#include "collect/scrape/runtime_targets.h"
#include "collect/scrape/scrape_pool.h"
#include "query/promql/engine.h"
#include "serve/observation.h"
#include "serve/prometheus/api.h"
#include "store/metrics/batch_sink.h"
#include "store/metrics/metric_store.h"

namespace monitorai::app {

class Metrics {
 public:
  /// Opens the store in the data folder and starts scraping.
  static Result<std::unique_ptr<Metrics>> open(const Config& config, const Clock& clock);
  ~Metrics();

  /// POST /api/v1/write and the Prometheus API. `runtime` is for /api/v1/status/runtimeinfo.
  void add_routes(net::Router& router, std::function<serve::RuntimeView()> runtime, std::function<std::vector<serve::RuleGroupView>()> rules,
                  std::function<std::vector<std::string>()> alertmanagers);
  /// Stores a scan and looks for the endpoints of its services. Thread: sample.
  void observe(const serve::Observation& observation, const std::vector<signals::MetricFamily>& own);
  /// Takes over what a reload changed: the jobs, and whether found runtimes are scraped.
  void apply(const Config& config);
  /// monitorai_store_*, monitorai_scrape_*, monitorai_remote_write_*.
  void append_families(std::vector<signals::MetricFamily>& out) const;
  /// "200h", "200h or 10 GiB": what is kept.
  std::string retention() const;
  const query::Engine& engine() const { return engine_; }
  store::MetricStore& store() { return *store_; }
  /// Ends scraping; the store syncs what it has.
  void stop();

 private:
  Metrics(const Config& config, const Clock& clock);
  serve::TargetsView targets() const;
  std::map<std::string, std::string> flags() const;

  const Clock& clock_;
  mutable std::mutex config_mutex_;
  Config config_;
  store::PosixFileSystem files_;
  std::unique_ptr<store::MetricStore> store_;
  std::unique_ptr<store::BatchSink> process_sink_;
  std::unique_ptr<store::BatchSink> gpu_sink_;
  std::unique_ptr<store::BatchSink> own_sink_;
  Pool pool_;
  query::Engine engine_;
  collect::RemoteWriteCounts remote_write_;
  std::unique_ptr<collect::ScrapePool> scraping_;
  std::unique_ptr<collect::RuntimeTargets> runtimes_;
  std::atomic<bool> scrape_runtimes_{true};
  std::atomic<uint64_t> batches_refused_{0};
};

}  // namespace monitorai::app
