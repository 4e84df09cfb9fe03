// Function calls: mathematics on values, dates, windows over ranges, sorting, absence.

#include <algorithm>
#include <chrono>
#include <numbers>
#include <numeric>

#include "query/promql/evaluator.h"

namespace monitorai::query {
namespace {

constexpr double kNan = std::numeric_limits<double>::quiet_NaN();

/// Go's math.Min and math.Max: NaN wins.
double go_min(double a, double b) {
  return std::isnan(a) || std::isnan(b) ? (std::isinf(a) && a < 0) || (std::isinf(b) && b < 0) ? -HUGE_VAL : kNan : std::min(a, b);
}
double go_max(double a, double b) {
  return std::isnan(a) || std::isnan(b) ? (std::isinf(a) && a > 0) || (std::isinf(b) && b > 0) ? HUGE_VAL : kNan : std::max(a, b);
}

double date_part(FunctionId id, double unix_seconds) {
  using namespace std::chrono;
  constexpr double kSecondsMax = 9e14;  // the years that std::chrono's calendar covers
  if (!(std::abs(unix_seconds) < kSecondsMax)) return kNan;
  const auto whole = static_cast<int64_t>(unix_seconds);
  const int64_t day_number = whole >= 0 ? whole / 86400 : (whole - 86399) / 86400;
  const int64_t second = whole - day_number * 86400;
  // Days since 1970 to a date, in a calendar whose year begins in March (Howard Hinnant, "chrono-Compatible Low-Level Date Algorithms").
  const int64_t z = day_number + 719468;
  const int64_t era = (z >= 0 ? z : z - 146096) / 146097;
  const int64_t day_of_era = z - era * 146097;
  const int64_t year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36524 - day_of_era / 146096) / 365;
  const int64_t day_of_march_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
  const int64_t shifted_month = (5 * day_of_march_year + 2) / 153;
  const int64_t day = day_of_march_year - (153 * shifted_month + 2) / 5 + 1;
  const int64_t month = shifted_month < 10 ? shifted_month + 3 : shifted_month - 9;
  const int64_t year = year_of_era + era * 400 + (month <= 2 ? 1 : 0);
  const bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
  switch (id) {
    case FunctionId::minute:
      return static_cast<double>(second % 3600 / 60);
    case FunctionId::hour:
      return static_cast<double>(second / 3600);
    case FunctionId::day_of_week:
      return static_cast<double>(((day_number % 7) + 11) % 7);
    case FunctionId::day_of_month:
      return static_cast<double>(day);
    case FunctionId::day_of_year: {
      static constexpr std::array<int64_t, 12> kBefore = {0, 31, 59, 90, 120, 151, 181, 212, 243, 273, 304, 334};
      return static_cast<double>(kBefore[static_cast<size_t>(month - 1)] + day + (leap && month > 2 ? 1 : 0));
    }
    case FunctionId::days_in_month: {
      static constexpr std::array<int64_t, 12> kDays = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
      return static_cast<double>(kDays[static_cast<size_t>(month - 1)] + (leap && month == 2 ? 1 : 0));
    }
    case FunctionId::month:
      return static_cast<double>(month);
    default:
      return static_cast<double>(year);
  }
}

bool is_date(FunctionId id) {
  switch (id) {
    case FunctionId::minute:
    case FunctionId::hour:
    case FunctionId::day_of_week:
    case FunctionId::day_of_month:
    case FunctionId::day_of_year:
    case FunctionId::days_in_month:
    case FunctionId::month:
    case FunctionId::year:
      return true;
    default:
      return false;
  }
}

double round_to(double value, double nearest) {
  // Multiplying by the inverse is more exact than dividing by the unit.
  const double inverse = 1.0 / nearest;
  return std::floor(value * inverse + 0.5) / inverse;
}

double apply_math(FunctionId id, double v) {
  switch (id) {
    case FunctionId::abs:
      return std::abs(v);
    case FunctionId::ceil:
      return std::ceil(v);
    case FunctionId::floor:
      return std::floor(v);
    case FunctionId::exp:
      return std::exp(v);
    case FunctionId::sqrt:
      return std::sqrt(v);
    case FunctionId::ln:
      return std::log(v);
    case FunctionId::log2:
      return std::log2(v);
    case FunctionId::log10:
      return std::log10(v);
    case FunctionId::sin:
      return std::sin(v);
    case FunctionId::cos:
      return std::cos(v);
    case FunctionId::tan:
      return std::tan(v);
    case FunctionId::asin:
      return std::asin(v);
    case FunctionId::acos:
      return std::acos(v);
    case FunctionId::atan:
      return std::atan(v);
    case FunctionId::sinh:
      return std::sinh(v);
    case FunctionId::cosh:
      return std::cosh(v);
    case FunctionId::tanh:
      return std::tanh(v);
    case FunctionId::asinh:
      return std::asinh(v);
    case FunctionId::acosh:
      return std::acosh(v);
    case FunctionId::atanh:
      return std::atanh(v);
    case FunctionId::rad:
      return v * std::numbers::pi / 180;
    case FunctionId::deg:
      return v * 180 / std::numbers::pi;
    case FunctionId::sgn:
      return v < 0 ? -1 : v > 0 ? 1 : v;
    default:
      return v;
  }
}

/// As facette/natsort compares, which sort_by_label uses: runs of digits by their value, other runs by their bytes.
bool natural_less(std::string_view a, std::string_view b) {
  const auto digit = [](char c) { return c >= '0' && c <= '9'; };
  const auto chunk = [&](std::string_view& rest) {
    size_t size = 1;
    while (size < rest.size() && digit(rest[size]) == digit(rest[0])) ++size;
    const std::string_view out = rest.substr(0, size);
    rest.remove_prefix(size);
    return out;
  };
  const auto number = [&](std::string_view text) -> std::optional<int64_t> {
    int64_t value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc{} || end != text.data() + text.size() || !digit(text[0])) return std::nullopt;
    return value;
  };
  while (!a.empty()) {
    if (b.empty()) return false;
    const std::string_view x = chunk(a);
    const std::string_view y = chunk(b);
    const auto m = number(x);
    const auto n = number(y);
    const bool equal = m && n ? *m == *n : x == y;
    if (!equal) return m && n ? *m < *n : x < y;
    if (a.empty()) return true;
    if (b.empty()) return false;
  }
  return true;
}

bool counter_name(std::string_view name) {
  return name.ends_with("_total") || name.ends_with("_sum") || name.ends_with("_count") || name.ends_with("_bucket");
}

/// The labels that an absent series would have: those its selector demands by equality, once.
signals::Labels absent_labels(const Expr& arg) {
  const Expr& expr = unwrap(arg);
  const VectorSelector* selector = nullptr;
  if (expr.kind == Expr::Kind::vector_selector) selector = &as<VectorSelector>(expr);
  if (expr.kind == Expr::Kind::matrix_selector) selector = as<MatrixSelector>(expr).selector.get();
  if (selector == nullptr) return {};
  std::vector<signals::Label> labels;
  std::vector<std::string_view> seen;
  for (const signals::Matcher& m : selector->matchers) {
    if (m.name() == signals::kMetricName) continue;
    const bool before = std::find(seen.begin(), seen.end(), m.name()) != seen.end();
    if (m.op() == signals::MatchOp::equal && !before) {
      labels.push_back({m.name(), m.value()});
      seen.push_back(m.name());
    } else {
      std::erase_if(labels, [&](const signals::Label& label) { return label.name == m.name(); });
    }
  }
  return signals::Labels::from(std::move(labels));
}

}  // namespace

Result<Value, QueryError> Evaluator::eval_call(const Call& node, const Grid& grid) {
  const auto vector = [](Result<Vector, QueryError> result) -> Result<Value, QueryError> {
    if (!result) return std::move(result).error();
    return Value(std::move(result).value());
  };
  const FunctionId id = node.function->id;
  if (node.function->result == ValueType::scalar) {
    MAI_TRY_ASSIGN(Scalars out, scalar_call(node, grid));
    return Value(std::move(out));
  }
  if (is_window_function(id)) return vector(window_call(node, grid));
  if (is_date(id)) return vector(date_call(node, grid));
  switch (id) {
    case FunctionId::vector: {
      MAI_TRY_ASSIGN(Scalars scalars, eval_scalar(*node.args[0], grid));
      Vector out;
      out.keys.push_back(own_key({}));
      out.steps = grid.count;
      out.dense = std::move(scalars);
      out.unique_unnamed = true;
      return Value(std::move(out));
    }
    case FunctionId::timestamp: {
      const Expr& arg = unwrap(*node.args[0]);
      if (arg.kind == Expr::Kind::vector_selector) {
        MAI_TRY_ASSIGN(Vector out, eval_selector(as<VectorSelector>(arg), grid, Reading::timestamp));
        drop_names(out);
        MAI_TRY(merge_same_labels(out, false));
        return Value(std::move(out));
      }
      return vector(map_values(node, grid, [grid](double, size_t step) { return static_cast<double>(grid.at(step)) / 1000; }));
    }
    case FunctionId::absent: {
      MAI_TRY_ASSIGN(Vector arg, eval_vector(*node.args[0], grid));
      return vector(absent_rows(*node.args[0], std::move(arg), grid));
    }
    case FunctionId::start_timestamp: {
      // Start timestamps are not stored: as in Prometheus without them, there is nothing to tell.
      MAI_TRY_ASSIGN(Vector arg, eval_vector(*node.args[0], grid));
      Vector none;
      none.steps = grid.count;
      return Value(std::move(none));
    }
    case FunctionId::label_replace:
      return vector(label_replace(node, grid));
    case FunctionId::label_join:
      return vector(label_join(node, grid));
    case FunctionId::info:
      return vector(info(node, grid));
    case FunctionId::sort:
    case FunctionId::sort_desc:
    case FunctionId::sort_by_label:
    case FunctionId::sort_by_label_desc:
      return vector(sort_call(node, grid));
    case FunctionId::histogram_quantile:
    case FunctionId::histogram_quantiles:
    case FunctionId::histogram_fraction:
    case FunctionId::histogram_avg:
    case FunctionId::histogram_count:
    case FunctionId::histogram_sum:
    case FunctionId::histogram_stddev:
    case FunctionId::histogram_stdvar:
      return vector(histogram_call(node, grid));
    default:
      return vector(math_call(node, grid));
  }
}

Result<Scalars, QueryError> Evaluator::scalar_call(const Call& node, const Grid& grid) {
  MAI_TRY(hold(grid.count));
  const auto every = [&](double value) { return Scalars(grid.count, value); };
  const auto seconds = [](int64_t ms) { return static_cast<double>(ms) / 1000; };
  switch (node.function->id) {
    case FunctionId::pi:
      return every(std::numbers::pi);
    case FunctionId::start:
      return every(seconds(query_.range.from.ms));
    case FunctionId::end:
      return every(seconds(query_.range.to.ms));
    case FunctionId::range:
      return every(seconds((query_.range.to - query_.range.from).count()));
    case FunctionId::step:
      return every(query_.range.from == query_.range.to ? 0 : seconds(query_.step_ms));
    case FunctionId::time: {
      Scalars out(grid.count);
      for (size_t step = 0; step < grid.count; ++step) out[step] = seconds(grid.at(step));
      return out;
    }
    case FunctionId::min_of:
    case FunctionId::max_of: {
      MAI_TRY_ASSIGN(Scalars a, eval_scalar(*node.args[0], grid));
      MAI_TRY_ASSIGN(const Scalars b, eval_scalar(*node.args[1], grid));
      for (size_t step = 0; step < grid.count; ++step)
        a[step] = node.function->id == FunctionId::min_of ? go_min(a[step], b[step]) : go_max(a[step], b[step]);
      return a;
    }
    default:
      break;
  }
  // scalar(v): the value where there is exactly one.
  MAI_TRY_ASSIGN(Vector vector, eval_vector(*node.args[0], grid));
  MAI_TRY(materialise(vector));
  Scalars out(grid.count, kNan);
  std::vector<size_t> seen(grid.count, 0);
  for (size_t row = 0; row < vector.size(); ++row) {
    const std::span<const double> values = vector.row(row);
    for (size_t step = 0; step < grid.count; ++step) {
      if (absent(values[step])) continue;
      out[step] = ++seen[step] == 1 ? values[step] : kNan;
    }
  }
  return out;
}

Result<Vector, QueryError> Evaluator::window_call(const Call& node, const Grid& grid) {
  const FunctionId id = node.function->id;
  size_t matrix = 0;
  auto scalars = std::make_shared<std::vector<Scalars>>();
  for (size_t i = 0; i < node.args.size(); ++i) {
    if (node.args[i]->type() == ValueType::matrix) {
      matrix = i;
      continue;
    }
    MAI_TRY_ASSIGN(Scalars value, eval_scalar(*node.args[i], grid));
    scalars->push_back(std::move(value));
  }
  const Expr& arg = *node.args[matrix];
  MAI_TRY_ASSIGN(Ranges found, eval_ranges(arg, grid));
  const auto only = [&](std::string_view word, std::string_view names) {
    return QueryError::execution(fmt::format("{} modifier can only be used with: {} - not with {}", word, names, node.function->name));
  };
  if (found.anchored && !takes_anchored(id)) return only("anchored", "changes, delta, increase, rate, resets");
  if (found.smoothed && !takes_smoothed(id)) return only("smoothed", "delta, increase, rate");
  const auto ranges = std::make_shared<Ranges>(std::move(found));
  Vector out;
  out.keys = ranges->keys;
  out.steps = grid.count;
  out.unique_unnamed = ranges->unique_unnamed;
  const bool counter = (id == FunctionId::rate || id == FunctionId::increase) && !counter_name(ranges->metric_name);
  const uint32_t position = arg.span.start;
  const uint32_t first_position = node.args[0]->span.start;
  out.fill = [=, keys = ranges->keys](size_t row, Scratch& scratch, std::span<double> values) -> Status {
    MAI_TRY(ranges->read(row, scratch, scratch.columns));
    WindowParameters parameters;
    if (!scalars->empty()) parameters.first = &scalars->front();
    if (scalars->size() > 1) parameters.second = &(*scalars)[1];
    parameters.position = first_position;
    MAI_TRY(apply_windows(id, *ranges, grid, parameters, scratch.columns, scratch, values));
    if (!counter || std::none_of(values.begin(), values.end(), present)) return {};
    const std::string_view name = keys[row].label(signals::kMetricName);
    if (!name.empty() && !counter_name(name))
      scratch.annotations.add(
          Annotations::Level::info,
          fmt::format("PromQL info: metric might not be a counter, name does not end in _total/_sum/_count/_bucket: {}", quote(name)),
          position);
    return {};
  };
  if (id == FunctionId::absent_over_time) return absent_rows(arg, std::move(out), grid);
  if (id == FunctionId::last_over_time || id == FunctionId::first_over_time) return out;  // they act like offset: the name stays true
  drop_names(out);
  MAI_TRY(merge_same_labels(out, true));
  return out;
}

Result<Vector, QueryError> Evaluator::absent_rows(const Expr& arg, Vector vector, const Grid& grid) {
  const size_t parts = parts_of(vector.size(), SIZE_MAX);
  std::vector<std::vector<bool>> seen(parts, std::vector<bool>(grid.count, false));
  std::vector<std::vector<double>> buffers(parts, std::vector<double>(grid.count));
  MAI_TRY(for_rows(vector.size(), SIZE_MAX, [&](size_t part, size_t row, Scratch& scratch) -> Status {
    MAI_TRY_ASSIGN(const std::span<const double> values, vector.pull(row, scratch, buffers[part]));
    for (size_t step = 0; step < grid.count; ++step)
      if (present(values[step])) seen[part][step] = true;
    return {};
  }));
  MAI_TRY_ASSIGN(Vector out, new_vector(1, grid.count));
  out.keys.push_back(own_key(absent_labels(arg)));
  out.unique_unnamed = true;
  for (size_t step = 0; step < grid.count; ++step)
    if (std::none_of(seen.begin(), seen.end(), [&](const auto& part) { return part[step]; })) out.dense[step] = 1;
  return out;
}

Result<Vector, QueryError> Evaluator::map_values(const Call& node, const Grid& grid, std::function<double(double, size_t)> f) {
  MAI_TRY_ASSIGN(Vector arg, eval_vector(*node.args[0], grid));
  const auto inner = std::make_shared<Vector>(std::move(arg));
  Vector out;
  out.keys = inner->keys;
  out.steps = grid.count;
  out.ordered = inner->ordered;
  out.unique_unnamed = inner->unique_unnamed;
  out.fill = [inner, f = std::move(f)](size_t row, Scratch& scratch, std::span<double> values) -> Status {
    MAI_TRY_ASSIGN(const std::span<const double> from, inner->pull(row, scratch, values));
    for (size_t step = 0; step < values.size(); ++step) values[step] = absent(from[step]) ? kAbsent : f(from[step], step);
    return {};
  };
  drop_names(out);
  MAI_TRY(merge_same_labels(out, false));
  return out;
}

Result<Vector, QueryError> Evaluator::math_call(const Call& node, const Grid& grid) {
  const FunctionId id = node.function->id;
  const auto scalars = std::make_shared<std::vector<Scalars>>();
  for (size_t i = 1; i < node.args.size(); ++i) {
    MAI_TRY_ASSIGN(Scalars value, eval_scalar(*node.args[i], grid));
    scalars->push_back(std::move(value));
  }
  switch (id) {
    case FunctionId::clamp:
    case FunctionId::clamp_min:
    case FunctionId::clamp_max:
      return map_values(node, grid, [id, scalars](double v, size_t step) {
        const double low = id == FunctionId::clamp_max ? -HUGE_VAL : scalars->front()[step];
        const double high = id == FunctionId::clamp_min ? HUGE_VAL : scalars->back()[step];
        return high < low ? kAbsent : go_max(low, go_min(high, v));
      });
    case FunctionId::round:
      return map_values(node, grid,
                        [scalars](double v, size_t step) { return round_to(v, scalars->empty() ? 1.0 : scalars->front()[step]); });
    default:
      return map_values(node, grid, [id](double v, size_t) { return apply_math(id, v); });
  }
}

Result<Vector, QueryError> Evaluator::date_call(const Call& node, const Grid& grid) {
  const FunctionId id = node.function->id;
  if (!node.args.empty()) return map_values(node, grid, [id](double v, size_t) { return date_part(id, v); });
  MAI_TRY_ASSIGN(Vector out, new_vector(1, grid.count));
  out.keys.push_back(own_key({}));
  out.unique_unnamed = true;
  for (size_t step = 0; step < grid.count; ++step) out.dense[step] = date_part(id, static_cast<double>(grid.at(step) / 1000));
  return out;
}

Result<Vector, QueryError> Evaluator::sort_call(const Call& node, const Grid& grid) {
  MAI_TRY_ASSIGN(Vector vector, eval_vector(*node.args[0], grid));
  MAI_TRY(materialise(vector));
  if (grid.count > 1) {
    annotations_.add(Annotations::Level::warning,
                     "PromQL warning: sort is ineffective for range queries since results are always ordered by labels", node.span.start);
    return vector;
  }
  std::vector<size_t> order(vector.size());
  std::iota(order.begin(), order.end(), size_t{0});
  const FunctionId id = node.function->id;
  const bool descending = id == FunctionId::sort_desc || id == FunctionId::sort_by_label_desc;
  if (id == FunctionId::sort || id == FunctionId::sort_desc) {
    std::stable_sort(order.begin(), order.end(), [&](size_t a, size_t b) {
      const double x = vector.dense[a];
      const double y = vector.dense[b];
      if (std::isnan(x) || std::isnan(y)) return !std::isnan(x) && std::isnan(y);  // NaN last, either way
      return descending ? x > y : x < y;
    });
  } else {
    std::vector<std::string> names;
    for (size_t i = 1; i < node.args.size(); ++i) names.push_back(as<StringLiteral>(unwrap(*node.args[i])).value);
    std::vector<signals::Labels> labels(vector.size());
    for (size_t row = 0; row < vector.size(); ++row) labels[row] = vector.keys[row].labels();
    const auto less = [&](size_t a, size_t b) {
      for (const std::string& name : names) {
        const std::string_view x = labels[a].value(name);
        const std::string_view y = labels[b].value(name);
        if (x != y) return natural_less(x, y);
      }
      return labels[a] < labels[b];
    };
    std::stable_sort(order.begin(), order.end(), [&](size_t a, size_t b) { return descending ? less(b, a) : less(a, b); });
  }
  Vector out;
  out.steps = 1;
  out.ordered = true;
  out.unique_unnamed = vector.unique_unnamed;
  for (const size_t row : order) {
    if (absent(vector.dense[row])) continue;
    out.keys.push_back(vector.keys[row]);
    out.dense.push_back(vector.dense[row]);
  }
  return out;
}

}  // namespace monitorai::query
