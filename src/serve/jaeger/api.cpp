#include "serve/jaeger/api.h"

#include <simdjson.h>

#include <algorithm>
#include <set>

#include "base/check.h"
#include "base/text.h"
#include "serve/tempo/parameters.h"

namespace monitorai::serve {
namespace {

using net::HttpRequest;
using net::HttpResponse;
using signals::Attribute;
using signals::AttributeType;
using signals::Span;
using Handler = std::function<Result<HttpResponse>(const TempoApi&, const HttpRequest&)>;

constexpr int64_t kNsPerUs = 1000;
constexpr size_t kTracesDefault = 20;

HttpResponse refused(const Error& error) {
  const int status = error.code == Code::invalid ? 400 : error.code == Code::not_found ? 404 : error.code == Code::exhausted ? 422 : error.code == Code::cancelled ? 504 : 500;
  return HttpResponse::json(status, fmt::format(R"({{"data":null,"total":0,"limit":0,"offset":0,"errors":[{{"code":{},"msg":{}}}]}})", status, json_string(error.message)));
}

HttpResponse answer(std::string_view data, size_t total) { return HttpResponse::json(200, fmt::format(R"({{"data":{},"total":{},"limit":0,"offset":0,"errors":null}})", data, total)); }

std::string names(const std::vector<query::TraceTag>& tags) {
  std::string out = "[";
  for (const query::TraceTag& tag : tags) out += (out.size() > 1 ? "," : "") + json_string(tag.value);
  return out + "]";
}

/// Text for a TraceQL query.
std::string quoted(std::string_view text) {
  std::string out = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') out += '\\';
    out += c == '\n' ? ' ' : c;
  }
  return out + "\"";
}

std::string tag(std::string_view key, const signals::AttributeValue& value) {
  const std::string head = fmt::format(R"({{"key":{},)", json_string(key));
  switch (value.type) {
    case AttributeType::integer: return head + fmt::format(R"("type":"int64","value":{}}})", value.bits);
    case AttributeType::boolean: return head + fmt::format(R"("type":"bool","value":{}}})", value.truth());
    case AttributeType::real:
      if (value.real() - value.real() == 0) return head + fmt::format(R"("type":"float64","value":{}}})", format_number(value.real()));
      [[fallthrough]];
    default: return head + fmt::format(R"("type":"string","value":{}}})", json_string(value.shown()));
  }
}

std::string text_tag(std::string_view key, std::string_view text) { return tag(key, signals::AttributeValue::of(text)); }

std::string tags(std::span<const Attribute> attributes, std::vector<std::string> more = {}) {
  std::string out = "[";
  for (const auto& [key, value] : attributes) out += (out.size() > 1 ? "," : "") + tag(key, value);
  for (const std::string& one : more) out += (out.size() > 1 ? "," : "") + one;
  return out + "]";
}

std::string span_json(const Span& span, size_t process) {
  std::string references;
  const auto refer = [&](std::string_view type, signals::TraceId trace, signals::SpanId id) {
    references += fmt::format(R"({}{{"refType":"{}","traceID":"{}","spanID":"{}"}})", references.empty() ? "" : ",", type, trace.hex(), id.hex());
  };
  if (span.parent.valid()) refer("CHILD_OF", span.trace, span.parent);
  for (const auto& link : span.links) refer("FOLLOWS_FROM", link.trace, link.span);
  std::vector<std::string> more;
  if (span.kind != signals::SpanKind::unspecified) more.push_back(text_tag("span.kind", kind_name(span.kind)));
  if (!span.origin->scope_name.empty()) more.push_back(text_tag("otel.scope.name", span.origin->scope_name));
  if (span.status == signals::SpanStatus::error) {
    more.push_back(tag("error", signals::AttributeValue::of(true)));
    more.push_back(text_tag("otel.status_code", "ERROR"));
  }
  if (!span.status_message.empty()) more.push_back(text_tag("otel.status_description", span.status_message));
  std::string logs;
  for (const auto& event : span.events)
    logs += fmt::format(R"({}{{"timestamp":{},"fields":{}}})", logs.empty() ? "" : ",", event.time.ns / kNsPerUs, tags(event.attributes, {text_tag("event", event.name)}));
  return fmt::format(R"({{"traceID":"{}","spanID":"{}","flags":{},"operationName":{},"references":[{}],"startTime":{},"duration":{},"tags":{},"logs":[{}],"processID":"p{}","warnings":null}})",
                     span.trace.hex(), span.id.hex(), span.flags & 0xff, json_string(span.name), references, span.start.ns / kNsPerUs, span.duration_ns / kNsPerUs,
                     tags(span.attributes, std::move(more)), logs, process);
}

std::string trace_json(const signals::SpanBatch& batch) {
  std::map<const signals::SpanOrigin*, size_t> processes;
  std::string spans, list;
  for (const Span& span : batch.spans) {
    const auto [at, added] = processes.try_emplace(span.origin, processes.size() + 1);
    if (added) {
      std::vector<Attribute> rest;
      for (const Attribute& attribute : span.origin->resource)
        if (attribute.key != "service.name") rest.push_back(attribute);
      list += fmt::format(R"({}"p{}":{{"serviceName":{},"tags":{}}})", list.empty() ? "" : ",", at->second, json_string(span.origin->service()), tags(rest));
    }
    spans += (spans.empty() ? "" : ",") + span_json(span, at->second);
  }
  return fmt::format(R"({{"traceID":"{}","spans":[{}],"processes":{{{}}},"warnings":null}})", batch.spans.front().trace.hex(), spans, list);
}

/// Services and operations of what the store holds at all.
signals::SpanRange everything() { return {{INT64_MIN}, {INT64_MAX}}; }

Result<HttpResponse> services(const TempoApi& api, const HttpRequest& request) {
  MAI_TRY_ASSIGN(const auto values, api.engine->tag_values(*api.source, "resource.service.name", "", everything(), request.cancelled));
  return answer(names(values), values.size());
}

Result<std::vector<query::TraceTag>> operations_of(const TempoApi& api, const HttpRequest& request, std::string_view service) {
  const std::string filter = service.empty() ? "" : fmt::format("{{ resource.service.name = {} }}", quoted(service));
  return api.engine->tag_values(*api.source, "name", filter, everything(), request.cancelled);
}

Result<HttpResponse> operations(const TempoApi& api, const HttpRequest& request) {
  MAI_TRY_ASSIGN(const auto values, operations_of(api, request, request.path_parameter("service")));
  return answer(names(values), values.size());
}

Result<HttpResponse> operations_with_kind(const TempoApi& api, const HttpRequest& request) {
  MAI_TRY_ASSIGN(const auto values, operations_of(api, request, TempoParameters(request).text("service")));
  std::string out = "[";
  for (const query::TraceTag& value : values) out += fmt::format(R"({}{{"name":{},"spanKind":""}})", out.size() > 1 ? "," : "", json_string(value.value));
  return answer(out + "]", values.size());
}

/// `tags` is an object of texts, and `tag=key:value` may repeat.
Result<std::string> tag_conditions(const HttpRequest& request) {
  std::string out;
  const auto add = [&](std::string_view key, std::string_view value) {
    if (key == "error") {
      out += value == "false" ? " && status != error" : " && status = error";
      return;
    }
    out += fmt::format(" && (.{} = {}", quoted(key), quoted(value));
    if (parse_number(value) || value == "true" || value == "false") out += fmt::format(" || .{} = {}", quoted(key), value);
    out += ")";
  };
  for (const auto& [name, value] : request.parameters()) {
    if (name == "tag") {
      const size_t colon = value.find(':');
      if (colon == std::string::npos || colon == 0) return Error{Code::invalid, fmt::format("malformed 'tag' parameter, expecting key:value, received: {}", value.substr(0, 128))};
      add(std::string_view(value).substr(0, colon), std::string_view(value).substr(colon + 1));
    } else if (name == "tags" && !value.empty()) {
      simdjson::dom::parser parser;
      simdjson::dom::object object;
      if (parser.parse(simdjson::padded_string(value)).get_object().get(object) != simdjson::SUCCESS)
        return Error{Code::invalid, fmt::format("malformed 'tags' parameter, cannot unmarshal JSON: {}", value.substr(0, 128))};
      for (const auto& [key, one] : object) {
        std::string_view text;
        if (one.get_string().get(text) != simdjson::SUCCESS) return Error{Code::invalid, "malformed 'tags' parameter, its values are texts"};
        add(key, text);
      }
    }
  }
  return out;
}

Result<std::optional<TimeNs>> microseconds(const TempoParameters& parameters, std::string_view name) {
  const std::string_view text = parameters.text(name);
  if (text.empty()) return std::optional<TimeNs>();
  const auto us = parse_integer<int64_t>(text);
  if (!us || std::abs(*us) > INT64_MAX / kNsPerUs) return Error{Code::invalid, fmt::format("unable to parse param '{}': {}", name, json_string(text.substr(0, 64)))};
  return std::optional(TimeNs{*us * kNsPerUs});
}

Result<HttpResponse> search(const TempoApi& api, const HttpRequest& request) {
  const TempoParameters parameters(request);
  std::string data;
  size_t total = 0;
  const auto add = [&](signals::TraceId id) -> Result<void> {
    MAI_TRY_ASSIGN(const auto batch, api.source->trace(id, api.engine->limits().spans_of_trace_max));
    if (batch == nullptr) return {};
    data += (data.empty() ? "" : ",") + trace_json(*batch);
    ++total;
    return {};
  };
  bool by_id = false;
  for (const auto& [name, value] : request.parameters()) {
    if (name != "traceID") continue;
    const auto id = signals::TraceId::from_hex(value);
    if (!id) return Error{Code::invalid, fmt::format("cannot parse traceID param: {}", json_string(value.substr(0, 64)))};
    by_id = true;
    MAI_TRY(add(*id));
  }
  if (by_id) return answer("[" + data + "]", total);
  const std::string_view service = parameters.text("service"), operation = parameters.text("operation");
  if (service.empty()) return Error{Code::invalid, "parameter 'service' is required"};
  std::string filter = fmt::format("{{ resource.service.name = {}", quoted(service));
  if (!operation.empty() && operation != "all") filter += fmt::format(" && name = {}", quoted(operation));
  MAI_TRY_ASSIGN(const int64_t shortest, parameters.duration_ns("minDuration", 0));
  MAI_TRY_ASSIGN(const int64_t longest, parameters.duration_ns("maxDuration", 0));
  if (shortest > 0) filter += fmt::format(" && duration >= {}ns", shortest);
  if (longest > 0) filter += fmt::format(" && duration <= {}ns", longest);
  MAI_TRY_ASSIGN(const std::string conditions, tag_conditions(request));
  query::TraceSearch wanted;
  MAI_TRY_ASSIGN(wanted.limit, parameters.count("limit", kTracesDefault));
  const TimeNs now{api.clock->now().ms * 1'000'000};
  MAI_TRY_ASSIGN(const auto start, microseconds(parameters, "start"));
  MAI_TRY_ASSIGN(const auto end, microseconds(parameters, "end"));
  wanted.range.to = end ? *end : now + std::chrono::minutes(10);
  wanted.range.from = start ? *start : now - kTempoSinceDefault;
  MAI_TRY_ASSIGN(const query::TraceSearchResult found, api.engine->search(*api.source, filter + conditions + " }", wanted, request.cancelled));
  for (const query::TraceHit& hit : found.traces) MAI_TRY(add(hit.id));
  return answer("[" + data + "]", total);
}

Result<HttpResponse> trace(const TempoApi& api, const HttpRequest& request) {
  const auto id = signals::TraceId::from_hex(request.path_parameter("id"));
  if (!id) return Error{Code::invalid, fmt::format("cannot parse traceID {}", json_string(request.path_parameter("id").substr(0, 64)))};
  MAI_TRY_ASSIGN(const auto batch, api.source->trace(*id, api.engine->limits().spans_of_trace_max));
  if (batch == nullptr) return Error{Code::not_found, "trace not found"};
  return answer("[" + trace_json(*batch) + "]", 0);
}

}  // namespace

void add_jaeger_api(net::Router& router, std::shared_ptr<const TempoApi> api) {
  MAI_CHECK(api->source != nullptr && api->engine != nullptr && api->clock != nullptr);
  const auto add = [&](const std::string& path, Handler handler) {
    router.add("GET", "/jaeger/api" + path, [api, handler = std::move(handler)](const HttpRequest& request) {
      auto made = handler(*api, request);
      return made ? std::move(made).value() : refused(made.error());
    });
  };
  add("/services", services);
  add("/services/{service}/operations", operations);
  add("/operations", operations_with_kind);
  add("/traces", search);
  add("/traces/{id}", trace);
  add("/dependencies", [](const TempoApi&, const HttpRequest&) -> Result<HttpResponse> { return answer("[]", 0); });
}

}  // namespace monitorai::serve
