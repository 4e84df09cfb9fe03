// PromQL over a source in memory: the queries of the performance goals, on a fleet of LLM services. What is measured is evaluation alone;
// reading decoded columns from memory stands in for the store.

#include <benchmark/benchmark.h>

#include <random>

#include "query/promql/engine.h"
#include "signals/samples.h"

namespace monitorai::query {
namespace {

constexpr int64_t kScrapeMs = 15'000;
constexpr int64_t kEndMs = 1'700'000'000'000;
constexpr int kSamples = 121 + 20;  // half an hour of steps and five minutes before it

/// One metric: series i has labels made from i; all series share their times.
class Fleet final : public signals::MetricSource, public signals::SeriesSet {
 public:
  using MakeLabels = std::vector<signals::Label> (*)(size_t);

  Fleet(size_t series, bool counter, MakeLabels make) {
    std::mt19937 random(1);
    for (size_t i = 0; i < series; ++i) {
      labels_.push_back(signals::Labels::from(make(i)));
      double value = static_cast<double>(random() % 1000);
      for (int s = 0; s < kSamples; ++s) {
        value = counter ? value + static_cast<double>(random() % 20) : static_cast<double>(random() % 100'000);
        values_.push_back(value);
      }
    }
    for (int s = 0; s < kSamples; ++s) times_.push_back(kEndMs - kScrapeMs * (kSamples - 1 - s) - 1);
  }

  Result<std::unique_ptr<signals::SeriesSet>> select(std::span<const signals::Matcher>, TimeRange) const override {
    struct View final : signals::SeriesSet {
      explicit View(const Fleet& f) : fleet(f) {}
      size_t size() const override { return fleet.size(); }
      signals::Labels labels(size_t i) const override { return fleet.labels(i); }
      std::string_view label(size_t i, std::string_view name) const override { return fleet.label(i, name); }
      Result<void> read(size_t i, TimeRange r, signals::Columns& out) const override { return fleet.read(i, r, out); }
      Result<std::optional<signals::Sample>> newest(size_t i, TimeRange r) const override { return fleet.newest(i, r); }
      const Fleet& fleet;
    };
    return std::unique_ptr<signals::SeriesSet>(std::make_unique<View>(*this));
  }
  Result<std::vector<std::string>> label_names(std::span<const signals::Matcher>, TimeRange, size_t) const override {
    return std::vector<std::string>{};
  }
  Result<std::vector<std::string>> label_values(std::string_view, std::span<const signals::Matcher>, TimeRange, size_t) const override {
    return std::vector<std::string>{};
  }
  Result<std::vector<signals::SeriesExemplars>> exemplars(std::span<const signals::Matcher>, TimeRange) const override {
    return std::vector<signals::SeriesExemplars>{};
  }
  std::vector<signals::Metadata> metadata() const override { return {}; }

  size_t size() const override { return labels_.size(); }
  signals::Labels labels(size_t i) const override { return labels_[i]; }
  std::string_view label(size_t i, std::string_view name) const override { return labels_[i].value(name); }
  Result<void> read(size_t i, TimeRange range, signals::Columns& out) const override {
    const auto from = std::lower_bound(times_.begin(), times_.end(), range.from.ms) - times_.begin();
    const auto to = std::upper_bound(times_.begin(), times_.end(), range.to.ms) - times_.begin();
    out.times_ms.insert(out.times_ms.end(), times_.begin() + from, times_.begin() + to);
    const auto values = values_.begin() + static_cast<ptrdiff_t>(i) * kSamples;
    out.values.insert(out.values.end(), values + from, values + to);
    return {};
  }
  Result<std::optional<signals::Sample>> newest(size_t i, TimeRange) const override {
    return std::optional(signals::Sample{{times_.back()}, values_[(i + 1) * kSamples - 1]});
  }

 private:
  std::vector<signals::Labels> labels_;
  std::vector<int64_t> times_;
  std::vector<double> values_;
};

std::vector<signals::Label> bucket_labels(size_t i) {
  static constexpr std::array kBounds = {"0.005", "0.01", "0.025", "0.05", "0.1", "0.25", "0.5", "1", "2.5", "5", "10", "30", "60", "+Inf"};
  const size_t service = i / kBounds.size();
  return {{"__name__", "llm_inference_latency_seconds_bucket"},
          {"job", "llm-monitor"},
          {"instance", fmt::format("host-{:04}:9101", service)},
          {"model_name", fmt::format("model-{}", service % 40)},
          {"le", kBounds[i % kBounds.size()]}};
}

std::vector<signals::Label> counter_labels(size_t i) {
  return {{"__name__", "llm_requests_total"},
          {"job", "llm-monitor"},
          {"instance", fmt::format("host-{:05}:9101", i / 4)},
          {"model_name", fmt::format("model-{}", i / 4 % 40)},
          {"status", i % 4 == 0   ? "200"
                     : i % 4 == 1 ? "400"
                     : i % 4 == 2 ? "500"
                                  : "503"}};
}

void run(benchmark::State& state, const Fleet& fleet, std::string_view query, bool range) {
  Pool pool(2);
  const Engine engine({}, pool);
  size_t series = 0;
  for (auto _ : state) {
    const auto result = range ? engine.range(fleet, query, {{kEndMs - 1'800'000}, {kEndMs}}, std::chrono::seconds(15))
                              : engine.instant(fleet, query, {kEndMs});
    if (!result) return state.SkipWithError(result.error().message.c_str());
    series = result->series.size();
  }
  state.counters["series"] = static_cast<double>(series);
}

const Fleet& buckets() {
  static const Fleet fleet(56'000, true, bucket_labels);
  return fleet;
}
const Fleet& counters() {
  static const Fleet fleet(100'000, true, counter_labels);
  return fleet;
}
const Fleet& few_counters() {
  static const Fleet fleet(8'000, true, counter_labels);
  return fleet;
}

void p95_of_all_buckets(benchmark::State& state) {
  run(state, buckets(), "histogram_quantile(0.95, sum(rate(llm_inference_latency_seconds_bucket[5m])) by (le))", true);
}
void p95_by_model(benchmark::State& state) {
  run(state, buckets(), "histogram_quantile(0.95, sum(rate(llm_inference_latency_seconds_bucket[5m])) by (le, model_name))", true);
}
void p95_of_each_histogram(benchmark::State& state) {
  run(state, buckets(), "histogram_quantile(0.95, rate(llm_inference_latency_seconds_bucket[5m]))", false);
}
void rate_by_model_8k(benchmark::State& state) { run(state, few_counters(), "sum by (model_name)(rate(llm_requests_total[5m]))", true); }
void rate_by_model_100k(benchmark::State& state) { run(state, counters(), "sum by (model_name)(rate(llm_requests_total[5m]))", true); }
void count_of_job_100k(benchmark::State& state) { run(state, counters(), "count({job=\"llm-monitor\"})", false); }
void topk_100k(benchmark::State& state) { run(state, counters(), "topk(10, llm_requests_total)", false); }
void avg_over_time_100k(benchmark::State& state) { run(state, counters(), "sum(avg_over_time(llm_requests_total[5m]))", true); }
void ratio_of_two_vectors_8k(benchmark::State& state) {
  run(state, few_counters(), "rate(llm_requests_total[5m]) / on (instance, status) rate(llm_requests_total[5m])", true);
}

BENCHMARK(p95_of_all_buckets)->Unit(benchmark::kMillisecond)->UseRealTime();
BENCHMARK(p95_by_model)->Unit(benchmark::kMillisecond)->UseRealTime();
BENCHMARK(p95_of_each_histogram)->Unit(benchmark::kMillisecond)->UseRealTime();
BENCHMARK(rate_by_model_8k)->Unit(benchmark::kMillisecond)->UseRealTime();
BENCHMARK(rate_by_model_100k)->Unit(benchmark::kMillisecond)->UseRealTime();
BENCHMARK(count_of_job_100k)->Unit(benchmark::kMillisecond)->UseRealTime();
BENCHMARK(topk_100k)->Unit(benchmark::kMillisecond)->UseRealTime();
BENCHMARK(avg_over_time_100k)->Unit(benchmark::kMillisecond)->UseRealTime();
BENCHMARK(ratio_of_two_vectors_8k)->Unit(benchmark::kMillisecond)->UseRealTime();

}  // namespace
}  // namespace monitorai::query
