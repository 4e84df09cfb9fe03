#include "query/logql/engine.h"

#include <algorithm>

#include "query/logql/parser.h"
#include "query/logql/pipeline.h"
#include "query/logql/printer.h"
#include "query/logql/label_sets.h"
#include "query/logql/run.h"
#include "query/promql/evaluator.h"

namespace monitorai::query {
namespace {

using SteadyClock = std::chrono::steady_clock;

/// Times whose differences, offsets and ranges fit 64 bits.
constexpr int64_t kTimeNsMax = 4'000'000'000'000'000'000;
bool far(TimeNs time) { return time.ns > kTimeNsMax || time.ns < -kTimeNsMax; }

QueryError parse_error(std::string message) { return {QueryError::Kind::parse, std::move(message)}; }

/// PromQL's evaluator asks it for nothing: LogQL's leaves bring their own rows.
class NoSeries final : public signals::MetricSource {
 public:
  Result<std::unique_ptr<signals::SeriesSet>> select(std::span<const signals::Matcher>, TimeRange) const override {
    return Error{Code::invalid, "a log query has no series"};
  }
  Result<std::vector<std::string>> label_names(std::span<const signals::Matcher>, TimeRange, size_t) const override {
    return std::vector<std::string>{};
  }
  Result<std::vector<std::string>> label_values(std::string_view, std::span<const signals::Matcher>, TimeRange, size_t) const override {
    return std::vector<std::string>{};
  }
  Result<std::vector<signals::SeriesExemplars>> exemplars(std::span<const signals::Matcher>, TimeRange) const override {
    return std::vector<signals::SeriesExemplars>{};
  }
  std::vector<signals::Metadata> metadata() const override { return {}; }
};

Result<QueryResult, QueryError> evaluate_metric(logql::Run& run, const Expr& expr, std::string_view text, const Grid& grid, bool is_range) {
  static const NoSeries no_series;
  Limits limits;
  limits.samples_max = run.limits.samples_max;
  limits.timeout = run.limits.timeout;
  EngineOptions options;
  options.nan_divided_by_zero = true;
  Query query{no_series,   run.pool,   limits,        options, {{grid.start_ms}, {grid.last()}}, is_range ? grid.step_ms : 0,
              run.stop(), run.deadline()};
  query.external = [&](const External& node, const Grid& own) {
    return logql::aggregate_range(run, static_cast<const logql::RangeAggregation&>(node), own);
  };
  return evaluate(query, expr, text, grid, is_range);
}

}  // namespace

void LogQlStatistics::merge(const LogQlStatistics& other) {
  lines_processed += other.lines_processed;
  bytes_processed += other.bytes_processed;
  blocks_read += other.blocks_read;
  lines_matched += other.lines_matched;
  streams += other.streams;
  entries_returned += other.entries_returned;
  parse_time += other.parse_time;
  evaluation_time += other.evaluation_time;
}

Result<LogQlResult, QueryError> LogQlEngine::instant(const signals::LogSource& source, std::string_view text, TimeNs time,
                                                     std::stop_token stop) const {
  const auto began = SteadyClock::now();
  if (far(time)) return parse_error("cannot evaluate at a time that far away");
  auto parsed = logql::parse(text);
  if (!parsed) return parse_error(parsed.error().text(text));
  if (parsed->log)
    return parse_error("log queries are not supported as an instant query type, please change your query to a range query type");
  const auto ready = SteadyClock::now();
  logql::Run run(source, text, limits_, *pool_, std::move(stop));
  LogQlResult out;
  MAI_TRY_ASSIGN(out.metric, evaluate_metric(run, *parsed->metric, text, Grid{time.ns / 1'000'000, 1, 1}, false));
  out.statistics = run.statistics();
  out.statistics.entries_returned = out.metric.series.size();
  out.statistics.parse_time = ready - began;
  out.statistics.evaluation_time = SteadyClock::now() - ready;
  return out;
}

Result<LogQlResult, QueryError> LogQlEngine::range(const signals::LogSource& source, std::string_view text, const LogQlRange& range,
                                                   std::stop_token stop) const {
  const auto began = SteadyClock::now();
  if (far(range.from) || far(range.to)) return parse_error("cannot evaluate at a time that far away");
  if (range.to < range.from) return parse_error("end timestamp must not be before or equal to start time");
  auto parsed = logql::parse(text);
  if (!parsed) return parse_error(parsed.error().text(text));
  const auto ready = SteadyClock::now();
  logql::Run run(source, text, limits_, *pool_, std::move(stop));
  LogQlResult out;
  if (parsed->log) {
    if (range.limit > limits_.lines_returned_max)
      return parse_error(fmt::format("max entries limit per query exceeded, limit > max_entries_limit ({} > {})", range.limit,
                                     limits_.lines_returned_max));
    if (range.interval.count() < 0) return parse_error("interval must be >= 0");
    out.is_log = true;
    MAI_TRY_ASSIGN(out.streams, logql::read_lines(run, *parsed->log, range));
    for (const LogStream& stream : out.streams) out.statistics.entries_returned += stream.entries.size();
  } else {
    auto step = range.step;
    if (step.count() < 0) return parse_error("zero or negative query resolution step widths are not accepted. Try a positive integer");
    if (step.count() == 0)
      step = std::max<std::chrono::seconds>(std::chrono::seconds(1),
                                            std::chrono::duration_cast<std::chrono::seconds>((range.to - range.from) / 250));
    const TimeMs from{range.from.ns / 1'000'000};
    const TimeMs to{range.to.ns / 1'000'000};
    const auto steps = static_cast<uint64_t>((to - from) / step) + 1;
    if (steps > limits_.steps_max)
      return QueryError{QueryError::Kind::limit,
                        fmt::format("exceeded maximum resolution of {} points per time series. Try increasing the value of the step parameter",
                                    limits_.steps_max)};
    MAI_TRY_ASSIGN(out.metric, evaluate_metric(run, *parsed->metric, text, Grid{from.ms, step.count(), steps}, true));
    out.statistics.entries_returned = out.metric.series.size();
  }
  const uint64_t returned = out.statistics.entries_returned;
  out.statistics = run.statistics();
  out.statistics.entries_returned = returned;
  out.statistics.parse_time = ready - began;
  out.statistics.evaluation_time = SteadyClock::now() - ready;
  return out;
}

Result<std::string, QueryError> LogQlEngine::format(std::string_view text) const {
  auto parsed = logql::parse(text);
  if (!parsed) return parse_error(parsed.error().text(text));
  return logql::format_query(*parsed);
}

Result<std::vector<signals::Matcher>, QueryError> LogQlEngine::selector(std::string_view text) const {
  if (text.empty()) return std::vector<signals::Matcher>{};
  auto parsed = logql::parse_selector(text);
  if (!parsed) return parse_error(parsed.error().text(text));
  return std::move(*parsed);
}

struct LogQlTail::State {
  std::vector<signals::Matcher> matchers;
  logql::Pipeline pipeline;
  logql::Line line;
  std::vector<signals::Label> metadata;
};

LogQlTail::LogQlTail(std::unique_ptr<State> state) : state_(std::move(state)) {}
LogQlTail::LogQlTail(LogQlTail&&) noexcept = default;
LogQlTail& LogQlTail::operator=(LogQlTail&&) noexcept = default;
LogQlTail::~LogQlTail() = default;

const std::vector<signals::Matcher>& LogQlTail::matchers() const { return state_->matchers; }

std::optional<LogQlTail::Line> LogQlTail::process(const signals::Labels& stream, const signals::LogLineView& view) {
  State& s = *state_;
  s.metadata.clear();
  for (const signals::LabelView& label : view.metadata) s.metadata.push_back({std::string(label.name), std::string(label.value)});
  s.line.start(view.time.ns, view.line, 0, stream, s.metadata);
  if (!s.pipeline.run_alone(s.line)) return std::nullopt;
  logql::LabelSets one;
  Line out;
  out.labels = one[one.of(s.line.labels)].labels;
  out.entry = {view.time, std::string(s.line.text)};
  return out;
}

Result<LogQlTail, QueryError> LogQlEngine::tail(std::string_view text) const {
  auto parsed = logql::parse(text);
  if (!parsed) return parse_error(parsed.error().text(text));
  if (!parsed->log) return parse_error("only log queries can be followed live");
  auto pipeline = logql::Pipeline::compile(*parsed->log, logql::Wanted{}, {limits_.line_bytes_max, limits_.template_steps_max});
  if (!pipeline) return parse_error(pipeline.error().text(text));
  auto state = std::make_unique<LogQlTail::State>();
  state->matchers = std::move(parsed->log->matchers);
  state->pipeline = std::move(*pipeline);
  return LogQlTail(std::move(state));
}

}  // namespace monitorai::query
