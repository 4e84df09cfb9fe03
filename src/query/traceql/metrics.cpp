#include "query/traceql/metrics.h"

#include <algorithm>
#include <cmath>

#include "base/text.h"

namespace monitorai::query {
namespace {

constexpr int64_t kNsPerMs = 1'000'000;
/// Buckets of quantiles: 32 to each doubling.
constexpr double kBucketsPerDoubling = 32;

int64_t floor_div(int64_t a, int64_t b) { return a / b - static_cast<int64_t>(a % b < 0); }

/// The number of the bucket whose upper bound is 2^(n / 32); all that is not above 0 is in one.
int32_t bucket_of(double value) { return value > 0 && std::isfinite(value) ? static_cast<int32_t>(std::ceil(std::log2(value) * kBucketsPerDoubling)) : INT32_MIN; }
double bound_of(int32_t bucket) { return bucket == INT32_MIN ? 0 : std::exp2(bucket / kBucketsPerDoubling); }

}  // namespace

Result<TraceMetricSeries> TraceMetricSeries::make(const TraceMetric& metric, signals::SpanRange range, std::chrono::milliseconds step, size_t steps_max, size_t series_max) {
  const int64_t step_ms = step.count();
  if (step_ms <= 0) return Error{Code::invalid, "cannot evaluate over time: the step is not above 0"};
  if (range.from == range.to) {
    const int64_t at = floor_div(range.to.ns, kNsPerMs);
    return TraceMetricSeries(metric, at, at, step_ms, series_max);
  }
  const int64_t first = (floor_div(range.from.ns / kNsPerMs - 1, step_ms) + 1) * step_ms;
  const int64_t last = (floor_div(range.to.ns / kNsPerMs - 1, step_ms) + 1) * step_ms;
  if ((last - first) / step_ms >= static_cast<int64_t>(steps_max)) return Error{Code::invalid, fmt::format("cannot evaluate over time: {} steps, of at most {}", (last - first) / step_ms + 1, steps_max)};
  return TraceMetricSeries(metric, first, last, step_ms, series_max);
}

Result<void> TraceMetricSeries::add(const TraceView& trace, uint32_t number) {
  const signals::Span& span = trace.spans()[number];
  if (!range().contains(span.start)) return {};
  if (metric_.kind == TraceMetric::Kind::compare) return comparison_.add(trace, number, step_of(span.start));
  double value = 0;
  std::string scratch;
  if (metric_.field) {
    const TraceValue read = field_value(*metric_.field, trace, number, scratch);
    if (!read.is_number()) return {};
    value = read.number();
  }
  std::vector<TraceTag> labels;
  for (const TraceFieldRef& field : metric_.by) {
    const TraceValue read = field_value(field, trace, number, scratch);
    labels.push_back({field.text, read.type, read.shown()});
  }
  if (metric_.kind == TraceMetric::Kind::histogram) {
    const double bound = value > 0 ? std::exp2(std::ceil(std::log2(value))) : 0;
    labels.push_back({"__bucket", TraceValue::Type::real, format_number(bound)});
  }
  auto found = groups_.find(labels);
  if (found == groups_.end()) {
    if (groups_.size() >= series_max_) return Error{Code::exhausted, fmt::format("cannot evaluate over time: more than {} series", series_max_)};
    found = groups_.emplace(labels, Group{labels, {}}).first;
  }
  Cell& cell = found->second.cells[step_of(span.start)];
  ++cell.count;
  cell.sum += value;
  cell.low = std::min(cell.low, value);
  cell.high = std::max(cell.high, value);
  if (metric_.kind == TraceMetric::Kind::quantile) ++cell.buckets[bucket_of(value)];
  return {};
}

/// The sample at a step is of what began in the step before it, its end included.
size_t TraceMetricSeries::step_of(TimeNs start) const {
  const int64_t ms = floor_div(start.ns - 1, kNsPerMs);
  return static_cast<size_t>(std::max<int64_t>(0, floor_div(ms - first_ms_, step_ms_) + 1));
}

double TraceMetricSeries::quantile(const Cell& cell, double q) const {
  const double rank = q * cell.count;
  double below = 0;
  for (const auto& [bucket, count] : cell.buckets) {
    if (below + count >= rank) {
      const double upper = bound_of(bucket);
      const double lower = bucket == INT32_MIN ? 0 : bound_of(bucket - 1);
      const double at = lower + (upper - lower) * (count == 0 ? 1 : (rank - below) / count);
      return std::clamp(at, cell.low, cell.high);
    }
    below += count;
  }
  return cell.high;
}

std::vector<TraceSeries> TraceMetricSeries::finish() const {
  using Kind = TraceMetric::Kind;
  if (metric_.kind == Kind::compare) return comparison_.finish([this](size_t step) { return time_of(step); });
  std::vector<TraceSeries> out;
  const auto add = [&](const Group& group, const auto& value, std::optional<double> quantile = {}) {
    TraceSeries& series = out.emplace_back();
    series.labels = group.labels;
    if (quantile) series.labels.push_back({"p", TraceValue::Type::real, format_number(*quantile)});
    for (const auto& [step, cell] : group.cells) series.samples.emplace_back(time_of(step), value(cell));
  };
  for (const auto& [labels, group] : groups_) {
    switch (metric_.kind) {
      case Kind::rate: add(group, [&](const Cell& c) { return c.count * 1000 / static_cast<double>(step_ms_); }); break;
      case Kind::count:
      case Kind::histogram: add(group, [](const Cell& c) { return c.count; }); break;
      case Kind::min: add(group, [](const Cell& c) { return c.low; }); break;
      case Kind::max: add(group, [](const Cell& c) { return c.high; }); break;
      case Kind::avg: add(group, [](const Cell& c) { return c.sum / c.count; }); break;
      case Kind::sum: add(group, [](const Cell& c) { return c.sum; }); break;
      case Kind::compare: break;
      case Kind::quantile:
        for (const double q : metric_.quantiles) add(group, [&](const Cell& c) { return quantile(c, q); }, q);
        break;
    }
  }
  if (metric_.top == 0 || out.size() <= metric_.top) return out;
  // By their sum over time: the same series stay from step to step.
  const auto total = [](const TraceSeries& series) {
    double sum = 0;
    for (const auto& sample : series.samples) sum += sample.second;
    return sum;
  };
  std::stable_sort(out.begin(), out.end(), [&](const TraceSeries& a, const TraceSeries& b) { return metric_.bottom ? total(a) < total(b) : total(a) > total(b); });
  out.resize(metric_.top);
  return out;
}

}  // namespace monitorai::query
