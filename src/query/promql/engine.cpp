#include "query/promql/engine.h"

#include <algorithm>

#include "query/promql/evaluator.h"
#include "query/promql/printer.h"

namespace monitorai::query {
namespace {

using Clock = std::chrono::steady_clock;

/// In the order of Labels. Each series' labels are laid out as one text first: comparing labels one by one walks through all their strings,
/// which for thousands of series takes longer than all the rest.
void sort_by_labels(std::vector<ResultSeries>& all) {
  constexpr char kEnd = '\0';
  std::string texts;
  std::vector<size_t> ends;
  for (const ResultSeries& series : all) {
    for (const signals::Label& label : series.labels) (((texts += label.name) += kEnd) += label.value) += kEnd;
    ends.push_back(texts.size());
  }
  std::vector<std::pair<std::string_view, size_t>> order;
  order.reserve(all.size());
  for (size_t i = 0, begin = 0; i < all.size(); begin = ends[i++])
    order.emplace_back(std::string_view(texts).substr(begin, ends[i] - begin), i);
  std::sort(order.begin(), order.end());
  std::vector<ResultSeries> sorted;
  sorted.reserve(all.size());
  for (const auto& [text, i] : order) sorted.push_back(std::move(all[i]));
  all = std::move(sorted);
}

/// The rows that have values, as series; sorted by labels unless their order is the result.
std::vector<ResultSeries> to_series(const Vector& vector, const Grid& grid) {
  std::vector<ResultSeries> out;
  for (size_t row = 0; row < vector.size(); ++row) {
    const std::span<const double> values = vector.row(row);
    const auto count = static_cast<size_t>(std::count_if(values.begin(), values.end(), present));
    if (count == 0) continue;
    ResultSeries series;
    series.labels = vector.keys[row].labels();
    series.samples.reserve(count);
    for (size_t step = 0; step < values.size(); ++step)
      if (present(values[step])) series.samples.push_back({{grid.at(step)}, values[step]});
    out.push_back(std::move(series));
  }
  if (!vector.ordered || grid.count > 1) sort_by_labels(out);
  return out;
}

ResultSeries to_series(const Scalars& scalars, const Grid& grid) {
  ResultSeries out;
  for (size_t step = 0; step < grid.count; ++step) out.samples.push_back({{grid.at(step)}, scalars[step]});
  return out;
}

/// Times whose differences, offsets and ranges fit 64 bits.
constexpr int64_t kTimeMsMax = 4'000'000'000'000'000'000;
bool far(TimeMs time) { return time.ms > kTimeMsMax || time.ms < -kTimeMsMax; }

QueryError busy(size_t places) {
  return {QueryError::Kind::busy,
          fmt::format("too many queries run at once (the limit concurrent queries is {}): try again later", places)};
}

QueryError parse_error(std::string message) { return {QueryError::Kind::parse, std::move(message)}; }

}  // namespace

Result<QueryResult, QueryError> evaluate(const Query& query, const Expr& expr, std::string_view text, const Grid& grid, bool is_range) {
  Evaluator evaluator(query);
  MAI_TRY_ASSIGN(Value value, evaluator.eval(expr, grid));
  QueryResult out;
  out.type = is_range ? ValueType::matrix : expr.type();
  if (auto* vector = std::get_if<Vector>(&value)) {
    MAI_TRY(evaluator.materialise(*vector));
    MAI_TRY(evaluator.finish_names(*vector));
    out.series = to_series(*vector, grid);
  } else if (auto* scalars = std::get_if<Scalars>(&value)) {
    out.series.push_back(to_series(*scalars, grid));
  } else if (auto* ranges = std::get_if<Ranges>(&value)) {
    MAI_TRY_ASSIGN(out.series, evaluator.range_vector(*ranges, grid));
  } else {
    out.text = std::get<std::string>(value);
  }
  out.warnings = evaluator.annotations().warnings(text);
  out.infos = evaluator.annotations().infos(text);
  out.statistics = evaluator.statistics();
  return out;
}

/// One of the places for running queries, for as long as it lives.
class Engine::Place {
 public:
  explicit Place(Load& load, size_t places) : load_(load), taken_(load.running.fetch_add(1) < places) {
    if (!taken_) ++load_.refused;
  }
  ~Place() { --load_.running; }
  Place(const Place&) = delete;
  Place& operator=(const Place&) = delete;
  bool taken() const { return taken_; }

 private:
  Load& load_;
  const bool taken_;
};

Result<QueryResult, QueryError> Engine::instant(const signals::MetricSource& source, std::string_view text, TimeMs time,
                                                std::stop_token stop) const {
  const auto began = Clock::now();
  if (far(time)) return parse_error("cannot evaluate at a time that far away");
  auto parsed = parse(text, options_.parse);
  if (!parsed) return parse_error(parsed.error().text(text));
  const Place place(*load_, limits_.concurrent_max);
  if (!place.taken()) return busy(limits_.concurrent_max);
  const auto ready = Clock::now();
  const Query query{source, *pool_, limits_, options_, {time, time}, 0, std::move(stop), began + limits_.timeout};
  MAI_TRY_ASSIGN(QueryResult out, evaluate(query, **parsed, text, Grid{time.ms, 1, 1}, false));
  out.statistics.parse_time = ready - began;
  out.statistics.evaluation_time = Clock::now() - ready;
  return out;
}

Result<QueryResult, QueryError> Engine::range(const signals::MetricSource& source, std::string_view text, TimeRange range,
                                              std::chrono::milliseconds step, std::stop_token stop) const {
  const auto began = Clock::now();
  if (step.count() <= 0) return parse_error("zero or negative query resolution step widths are not accepted. Try a positive integer");
  if (far(range.from) || far(range.to)) return parse_error("cannot evaluate at a time that far away");
  if (range.to < range.from) return parse_error("end timestamp must not be before start time");
  const auto steps = static_cast<uint64_t>((range.to - range.from) / step) + 1;
  if (steps > limits_.steps_max)
    return QueryError{QueryError::Kind::limit,
                      fmt::format("exceeded maximum resolution of {} points per timeseries. Try decreasing the query resolution (?step=XX)",
                                  limits_.steps_max)};
  auto parsed = parse(text, options_.parse);
  if (!parsed) return parse_error(parsed.error().text(text));
  const ValueType type = (*parsed)->type();
  if (type != ValueType::vector && type != ValueType::scalar)
    return parse_error(fmt::format("invalid expression type \"{}\" for range query, must be Scalar or instant Vector", type_name(type)));
  const Place place(*load_, limits_.concurrent_max);
  if (!place.taken()) return busy(limits_.concurrent_max);
  const auto ready = Clock::now();
  const Query query{source, *pool_, limits_, options_, range, step.count(), std::move(stop), began + limits_.timeout};
  MAI_TRY_ASSIGN(QueryResult out, evaluate(query, **parsed, text, Grid{range.from.ms, step.count(), steps}, true));
  out.statistics.parse_time = ready - began;
  out.statistics.evaluation_time = Clock::now() - ready;
  return out;
}

}  // namespace monitorai::query
