#pragma once
// Metrics over time of the spans that a query selects: rate(), count_over_time(), quantile_over_time(), ... One query's; one thread's.

#include "query/traceql/comparison.h"
#include "query/traceql/engine.h"
#include "query/traceql/evaluate.h"

namespace monitorai::query {

class TraceMetricSeries {
 public:
  /// Code::invalid: no step, or too many of them.
  static Result<TraceMetricSeries> make(const TraceMetric& metric, signals::SpanRange range, std::chrono::milliseconds step, size_t steps_max, size_t series_max);

  /// The starts of the spans that count: (first step - step, last step].
  signals::SpanRange range() const { return {{(first_ms_ - step_ms_) * 1'000'000 + 1}, {last_ms_ * 1'000'000 + 1}}; }
  /// Code::exhausted: one series too many.
  Result<void> add(const TraceView& trace, uint32_t span);
  std::vector<TraceSeries> finish() const;

 private:
  struct Cell {
    double count = 0;
    double sum = 0;
    double low = HUGE_VAL;
    double high = -HUGE_VAL;
    std::map<int32_t, uint32_t> buckets;  ///< of quantiles and histograms, by number
  };
  struct Group {
    std::vector<TraceTag> labels;
    std::map<size_t, Cell> cells;  ///< by step
  };
  TraceMetricSeries(const TraceMetric& metric, int64_t first_ms, int64_t last_ms, int64_t step_ms, size_t series_max)
      : metric_(metric), first_ms_(first_ms), last_ms_(last_ms), step_ms_(step_ms), series_max_(series_max), comparison_(metric) {}
  size_t step_of(TimeNs start) const;
  TimeMs time_of(size_t step) const { return {first_ms_ + static_cast<int64_t>(step) * step_ms_}; }
  /// Quantiles at the bounds of the buckets are exact, between them off by less than 1 part in 50.
  double quantile(const Cell& cell, double q) const;

  const TraceMetric& metric_;
  const int64_t first_ms_;
  const int64_t last_ms_;
  const int64_t step_ms_;
  const size_t series_max_;
  std::map<std::vector<TraceTag>, Group> groups_;
  TraceComparison comparison_;  ///< of compare, instead of groups
};

}  // namespace monitorai::query
