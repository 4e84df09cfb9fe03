#pragma once
// The HTTP API of Prometheus (prometheus.io/docs/prometheus/latest/querying/api), over whatever metric source it is given: the same
// paths, parameters, JSON and status codes, so that Grafana, promtool and every client of Prometheus can use us without noticing.
// Handlers run on the HTTP workers and keep no state.

#include <chrono>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "net/http.h"
#include "query/promql/engine.h"
#include "signals/samples.h"

namespace monitorai::serve {

/// A scrape target, as /api/v1/targets shows it.
struct TargetView {
  signals::Labels discovered_labels;
  signals::Labels labels;
  std::string pool;
  std::string url;
  std::string last_error;
  TimeMs last_scrape;
  double last_scrape_seconds = 0;
  std::string health;  ///< "up", "down", "unknown"
  std::string interval;
  std::string timeout;
};

struct TargetsView {
  std::vector<TargetView> active;
  std::vector<std::pair<std::string, signals::Labels>> dropped;  ///< pool, discovered labels
};

/// Counts for /api/v1/status/tsdb.
struct NamedCount {
  std::string name;
  uint64_t count = 0;
};
struct StoreView {
  uint64_t series = 0;
  uint64_t chunks = 0;
  uint64_t label_pairs = 0;
  TimeMs oldest;
  TimeMs newest;
  std::vector<NamedCount> series_by_metric;
  std::vector<NamedCount> values_by_label;
  std::vector<NamedCount> memory_by_label;
  std::vector<NamedCount> series_by_label_pair;
};

/// An active alert, a rule and a group, as /api/v1/rules and /api/v1/alerts show them. Time zero: never.
struct AlertView {
  signals::Labels labels;
  std::map<std::string, std::string> annotations;
  std::string state;  ///< "pending", "firing"
  TimeMs active_at;
  std::optional<TimeMs> keep_firing_since;
  double value = 0;
};
struct RuleView {
  bool alerting = false;
  std::string name;
  std::string query;
  std::map<std::string, std::string> labels;
  std::map<std::string, std::string> annotations;
  std::string state;  ///< of an alerting rule: "unknown", "inactive", "pending", "firing"
  std::chrono::milliseconds hold{0};
  std::chrono::milliseconds keep_firing_for{0};
  std::vector<AlertView> alerts;
  std::string health;  ///< "unknown", "ok", "err"
  std::string last_error;
  double evaluation_seconds = 0;
  TimeMs evaluated_at;
};
struct RuleGroupView {
  std::string name;
  std::string file;
  std::chrono::milliseconds interval{0};
  int64_t limit = 0;
  bool logs = false;  ///< its rules are LogQL
  std::vector<RuleView> rules;
  double evaluation_seconds = 0;
  TimeMs evaluated_at;
};

/// What /api/v1/status/runtimeinfo tells.
struct RuntimeView {
  TimeMs started;
  std::string folder;
  bool reload_succeeded = true;
  TimeMs last_reload;
  uint64_t corruptions = 0;
  std::string retention;
};

/// Everything that the API answers from. The functions may be called from several threads at once; those that are empty make their
/// endpoints answer as a Prometheus that has nothing of the kind.
struct PrometheusApi {
  const signals::MetricSource* source = nullptr;
  const query::Engine* engine = nullptr;
  const Clock* clock = nullptr;
  std::function<TargetsView()> targets;
  std::function<StoreView(size_t limit)> store;
  std::function<RuntimeView()> runtime;
  std::function<std::vector<RuleGroupView>()> rules;  ///< by file, then name
  std::function<std::vector<std::string>()> alertmanagers;  ///< their addresses
  std::function<std::string()> config_yaml;
  std::function<std::map<std::string, std::string>()> flags;
  /// Admin functions; empty: admin APIs are disabled.
  std::function<Result<void>(std::span<const std::vector<signals::Matcher>>, TimeRange)> delete_series;
  std::function<Result<void>()> clean_tombstones;
  std::function<Result<std::string>()> snapshot;
  signals::Labels external_labels;  ///< added by /federate
};

void add_prometheus_api(net::Router& router, std::shared_ptr<const PrometheusApi> api);
/// Loki's ruler, for reading: the groups in LogQL. It belongs beside Loki's API.
void add_ruler_api(net::Router& router, std::function<std::vector<RuleGroupView>()> rules);

}  // namespace monitorai::serve
