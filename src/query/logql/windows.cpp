#include "query/logql/windows.h"

#include <cmath>

#include "query/promql/quantile.h"

namespace monitorai::query::logql {
namespace {

/// Prometheus's extrapolated rate of a counter, in nanoseconds: resets are added, and the ends are extended to the window's borders as far
/// as the distance of the samples lets expect. 0 with fewer than two samples, as in Loki.
double counter_rate(std::span<const int64_t> times_ns, std::span<const double> values, int64_t end_ns, int64_t range_ns) {
  if (values.size() < 2) return 0;
  double increase = values.back() - values.front();
  double before = 0;
  for (const double v : values) {
    if (v < before) increase += before;
    before = v;
  }
  const auto seconds = [](int64_t ns) { return static_cast<double>(ns) / 1e9; };
  double to_start = seconds(times_ns.front() - (end_ns - range_ns));
  double to_end = seconds(end_ns - times_ns.back());
  const double sampled = seconds(times_ns.back() - times_ns.front());
  const double distance = sampled / static_cast<double>(values.size() - 1);
  const double threshold = distance * 1.1;
  if (to_start >= threshold) to_start = distance / 2;
  // A counter is never negative: not further back than where it would have been 0.
  if (increase > 0 && values.front() >= 0) to_start = std::min(to_start, sampled * (values.front() / increase));
  if (to_end >= threshold) to_end = distance / 2;
  return increase * ((sampled + to_start + to_end) / sampled) / seconds(range_ns);
}

/// Welford's algorithm.
double variance(std::span<const double> values) {
  double count = 0;
  double mean = 0;
  double m2 = 0;
  for (const double v : values) {
    count += 1;
    const double delta = v - mean;
    mean += delta / count;
    m2 += delta * (v - mean);
  }
  return m2 / count;
}

double mean(std::span<const double> values) {
  double out = 0;
  double count = 0;
  for (const double v : values) {
    count += 1;
    // An infinite mean stays, unless the other infinity or NaN comes.
    if (std::isinf(out) && ((std::isinf(v) && (out > 0) == (v > 0)) || std::isfinite(v))) continue;
    out += v / count - out / count;
  }
  return out;
}

template <bool kMax>
double extreme(std::span<const double> values) {
  double best = values[0];
  for (const double v : values)
    if ((kMax ? v > best : v < best) || std::isnan(best)) best = v;
  return best;
}

double sum(std::span<const double> values) {
  double out = 0;
  for (const double v : values) out += v;
  return out;
}

}  // namespace

double window_value(const RangeAggregation& node, std::span<const int64_t> times_ns, std::span<const double> values, int64_t end_ns,
                    std::vector<double>& scratch) {
  switch (node.op) {
    case RangeOp::rate:
    case RangeOp::bytes_rate:
      return sum(values) / (static_cast<double>(node.range_ns) / 1e9);
    case RangeOp::rate_counter:
      return counter_rate(times_ns, values, end_ns, node.range_ns);
    case RangeOp::count_over_time:
      return static_cast<double>(values.size());
    case RangeOp::bytes_over_time:
    case RangeOp::sum_over_time:
      return sum(values);
    case RangeOp::avg_over_time:
      return mean(values);
    case RangeOp::min_over_time:
      return extreme<false>(values);
    case RangeOp::max_over_time:
      return extreme<true>(values);
    case RangeOp::stdvar_over_time:
      return variance(values);
    case RangeOp::stddev_over_time:
      return std::sqrt(variance(values));
    case RangeOp::quantile_over_time:
      scratch.assign(values.begin(), values.end());
      return quantile(node.parameter, scratch);
    case RangeOp::first_over_time:
      return values.front();
    case RangeOp::last_over_time:
      return values.back();
    case RangeOp::absent_over_time:
      return 1;
  }
  return 0;
}

}  // namespace monitorai::query::logql
