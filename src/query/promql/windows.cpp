#include "query/promql/windows.h"

#include <algorithm>

#include "query/promql/kahan.h"
#include "query/promql/quantile.h"

namespace monitorai::query {
namespace {

constexpr double kNan = std::numeric_limits<double>::quiet_NaN();

/// The samples of one step: n of them from t and v, in (start, end].
struct Window {
  const int64_t* t = nullptr;
  const double* v = nullptr;
  size_t n = 0;
  size_t first = 0;  ///< index of the first sample in the series
  int64_t start = 0;
  int64_t end = 0;
  int64_t time = 0;  ///< of the evaluation; differs from end under offset and @
  size_t step = 0;
};

/// Samples looked at between two looks at the stop token.
constexpr size_t kSamplesPerCheck = 1 << 20;

/// Calls f(window) for each step and stores what it gives. f is only called for windows with samples.
template <class F>
void slide(const Ranges& ranges, const Grid& grid, const signals::Columns& columns, const Scratch& scratch, std::span<double> out, F&& f) {
  size_t looked_at = 0;
  const std::vector<int64_t>& times = columns.times_ms;
  const size_t size = times.size();
  size_t low = 0;
  size_t high = 0;
  for (size_t step = 0; step < grid.count; ++step) {
    Window window;
    window.time = grid.at(step);
    window.end = ranges.end_of(window.time);
    window.start = window.end - ranges.range_ms;
    const int64_t from = window.start - ranges.before_ms;
    const int64_t to = window.end + ranges.after_ms;
    while (high < size && times[high] <= to) ++high;
    while (low < high && times[low] <= from) ++low;
    window.t = times.data() + low;
    window.v = columns.values.data() + low;
    window.n = high - low;
    window.first = low;
    window.step = step;
    if ((looked_at += window.n) > kSamplesPerCheck) {
      looked_at = 0;
      if (scratch.give_up && scratch.give_up()) return;
    }
    out[step] = window.n == 0 ? kAbsent : f(window);
  }
}

/// The places where a counter fell, so that most windows need not look for them.
class Resets {
 public:
  explicit Resets(const signals::Columns& columns, bool counter = true) {
    const std::vector<double>& v = columns.values;
    for (size_t i = 1; counter && i < v.size(); ++i)
      if (v[i] < v[i - 1]) at_.push_back(i);
  }
  bool any() const { return !at_.empty(); }
  /// The sum of the values before each fall after `first` up to `last`: what had been counted until then.
  double correction(const double* v, size_t first, size_t last) const {
    double sum = 0;
    for (auto i = std::upper_bound(at_.begin(), at_.end(), first); i != at_.end() && *i <= last; ++i) sum += v[*i - 1];
    return sum;
  }
  size_t count(const Window& w) const {
    if (at_.empty()) return 0;
    return static_cast<size_t>(std::lower_bound(at_.begin(), at_.end(), w.first + w.n) - std::upper_bound(at_.begin(), at_.end(), w.first));
  }

 private:
  std::vector<size_t> at_;
};

/// The windows of rate, increase and delta over samples at these times. The difference over a window is extrapolated to its ends when
/// samples come near enough to them, by half the distance of samples otherwise.
const std::vector<RateStep>& rate_windows(const Ranges& ranges, const Grid& grid, const std::vector<int64_t>& times, bool per_second,
                                          Scratch& scratch) {
  Scratch::RateWindows& cache = scratch.rate;
  if (cache.ranges == &ranges && cache.times_ms == times) return cache.steps;
  cache.ranges = &ranges;
  cache.times_ms = times;
  cache.steps.assign(grid.count, {});
  size_t low = 0;
  size_t high = 0;
  for (size_t step = 0; step < grid.count; ++step) {
    const int64_t end = ranges.end_of(grid.at(step));
    const int64_t start = end - ranges.range_ms;
    while (high < times.size() && times[high] <= end) ++high;
    while (low < high && times[low] <= start) ++low;
    if (high - low < 2) continue;
    RateStep& s = cache.steps[step];
    s.first = low;
    s.last = high - 1;
    s.to_start = static_cast<double>(times[s.first] - start) / 1000;
    s.to_end = static_cast<double>(end - times[s.last]) / 1000;
    s.sampled = static_cast<double>(times[s.last] - times[s.first]) / 1000;
    const double average = s.sampled / static_cast<double>(s.last - s.first);
    const double threshold = average * 1.1;
    if (s.to_start >= threshold) s.to_start = average / 2;
    if (s.to_end >= threshold) s.to_end = average / 2;
    s.factor = (s.sampled + s.to_start + s.to_end) / s.sampled;
    if (per_second) s.factor /= static_cast<double>(ranges.range_ms) / 1000;
  }
  return cache.steps;
}

void extrapolated_rates(const Ranges& ranges, const Grid& grid, const signals::Columns& columns, bool counter, bool per_second,
                        Scratch& scratch, std::span<double> out) {
  const std::vector<RateStep>& steps = rate_windows(ranges, grid, columns.times_ms, per_second, scratch);
  const double* const v = columns.values.data();
  const Resets resets(columns, counter);
  const double range = static_cast<double>(ranges.range_ms) / 1000;
  for (size_t step = 0; step < grid.count; ++step) {
    const RateStep& s = steps[step];
    if (s.first == s.last) {
      out[step] = kAbsent;
      continue;
    }
    double result = v[s.last] - v[s.first];
    if (resets.any()) result += resets.correction(v, s.first, s.last);
    double factor = s.factor;
    // A counter is never negative: it cannot have begun before its straight line crosses zero.
    if (counter && result > 0 && v[s.first] >= 0 && s.sampled * v[s.first] < s.to_start * result * 1.000001) {
      const double to_zero = s.sampled * (v[s.first] / result);
      if (to_zero < s.to_start) {
        factor = (s.sampled + to_zero + s.to_end) / s.sampled;
        if (per_second) factor /= range;
      }
    }
    out[step] = result * factor;
  }
}

double interpolate(int64_t t1, double v1, int64_t t2, double v2, int64_t t, bool counter) {
  if (counter && v2 < v1) v1 = 0;
  return v1 + (v2 - v1) * static_cast<double>(t - t1) / static_cast<double>(t2 - t1);
}

/// rate, increase and delta of anchored and smoothed selectors: exact ends instead of extrapolation.
double extended(const Window& w, bool smoothed, bool counter, bool per_second, int64_t range_ms) {
  const auto index = [&](auto&& is_after) {
    size_t i = 0;
    while (i < w.n - 1 && !is_after(w.t[i])) ++i;
    return i;
  };
  size_t last = w.n - 1;
  const size_t beyond = index([&](int64_t t) { return t > w.start; });
  size_t first = beyond == 0 ? 0 : beyond - 1;
  if (smoothed) last = index([&](int64_t t) { return t >= w.end; });
  if (w.t[last] <= w.start) return kAbsent;
  if (smoothed && w.t[first] > w.end) return kAbsent;
  const double left =
      smoothed && w.t[first] < w.start ? interpolate(w.t[first], w.v[first], w.t[first + 1], w.v[first + 1], w.start, counter) : w.v[first];
  const double right = smoothed && last > 0 && w.t[last] > w.end
                           ? interpolate(w.t[last - 1], w.v[last - 1], w.t[last], w.v[last], w.end, counter)
                           : w.v[last];
  double result = right - left;
  if (counter) {
    size_t from = w.t[first] <= w.start ? first + 1 : first;
    const size_t to = w.t[last] >= w.end ? last : last + 1;
    double previous = left;
    for (; from < to; ++from) {
      if (w.v[from] < previous) result += previous;
      previous = w.v[from];
    }
    if (right < previous) result += previous;
  }
  return per_second ? result / (static_cast<double>(range_ms) / 1000) : result;
}

/// irate and idelta: the last two samples.
double instant_change(const Window& w, bool rate) {
  if (w.n < 2) return kAbsent;
  const double before = w.v[w.n - 2];
  const double now = w.v[w.n - 1];
  const int64_t interval = w.t[w.n - 1] - w.t[w.n - 2];
  if (interval == 0) return kAbsent;
  if (!rate) return now - before;
  return (now < before ? now : now - before) / (static_cast<double>(interval) / 1000);
}

/// Least squares: slope per second and the value at time `at_ms`.
std::pair<double, double> linear_regression(const Window& w, int64_t at_ms) {
  Kahan x_sum;
  Kahan y_sum;
  Kahan xy_sum;
  Kahan x2_sum;
  bool constant = true;
  for (size_t i = 0; i < w.n; ++i) {
    if (w.v[i] != w.v[0]) constant = constant && i == 0;
    const double x = static_cast<double>(w.t[i] - at_ms) / 1e3;
    x_sum.add(x);
    y_sum.add(w.v[i]);
    xy_sum.add(x * w.v[i]);
    x2_sum.add(x * x);
  }
  if (constant) return std::isinf(w.v[0]) ? std::pair{kNan, kNan} : std::pair{0.0, w.v[0]};
  const auto n = static_cast<double>(w.n);
  const double x = x_sum.value();
  const double y = y_sum.value();
  const double covariance = xy_sum.value() - x * y / n;
  const double variance = x2_sum.value() - x * x / n;
  const double slope = covariance / variance;
  return {slope, y / n - slope * x / n};
}

double variance(const Window& w) {
  double count = 0;
  Kahan mean;
  Kahan aux;
  for (size_t i = 0; i < w.n; ++i) {
    count += 1;
    const double delta = w.v[i] - mean.value();
    mean.add(delta / count);
    aux.add(delta * (w.v[i] - mean.value()));
  }
  return aux.value() / count;
}

double average(const Window& w) {
  Mean mean;
  for (size_t i = 0; i < w.n; ++i) mean.add(w.v[i]);
  return mean.value();
}

double sum(const Window& w) {
  Kahan total;
  for (size_t i = 0; i < w.n; ++i) total.add(w.v[i]);
  return std::isinf(total.sum) ? total.sum : total.value();
}

/// The index of the extreme sample; of equal ones the last when `last`, else the first. NaN gives way to any number.
template <class Better>
size_t extreme(const Window& w, Better better) {
  size_t best = 0;
  for (size_t i = 0; i < w.n; ++i)
    if (better(w.v[i], w.v[best]) || std::isnan(w.v[best])) best = i;
  return best;
}

double smoothing(const Window& w, double smoothing_factor, double trend_factor) {
  if (w.n < 2) return kAbsent;
  double before = 0;
  double level = w.v[0];
  double trend = w.v[1] - w.v[0];
  for (size_t i = 1; i < w.n; ++i) {
    const double x = smoothing_factor * w.v[i];
    if (i > 1) trend = trend_factor * (level - before) + (1 - trend_factor) * trend;
    const double y = (1 - smoothing_factor) * (level + trend);
    before = level;
    level = x + y;
  }
  return level;
}

double median_absolute_deviation(const Window& w, std::vector<double>& buffer) {
  if (std::any_of(w.v, w.v + w.n, [](double v) { return std::isnan(v); })) return kNan;
  buffer.assign(w.v, w.v + w.n);
  const double median = quantile(0.5, buffer);
  for (double& value : buffer) value = std::abs(value - median);
  return quantile(0.5, buffer);
}

/// With `anchored`, changes and resets also look at the last sample before the window.
bool anchor(Window& w) {
  size_t beyond = 0;
  while (beyond < w.n && w.t[beyond] <= w.start) ++beyond;
  if (beyond == w.n) return false;
  const size_t skip = beyond == 0 ? 0 : beyond - 1;
  w.t += skip;
  w.v += skip;
  w.n -= skip;
  w.first += skip;
  return true;
}

double changes(const Window& w) {
  size_t count = 0;
  for (size_t i = 1; i < w.n; ++i)
    if (w.v[i] != w.v[i - 1] && !(std::isnan(w.v[i]) && std::isnan(w.v[i - 1]))) ++count;
  return static_cast<double>(count);
}

double seconds(int64_t ms) { return static_cast<double>(ms) / 1000; }

}  // namespace

bool is_window_function(FunctionId id) {
  switch (id) {
    case FunctionId::absent_over_time:
    case FunctionId::avg_over_time:
    case FunctionId::changes:
    case FunctionId::count_over_time:
    case FunctionId::delta:
    case FunctionId::deriv:
    case FunctionId::double_exponential_smoothing:
    case FunctionId::first_over_time:
    case FunctionId::idelta:
    case FunctionId::increase:
    case FunctionId::irate:
    case FunctionId::last_over_time:
    case FunctionId::mad_over_time:
    case FunctionId::max_over_time:
    case FunctionId::min_over_time:
    case FunctionId::predict_linear:
    case FunctionId::present_over_time:
    case FunctionId::quantile_over_time:
    case FunctionId::rate:
    case FunctionId::resets:
    case FunctionId::stddev_over_time:
    case FunctionId::stdvar_over_time:
    case FunctionId::sum_over_time:
    case FunctionId::ts_of_first_over_time:
    case FunctionId::ts_of_last_over_time:
    case FunctionId::ts_of_max_over_time:
    case FunctionId::ts_of_min_over_time:
      return true;
    default:
      return false;
  }
}

bool takes_smoothed(FunctionId id) { return id == FunctionId::rate || id == FunctionId::increase || id == FunctionId::delta; }
bool takes_anchored(FunctionId id) { return takes_smoothed(id) || id == FunctionId::resets || id == FunctionId::changes; }

Status apply_windows(FunctionId id, const Ranges& ranges, const Grid& grid, const WindowParameters& parameters,
                     const signals::Columns& columns, Scratch& scratch, std::span<double> out) {
  const auto run = [&](auto&& f) { slide(ranges, grid, columns, scratch, out, f); };
  const bool counter = id != FunctionId::delta;
  const bool per_second = id == FunctionId::rate;
  switch (id) {
    case FunctionId::rate:
    case FunctionId::increase:
    case FunctionId::delta: {
      if (ranges.anchored || ranges.smoothed) {
        run([&](const Window& w) { return extended(w, ranges.smoothed, counter, per_second, ranges.range_ms); });
      } else {
        extrapolated_rates(ranges, grid, columns, counter, per_second, scratch, out);
      }
      break;
    }
    case FunctionId::irate:
      run([](const Window& w) { return instant_change(w, true); });
      break;
    case FunctionId::idelta:
      run([](const Window& w) { return instant_change(w, false); });
      break;
    case FunctionId::resets: {
      const Resets resets(columns);
      run([&](Window w) { return ranges.anchored && !anchor(w) ? kAbsent : static_cast<double>(resets.count(w)); });
      break;
    }
    case FunctionId::changes:
      run([&](Window w) { return ranges.anchored && !anchor(w) ? kAbsent : changes(w); });
      break;
    case FunctionId::deriv:
      run([](const Window& w) { return w.n < 2 ? kAbsent : linear_regression(w, w.t[0]).first; });
      break;
    case FunctionId::predict_linear:
      run([&](const Window& w) {
        if (w.n < 2) return kAbsent;
        const auto [slope, intercept] = linear_regression(w, w.time);
        return slope * (*parameters.first)[w.step] + intercept;
      });
      break;
    case FunctionId::avg_over_time:
      run(average);
      break;
    case FunctionId::sum_over_time:
      run(sum);
      break;
    case FunctionId::count_over_time:
      run([](const Window& w) { return static_cast<double>(w.n); });
      break;
    case FunctionId::present_over_time:
    case FunctionId::absent_over_time:
      run([](const Window&) { return 1.0; });
      break;
    case FunctionId::first_over_time:
      run([](const Window& w) { return w.v[0]; });
      break;
    case FunctionId::last_over_time:
      run([](const Window& w) { return w.v[w.n - 1]; });
      break;
    case FunctionId::ts_of_first_over_time:
      run([](const Window& w) { return seconds(w.t[0]); });
      break;
    case FunctionId::ts_of_last_over_time:
      run([](const Window& w) { return seconds(w.t[w.n - 1]); });
      break;
    case FunctionId::max_over_time:
      run([](const Window& w) { return w.v[extreme(w, std::greater<>())]; });
      break;
    case FunctionId::min_over_time:
      run([](const Window& w) { return w.v[extreme(w, std::less<>())]; });
      break;
    case FunctionId::ts_of_max_over_time:
      run([](const Window& w) { return seconds(w.t[extreme(w, std::greater_equal<>())]); });
      break;
    case FunctionId::ts_of_min_over_time:
      run([](const Window& w) { return seconds(w.t[extreme(w, std::less_equal<>())]); });
      break;
    case FunctionId::stdvar_over_time:
      run(variance);
      break;
    case FunctionId::stddev_over_time:
      run([](const Window& w) { return std::sqrt(variance(w)); });
      break;
    case FunctionId::mad_over_time:
      run([&](const Window& w) { return median_absolute_deviation(w, scratch.sorted); });
      break;
    case FunctionId::quantile_over_time:
      run([&](const Window& w) {
        const double phi = (*parameters.first)[w.step];
        if (!(phi >= 0 && phi <= 1)) {
          scratch.annotations.add(Annotations::Level::warning,
                                  "PromQL warning: quantile value should be between 0 and 1, got " + general_number(phi),
                                  parameters.position);
        }
        scratch.sorted.assign(w.v, w.v + w.n);
        return quantile(phi, scratch.sorted);
      });
      break;
    case FunctionId::double_exponential_smoothing: {
      const char* which = nullptr;
      double wrong = 0;
      run([&](const Window& w) {
        const double level = (*parameters.first)[w.step];
        const double trend = (*parameters.second)[w.step];
        const auto check = [&](double factor, const char* name) {
          if (!(factor <= 0 || factor >= 1) || which != nullptr) return;
          which = name;
          wrong = factor;
        };
        check(level, "smoothing");
        check(trend, "trend");
        return smoothing(w, level, trend);
      });
      if (which != nullptr)
        return QueryError::execution(
            fmt::format("invalid {} factor. Expected: 0 < {} < 1, got: {:f}", which, *which == 's' ? "sf" : "tf", wrong));
      break;
    }
    default:
      return QueryError::execution("no function over a range vector");
  }
  return {};
}

}  // namespace monitorai::query
