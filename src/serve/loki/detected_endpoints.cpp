// What there is to ask for: labels that tell something, fields inside lines, patterns of lines. Found by looking at the newest lines.

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>

#include "base/text.h"
#include "serve/loki/endpoints.h"
#include "serve/loki/field_types.h"
#include "serve/loki/line_patterns.h"
#include "serve/prometheus/answers.h"

namespace monitorai::serve {
namespace {

using net::HttpRequest;
using net::HttpResponse;

constexpr uint64_t kFieldsDefault = 1000;       ///< fields of an answer
constexpr uint64_t kFieldLinesDefault = 100;    ///< lines looked at for fields
constexpr uint64_t kPatternLinesMax = 5000;     ///< lines looked at for patterns
constexpr uint64_t kFieldValuesMax = 1000;      ///< values of a field that are told apart
constexpr std::array<std::string_view, 5> kAlwaysShown{"cluster", "namespace", "instance", "pod", "pid"};

Result<HttpResponse, LokiError> detected_labels(const LokiApi& api, const HttpRequest& request) {
  const LokiParameters parameters(request);
  MAI_TRY_ASSIGN(const signals::LogRange range, parameters.range(api.clock->now()));
  MAI_TRY_ASSIGN(const std::vector<signals::Matcher> matchers, loki_selector(api, parameters.text("query")));
  const auto names = api.source->label_names(matchers, range, 0);
  if (!names) return loki_error(names.error());
  std::string out;
  for (const std::string& name : *names) {
    const auto values = api.source->label_values(name, matchers, range, 0);
    if (!values) return loki_error(values.error());
    const bool always = std::find(kAlwaysShown.begin(), kAlwaysShown.end(), name) != kAlwaysShown.end();
    if (values->empty() || (!always && std::all_of(values->begin(), values->end(), is_identifier))) continue;
    fmt::format_to(std::back_inserter(out), R"({}{{"label":{},"cardinality":{}}})", out.empty() ? "" : ",", json_string(name), values->size());
  }
  return HttpResponse::json(200, fmt::format("{{\"detectedLabels\":[{}]}}\n", out));
}

struct Field {
  FieldType type = FieldType::string;
  bool typed = false;
  std::set<std::string> values;
  std::set<std::string> parsers;

  void add(std::string_view value, std::string_view parser) {
    const FieldType seen = field_type_of(value);
    type = !typed || type == seen ? seen : (type == FieldType::integer && seen == FieldType::number) || (type == FieldType::number && seen == FieldType::integer) ? FieldType::number : FieldType::string;
    typed = true;
    if (values.size() < kFieldValuesMax) values.emplace(value);
    if (!parser.empty()) parsers.emplace(parser);
  }
};

using Fields = std::map<std::string, Field>;

Result<query::LogQlResult, LokiError> newest_lines(const LokiApi& api, const HttpRequest& request, const std::string& query, signals::LogRange range, uint64_t limit) {
  auto result = api.engine->range(*api.source, query, {.from = range.from, .to = range.to, .limit = std::min(limit, api.engine->limits().lines_returned_max)}, request.cancelled);
  if (!result) return loki_error(result.error());
  if (!result->is_log) return LokiError{400, "only log queries are supported here"};
  return std::move(*result);
}

/// Fields that the query itself makes, structured metadata, and what json or (where that finds nothing) logfmt makes of the lines.
Result<Fields, LokiError> find_fields(const LokiApi& api, const HttpRequest& request) {
  const LokiParameters parameters(request);
  MAI_TRY_ASSIGN(const signals::LogRange range, parameters.range(api.clock->now()));
  MAI_TRY_ASSIGN(const uint64_t lines, parameters.limit("line_limit", kFieldLinesDefault));
  const std::string query(parameters.text("query"));
  Fields fields;
  const auto is_error = [](const std::string& name) { return name == "__error__" || name == "__error_details__"; };
  const auto look_with = [&](std::string_view parser) -> Result<void, LokiError> {
    MAI_TRY_ASSIGN(const query::LogQlResult found, newest_lines(api, request, fmt::format("{} | {}", query, parser), range, lines));
    for (const query::LogStream& stream : found.streams) {
      for (const signals::Label& label : stream.structured_metadata) fields[label.name].add(label.value, "");
      if (stream.parsed.has("__error__")) continue;
      for (const signals::Label& label : stream.parsed)
        if (!is_error(label.name)) fields[label.name].add(label.value, parser);
    }
    return {};
  };
  MAI_TRY_ASSIGN(const query::LogQlResult plain, newest_lines(api, request, query, range, lines));
  for (const query::LogStream& stream : plain.streams)
    for (const signals::Label& label : stream.parsed)
      if (!is_error(label.name)) fields[label.name].add(label.value, "");
  MAI_TRY(look_with("json"));
  const bool any_json = std::any_of(fields.begin(), fields.end(), [](const auto& field) { return field.second.parsers.contains("json"); });
  if (!any_json) MAI_TRY(look_with("logfmt"));
  return fields;
}

Result<HttpResponse, LokiError> detected_fields(const LokiApi& api, const HttpRequest& request) {
  const LokiParameters parameters(request);
  MAI_TRY_ASSIGN(const uint64_t limit, parameters.limit(parameters.text("limit").empty() ? "field_limit" : "limit", kFieldsDefault));
  MAI_TRY_ASSIGN(const Fields fields, find_fields(api, request));
  std::string out;
  uint64_t count = 0;
  for (const auto& [name, field] : fields) {
    if (count++ == limit) break;
    const std::vector<std::string> parsers(field.parsers.begin(), field.parsers.end());
    fmt::format_to(std::back_inserter(out), R"({}{{"label":{},"type":"{}","cardinality":{},"parsers":{}}})", out.empty() ? "" : ",", json_string(name),
                   field_type_name(field.type), field.values.size(), parsers.empty() ? "null" : json_strings(parsers));
  }
  return HttpResponse::json(200, fmt::format("{{\"fields\":[{}],\"limit\":{}}}\n", out, limit));
}

Result<HttpResponse, LokiError> detected_field_values(const LokiApi& api, const HttpRequest& request) {
  MAI_TRY_ASSIGN(const uint64_t limit, LokiParameters(request).limit("limit", kFieldsDefault));
  MAI_TRY_ASSIGN(const Fields fields, find_fields(api, request));
  std::vector<std::string> values;
  if (const auto found = fields.find(std::string(request.path_parameter("name"))); found != fields.end())
    values.assign(found->second.values.begin(), found->second.values.end());
  if (values.size() > limit) values.resize(limit);
  return HttpResponse::json(200, fmt::format("{{\"values\":{},\"limit\":{}}}\n", json_strings(values), limit));
}

Result<HttpResponse, LokiError> patterns(const LokiApi& api, const HttpRequest& request) {
  const LokiParameters parameters(request);
  MAI_TRY_ASSIGN(const signals::LogRange range, parameters.range(api.clock->now()));
  if (range.empty()) return LokiError{400, "end timestamp must not be before or equal to start time"};
  MAI_TRY_ASSIGN(const auto step, parameters.step(range));
  MAI_TRY_ASSIGN(const query::LogQlResult found, newest_lines(api, request, std::string(parameters.text("query")), range, kPatternLinesMax));
  LinePatterns all(step);
  for (const query::LogStream& stream : found.streams)
    for (const query::LogEntry& entry : stream.entries) all.add(entry.time, entry.line);
  std::string out;
  for (const LinePattern& pattern : all.take()) {
    fmt::format_to(std::back_inserter(out), R"({}{{"pattern":{},"samples":[)", out.empty() ? "" : ",", json_string(pattern.text()));
    for (const auto& [time, count] : pattern.counts) fmt::format_to(std::back_inserter(out), "{}[{},{}]", out.back() == '[' ? "" : ",", time.ns / 1'000'000'000, count);
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
