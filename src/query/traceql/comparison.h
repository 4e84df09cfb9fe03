#pragma once
// compare(): what distinguishes the spans that a filter selects from the rest, by how often each value of each attribute occurs on either
// side over time. One query's; one thread's. Source: grafana.com/docs/tempo/latest/traceql/metrics-queries/functions (compare).

#include <functional>

#include "query/traceql/engine.h"
#include "query/traceql/evaluate.h"

namespace monitorai::query {

/// Different values of one attribute on one side; beyond it the attribute is told as an error instead, as Tempo does.
inline constexpr size_t kComparedValuesMax = 1000;
/// Values of all attributes and sides, each counted for each step in which it occurs.
inline constexpr size_t kComparedCellsMax = 2'000'000;

class TraceComparison {
 public:
  /// `metric` is a compare() and must outlive this.
  explicit TraceComparison(const TraceMetric& metric) : metric_(metric) {}
  /// Code::exhausted: beyond kComparedCellsMax.
  Result<void> add(const TraceView& trace, uint32_t span, size_t step);
  /// The most frequent values of each attribute (`__meta_type` baseline, selection), then how many spans have it (`..._total`).
  std::vector<TraceSeries> finish(const std::function<TimeMs(size_t step)>& time_of) const;

 private:
  using Counts = std::map<size_t, double>;  ///< by step
  struct Compared {
    std::map<std::pair<TraceValue::Type, std::string>, Counts> values;
    Counts total;
    bool too_many = false;
  };
  using Side = std::map<std::string, Compared>;
  void count(Side& side, const std::string& attribute, const TraceValue& value, size_t step);

  const TraceMetric& metric_;
  Side baseline_, selection_;
  size_t cells_ = 0;
};

}  // namespace monitorai::query
