#include "serve/tempo/api.h"

#include <algorithm>

#include "base/check.h"
#include "base/text.h"
#include "otlp/json.h"
#include "otlp/traces.h"
#include "serve/tempo/parameters.h"
#include "signals/labels.h"

namespace monitorai::serve {
namespace {

using net::HttpRequest;
using net::HttpResponse;
using query::TraceHit;
using query::TraceTag;
using Handler = std::function<Result<HttpResponse>(const TempoApi&, const HttpRequest&)>;
using Type = query::TraceValue::Type;

constexpr std::string_view kProtobuf = "application/protobuf";

HttpResponse refused(const Error& error) {
  switch (error.code) {
    case Code::invalid: return HttpResponse::text(400, error.message + "\n");
    case Code::not_found: return HttpResponse::text(404, error.message + "\n");
    case Code::exhausted: return HttpResponse::text(422, error.message + "\n");
    case Code::cancelled: return HttpResponse::text(504, error.message + "\n");
    default: return HttpResponse::text(500, error.message + "\n");
  }
}

void add_route(net::Router& router, const std::shared_ptr<const TempoApi>& api, const std::string& path, Handler handler) {
  router.add("GET", path, [api, handler = std::move(handler)](const HttpRequest& request) {
    auto answer = handler(*api, request);
    return answer ? std::move(answer).value() : refused(answer.error());
  });
}

// ---- a trace by its id ----

/// Spans of one origin together, in the order in which origins come first.
std::vector<signals::Span> by_origin(std::span<const signals::Span> spans) {
  std::map<const signals::SpanOrigin*, size_t> order;
  for (const signals::Span& span : spans) order.try_emplace(span.origin, order.size());
  std::vector<signals::Span> out(spans.begin(), spans.end());
  std::stable_sort(out.begin(), out.end(), [&](const auto& a, const auto& b) { return order.at(a.origin) < order.at(b.origin); });
  return out;
}

Result<HttpResponse> trace(const TempoApi& api, const HttpRequest& request, bool second_version) {
  const auto id = signals::TraceId::from_hex(request.path_parameter("id"));
  if (!id) return Error{Code::invalid, fmt::format("trace IDs can only contain hex characters: {}", json_string(request.path_parameter("id").substr(0, 64)))};
  MAI_TRY_ASSIGN(const auto batch, api.source->trace(*id, api.engine->limits().spans_of_trace_max));
  if (batch == nullptr) return Error{Code::not_found, fmt::format("trace not found: {}", id->hex())};
  std::string bytes = otlp::write_traces(by_origin(batch->spans));
  if (request.header("accept").find(kProtobuf) != std::string_view::npos) {
    if (second_version) {
      // TraceByIDResponse: the trace is its first field.
      std::string head = "\x0a";
      for (size_t size = bytes.size(); ; size >>= 7) {
        head += static_cast<char>(size > 0x7f ? (size & 0x7f) | 0x80 : size);
        if (size <= 0x7f) break;
      }
      bytes = head + bytes;
    }
    return HttpResponse{200, std::string(kProtobuf), std::move(bytes)};
  }
  MAI_TRY_ASSIGN(std::string json, otlp::json_of_protobuf(otlp::kTraces, bytes, otlp::Ids::base64));
  if (second_version) return HttpResponse::json(200, fmt::format(R"({{"trace":{},"metrics":{{}}}})", json));
  constexpr std::string_view kFirst = "{\"resourceSpans\":";
  if (json.starts_with(kFirst)) json.replace(0, kFirst.size(), "{\"batches\":");
  return HttpResponse::json(200, std::move(json));
}

// ---- search ----

std::string any_value(const TraceTag& tag) {
  switch (tag.type) {
    case Type::integer: return fmt::format(R"({{"intValue":"{}"}})", tag.value);
    case Type::boolean: return fmt::format(R"({{"boolValue":{}}})", tag.value);
    case Type::real:
      if (const auto number = parse_number(tag.value); number && *number - *number == 0) return fmt::format(R"({{"doubleValue":{}}})", tag.value);
      [[fallthrough]];
    default: return fmt::format(R"({{"stringValue":{}}})", json_string(tag.value));
  }
}

std::string attributes(const std::vector<TraceTag>& tags) {
  std::string out = "[";
  for (const TraceTag& tag : tags) fmt::format_to(std::back_inserter(out), R"({}{{"key":{},"value":{}}})", out.size() > 1 ? "," : "", json_string(tag.name), any_value(tag));
  return out + "]";
}

std::string spanset(const TraceHit::Set& set) {
  std::string out = R"({"spans":[)";
  bool first = true;
  for (const TraceHit::Span& span : set.spans) {
    fmt::format_to(std::back_inserter(out), R"({}{{"spanID":"{}","name":{},"startTimeUnixNano":"{}","durationNanos":"{}")", first ? "" : ",", span.id.hex(), json_string(span.name),
                   span.start.ns, span.duration_ns);
    first = false;
    if (!span.tags.empty()) out += ",\"attributes\":" + attributes(span.tags);
    out += '}';
  }
  fmt::format_to(std::back_inserter(out), "],\"matched\":{}", set.matched);
  if (!set.tags.empty()) out += ",\"attributes\":" + attributes(set.tags);
  return out + "}";
}

std::string hit(const TraceHit& trace) {
  std::string out = fmt::format(R"({{"traceID":"{}","rootServiceName":{},"rootTraceName":{},"startTimeUnixNano":"{}","durationMs":{})", trace.id.hex(),
                                json_string(trace.root_service.empty() ? "<root span not yet received>" : trace.root_service), json_string(trace.root_name), trace.start.ns,
                                trace.duration_ns / 1'000'000);
  std::string sets;
  for (const TraceHit::Set& set : trace.sets) sets += (sets.empty() ? "" : ",") + spanset(set);
  if (!trace.sets.empty()) out += ",\"spanSet\":" + spanset(trace.sets.front());
  out += ",\"spanSets\":[" + sets + "],\"serviceStats\":{";
  bool first = true;
  for (const auto& [name, service] : trace.services) {
    fmt::format_to(std::back_inserter(out), R"({}{}:{{"spanCount":{},"errorCount":{}}})", first ? "" : ",", json_string(name), service.spans, service.errors);
    first = false;
  }
  return out + "}}";
}

Result<HttpResponse> search(const TempoApi& api, const HttpRequest& request) {
  const TempoParameters parameters(request);
  query::TraceSearch wanted;
  MAI_TRY_ASSIGN(wanted.range, parameters.range(api.clock->now()));
  MAI_TRY_ASSIGN(wanted.limit, parameters.count("limit", kTempoLimitDefault));
  MAI_TRY_ASSIGN(wanted.spans_per_set, parameters.count("spss", kTempoSpansPerSetDefault));
  MAI_TRY_ASSIGN(wanted.duration_min_ns, parameters.duration_ns("minDuration", 0));
  MAI_TRY_ASSIGN(wanted.duration_max_ns, parameters.duration_ns("maxDuration", INT64_MAX));
  MAI_TRY_ASSIGN(const std::string text, parameters.query());
  MAI_TRY_ASSIGN(const query::TraceSearchResult result, api.engine->search(*api.source, text, wanted, request.cancelled));
  std::string out = R"({"traces":[)";
  for (size_t i = 0; i < result.traces.size(); ++i) out += (i == 0 ? "" : ",") + hit(result.traces[i]);
  return HttpResponse::json(200, out + fmt::format(R"(],"metrics":{{"inspectedTraces":{},"inspectedSpans":"{}","completedJobs":1,"totalJobs":1}}}})", result.traces.size(), result.spans_read));
}

// ---- tags ----

std::string names(const std::vector<std::string>& texts) {
  std::string out = "[";
  for (const std::string& text : texts) out += (out.size() > 1 ? "," : "") + json_string(text);
  return out + "]";
}

const std::vector<std::string>& intrinsics() {
  static const std::vector<std::string> kNames{"duration", "event:name", "event:timeSinceStart", "instrumentation:name", "instrumentation:version", "kind", "name", "nestedSetLeft", "nestedSetParent", "nestedSetRight", "rootName",
                                               "rootServiceName", "span:duration", "span:kind", "span:name", "span:status", "span:statusMessage", "status", "statusMessage",
                                               "trace:duration", "trace:rootName", "trace:rootService", "traceDuration"};
  return kNames;
}

Result<HttpResponse> tags(const TempoApi& api, const HttpRequest& request, bool second_version) {
  const TempoParameters parameters(request);
  MAI_TRY_ASSIGN(const signals::SpanRange range, parameters.range(api.clock->now()));
  MAI_TRY_ASSIGN(const query::TraceTags found, api.engine->tags(*api.source, range, request.cancelled));
  const std::string_view wanted = parameters.text("scope");
  const std::vector<std::pair<std::string_view, const std::vector<std::string>*>> scopes{{"span", &found.span},   {"resource", &found.resource},         {"event", &found.event},
                                                                                         {"link", &found.link}, {"instrumentation", &found.scope}, {"intrinsic", &intrinsics()}};
  if (!wanted.empty() && wanted != "none" && std::none_of(scopes.begin(), scopes.end(), [&](const auto& scope) { return scope.first == wanted; }))
    return Error{Code::invalid, fmt::format("invalid scope: {}", wanted.substr(0, 64))};
  std::string out;
  std::vector<std::string> all;
  for (const auto& [name, list] : scopes) {
    if ((!wanted.empty() && wanted != "none" && wanted != name) || list->empty()) continue;
    out += fmt::format(R"({}{{"name":"{}","tags":{}}})", out.empty() ? "" : ",", name, names(*list));
    all.insert(all.end(), list->begin(), list->end());
  }
  if (second_version) return HttpResponse::json(200, "{\"scopes\":[" + out + "],\"metrics\":{}}");
  std::sort(all.begin(), all.end());
  all.erase(std::unique(all.begin(), all.end()), all.end());
  return HttpResponse::json(200, "{\"tagNames\":" + names(all) + "}");
}

std::string_view type_name(Type type) {
  switch (type) {
    case Type::integer: return "int";
    case Type::real: return "float";
    case Type::boolean: return "bool";
    case Type::duration: return "duration";
    case Type::status:
    case Type::kind: return "keyword";
    default: return "string";
  }
}

Result<HttpResponse> tag_values(const TempoApi& api, const HttpRequest& request, bool second_version) {
  const TempoParameters parameters(request);
  MAI_TRY_ASSIGN(const signals::SpanRange range, parameters.range(api.clock->now()));
  std::string name(request.path_parameter("name"));
  // The first version has no scopes: what is no intrinsic is an attribute of whatever scope.
  if (!second_version && !query::parse_trace_field(name)) name = "." + name;
  MAI_TRY_ASSIGN(const std::vector<TraceTag> values, api.engine->tag_values(*api.source, name, parameters.text("q"), range, request.cancelled));
  std::string out = R"({"tagValues":[)";
  for (size_t i = 0; i < values.size(); ++i) {
    if (i > 0) out += ',';
    if (second_version) fmt::format_to(std::back_inserter(out), R"({{"type":"{}","value":{}}})", type_name(values[i].type), json_string(values[i].value));
    else out += json_string(values[i].value);
  }
  return HttpResponse::json(200, out + (second_version ? R"(],"metrics":{}})" : "]}"));
}

// ---- metrics ----

std::string series_labels(const query::TraceSeries& series) {
  std::string labels;
  for (const TraceTag& tag : series.labels) labels += fmt::format("{}{}={}", labels.empty() ? "" : ", ", tag.name, json_string(tag.value));
  return "{" + labels + "}";
}

Result<HttpResponse> metrics(const TempoApi& api, const HttpRequest& request, bool instant) {
  const TempoParameters parameters(request);
  MAI_TRY_ASSIGN(signals::SpanRange range, parameters.range(api.clock->now()));
  MAI_TRY_ASSIGN(const std::string text, parameters.query());
  MAI_TRY_ASSIGN(std::chrono::milliseconds step, parameters.step(range));
  if (instant) {
    // One step as long as the range.
    step = std::max(std::chrono::milliseconds(1), std::chrono::duration_cast<std::chrono::milliseconds>(range.to - range.from));
    range.from = range.to;
  }
  MAI_TRY_ASSIGN(const std::vector<query::TraceSeries> series, api.engine->range(*api.source, text, range, step, request.cancelled));
  std::string out = R"({"series":[)";
  for (size_t i = 0; i < series.size(); ++i) {
    fmt::format_to(std::back_inserter(out), R"({}{{"labels":{},"promLabels":{})", i == 0 ? "" : ",", attributes(series[i].labels), json_string(series_labels(series[i])));
    if (instant) {
      fmt::format_to(std::back_inserter(out), R"(,"value":{}}})", series[i].samples.empty() ? "0" : format_number(series[i].samples.back().second));
      continue;
    }
    out += R"(,"samples":[)";
    for (size_t k = 0; k < series[i].samples.size(); ++k)
      fmt::format_to(std::back_inserter(out), R"({}{{"timestampMs":"{}","value":{}}})", k == 0 ? "" : ",", series[i].samples[k].first.ms, format_number(series[i].samples[k].second));
    out += "]}";
  }
  return HttpResponse::json(200, out + R"(],"metrics":{}})");
}

}  // namespace

void add_tempo_api(net::Router& router, std::shared_ptr<const TempoApi> api) {
  MAI_CHECK(api->source != nullptr && api->engine != nullptr && api->clock != nullptr);
  router.add("GET", "/api/echo", [](const HttpRequest&) { return HttpResponse::text(200, "echo"); });
  router.add("GET", "/api/status/buildinfo", [](const HttpRequest&) {
    return HttpResponse::json(200, fmt::format(R"({{"version":"2.8.0","revision":"monitorai {}","branch":"","buildUser":"","buildDate":"","goVersion":""}})", MAI_VERSION));
  });
  add_route(router, api, "/api/traces/{id}", [](const TempoApi& a, const HttpRequest& r) { return trace(a, r, false); });
  add_route(router, api, "/api/v2/traces/{id}", [](const TempoApi& a, const HttpRequest& r) { return trace(a, r, true); });
  add_route(router, api, "/api/search", search);
  add_route(router, api, "/api/search/tags", [](const TempoApi& a, const HttpRequest& r) { return tags(a, r, false); });
  add_route(router, api, "/api/v2/search/tags", [](const TempoApi& a, const HttpRequest& r) { return tags(a, r, true); });
  add_route(router, api, "/api/search/tag/{name}/values", [](const TempoApi& a, const HttpRequest& r) { return tag_values(a, r, false); });
  add_route(router, api, "/api/v2/search/tag/{name}/values", [](const TempoApi& a, const HttpRequest& r) { return tag_values(a, r, true); });
  add_route(router, api, "/api/metrics/query_range", [](const TempoApi& a, const HttpRequest& r) { return metrics(a, r, false); });
  add_route(router, api, "/api/metrics/query", [](const TempoApi& a, const HttpRequest& r) { return metrics(a, r, true); });
}

void add_tempo_status(net::Router& router) {
  router.add("GET", "/ready", [](const HttpRequest&) { return HttpResponse::text(200, "ready\n"); });
}

}  // namespace monitorai::serve
