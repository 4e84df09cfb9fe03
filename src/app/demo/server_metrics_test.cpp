#include "app/demo/server_metrics.h"

#include <gtest/gtest.h>

namespace monitorai::app::demo {
namespace {

using signals::MetricFamily;
using signals::MetricPoint;

ServerMetrics after(Runtime runtime, double seconds, Traffic& traffic) {
  ServerMetrics metrics(runtime, "m");
  for (double t = 1; t <= seconds; t += 1) metrics.observe(traffic.advance(t), traffic);
  return metrics;
}

const MetricFamily& family(const std::vector<MetricFamily>& all, const std::string& name) {
  for (const MetricFamily& f : all)
    if (f.name == name) return f;
  ADD_FAILURE() << "no family " << name;
  static const MetricFamily kNone{};
  return kNone;
}

double total(const MetricFamily& f) {
  double sum = 0;
  for (const MetricPoint& point : f.points) sum += point.value;
  return sum;
}

double point(const MetricFamily& f, std::string_view suffix, const std::string& le = "") {
  for (const MetricPoint& p : f.points)
    if (p.suffix == suffix && p.labels.value("le") == le) return p.value;
  ADD_FAILURE() << f.name << " has no point " << suffix << " " << le;
  return 0;
}

TEST(ServerMetrics, buckets_are_cumulative_and_their_bounds_read_as_vllm_writes_them) {
  static constexpr double kBounds[] = {0.5, 1, 10};
  Buckets buckets(kBounds);
  buckets.observe(0.2);
  buckets.observe(1);
  buckets.observe(5, 2);
  buckets.observe(100);
  MetricFamily f{.name = "x", .help = "h"};
  buckets.append_to(f, {{"a", "b"}});
  EXPECT_EQ(point(f, "_bucket", "0.5"), 1);
  EXPECT_EQ(point(f, "_bucket", "1.0"), 2);
  EXPECT_EQ(point(f, "_bucket", "10.0"), 4);
  EXPECT_EQ(point(f, "_bucket", "+Inf"), 5);
  EXPECT_EQ(point(f, "_count"), 5);
  EXPECT_DOUBLE_EQ(point(f, "_sum"), 111.2);
  EXPECT_EQ(f.points.front().labels.value("a"), "b");
}

TEST(ServerMetrics, the_counts_of_vllm_agree_with_each_other) {
  Traffic traffic(traffic_of("vllm"), 1);
  const std::vector<MetricFamily> all = after(Runtime::vllm, 120, traffic).families();
  const double succeeded = total(family(all, "vllm:request_success"));
  const double failed = family(all, "vllm:request_success").points.back().value;
  EXPECT_GT(succeeded, 100);
  for (const char* name : {"vllm:e2e_request_latency_seconds", "vllm:time_to_first_token_seconds", "vllm:request_queue_time_seconds"})
    EXPECT_EQ(point(family(all, name), "_count"), succeeded - failed) << name;
  EXPECT_EQ(point(family(all, "vllm:request_generation_tokens"), "_sum"), total(family(all, "vllm:generation_tokens")));
  EXPECT_GT(point(family(all, "vllm:e2e_request_latency_seconds"), "_sum"), point(family(all, "vllm:time_to_first_token_seconds"), "_sum"));
  EXPECT_EQ(total(family(all, "vllm:num_requests_running")), static_cast<double>(traffic.running()));
  EXPECT_LE(total(family(all, "vllm:kv_cache_usage_perc")), 1);
}

TEST(ServerMetrics, counters_never_fall) {
  Traffic traffic(traffic_of("vllm"), 2);
  ServerMetrics metrics(Runtime::vllm, "m");
  std::map<std::string, double> before;
  for (double t = 1; t < 60; t += 1) {
    metrics.observe(traffic.advance(t), traffic);
    for (const MetricFamily& f : metrics.families()) {
      if (f.type == signals::MetricType::gauge) continue;
      for (const MetricPoint& p : f.points) {
        double& last = before[f.name + std::string(p.suffix) + p.labels.text()];
        EXPECT_GE(p.value, last) << f.name << p.labels.text();
        last = p.value;
      }
    }
  }
}

TEST(ServerMetrics, llama_server_has_its_own_names_and_no_labels) {
  Traffic traffic(traffic_of("llama-server"), 1);
  const std::vector<MetricFamily> all = after(Runtime::llama_cpp, 300, traffic).families();
  EXPECT_GT(total(family(all, "llamacpp:tokens_predicted")), 1000);
  for (const MetricFamily& f : all) {
    EXPECT_TRUE(f.name.starts_with("llamacpp:")) << f.name;
    for (const MetricPoint& p : f.points) EXPECT_TRUE(p.labels.empty()) << f.name;
  }
}

TEST(ServerMetrics, a_runtime_without_metrics_has_none_and_nothing_seen_is_no_division_by_zero) {
  EXPECT_TRUE(ServerMetrics(Runtime::transformers, "gpt2").families().empty());
  for (const MetricFamily& f : ServerMetrics(Runtime::llama_cpp, "m").families()) EXPECT_EQ(total(f), 0) << f.name;
}

}  // namespace
}  // namespace monitorai::app::demo
