#pragma once
// Metrics from spans: how often, how long and with how many tokens models were called, and rate, errors and duration of every service.
// Counted before sampling, with exemplars that lead back to traces. Thread-safe.

#include <array>
#include <chrono>
#include <map>
#include <mutex>
#include <vector>

#include "base/clock.h"
#include "judge/spans/prices.h"
#include "signals/metric.h"

namespace monitorai::judge {

/// Of each kind: models and services, or services and names of spans. What comes beyond it is counted together, as "(other)".
inline constexpr size_t kSpanGroupsMax = 5000;

struct SpanMetricsCounts {
  uint64_t spans = 0;
  uint64_t calls = 0;        ///< of models
  uint64_t over_limit = 0;   ///< spans that were counted as "(other)"
};

class SpanMetrics {
 public:
  explicit SpanMetrics(const Clock& clock, std::vector<ModelPrice> prices = {}) : clock_(clock), prices_(std::move(prices)) {}

  void count(std::span<const signals::Span> spans);
  /// llm_requests_total{service, model_name, provider, operation, status}, llm_inference_latency_seconds, llm_time_to_first_token_seconds,
  /// llm_time_per_output_token_seconds, llm_tokens_total{direction}, llm_cost_dollars_total where the model has a price; traces_spanmetrics_calls_total and _latency as Tempo names them. A
  /// series that is new is told once as 0, so that rates see its first increase.
  void append_families(std::vector<signals::MetricFamily>& out);
  SpanMetricsCounts counts() const;

 private:
  /// The newest span of a bucket; an exemplar once it is told.
  struct Example {
    signals::TraceId trace;  ///< not valid: none yet
    signals::SpanId span;
    double value = 0;
    TimeMs time;
  };
  template <size_t N>
  struct Histogram {
    std::array<uint64_t, N + 1> buckets{};  ///< not cumulated; the last is +Inf
    double sum = 0;
    std::array<Example, N + 1> exemplars{};
  };
  static constexpr std::array<double, 15> kLatencyBounds{0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 20, 40, 80, 160};
  /// Those of gen_ai.server.time_to_first_token and .time_per_output_token.
  static constexpr std::array<double, 16> kFirstTokenBounds{0.001, 0.005, 0.01, 0.02, 0.04, 0.06, 0.08, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10};
  static constexpr std::array<double, 13> kPerTokenBounds{0.01, 0.025, 0.05, 0.075, 0.1, 0.15, 0.2, 0.3, 0.4, 0.5, 0.75, 1, 2.5};

  struct Model {
    bool told = false;
    uint64_t ok = 0, errors = 0;
    uint64_t input = 0, output = 0, cached = 0;
    std::optional<double> cost;  ///< dollars; absent where no call had a price
    Histogram<kLatencyBounds.size()> latency;
    Histogram<kFirstTokenBounds.size()> first_token;
    Histogram<kPerTokenBounds.size()> per_token;
    bool has_first_token = false, has_per_token = false;
  };
  struct Operation {
    bool told = false;
    uint64_t calls = 0;
    Histogram<kLatencyBounds.size()> latency;
  };
  using Key = std::array<std::string, 4>;
  template <class Group>
  struct Found {
    Group* group = nullptr;
    bool over_limit = false;  ///< it is "(other)"
  };

  void count_call(const signals::Span& span, const GenAiCall& call);
  Found<Operation> operation_of(const signals::Span& span);
  template <size_t N>
  void observe(Histogram<N>& histogram, const std::array<double, N>& bounds, double value, const signals::Span& span);
  template <size_t N>
  static void append(signals::MetricFamily& family, const signals::Labels& labels, const Histogram<N>& histogram, const std::array<double, N>& bounds, bool told);
  template <class Group>
  static Found<Group> group_of(std::map<Key, Group>& groups, Key key);

  const Clock& clock_;
  const std::vector<ModelPrice> prices_;
  mutable std::mutex mutex_;
  std::map<Key, Model> models_;          ///< service, model, provider, kind
  std::map<Key, Operation> operations_;  ///< service, span name, kind, status
  SpanMetricsCounts counts_;
  TimeMs now_;  ///< of the spans that are being counted
};

}  // namespace monitorai::judge
