// Selectors: which series, and which of their samples a step sees.

#include <algorithm>

#include "query/promql/evaluator.h"

namespace monitorai::query {
namespace {

using signals::Columns;
using signals::SeriesSet;

Status storage(const Result<void>& result) {
  if (result) return {};
  return QueryError::from(result.error());
}

/// Takes staleness markers out.
void without_stale(Columns& columns) {
  size_t kept = 0;
  for (size_t i = 0; i < columns.values.size(); ++i) {
    if (signals::is_stale(columns.values[i])) continue;
    columns.values[kept] = columns.values[i];
    columns.times_ms[kept++] = columns.times_ms[i];
  }
  columns.values.resize(kept);
  columns.times_ms.resize(kept);
}

/// The name that all series of a selector share, "" when it may find several.
std::string_view only_name(const VectorSelector& node) {
  for (const signals::Matcher& m : node.matchers)
    if (m.name() == signals::kMetricName && m.op() == signals::MatchOp::equal && !m.value().empty()) return m.value();
  return {};
}

Result<double, QueryError> duration_seconds(const DurationExpr& e, const Query& query) {
  const auto operand = [&](const std::unique_ptr<DurationExpr>& x) -> Result<double, QueryError> {
    if (!x) return 0.0;
    return duration_seconds(*x, query);
  };
  MAI_TRY_ASSIGN(const double left, operand(e.left));
  MAI_TRY_ASSIGN(const double right, operand(e.right));
  const auto go_min = [](double a, double b) { return std::isnan(a) || std::isnan(b) ? std::nan("") : std::min(a, b); };
  const auto go_max = [](double a, double b) { return std::isnan(a) || std::isnan(b) ? std::nan("") : std::max(a, b); };
  switch (e.op) {
    case Token::number:
      return e.seconds;
    case Token::step:
      return static_cast<double>(query.step_ms) / 1000;
    case Token::range:
      return static_cast<double>((query.range.to - query.range.from).count()) / 1000;
    case Token::min_of:
      return go_min(left, right);
    case Token::max_of:
      return go_max(left, right);
    case Token::add:
      return left + right;
    case Token::sub:
      return left - right;
    case Token::mul:
      return left * right;
    case Token::div:
      if (right == 0) return QueryError::execution(fmt::format("{}:{}: division by zero", e.span.start, e.span.end));
      return left / right;
    case Token::mod:
      if (right == 0) return QueryError::execution(fmt::format("{}:{}: modulo by zero", e.span.start, e.span.end));
      return std::fmod(left, right);
    case Token::pow:
      return std::pow(left, right);
    default:
      return QueryError::execution("unexpected duration expression operator");
  }
}

}  // namespace

Result<int64_t, QueryError> Evaluator::resolve(const Duration& duration, bool may_be_negative) const {
  if (!duration.expr) return duration.ms;
  MAI_TRY_ASSIGN(const double seconds, duration_seconds(*duration.expr, query_));
  const Span at = duration.expr->span;
  const auto wrong = [&](std::string_view what) {
    return QueryError::execution(fmt::format("{}:{}: duration {}", at.start, at.end, what));
  };
  if (!std::isfinite(seconds)) return wrong("is NaN or infinite");
  if (seconds <= 0 && !may_be_negative) return wrong("must be greater than 0");
  if (std::abs(seconds) > 9223372036.0) return wrong("is out of range");
  return static_cast<int64_t>(seconds * 1000);
}

Result<Evaluator::Moved, QueryError> Evaluator::resolve(const TimeShift& shift) const {
  Moved out;
  MAI_TRY_ASSIGN(out.offset_ms, resolve(shift.offset, true));
  out.at_ms = shift.at_ms;
  if (shift.at_word == AtWord::start) out.at_ms = query_.range.from.ms;
  if (shift.at_word == AtWord::end) out.at_ms = query_.range.to.ms;
  return out;
}

Result<const SeriesSet*, QueryError> Evaluator::select(std::span<const signals::Matcher> matchers, TimeRange range) {
  auto found = query_.source.select(matchers, range);
  if (!found) return QueryError::from(found.error());
  sets_.push_back(std::move(found).value());
  series_selected_ += sets_.back()->size();
  return sets_.back().get();
}

Result<Vector, QueryError> Evaluator::eval_selector(const VectorSelector& node, const Grid& grid, Reading reading) {
  MAI_TRY_ASSIGN(const Moved moved, resolve(node.shift));
  if (node.smoothed && reading == Reading::value) return smoothed_selector(node, grid, moved);
  const int64_t lookback = query_.options.lookback.count();
  const TimeRange range{{moved.of(grid.start_ms) - lookback + 1}, {moved.of(grid.last())}};
  MAI_TRY_ASSIGN(const SeriesSet* set, select(node.matchers, range));
  Vector out;
  out.keys = Keys(*set);
  out.steps = grid.count;
  out.unique_unnamed = !only_name(node).empty();
  const bool timestamp = reading == Reading::timestamp;
  const auto shown = [timestamp](int64_t time, double value) {
    if (signals::is_stale(value)) return kAbsent;
    return timestamp ? static_cast<double>(time) / 1000 : value;
  };
  if (grid.count == 1 || moved.at_ms) {
    out.fill = [set, shown, lookback, moved, grid](size_t row, Scratch& scratch, std::span<double> values) -> Status {
      const int64_t end = moved.of(grid.start_ms);
      auto newest = set->newest(row, {{end - lookback + 1}, {end}});
      if (!newest) return QueryError::from(newest.error());
      ++scratch.samples_read;
      std::fill(values.begin(), values.end(), *newest ? shown((*newest)->time.ms, (*newest)->value) : kAbsent);
      return {};
    };
    return out;
  }
  out.fill = [set, range, shown, lookback, moved, grid](size_t row, Scratch& scratch, std::span<double> values) -> Status {
    Columns& columns = scratch.columns;
    columns.clear();
    MAI_TRY(storage(set->read(row, range, columns)));
    const size_t size = columns.times_ms.size();
    scratch.samples_read += size;
    size_t next = 0;  // the first sample after the step
    for (size_t step = 0; step < grid.count; ++step) {
      const int64_t at = moved.of(grid.at(step));
      while (next < size && columns.times_ms[next] <= at) ++next;
      const bool fresh = next > 0 && columns.times_ms[next - 1] > at - lookback;
      values[step] = fresh ? shown(columns.times_ms[next - 1], columns.values[next - 1]) : kAbsent;
    }
    return {};
  };
  return out;
}

Result<Vector, QueryError> Evaluator::smoothed_selector(const VectorSelector& node, const Grid& grid, const Moved& moved) {
  const int64_t lookback = query_.options.lookback.count();
  const TimeRange range{{moved.of(grid.start_ms) - lookback + 1}, {moved.of(grid.last()) + lookback}};
  MAI_TRY_ASSIGN(const SeriesSet* set, select(node.matchers, range));
  Vector out;
  out.keys = Keys(*set);
  out.steps = grid.count;
  out.unique_unnamed = !only_name(node).empty();
  out.fill = [set, range, lookback, moved, grid](size_t row, Scratch& scratch, std::span<double> values) -> Status {
    Columns& c = scratch.columns;
    c.clear();
    MAI_TRY(storage(set->read(row, range, c)));
    scratch.samples_read += c.times_ms.size();
    without_stale(c);
    for (size_t step = 0; step < grid.count; ++step) {
      const int64_t at = moved.of(grid.at(step));
      const auto first = std::upper_bound(c.times_ms.begin(), c.times_ms.end(), at - lookback);
      const auto last = std::upper_bound(first, c.times_ms.end(), at + lookback);
      const auto after = std::lower_bound(first, last, at);
      const auto i = static_cast<size_t>(after - c.times_ms.begin());
      values[step] = kAbsent;
      if (after != last && *after == at) {
        values[step] = c.values[i];
      } else if (after != first && after != last) {
        const double share = static_cast<double>(at - c.times_ms[i - 1]) / static_cast<double>(c.times_ms[i] - c.times_ms[i - 1]);
        values[step] = c.values[i - 1] + (c.values[i] - c.values[i - 1]) * share;
      } else if (after != first) {
        values[step] = c.values[i - 1];
      }
    }
    return {};
  };
  return out;
}

Result<Ranges, QueryError> Evaluator::eval_ranges(const Expr& expr, const Grid& grid) {
  const Expr& inner = unwrap(expr);
  if (inner.kind == Expr::Kind::subquery) return subquery_ranges(as<Subquery>(inner), grid);
  return matrix_ranges(as<MatrixSelector>(inner), grid);
}

Result<Ranges, QueryError> Evaluator::matrix_ranges(const MatrixSelector& node, const Grid& grid) {
  const VectorSelector& selector = *node.selector;
  MAI_TRY_ASSIGN(const Moved moved, resolve(selector.shift));
  Ranges out;
  MAI_TRY_ASSIGN(out.range_ms, resolve(node.range, false));
  out.offset_ms = moved.offset_ms;
  out.at_ms = moved.at_ms;
  out.anchored = selector.anchored;
  out.smoothed = selector.smoothed;
  const int64_t lookback = query_.options.lookback.count();
  out.before_ms = out.anchored || out.smoothed ? lookback : 0;
  out.after_ms = out.smoothed ? lookback : 0;
  const TimeRange range{{out.end_of(grid.start_ms) - out.range_ms - out.before_ms + 1}, {out.end_of(grid.last()) + out.after_ms}};
  MAI_TRY_ASSIGN(const SeriesSet* set, select(selector.matchers, range));
  out.keys = Keys(*set);
  out.metric_name = only_name(selector);
  out.unique_unnamed = !out.metric_name.empty();
  out.read = [set, range, max = query_.limits.samples_max](size_t row, Scratch& scratch, Columns& columns) -> Status {
    columns.clear();
    MAI_TRY(storage(set->read(row, range, columns)));
    scratch.samples_read += columns.times_ms.size();
    if (columns.times_ms.size() > max)
      return QueryError{QueryError::Kind::limit, fmt::format("one series has {} samples in the range (the limit samples per query is {})",
                                                             columns.times_ms.size(), max)};
    without_stale(columns);
    return {};
  };
  return out;
}

Result<Ranges, QueryError> Evaluator::subquery_ranges(const Subquery& node, const Grid& grid) {
  MAI_TRY_ASSIGN(const Moved moved, resolve(node.shift));
  Ranges out;
  MAI_TRY_ASSIGN(out.range_ms, resolve(node.range, false));
  MAI_TRY_ASSIGN(int64_t step, resolve(node.step, false));
  if (!node.step.is_set()) step = query_.options.subquery_step.count();
  step = std::max<int64_t>(step, 1);
  out.offset_ms = moved.offset_ms;
  out.at_ms = moved.at_ms;
  // The inner steps are multiples of the step, the first one after the start of the first window.
  const int64_t after = out.end_of(grid.start_ms) - out.range_ms;
  Grid inner;
  inner.step_ms = step;
  inner.start_ms = step * (after / step);
  if (inner.start_ms <= after) inner.start_ms += step;
  const int64_t end = out.end_of(grid.last());
  if (end < inner.start_ms) {
    out.read = [](size_t, Scratch&, Columns&) -> Status { return {}; };
    return out;
  }
  inner.count = static_cast<size_t>((end - inner.start_ms) / step) + 1;
  MAI_TRY(hold(inner.count * query_.pool.threads()));  // a row of inner steps a worker
  MAI_TRY_ASSIGN(Value value, eval(*node.expr, inner));
  auto vector = std::make_shared<Vector>(std::get<Vector>(std::move(value)));
  out.keys = vector->keys;
  out.unique_unnamed = vector->unique_unnamed;
  out.read = [vector, inner](size_t row, Scratch& scratch, Columns& columns) -> Status {
    scratch.values.resize(inner.count);
    MAI_TRY_ASSIGN(const std::span<const double> values, vector->pull(row, scratch.inner(), scratch.values));
    columns.clear();
    for (size_t i = 0; i < values.size(); ++i) {
      if (absent(values[i])) continue;
      columns.times_ms.push_back(inner.at(i));
      columns.values.push_back(values[i]);
    }
    return {};
  };
  return out;
}

Result<std::vector<ResultSeries>, QueryError> Evaluator::range_vector(Ranges& ranges, const Grid& grid) {
  std::vector<ResultSeries> out;
  Scratch scratch;
  const int64_t end = ranges.end_of(grid.start_ms);
  const int64_t start = end - ranges.range_ms;
  for (size_t row = 0; row < ranges.keys.size(); ++row) {
    if (row % 64 == 0) MAI_TRY(alive());
    MAI_TRY(ranges.read(row, scratch, scratch.columns));
    const Columns& c = scratch.columns;
    ResultSeries series;
    for (size_t i = 0; i < c.times_ms.size(); ++i)
      if (c.times_ms[i] > start && c.times_ms[i] <= end) series.samples.push_back({{c.times_ms[i]}, c.values[i]});
    if (ranges.anchored || ranges.smoothed) {
      // The ends of the window are samples of their own: carried or interpolated from what lies outside.
      std::vector<signals::Sample> inside;
      size_t first_after = 0;
      while (first_after < c.times_ms.size() && c.times_ms[first_after] <= start) ++first_after;
      if (first_after == c.times_ms.size() || (ranges.smoothed && c.times_ms[first_after == 0 ? 0 : first_after - 1] > end)) continue;
      const auto value_at = [&](int64_t t, size_t after) {
        if (after == 0) return c.values[0];
        if (after >= c.times_ms.size() || !ranges.smoothed) return c.values[after - 1];
        const double share =
            static_cast<double>(t - c.times_ms[after - 1]) / static_cast<double>(c.times_ms[after] - c.times_ms[after - 1]);
        return c.values[after - 1] + (c.values[after] - c.values[after - 1]) * share;
      };
      size_t end_after = first_after;
      while (end_after < c.times_ms.size() && c.times_ms[end_after] < end) ++end_after;
      inside.push_back({{start}, value_at(start, first_after)});
      for (const signals::Sample& s : series.samples)
        if (s.time.ms < end) inside.push_back(s);
      const bool exact = end_after < c.times_ms.size() && c.times_ms[end_after] == end;
      inside.push_back({{end}, exact ? c.values[end_after] : value_at(end, end_after)});
      series.samples = std::move(inside);
    }
    if (series.samples.empty()) continue;
    MAI_TRY(hold(series.samples.size()));
    RowKey key = ranges.keys[row];
    key.drop_name = key.drop_name || key.drop_later;
    series.labels = key.labels();
    out.push_back(std::move(series));
  }
  scratch.collect(annotations_, samples_read_);
  std::sort(out.begin(), out.end(), [](const ResultSeries& a, const ResultSeries& b) { return a.labels < b.labels; });
  return out;
}

}  // namespace monitorai::query
