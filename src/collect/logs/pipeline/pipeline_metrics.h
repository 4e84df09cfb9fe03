#pragma once
// The metrics that metrics stages define, over all files of a pipeline. Thread-safe.

#include <map>
#include <mutex>
#include <vector>

#include "collect/logs/pipeline/stage_settings.h"
#include "signals/metric.h"

namespace monitorai::collect {

inline constexpr size_t kPipelineSeriesMax = 10'000;  ///< of one metric: further label sets are left out and counted

class PipelineMetrics {
 public:
  void add(const MetricSettings& metric, const Extracted& labels, double by);
  void set(const MetricSettings& metric, const Extracted& labels, double value);
  void observe(const MetricSettings& metric, const Extracted& labels, double value);
  void append_families(std::vector<signals::MetricFamily>& out) const;

 private:
  struct Series {
    double value = 0;
    uint64_t count = 0;
    std::vector<uint64_t> buckets{};
  };
  struct Family {
    MetricSettings settings;
    std::map<signals::Labels, Series> series{};
    uint64_t left_out = 0;
  };
  Series* series_of(const MetricSettings& metric, const Extracted& labels);
  mutable std::mutex mutex_;
  std::map<std::string, Family> families_;
};

}  // namespace monitorai::collect
