#pragma once
// The load of `./dev bench metrics`: what an LLM fleet would report, from a small model of the fleet instead of from noise. Deterministic:
// a process's values depend on its number alone, so every server gets the same samples.
//
// Of each 100 series 64 are buckets, sum and count of the latency of 4 processes (14 buckets), 20 are counters (requests by status, tokens
// by direction, CPU seconds) and 16 are gauges (CPU, memory, GPU memory, GPU utilisation).
//
// A process serves 0.3 to 30 requests a second at its best hour; one of ten is loaded and idle. Requests come as a Poisson process whose
// rate drifts; latencies are log-normal, so each bucket counts its own; tokens are counted request by request. Values have the grain that
// exporters give them: CPU time in ticks, memory in pages, GPU memory in MiB, utilisation in whole per cents. The sum of latencies is a sum
// of doubles with all their digits.

#include <array>
#include <cstdint>
#include <string>
#include <vector>

namespace monitorai::bench {

inline constexpr size_t kBuckets = 14;

/// One simulated LLM server.
class FleetProcess {
 public:
  explicit FleetProcess(size_t number);
  /// To the state at this step; steps ascend.
  void advance(size_t step);

  std::array<double, kBuckets> buckets{};  ///< cumulative, as the exposition has them; the last is +Inf
  double latency_sum = 0;
  double requests = 0, errors = 0;
  double input_tokens = 0, output_tokens = 0;
  double cpu_seconds() const { return static_cast<double>(cpu_ticks_) / 100; }
  double cpu_percent = 0, memory_bytes = 0, gpu_memory_bytes = 0, gpu_percent = 0;

 private:
  double uniform();
  double normal();
  uint64_t poisson(double mean);
  void serve(double mean);
  void use_resources(double requests_now);

  uint64_t random_;
  double rate_ = 0;  ///< requests a step, at most
  double phase_ = 0;
  std::array<double, kBuckets> shares_{};  ///< of the requests, by bucket
  double latency_mean_ = 0, latency_deviation_ = 0;
  double prompt_tokens_ = 0, answer_tokens_ = 0;
  int64_t cpu_ticks_ = 0;
  double memory_pages_ = 0, gpu_mebibytes_ = 0;
  size_t next_step_ = 0;
};

class Fleet {
 public:
  Fleet(size_t from, size_t count);
  size_t size() const { return count_; }
  /// The Label messages of a TimeSeries, sorted by name.
  const std::string& labels(size_t i) const { return labels_[i]; }
  double value(size_t i, size_t step);

 private:
  size_t from_ = 0;
  size_t count_ = 0;
  std::vector<std::string> labels_;
  size_t first_process_ = 0;
  std::vector<FleetProcess> processes_;
};

}  // namespace monitorai::bench
