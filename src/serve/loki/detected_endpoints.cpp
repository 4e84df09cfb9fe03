// What there is to ask for: labels that tell something, fields inside lines, patterns of lines.

#include <fmt/format.h>

#include "base/text.h"
#include "query/logql/explore.h"
#include "serve/loki/endpoints.h"
#include "serve/prometheus/answers.h"

namespace monitorai::serve {
namespace {

using net::HttpRequest;
using net::HttpResponse;

constexpr uint64_t kFieldsDefault = 1000;     ///< fields, and values of a field, of an answer
constexpr uint64_t kFieldLinesDefault = 100;  ///< lines looked at for fields

Result<HttpResponse, LokiError> detected_labels(const LokiApi& api, const HttpRequest& request) {
  const LokiParameters parameters(request);
  MAI_TRY_ASSIGN(const signals::LogRange range, parameters.range(api.clock->now()));
  MAI_TRY_ASSIGN(const std::vector<signals::Matcher> matchers, loki_selector(api, parameters.text("query")));
  const auto labels = query::detected_labels(*api.source, matchers, range);
  if (!labels) return loki_error(labels.error());
  std::string out;
  for (const query::DetectedLabel& one : *labels)
    fmt::format_to(std::back_inserter(out), R"({}{{"label":{},"cardinality":{}}})", out.empty() ? "" : ",", json_string(one.label), one.cardinality);
  return HttpResponse::json(200, fmt::format("{{\"detectedLabels\":[{}]}}\n", out));
}

/// The newest lines that fields are looked for in.
Result<query::LogQlRange, LokiError> field_lines(const LokiApi& api, const LokiParameters& parameters) {
  MAI_TRY_ASSIGN(const signals::LogRange range, parameters.range(api.clock->now()));
  MAI_TRY_ASSIGN(const uint64_t lines, parameters.limit("line_limit", kFieldLinesDefault));
  return query::LogQlRange{.from = range.from, .to = range.to, .limit = std::min(lines, api.engine->limits().lines_returned_max)};
}

Result<HttpResponse, LokiError> detected_fields(const LokiApi& api, const HttpRequest& request) {
  const LokiParameters parameters(request);
  MAI_TRY_ASSIGN(const uint64_t limit, parameters.limit(parameters.text("limit").empty() ? "field_limit" : "limit", kFieldsDefault));
  MAI_TRY_ASSIGN(const query::LogQlRange range, field_lines(api, parameters));
  const auto fields = query::detected_fields(*api.engine, *api.source, parameters.text("query"), range, limit, request.cancelled);
  if (!fields) return loki_error(fields.error());
  std::string out;
  for (const query::DetectedField& field : *fields) {
    fmt::format_to(std::back_inserter(out), R"({}{{"label":{},"type":"{}","cardinality":{},"parsers":{})", out.empty() ? "" : ",", json_string(field.label), field.type,
                   field.cardinality, field.parsers.empty() ? "null" : json_strings(field.parsers));
    if (!field.json_path.empty()) out += R"(,"jsonPath":)" + json_strings(field.json_path);
    out += '}';
  }
  return HttpResponse::json(200, fmt::format("{{\"fields\":[{}],\"limit\":{}}}\n", out, limit));
}

Result<HttpResponse, LokiError> detected_field_values(const LokiApi& api, const HttpRequest& request) {
  const LokiParameters parameters(request);
  MAI_TRY_ASSIGN(const uint64_t limit, parameters.limit("limit", kFieldsDefault));
  MAI_TRY_ASSIGN(const query::LogQlRange range, field_lines(api, parameters));
  const auto values = query::detected_field_values(*api.engine, *api.source, parameters.text("query"), request.path_parameter("name"), range, limit, request.cancelled);
  if (!values) return loki_error(values.error());
  return HttpResponse::json(200, fmt::format("{{\"values\":{},\"limit\":{}}}\n", json_strings(*values), limit));
}

Result<HttpResponse, LokiError> patterns(const LokiApi& api, const HttpRequest& request) {
  const LokiParameters parameters(request);
  MAI_TRY_ASSIGN(const signals::LogRange range, parameters.range(api.clock->now()));
  if (range.empty()) return LokiError{400, "end timestamp must not be before or equal to start time"};
  MAI_TRY_ASSIGN(const auto step, parameters.step(range));
  const auto seconds = std::max(std::chrono::duration_cast<std::chrono::seconds>(step), std::chrono::seconds(1));
  const auto found = query::log_patterns(*api.engine, *api.source, parameters.text("query"), range, seconds, {}, request.cancelled);
  if (!found) return loki_error(found.error());
  std::string out;
  for (const query::LogPattern& pattern : *found) {
    fmt::format_to(std::back_inserter(out), R"({}{{"pattern":{},"samples":[)", out.empty() ? "" : ",", json_string(pattern.pattern));
    for (const auto& [second, count] : pattern.samples) fmt::format_to(std::back_inserter(out), "{}[{},{}]", out.back() == '[' ? "" : ",", second, count);
    out += "]}";
  }
  return loki_success("[" + out + "]");
}

}  // namespace

void add_loki_detected_endpoints(net::Router& router, const LokiPointer& api) {
  add_loki_query_route(router, api, "/loki/api/v1/detected_labels", detected_labels);
  add_loki_query_route(router, api, "/loki/api/v1/detected_fields", detected_fields);
  add_loki_query_route(router, api, "/loki/api/v1/detected_field/{name}/values", detected_field_values);
  add_loki_query_route(router, api, "/loki/api/v1/patterns", patterns);
}

}  // namespace monitorai::serve
