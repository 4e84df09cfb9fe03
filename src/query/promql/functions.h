#pragma once
// The functions of PromQL: names and signatures.

#include <cstdint>
#include <string_view>
#include <vector>

namespace monitorai::query {

enum class ValueType : uint8_t { none, scalar, vector, matrix, string };

/// As Prometheus's messages call them: "instant vector", "range vector", "scalar", "string".
std::string_view type_name(ValueType type);

enum class FunctionId : uint8_t {
  abs,
  absent,
  absent_over_time,
  acos,
  acosh,
  asin,
  asinh,
  atan,
  atanh,
  avg_over_time,
  ceil,
  changes,
  clamp,
  clamp_max,
  clamp_min,
  cos,
  cosh,
  count_over_time,
  day_of_month,
  day_of_week,
  day_of_year,
  days_in_month,
  deg,
  delta,
  deriv,
  double_exponential_smoothing,
  end,
  exp,
  first_over_time,
  floor,
  histogram_avg,
  histogram_count,
  histogram_fraction,
  histogram_quantile,
  histogram_quantiles,
  histogram_stddev,
  histogram_stdvar,
  histogram_sum,
  hour,
  idelta,
  increase,
  info,
  irate,
  label_join,
  label_replace,
  last_over_time,
  ln,
  log10,
  log2,
  mad_over_time,
  max_of,
  max_over_time,
  min_of,
  min_over_time,
  minute,
  month,
  pi,
  predict_linear,
  present_over_time,
  quantile_over_time,
  rad,
  range,
  rate,
  resets,
  round,
  scalar,
  sgn,
  sin,
  sinh,
  sort,
  sort_by_label,
  sort_by_label_desc,
  sort_desc,
  sqrt,
  start,
  start_timestamp,
  stddev_over_time,
  stdvar_over_time,
  step,
  sum_over_time,
  tan,
  tanh,
  time,
  timestamp,
  ts_of_first_over_time,
  ts_of_last_over_time,
  ts_of_max_over_time,
  ts_of_min_over_time,
  vector,
  year,
};

struct Function {
  FunctionId id;
  std::string_view name;
  std::vector<ValueType> args;
  int variadic = 0;  ///< how many of the last argument may be added or left out: 0 none, -1 any number
  ValueType result = ValueType::vector;
  bool experimental = false;
};

/// nullptr when there is none of this name.
const Function* find_function(std::string_view name);
const std::vector<Function>& all_functions();

}  // namespace monitorai::query
