#pragma once
// For tests: rules over a small store in memory and a clock that the test moves. What rules write is a source for those behind them.

#include <gtest/gtest.h>

#include "judge/rules/rule_set.h"
#include "query/promql/testing/memory_source.h"

namespace monitorai::judge {

/// What rules write, as a source too.
class RuleStore final : public signals::MetricWriter {
 public:
  query::MemorySource source;
  std::vector<std::pair<signals::Labels, signals::Sample>> written;

  Result<signals::WriteOutcome> write(std::span<const signals::SeriesWrite> series, std::span<const signals::MetadataWrite>) override {
    signals::WriteOutcome out;
    for (const signals::SeriesWrite& one : series) {
      std::vector<signals::Label> labels;
      for (const signals::LabelView& label : one.labels) labels.push_back({std::string(label.name), std::string(label.value)});
      const signals::Labels made = signals::Labels::from(std::move(labels));
      for (const signals::Sample& sample : one.samples) {
        source.add(made, {sample});
        written.emplace_back(made, sample);
        ++out.accepted;
      }
    }
    return out;
  }
  /// "ALERTS{...} 1", the stale ones as "... stale", of what was written since the last call.
  std::vector<std::string> take() {
    std::vector<std::string> out;
    for (const auto& [labels, sample] : std::exchange(written, {}))
      out.push_back(fmt::format("{} {}", labels.text(), signals::is_stale(sample.value) ? "stale" : fmt::format("{}", sample.value)));
    return out;
  }
};

struct RuleWorld {
  RuleWorld() : clock({0}), pool(1), engine({}, pool, {}) {
    ports = {.query = promql_query(engine, store.source),
             .source = &store.source,
             .writer = &store,
             .notify =
                 [this](std::span<const Alert> alerts) {
                   for (const Alert& alert : alerts) sent.push_back(alert);
                 },
             .clock = &clock};
    settings.interval = std::chrono::minutes(1);
  }
  void add(std::string_view name, double value) {
    store.source.add({{"__name__", std::string(name)}, {"job", "a"}}, {{clock.now(), value}});
  }
  /// States and label sets of what was sent since the last call.
  std::vector<std::string> take_sent() {
    std::vector<std::string> out;
    for (const Alert& alert : std::exchange(sent, {})) out.push_back(std::string(state_name(alert.state)) + " " + alert.labels.text());
    return out;
  }
  FakeClock clock;
  RuleStore store;
  Pool pool;
  query::Engine engine;
  RulePorts ports;
  RuleSettings settings;
  std::vector<Alert> sent;
};

inline std::vector<GroupSpec> groups_of(std::string_view text) {
  ReadRules read = read_rules(text, "r.yml");
  for (const yaml::Problem& problem : read.problems) ADD_FAILURE() << problem.line();
  return std::move(read.groups);
}

}  // namespace monitorai::judge
