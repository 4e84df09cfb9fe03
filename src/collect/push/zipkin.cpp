#include "collect/push/zipkin.h"

#include <simdjson.h>

#include <map>

#include "base/text.h"

namespace monitorai::collect {
namespace {

using signals::Attribute;
using signals::AttributeValue;
using signals::Span;
using signals::SpanArena;
using signals::SpanEvent;
using signals::SpanOrigin;
using simdjson::dom::array;
using simdjson::dom::element;
using simdjson::dom::object;

constexpr int64_t kNsPerUs = 1000;

std::string_view text_of(const element& from, const char* key) {
  std::string_view text;
  return from[key].get_string().get(text) == simdjson::SUCCESS ? text : std::string_view();
}

/// Microseconds, as number or as text; nothing where they do not fit.
std::optional<int64_t> microseconds_of(const element& from, const char* key) {
  element value;
  if (from[key].get(value) != simdjson::SUCCESS) return std::nullopt;
  std::optional<int64_t> us;
  int64_t number = 0;
  double real = 0;
  if (value.get_int64().get(number) == simdjson::SUCCESS) us = number;
  else if (value.get_double().get(real) == simdjson::SUCCESS && real >= 0 && real < 9e15) us = static_cast<int64_t>(real);
  else if (std::string_view text; value.get_string().get(text) == simdjson::SUCCESS) us = parse_integer<int64_t>(text);
  if (!us || *us < 0 || *us > INT64_MAX / kNsPerUs) return std::nullopt;
  return us;
}

class Reader {
 public:
  explicit Reader(ZipkinSpans& out) : out_(out), arena_(out.batch.arena) {}

  Result<void> read(const element& document) {
    array list;
    if (document.get_array().get(list) != simdjson::SUCCESS) return Error{Code::invalid, "cannot read Zipkin's spans: they are no list"};
    for (const element one : list) {
      if (++out_.sent > kZipkinSpansMax) return Error{Code::exhausted, fmt::format("cannot read Zipkin's spans: there are more than {}", kZipkinSpansMax)};
      if (!one.is_object()) return Error{Code::invalid, fmt::format("cannot read Zipkin's spans: number {} is no object", out_.sent)};
      span(one);
    }
    // Spans that share an origin follow each other.
    std::stable_sort(out_.batch.spans.begin(), out_.batch.spans.end(), [](const Span& a, const Span& b) { return a.origin < b.origin; });
    return {};
  }

 private:
  std::string_view keep(std::string_view text) { return arena_.keep(text); }

  const SpanOrigin* origin_of(const element& endpoint, bool present) {
    const std::string service(present ? text_of(endpoint, "serviceName") : std::string_view());
    const std::string address(present ? text_of(endpoint, "ipv4") : std::string_view());
    const auto [at, added] = origins_.try_emplace({service, address}, nullptr);
    if (!added) return at->second;
    std::vector<Attribute> resource;
    resource.push_back({"service.name", AttributeValue::of(keep(service.empty() ? "unknown_service" : service))});
    if (!address.empty()) resource.push_back({"host.ip", AttributeValue::of(keep(address))});
    return at->second = arena_.keep_one(SpanOrigin{.resource = arena_.keep(std::span<const Attribute>(resource)), .scope_name = "zipkin"});
  }

  void span(const element& one) {
    const auto trace = signals::TraceId::from_hex(text_of(one, "traceId"));
    const auto id = signals::SpanId::from_hex(text_of(one, "id"));
    if (!trace || !trace->valid() || !id || !id->valid()) {
      ++out_.invalid;
      if (out_.first_problem.empty()) out_.first_problem = fmt::format("span {} has no {} id", json_string(text_of(one, "name").substr(0, 128)), trace && trace->valid() ? "span" : "trace");
      return;
    }
    element endpoint;
    const bool local = one["localEndpoint"].get(endpoint) == simdjson::SUCCESS && endpoint.is_object();
    Span span{.trace = *trace, .id = *id, .origin = origin_of(endpoint, local), .name = keep(text_of(one, "name"))};
    if (const auto parent = signals::SpanId::from_hex(text_of(one, "parentId"))) span.parent = *parent;
    span.start.ns = microseconds_of(one, "timestamp").value_or(0) * kNsPerUs;
    span.duration_ns = microseconds_of(one, "duration").value_or(0) * kNsPerUs;
    const std::string kind = lower(text_of(one, "kind"));
    for (int i = 1; i <= static_cast<int>(signals::SpanKind::consumer); ++i)
      if (kind == signals::kind_name(static_cast<signals::SpanKind>(i))) span.kind = static_cast<signals::SpanKind>(i);
    if (bool shared = false; one["shared"].get_bool().get(shared) == simdjson::SUCCESS && shared && span.kind == signals::SpanKind::server) {
      span.parent = span.id;
      span.id.value ^= 0x9e3779b97f4a7c15u;
    }
    attributes_.clear();
    if (object tags; one["tags"].get_object().get(tags) == simdjson::SUCCESS)
      for (const auto& [key, value] : tags) tag(key, value, span);
    if (element remote; one["remoteEndpoint"].get(remote) == simdjson::SUCCESS && remote.is_object()) {
      if (const std::string_view service = text_of(remote, "serviceName"); !service.empty()) attributes_.push_back({"peer.service", AttributeValue::of(keep(service))});
      const std::string_view address = text_of(remote, "ipv4").empty() ? text_of(remote, "ipv6") : text_of(remote, "ipv4");
      if (!address.empty()) attributes_.push_back({"network.peer.address", AttributeValue::of(keep(address))});
      if (int64_t port = 0; remote["port"].get_int64().get(port) == simdjson::SUCCESS) attributes_.push_back({"network.peer.port", AttributeValue::of(port)});
    }
    span.attributes = arena_.keep(std::span<const Attribute>(attributes_));
    std::vector<SpanEvent> events;
    if (array annotations; one["annotations"].get_array().get(annotations) == simdjson::SUCCESS)
      for (const element annotation : annotations)
        if (annotation.is_object()) events.push_back({{microseconds_of(annotation, "timestamp").value_or(0) * kNsPerUs}, keep(text_of(annotation, "value"))});
    span.events = arena_.keep(std::span<const SpanEvent>(events));
    out_.batch.spans.push_back(span);
  }

  void tag(std::string_view key, const element& value, Span& span) {
    std::string_view text;
    if (value.get_string().get(text) == simdjson::SUCCESS) text = keep(text);
    else text = keep(simdjson::minify(value));
    if (key.empty()) return;
    if (key == "error" && text != "false") {
      span.status = signals::SpanStatus::error;
      if (text != "true") span.status_message = text;
    }
    attributes_.push_back({keep(key), AttributeValue::of(text)});
  }

  ZipkinSpans& out_;
  SpanArena& arena_;
  std::vector<Attribute> attributes_;
  std::map<std::pair<std::string, std::string>, const SpanOrigin*> origins_;
};

}  // namespace

Result<std::unique_ptr<ZipkinSpans>> read_zipkin(std::string_view json) {
  simdjson::dom::parser parser;
  element document;
  auto error = parser.parse(simdjson::padded_string(json)).get(document);
  if (error == simdjson::UTF8_ERROR) error = parser.parse(simdjson::padded_string(to_valid_utf8(json))).get(document);
  if (error != simdjson::SUCCESS) return Error{Code::invalid, fmt::format("cannot read Zipkin's spans ({} bytes): they are no JSON ({})", json.size(), simdjson::error_message(error))};
  auto out = std::make_unique<ZipkinSpans>();
  MAI_TRY(Reader(*out).read(document));
  return out;
}

}  // namespace monitorai::collect
