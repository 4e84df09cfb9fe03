#pragma once
// Rules over the metric store: reads the files that the configuration names, keeps the evaluator running, and shows its state to the API
// and to our own metrics. Threads: main owns it; views are taken by HTTP workers and the sample thread.

#include "app/config/config.h"
#include "judge/rules/evaluator.h"
#include "query/promql/engine.h"
#include "serve/prometheus/api.h"
#include "store/metrics/metric_store.h"

namespace monitorai::app {

class Rules {
 public:
  /// Engine, store and clock outlive it. Nothing is evaluated before start().
  Rules(const query::Engine& engine, store::MetricStore& store, judge::RuleQuery logs, const Clock& clock, judge::Notify notify);

  /// Reads the files of a configuration; `problems` gets what is wrong with them, each with its place.
  /// Those that people keep in the data folder (own_rules.h) are among them.
  static judge::ReadRules read(const Config& config, const std::filesystem::path& data);
  /// Takes over rules that were read without problems. `url` is the address of our pages, for configurations that name none.
  void apply(const Config& config, judge::ReadRules rules, const std::string& url);
  void start() { evaluator_.start(); }
  void stop() { evaluator_.stop(); }

  /// For /api/v1/rules and /api/v1/alerts.
  std::vector<serve::RuleGroupView> groups() const;
  /// monitorai_rule_*.
  void append_families(std::vector<signals::MetricFamily>& out) const;

 private:
  judge::Evaluator evaluator_;
};

}  // namespace monitorai::app
