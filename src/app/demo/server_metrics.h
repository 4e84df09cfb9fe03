#pragma once
// What a simulated vLLM or llama-server says on its /metrics: counted from the events of its traffic, under the names, labels and
// bucket bounds of the real ones. Thread: owned by one.

#include <array>
#include <cstdint>
#include <span>
#include <vector>

#include "app/demo/parts.h"
#include "app/demo/traffic.h"
#include "signals/metric.h"

namespace monitorai::app::demo {

/// Cumulative counts below fixed bounds.
class Buckets {
 public:
  /// `bounds` ascend and outlive this; +Inf is added.
  explicit Buckets(std::span<const double> bounds) : bounds_(bounds), counts_(bounds.size()) {}
  void observe(double value, uint64_t times = 1);
  /// Adds the `_bucket`, `_sum` and `_count` points of one series.
  void append_to(signals::MetricFamily& family, const signals::Labels& labels) const;

 private:
  std::span<const double> bounds_;
  std::vector<uint64_t> counts_;
  uint64_t count_ = 0;
  double sum_ = 0;
};

class ServerMetrics {
 public:
  /// `model`: what the runtime puts in its model_name label.
  ServerMetrics(Runtime runtime, std::string model);

  /// Counts what happened and remembers the traffic's present state.
  void observe(std::span<const TrafficEvent> events, const Traffic& traffic);
  /// The families of this runtime; none for one that has no /metrics.
  std::vector<signals::MetricFamily> families() const;

  uint64_t prompt_tokens() const { return prompt_tokens_; }
  uint64_t output_tokens() const { return output_tokens_; }
  /// 0..1 over all requests; 0 before the first.
  double prefix_cache_hit_rate() const;

 private:
  std::vector<signals::MetricFamily> vllm() const;
  std::vector<signals::MetricFamily> llama_cpp() const;

  const Runtime runtime_;
  const std::string model_;
  double running_ = 0;
  double waiting_ = 0;
  double kv_cache_usage_ = 0;
  uint64_t prompt_tokens_ = 0;
  uint64_t cached_tokens_ = 0;
  uint64_t output_tokens_ = 0;
  uint64_t tokens_max_ = 0;  ///< longest request seen
  double prompt_seconds_ = 0;
  double output_seconds_ = 0;
  double slots_busy_sum_ = 0;  ///< over observations
  uint64_t observations_ = 0;
  std::array<uint64_t, 3> finished_{};  ///< by Finish
  Buckets end_to_end_;
  Buckets first_token_;
  Buckets inter_token_;
  Buckets queue_;
  Buckets prefill_;
  Buckets decode_;
  Buckets prompt_length_;
  Buckets output_length_;
};

}  // namespace monitorai::app::demo
