#include "query/promql/functions.h"

#include <algorithm>

namespace monitorai::query {
namespace {

using enum ValueType;
using Id = FunctionId;

// clang-format off
const std::vector<Function> kFunctions = {
    {Id::abs, "abs", {vector}},
    {Id::absent, "absent", {vector}},
    {Id::absent_over_time, "absent_over_time", {matrix}},
    {Id::acos, "acos", {vector}},
    {Id::acosh, "acosh", {vector}},
    {Id::asin, "asin", {vector}},
    {Id::asinh, "asinh", {vector}},
    {Id::atan, "atan", {vector}},
    {Id::atanh, "atanh", {vector}},
    {Id::avg_over_time, "avg_over_time", {matrix}},
    {Id::ceil, "ceil", {vector}},
    {Id::changes, "changes", {matrix}},
    {Id::clamp, "clamp", {vector, scalar, scalar}},
    {Id::clamp_max, "clamp_max", {vector, scalar}},
    {Id::clamp_min, "clamp_min", {vector, scalar}},
    {Id::cos, "cos", {vector}},
    {Id::cosh, "cosh", {vector}},
    {Id::count_over_time, "count_over_time", {matrix}},
    {Id::day_of_month, "day_of_month", {vector}, 1},
    {Id::day_of_week, "day_of_week", {vector}, 1},
    {Id::day_of_year, "day_of_year", {vector}, 1},
    {Id::days_in_month, "days_in_month", {vector}, 1},
    {Id::deg, "deg", {vector}},
    {Id::delta, "delta", {matrix}},
    {Id::deriv, "deriv", {matrix}},
    {Id::double_exponential_smoothing, "double_exponential_smoothing", {matrix, scalar, scalar}, 0, vector, true},
    {Id::end, "end", {}, 0, scalar, true},
    {Id::exp, "exp", {vector}},
    {Id::first_over_time, "first_over_time", {matrix}},
    {Id::floor, "floor", {vector}},
    {Id::histogram_avg, "histogram_avg", {vector}},
    {Id::histogram_count, "histogram_count", {vector}},
    {Id::histogram_fraction, "histogram_fraction", {scalar, scalar, vector}},
    {Id::histogram_quantile, "histogram_quantile", {scalar, vector}},
    {Id::histogram_quantiles, "histogram_quantiles", {vector, string, scalar, scalar}, 9, vector, true},
    {Id::histogram_stddev, "histogram_stddev", {vector}},
    {Id::histogram_stdvar, "histogram_stdvar", {vector}},
    {Id::histogram_sum, "histogram_sum", {vector}},
    {Id::hour, "hour", {vector}, 1},
    {Id::idelta, "idelta", {matrix}},
    {Id::increase, "increase", {matrix}},
    {Id::info, "info", {vector, vector}, 1, vector, true},
    {Id::irate, "irate", {matrix}},
    {Id::label_join, "label_join", {vector, string, string, string}, -1},
    {Id::label_replace, "label_replace", {vector, string, string, string, string}},
    {Id::last_over_time, "last_over_time", {matrix}},
    {Id::ln, "ln", {vector}},
    {Id::log10, "log10", {vector}},
    {Id::log2, "log2", {vector}},
    {Id::mad_over_time, "mad_over_time", {matrix}, 0, vector, true},
    {Id::max_of, "max_of", {scalar, scalar}, 0, scalar, true},
    {Id::max_over_time, "max_over_time", {matrix}},
    {Id::min_of, "min_of", {scalar, scalar}, 0, scalar, true},
    {Id::min_over_time, "min_over_time", {matrix}},
    {Id::minute, "minute", {vector}, 1},
    {Id::month, "month", {vector}, 1},
    {Id::pi, "pi", {}, 0, scalar},
    {Id::predict_linear, "predict_linear", {matrix, scalar}},
    {Id::present_over_time, "present_over_time", {matrix}},
    {Id::quantile_over_time, "quantile_over_time", {scalar, matrix}},
    {Id::rad, "rad", {vector}},
    {Id::range, "range", {}, 0, scalar, true},
    {Id::rate, "rate", {matrix}},
    {Id::resets, "resets", {matrix}},
    {Id::round, "round", {vector, scalar}, 1},
    {Id::scalar, "scalar", {vector}, 0, scalar},
    {Id::sgn, "sgn", {vector}},
    {Id::sin, "sin", {vector}},
    {Id::sinh, "sinh", {vector}},
    {Id::sort, "sort", {vector}},
    {Id::sort_by_label, "sort_by_label", {vector, string}, -1, vector, true},
    {Id::sort_by_label_desc, "sort_by_label_desc", {vector, string}, -1, vector, true},
    {Id::sort_desc, "sort_desc", {vector}},
    {Id::sqrt, "sqrt", {vector}},
    {Id::start, "start", {}, 0, scalar, true},
    {Id::start_timestamp, "start_timestamp", {vector}, 0, vector, true},
    {Id::stddev_over_time, "stddev_over_time", {matrix}},
    {Id::stdvar_over_time, "stdvar_over_time", {matrix}},
    {Id::step, "step", {}, 0, scalar, true},
    {Id::sum_over_time, "sum_over_time", {matrix}},
    {Id::tan, "tan", {vector}},
    {Id::tanh, "tanh", {vector}},
    {Id::time, "time", {}, 0, scalar},
    {Id::timestamp, "timestamp", {vector}},
    {Id::ts_of_first_over_time, "ts_of_first_over_time", {matrix}, 0, vector, true},
    {Id::ts_of_last_over_time, "ts_of_last_over_time", {matrix}, 0, vector, true},
    {Id::ts_of_max_over_time, "ts_of_max_over_time", {matrix}, 0, vector, true},
    {Id::ts_of_min_over_time, "ts_of_min_over_time", {matrix}, 0, vector, true},
    {Id::vector, "vector", {scalar}},
    {Id::year, "year", {vector}, 1},
};
// clang-format on

}  // namespace

std::string_view type_name(ValueType type) {
  switch (type) {
    case none:
      return "none";
    case scalar:
      return "scalar";
    case vector:
      return "instant vector";
    case matrix:
      return "range vector";
    case string:
      return "string";
  }
  return "unknown";
}

const Function* find_function(std::string_view name) {
  const auto found =
      std::lower_bound(kFunctions.begin(), kFunctions.end(), name, [](const Function& f, std::string_view n) { return f.name < n; });
  return found != kFunctions.end() && found->name == name ? &*found : nullptr;
}

const std::vector<Function>& all_functions() { return kFunctions; }

}  // namespace monitorai::query
