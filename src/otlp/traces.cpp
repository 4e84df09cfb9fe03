#include "otlp/traces.h"

#include "base/text.h"
#include "otlp/labels.h"

namespace monitorai::otlp {

using protozero::pbf_writer;
using signals::Attribute;
using signals::Span;
using signals::SpanArena;
using signals::SpanEvent;
using signals::SpanId;
using signals::SpanKind;
using signals::SpanLink;
using signals::SpanOrigin;
using signals::SpanStatus;
using signals::TraceId;

namespace {

/// Times of OTLP are unsigned; what a signed one does not hold is its end.
TimeNs time_of(uint64_t ns) { return {static_cast<int64_t>(std::min<uint64_t>(ns, INT64_MAX))}; }

class Reader {
 public:
  explicit Reader(TraceRequest& out) : out_(out), arena_(out.batch.arena) {}

  void request(Fields message) {
    while (message.next()) {
      if (message.tag() == 1) resource_spans(message.get_message());
      else message.skip();
    }
    out_.attributes_dropped = losses_.attributes_dropped;
    out_.attributes_cut = losses_.attributes_cut;
  }

 private:
  std::span<const Attribute> keep_attributes() {
    const auto kept = arena_.keep(std::span<const Attribute>(attributes_));
    attributes_.clear();
    return kept;
  }
  void attribute(Fields message) { read_attribute(message, arena_, attributes_, losses_); }

  /// The resource may stand behind its spans: two passes.
  void resource_spans(Fields message) {
    attributes_.clear();
    read_resource(message, arena_, attributes_, losses_);
    const auto resource = keep_attributes();
    while (message.next()) {
      // 1000: what scope_spans was called until 2022; its scope is a message of the same shape.
      if (message.tag() == 2 || message.tag() == 1000) scope_spans(message.get_message(), resource);
      else message.skip();
    }
  }

  void scope_spans(Fields message, std::span<const Attribute> resource) {
    SpanOrigin origin{.resource = resource};
    attributes_.clear();
    for (Fields pass = message; pass.next();) {
      if (pass.tag() != 1) {
        pass.skip();
        continue;
      }
      for (Fields scope = pass.get_message(); scope.next();) {
        switch (scope.tag()) {
          case 1: origin.scope_name = valid_text(view(scope.get_view()), arena_); break;
          case 2: origin.scope_version = valid_text(view(scope.get_view()), arena_); break;
          case 3: attribute(scope.get_message()); break;
          default: scope.skip();
        }
      }
    }
    origin.scope_attributes = keep_attributes();
    const SpanOrigin* kept = arena_.keep_one(origin);
    while (message.next()) {
      if (message.tag() == 2) span(message.get_message(), kept);
      else message.skip();
    }
  }

  void span(Fields message, const SpanOrigin* origin) {
    if (++out_.spans_sent > kSpansMax) return;
    Span span{.origin = origin};
    uint64_t start = 0, end = 0;
    bool trace_known = false, id_known = false;
    attributes_.clear();
    events_.clear();
    links_.clear();
    const size_t dropped_before = losses_.attributes_dropped;
    // Events and links use attributes_ too, and may stand between the attributes: they are read in a second pass.
    bool more = false;
    for (Fields pass = message; pass.next();) {
      switch (pass.tag()) {
        case 1: trace_known = take(TraceId::from_bytes(view(pass.get_view())), span.trace); break;
        case 2: id_known = take(SpanId::from_bytes(view(pass.get_view())), span.id); break;
        case 3: span.trace_state = valid_text(view(pass.get_view()), arena_); break;
        case 4: take(SpanId::from_bytes(view(pass.get_view())), span.parent); break;
        case 5: span.name = valid_text(view(pass.get_view()), arena_); break;
        case 6: {
          const int32_t kind = pass.get_enum();
          if (kind > 0 && kind <= static_cast<int32_t>(SpanKind::consumer)) span.kind = static_cast<SpanKind>(kind);
          break;
        }
        case 7: start = pass.get_fixed64(); break;
        case 8: end = pass.get_fixed64(); break;
        case 9: attribute(pass.get_message()); break;
        case 10: span.dropped_attributes = pass.get_uint32(); break;
        case 12: span.dropped_events = pass.get_uint32(); break;
        case 14: span.dropped_links = pass.get_uint32(); break;
        case 15: status(pass.get_message(), span); break;
        case 16: span.flags = pass.get_fixed32(); break;
        case 11:
        case 13: more = true; [[fallthrough]];
        default: pass.skip();
      }
    }
    if (!trace_known || !id_known) {
      ++out_.invalid;
      if (out_.first_problem.empty())
        out_.first_problem = fmt::format("span {} of service {} has no {} id", json_string(span.name.substr(0, 128)), json_string(origin->service().substr(0, 128)),
                                         trace_known ? "span" : "trace");
      return;
    }
    span.start = time_of(start);
    if (end < start) ++out_.ends_before_start;
    else span.duration_ns = time_of(end) - span.start > std::chrono::nanoseconds::zero() ? (time_of(end) - span.start).count() : 0;
    span.dropped_attributes += static_cast<uint32_t>(losses_.attributes_dropped - dropped_before);
    span.attributes = keep_attributes();
    if (more) {
      for (Fields pass = message; pass.next();) {
        if (pass.tag() == 11) event(pass.get_message(), span);
        else if (pass.tag() == 13) link(pass.get_message(), span);
        else pass.skip();
      }
      span.events = arena_.keep(std::span<const SpanEvent>(events_));
      span.links = arena_.keep(std::span<const SpanLink>(links_));
    }
    out_.batch.spans.push_back(span);
  }

  template <class Id>
  static bool take(const std::optional<Id>& id, Id& out) {
    if (!id || !id->valid()) return false;
    out = *id;
    return true;
  }

  void status(Fields message, Span& span) {
    while (message.next()) {
      switch (message.tag()) {
        case 2: span.status_message = valid_text(view(message.get_view()), arena_); break;
        case 3: {
          const int32_t code = message.get_enum();
          if (code > 0 && code <= static_cast<int32_t>(SpanStatus::error)) span.status = static_cast<SpanStatus>(code);
          break;
        }
        default: message.skip();
      }
    }
  }

  void event(Fields message, Span& span) {
    if (events_.size() >= kEventsMax) {
      ++span.dropped_events;
      return;
    }
    SpanEvent event;
    while (message.next()) {
      switch (message.tag()) {
        case 1: event.time = time_of(message.get_fixed64()); break;
        case 2: event.name = valid_text(view(message.get_view()), arena_); break;
        case 3: attribute(message.get_message()); break;
        case 4: event.dropped_attributes = message.get_uint32(); break;
        default: message.skip();
      }
    }
    event.attributes = keep_attributes();
    events_.push_back(event);
  }

  void link(Fields message, Span& span) {
    if (links_.size() >= kEventsMax) {
      ++span.dropped_links;
      return;
    }
    SpanLink link;
    while (message.next()) {
      switch (message.tag()) {
        case 1: take(TraceId::from_bytes(view(message.get_view())), link.trace); break;
        case 2: take(SpanId::from_bytes(view(message.get_view())), link.span); break;
        case 3: link.trace_state = valid_text(view(message.get_view()), arena_); break;
        case 4: attribute(message.get_message()); break;
        case 5: link.dropped_attributes = message.get_uint32(); break;
        case 6: link.flags = message.get_fixed32(); break;
        default: message.skip();
      }
    }
    link.attributes = keep_attributes();
    links_.push_back(link);
  }

  TraceRequest& out_;
  SpanArena& arena_;
  Losses losses_;
  std::vector<Attribute> attributes_;
  std::vector<SpanEvent> events_;
  std::vector<SpanLink> links_;
};

void put_text(pbf_writer& out, uint32_t field, std::string_view text) {
  if (!text.empty()) out.add_string(field, text.data(), text.size());
}

void put_count(pbf_writer& out, uint32_t field, uint32_t count) {
  if (count > 0) out.add_uint32(field, count);
}

void write_span(pbf_writer& parent, const Span& span) {
  pbf_writer out(parent, 2);
  out.add_bytes(1, span.trace.bytes());
  out.add_bytes(2, span.id.bytes());
  put_text(out, 3, span.trace_state);
  if (span.parent.valid()) out.add_bytes(4, span.parent.bytes());
  put_text(out, 5, span.name);
  if (span.kind != SpanKind::unspecified) out.add_enum(6, static_cast<int32_t>(span.kind));
  out.add_fixed64(7, static_cast<uint64_t>(span.start.ns));
  out.add_fixed64(8, static_cast<uint64_t>(span.end().ns));
  for (const Attribute& attribute : span.attributes) write_attribute(out, 9, attribute);
  put_count(out, 10, span.dropped_attributes);
  for (const SpanEvent& event : span.events) {
    pbf_writer one(out, 11);
    one.add_fixed64(1, static_cast<uint64_t>(event.time.ns));
    put_text(one, 2, event.name);
    for (const Attribute& attribute : event.attributes) write_attribute(one, 3, attribute);
    put_count(one, 4, event.dropped_attributes);
  }
  put_count(out, 12, span.dropped_events);
  for (const SpanLink& link : span.links) {
    pbf_writer one(out, 13);
    one.add_bytes(1, link.trace.bytes());
    one.add_bytes(2, link.span.bytes());
    put_text(one, 3, link.trace_state);
    for (const Attribute& attribute : link.attributes) write_attribute(one, 4, attribute);
    put_count(one, 5, link.dropped_attributes);
    if (link.flags != 0) one.add_fixed32(6, link.flags);
  }
  put_count(out, 14, span.dropped_links);
  if (span.status != SpanStatus::unset || !span.status_message.empty()) {
    pbf_writer status(out, 15);
    put_text(status, 2, span.status_message);
    if (span.status != SpanStatus::unset) status.add_enum(3, static_cast<int32_t>(span.status));
  }
  if (span.flags != 0) out.add_fixed32(16, span.flags);
}

}  // namespace

Result<std::unique_ptr<TraceRequest>> read_traces(std::string protobuf) {
  auto out = std::make_unique<TraceRequest>();
  const std::string_view bytes = out->batch.arena.own(std::move(protobuf));
  try {
    Reader(*out).request(Fields(bytes.data(), bytes.size()));
  } catch (const protozero::exception& error) {
    return Error{Code::invalid, fmt::format("cannot read traces ({} bytes): they are no ExportTraceServiceRequest: {}", bytes.size(), error.what())};
  }
  if (out->spans_sent > kSpansMax) return Error{Code::exhausted, fmt::format("cannot read traces: {} spans in one request, of at most {}", out->spans_sent, kSpansMax)};
  return out;
}

std::string write_traces(std::span<const Span> spans) {
  std::string bytes;
  pbf_writer request(bytes);
  for (size_t i = 0; i < spans.size();) {
    const SpanOrigin& origin = *spans[i].origin;
    pbf_writer resource_spans(request, 1);
    {
      pbf_writer resource(resource_spans, 1);
      for (const Attribute& attribute : origin.resource) write_attribute(resource, 1, attribute);
    }
    pbf_writer scope_spans(resource_spans, 2);
    {
      pbf_writer scope(scope_spans, 1);
      put_text(scope, 1, origin.scope_name);
      put_text(scope, 2, origin.scope_version);
      for (const Attribute& attribute : origin.scope_attributes) write_attribute(scope, 3, attribute);
    }
    for (; i < spans.size() && spans[i].origin == &origin; ++i) write_span(scope_spans, spans[i]);
  }
  return bytes;
}

}  // namespace monitorai::otlp
