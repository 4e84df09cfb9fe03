#include <algorithm>
#include <cmath>

#include "base/text.h"
#include "query/promql/ast_json.h"
#include "query/promql/printer.h"
#include "serve/prometheus/endpoints.h"

namespace monitorai::serve {
namespace {

using net::HttpRequest;
using net::HttpResponse;
using query::QueryError;
using query::QueryResult;
using query::ResultSeries;
using query::ValueType;

constexpr int64_t kPointsMax = 11'000;
/// A streamed answer is handed on in parts of about this size.
constexpr size_t kPartBytes = 64 * 1024;
/// An answer of about so much text is made as a whole.
constexpr size_t kWholeBytesMax = 4 * 1024 * 1024;

ApiError api_error_of(const QueryError& error) {
  switch (error.kind) {
    case QueryError::Kind::parse:
      return {ApiErrorType::bad_data, fmt::format("invalid parameter \"query\": {}", error.message)};
    case QueryError::Kind::execution:
    case QueryError::Kind::limit:
      return {ApiErrorType::execution, error.message};
    case QueryError::Kind::busy:
      return {ApiErrorType::unavailable, error.message};
    case QueryError::Kind::timeout:
      return {ApiErrorType::timeout, error.message};
    case QueryError::Kind::cancelled:
      return {ApiErrorType::canceled, error.message};
    case QueryError::Kind::storage:
      return {ApiErrorType::internal, error.message};
  }
  return {ApiErrorType::internal, error.message};
}

std::string_view result_type(ValueType type) {
  switch (type) {
    case ValueType::scalar:
      return "scalar";
    case ValueType::vector:
      return "vector";
    case ValueType::matrix:
      return "matrix";
    case ValueType::string:
      return "string";
    case ValueType::none:
      return "none";
  }
  return "none";
}

void append_point(std::string& out, const signals::Sample& sample) {
  out += '[';
  append_json_time(out, sample.time);
  out += ",\"";
  append_json_value(out, sample.value);
  out += "\"]";
}

void append_series(std::string& out, const ResultSeries& series, bool matrix) {
  out += R"({"metric":)";
  append_json_labels(out, series.labels);
  out += matrix ? R"(,"values":[)" : R"(,"value":)";
  for (size_t i = 0; i < series.samples.size(); ++i) {
    if (i > 0) out += ',';
    append_point(out, series.samples[i]);
  }
  if (matrix) out += ']';
  out += '}';
}

/// What `stats` asks for, in Prometheus's words.
std::string json_of(const query::Statistics& statistics) {
  const auto seconds = [](std::chrono::nanoseconds time) { return format_number(std::chrono::duration<double>(time).count()); };
  return fmt::format(
      R"(,"stats":{{"timings":{{"evalTotalTime":{},"resultSortTime":0,"queryPreparationTime":{},"innerEvalTime":{},"execQueueTime":0,"execTotalTime":{}}},"samples":{{"totalQueryableSamples":{},"peakSamples":{}}}}})",
      seconds(statistics.evaluation_time), seconds(statistics.parse_time), seconds(statistics.evaluation_time),
      seconds(statistics.evaluation_time + statistics.parse_time), statistics.samples_read, statistics.samples_held);
}

/// What an answer is made of.
struct Answer {
  QueryResult result;
  TimeMs time;
  bool with_statistics = false;
  Notes notes;

  /// About how many bytes its text will have.
  size_t text_bytes() const {
    size_t bytes = 0;
    for (const ResultSeries& series : result.series) {
      bytes += series.samples.size() * kPointBytes;
      for (const signals::Label& label : series.labels) bytes += label.name.size() + label.value.size() + kLabelBytes;
    }
    return bytes;
  }
  /// Hands on the text in parts of about kPartBytes, until `hand_on` returns false.
  template <class HandOn>
  void print(HandOn hand_on) const {
    std::string out = success_head() + fmt::format(R"({{"resultType":"{}","result":)", result_type(result.type));
    if (result.type == ValueType::scalar) {
      append_point(out, result.series.empty() || result.series[0].samples.empty() ? signals::Sample{time, std::nan("")}
                                                                                  : result.series[0].samples[0]);
    } else if (result.type == ValueType::string) {
      out += '[';
      append_json_time(out, time);
      out += ',' + json_string(result.text) + ']';
    } else {
      out += '[';
      for (size_t i = 0; i < result.series.size(); ++i) {
        if (i > 0) out += ',';
        append_series(out, result.series[i], result.type == ValueType::matrix);
        if (out.size() < kPartBytes) continue;
        if (!hand_on(out)) return;
        out.clear();
      }
      out += ']';
    }
    if (with_statistics) out += json_of(result.statistics);
    out += '}' + success_tail(notes);
    hand_on(out);
  }

 private:
  static constexpr size_t kPointBytes = 32;
  static constexpr size_t kLabelBytes = 6;  ///< quotes, colon and comma
};

/// A large answer is streamed, so that it is not in memory twice; one that is not is compressed where the client takes that.
HttpResponse answer_of(Answer&& made) {
  HttpResponse response{.status = 200, .content_type = "application/json"};
  if (made.text_bytes() <= kWholeBytesMax) {
    made.print([&](std::string_view part) {
      response.body += part;
      return true;
    });
  } else {
    response.stream = [answer = std::make_shared<const Answer>(std::move(made))](net::BodyWriter& writer) {
      answer->print([&](std::string_view part) { return writer.write(part); });
    };
  }
  return response;
}

/// The engine with the request's own timeout and lookback; neither can exceed what the configuration allows.
Result<query::Engine, ApiError> engine_for(const PrometheusApi& api, const ApiParameters& parameters) {
  query::Limits limits = api.engine->limits();
  query::EngineOptions options = api.engine->options();
  MAI_TRY_ASSIGN(const auto timeout, parameters.duration("timeout", limits.timeout));
  limits.timeout = std::min(limits.timeout, timeout);
  MAI_TRY_ASSIGN(options.lookback, parameters.duration("lookback_delta", options.lookback));
  if (options.lookback.count() <= 0) return ApiError{ApiErrorType::bad_data, "invalid parameter \"lookback_delta\": it must be positive"};
  return api.engine->with(limits, options);
}

HttpResponse finish(QueryResult&& result, TimeMs time, const ApiParameters& parameters, size_t limit) {
  Notes notes{std::move(result.warnings), std::move(result.infos)};
  if (limit != 0 && result.series.size() > limit) {
    result.series.resize(limit);
    notes.warnings.emplace_back("results truncated due to limit");
  }
  return answer_of({std::move(result), time, !parameters.text("stats").empty(), std::move(notes)});
}

Result<HttpResponse, ApiError> instant(const PrometheusApi& api, const HttpRequest& request) {
  const ApiParameters parameters(request);
  MAI_TRY_ASSIGN(const size_t limit, parameters.limit());
  MAI_TRY_ASSIGN(const TimeMs time, parameters.time("time", api.clock->now()));
  MAI_TRY_ASSIGN(const query::Engine engine, engine_for(api, parameters));
  auto result = engine.instant(*api.source, parameters.text("query"), time, request.cancelled);
  if (!result) return api_error_of(result.error());
  return finish(std::move(*result), time, parameters, limit);
}

ApiError bad_parameter(std::string_view name, std::string_view why) {
  return {ApiErrorType::bad_data, fmt::format("invalid parameter \"{}\": {}", name, why)};
}

Result<HttpResponse, ApiError> range(const PrometheusApi& api, const HttpRequest& request) {
  const ApiParameters parameters(request);
  MAI_TRY_ASSIGN(const size_t limit, parameters.limit());
  for (const std::string_view name : {"start", "end"})
    if (parameters.text(name).empty()) return bad_parameter(name, "cannot parse \"\" to a valid timestamp");
  if (parameters.text("step").empty()) return bad_parameter("step", "cannot parse \"\" to a valid duration");
  MAI_TRY_ASSIGN(const TimeMs start, parameters.time("start", {}));
  MAI_TRY_ASSIGN(const TimeMs end, parameters.time("end", {}));
  if (end < start) return bad_parameter("end", "end timestamp must not be before start time");
  MAI_TRY_ASSIGN(const auto step, parameters.duration("step", {}));
  if (step.count() <= 0)
    return bad_parameter("step", "zero or negative query resolution step widths are not accepted. Try a positive integer");
  if ((end - start) / step > kPointsMax)
    return ApiError{ApiErrorType::bad_data,
                    "exceeded maximum resolution of 11,000 points per timeseries. Try decreasing the query resolution (?step=XX)"};
  MAI_TRY_ASSIGN(const query::Engine engine, engine_for(api, parameters));
  auto result = engine.range(*api.source, parameters.text("query"), {start, end}, step, request.cancelled);
  if (!result) return api_error_of(result.error());
  return finish(std::move(*result), end, parameters, limit);
}

void collect_selectors(const query::Expr& expr, std::vector<const query::VectorSelector*>& out) {
  if (expr.kind == query::Expr::Kind::vector_selector) out.push_back(&query::as<query::VectorSelector>(expr));
  if (expr.kind == query::Expr::Kind::matrix_selector) out.push_back(query::as<query::MatrixSelector>(expr).selector.get());
  if (expr.kind != query::Expr::Kind::matrix_selector)
    for (const query::Expr* child : query::children(expr)) collect_selectors(*child, out);
}

Result<query::ExprPtr, ApiError> parsed(const PrometheusApi& api, std::string_view text) {
  auto expr = query::parse(text, api.engine->options().parse);
  if (!expr) return ApiError{ApiErrorType::bad_data, fmt::format("invalid parameter \"query\": {}", expr.error().text(text))};
  return std::move(*expr);
}

std::string json_of(const signals::SeriesExemplars& series) {
  std::string out = R"({"seriesLabels":)";
  append_json_labels(out, series.series);
  out += R"(,"exemplars":[)";
  for (const signals::Exemplar& exemplar : series.exemplars) {
    if (out.back() != '[') out += ',';
    out += R"({"labels":)";
    append_json_labels(out, exemplar.labels);
    out += R"(,"value":")";
    append_json_value(out, exemplar.value);
    out += R"(","timestamp":)";
    append_json_time(out, exemplar.time.value_or(TimeMs{}));
    out += '}';
  }
  return out + "]}";
}

Result<HttpResponse, ApiError> exemplars(const PrometheusApi& api, const HttpRequest& request) {
  const ApiParameters parameters(request);
  MAI_TRY_ASSIGN(const TimeRange range, parameters.range());
  MAI_TRY_ASSIGN(const query::ExprPtr expr, parsed(api, parameters.text("query")));
  std::vector<const query::VectorSelector*> selectors;
  collect_selectors(*expr, selectors);
  std::map<signals::Labels, signals::SeriesExemplars> all;
  for (const query::VectorSelector* selector : selectors) {
    auto found = api.source->exemplars(selector->matchers, range);
    if (!found) return api_error(found.error());
    for (signals::SeriesExemplars& series : *found) {
      signals::Labels labels = series.series;
      all.emplace(std::move(labels), std::move(series));
    }
  }
  std::vector<std::string> out;
  for (const auto& [labels, series] : all) out.push_back(json_of(series));
  return success_answer(fmt::format("[{}]", join(out, ",")));
}

Result<HttpResponse, ApiError> format(const PrometheusApi& api, const HttpRequest& request) {
  MAI_TRY_ASSIGN(const query::ExprPtr expr, parsed(api, ApiParameters(request).text("query")));
  return success_answer(json_string(query::format_query(*expr)));
}

Result<HttpResponse, ApiError> parse_tree(const PrometheusApi& api, const HttpRequest& request) {
  MAI_TRY_ASSIGN(const query::ExprPtr expr, parsed(api, ApiParameters(request).text("query")));
  return success_answer(query::to_json(*expr));
}

}  // namespace

void add_query_endpoints(net::Router& router, const ApiPointer& api) {
  add_api_query_route(router, api, "/api/v1/query", instant);
  add_api_query_route(router, api, "/api/v1/query_range", range);
  add_api_query_route(router, api, "/api/v1/query_exemplars", exemplars);
  add_api_query_route(router, api, "/api/v1/format_query", format);
  add_api_query_route(router, api, "/api/v1/parse_query", parse_tree);
}

}  // namespace monitorai::serve
