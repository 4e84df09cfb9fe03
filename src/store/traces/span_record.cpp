#include "store/traces/span_record.h"

#include "base/check.h"

namespace monitorai::store {

using signals::Attribute;
using signals::AttributeType;
using signals::AttributeValue;
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

enum Extra : uint8_t { kMessage = 1, kState = 2, kFlags = 4, kDropped = 8, kEvents = 16, kLinks = 32 };

/// Of what a length says, no more is reserved: the bytes that are there bound it.
constexpr size_t kReserveMax = 4096;

void put_value(std::string& out, const AttributeValue& value) {
  out += static_cast<char>(value.type);
  switch (value.type) {
    case AttributeType::integer:
    case AttributeType::boolean: return put_signed(out, value.bits);
    case AttributeType::real: return put_word(out, value.bits);
    default: put_text(out, value.text);
  }
}

AttributeValue take_value(ByteReader& in) {
  AttributeValue out{static_cast<AttributeType>(std::min<uint8_t>(in.byte(), static_cast<uint8_t>(AttributeType::map)))};
  switch (out.type) {
    case AttributeType::integer:
    case AttributeType::boolean: out.bits = in.signed_varint(); break;
    case AttributeType::real: out.bits = in.word<int64_t>(); break;
    default: out.text = in.text();
  }
  return out;
}

TraceId take_trace_id(ByteReader& in) {
  const auto high = in.word<uint64_t>();
  return {high, in.word<uint64_t>()};
}

}  // namespace

void put_attributes(std::string& out, std::span<const Attribute> attributes) {
  put_varint(out, attributes.size());
  for (const Attribute& attribute : attributes) {
    put_text(out, attribute.key);
    put_value(out, attribute.value);
  }
}

std::span<const Attribute> take_attributes(ByteReader& in, SpanArena& arena, std::vector<Attribute>& scratch) {
  const uint64_t count = in.varint();
  scratch.clear();
  for (uint64_t i = 0; i < count && in.ok(); ++i) {
    const std::string_view key = in.text();
    scratch.push_back({key, take_value(in)});
  }
  return in.ok() ? arena.keep(std::span<const Attribute>(scratch)) : std::span<const Attribute>();
}

void put_origin(std::string& out, const SpanOrigin& origin) {
  put_attributes(out, origin.resource);
  put_text(out, origin.scope_name);
  put_text(out, origin.scope_version);
  put_attributes(out, origin.scope_attributes);
}

const SpanOrigin* take_origin(ByteReader& in, SpanArena& arena) {
  std::vector<Attribute> scratch;
  SpanOrigin origin;
  origin.resource = take_attributes(in, arena, scratch);
  origin.scope_name = in.text();
  origin.scope_version = in.text();
  origin.scope_attributes = take_attributes(in, arena, scratch);
  return arena.keep_one(origin);
}

void put_extras(std::string& out, const Span& span) {
  const bool dropped = (span.dropped_attributes | span.dropped_events | span.dropped_links) != 0;
  const int has = (span.status_message.empty() ? 0 : kMessage) | (span.trace_state.empty() ? 0 : kState) | (span.flags == 0 ? 0 : kFlags) |
                  (dropped ? kDropped : 0) | (span.events.empty() ? 0 : kEvents) | (span.links.empty() ? 0 : kLinks);
  out += static_cast<char>(has);
  if (has & kMessage) put_text(out, span.status_message);
  if (has & kState) put_text(out, span.trace_state);
  if (has & kFlags) put_varint(out, span.flags);
  if (has & kDropped)
    for (const uint32_t count : {span.dropped_attributes, span.dropped_events, span.dropped_links}) put_varint(out, count);
  if (has & kEvents) {
    put_varint(out, span.events.size());
    for (const SpanEvent& event : span.events) {
      put_signed(out, minus(event.time.ns, span.start.ns));
      put_text(out, event.name);
      put_attributes(out, event.attributes);
      put_varint(out, event.dropped_attributes);
    }
  }
  if (has & kLinks) {
    put_varint(out, span.links.size());
    for (const SpanLink& link : span.links) {
      put_word(out, link.trace.high);
      put_word(out, link.trace.low);
      put_word(out, link.span.value);
      put_text(out, link.trace_state);
      put_attributes(out, link.attributes);
      put_varint(out, link.dropped_attributes);
      put_varint(out, link.flags);
    }
  }
}

void take_extras(ByteReader& in, SpanArena& arena, Span& span) {
  const uint8_t has = in.byte();
  std::vector<Attribute> scratch;
  if (has & kMessage) span.status_message = in.text();
  if (has & kState) span.trace_state = in.text();
  if (has & kFlags) span.flags = static_cast<uint32_t>(in.varint());
  if (has & kDropped)
    for (uint32_t* count : {&span.dropped_attributes, &span.dropped_events, &span.dropped_links}) *count = static_cast<uint32_t>(in.varint());
  if (has & kEvents) {
    std::vector<SpanEvent> events;
    const uint64_t count = in.varint();
    events.reserve(std::min<uint64_t>(count, kReserveMax));
    for (uint64_t i = 0; i < count && in.ok(); ++i) {
      SpanEvent event;
      event.time.ns = plus(in.signed_varint(), span.start.ns);
      event.name = in.text();
      event.attributes = take_attributes(in, arena, scratch);
      event.dropped_attributes = static_cast<uint32_t>(in.varint());
      events.push_back(event);
    }
    span.events = arena.keep(std::span<const SpanEvent>(events));
  }
  if (has & kLinks) {
    std::vector<SpanLink> links;
    const uint64_t count = in.varint();
    links.reserve(std::min<uint64_t>(count, kReserveMax));
    for (uint64_t i = 0; i < count && in.ok(); ++i) {
      SpanLink link;
      link.trace = take_trace_id(in);
      link.span.value = in.word<uint64_t>();
      link.trace_state = in.text();
      link.attributes = take_attributes(in, arena, scratch);
      link.dropped_attributes = static_cast<uint32_t>(in.varint());
      link.flags = static_cast<uint32_t>(in.varint());
      links.push_back(link);
    }
    span.links = arena.keep(std::span<const SpanLink>(links));
  }
}

std::string encode_spans(std::span<const Span> spans) {
  std::string out(kRecordHeadBytes, '\0');
  for (size_t i = 0; i < spans.size();) {
    const SpanOrigin* origin = spans[i].origin;
    size_t end = i;
    while (end < spans.size() && spans[end].origin == origin) ++end;
    put_origin(out, *origin);
    put_varint(out, end - i);
    for (; i < end; ++i) {
      const Span& span = spans[i];
      put_word(out, span.trace.high);
      put_word(out, span.trace.low);
      put_word(out, span.id.value);
      put_word(out, span.parent.value);
      put_word(out, span.start.ns);
      put_varint(out, static_cast<uint64_t>(span.duration_ns));
      out += static_cast<char>(static_cast<unsigned>(span.kind) | static_cast<unsigned>(span.status) << 4);
      put_text(out, span.name);
      put_attributes(out, span.attributes);
      put_extras(out, span);
    }
  }
  return out;
}

void set_generation(std::string& record, uint64_t generation) {
  MAI_CHECK(record.size() >= kRecordHeadBytes);
  std::memcpy(record.data(), &generation, sizeof generation);
}

uint64_t generation_of(std::string_view record) { return ByteReader(record).word<uint64_t>(); }

Result<void> decode_spans(std::string_view record, signals::SpanBatch& out) {
  ByteReader in(record);
  in.word<uint64_t>();
  std::vector<Attribute> scratch;
  while (in.ok() && !in.at_end()) {
    const SpanOrigin* origin = take_origin(in, out.arena);
    const uint64_t count = in.varint();
    for (uint64_t i = 0; i < count && in.ok(); ++i) {
      Span span{.trace = take_trace_id(in), .origin = origin};
      span.id.value = in.word<uint64_t>();
      span.parent.value = in.word<uint64_t>();
      span.start.ns = in.word<int64_t>();
      span.duration_ns = static_cast<int64_t>(in.varint() & INT64_MAX);
      const uint8_t kinds = in.byte();
      span.kind = static_cast<SpanKind>(std::min(kinds & 15, static_cast<int>(SpanKind::consumer)));
      span.status = static_cast<SpanStatus>(std::min(kinds >> 4, static_cast<int>(SpanStatus::error)));
      span.name = in.text();
      span.attributes = take_attributes(in, out.arena, scratch);
      take_extras(in, out.arena, span);
      if (in.ok()) out.spans.push_back(span);
    }
  }
  if (!in.ok()) return Error{Code::corrupt, fmt::format("cannot read spans ({} bytes): the record ends early", record.size())};
  return {};
}

uint64_t span_hash(const Span& span) {
  uint64_t hash = span.trace.high * 0x9e3779b97f4a7c15u ^ span.trace.low;
  hash = (hash ^ (hash >> 29)) * 0xbf58476d1ce4e5b9u ^ span.id.value;
  hash = (hash ^ (hash >> 32)) * 0x94d049bb133111ebu;
  return hash ^ (hash >> 31);
}

}  // namespace monitorai::store
