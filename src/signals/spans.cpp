#include "signals/spans.h"

#include <algorithm>
#include <array>

#include "base/base64.h"
#include "base/text.h"

namespace monitorai::signals {
namespace {

std::string word_bytes(uint64_t word) {
  std::string out(8, '\0');
  for (size_t i = 0; i < 8; ++i) out[i] = static_cast<char>(word >> (56 - 8 * i));
  return out;
}

uint64_t word_of(std::string_view bytes) {
  uint64_t out = 0;
  for (const char byte : bytes) out = (out << 8) | static_cast<uint8_t>(byte);
  return out;
}

std::optional<uint64_t> word_of_hex(std::string_view text) {
  uint64_t out = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), out, 16);
  if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return out;
}

std::span<const Attribute> copy_attributes(std::span<const Attribute> attributes, SpanArena& arena) {
  std::vector<Attribute> copies(attributes.begin(), attributes.end());
  for (Attribute& attribute : copies) {
    attribute.key = arena.keep(attribute.key);
    attribute.value.text = arena.keep(attribute.value.text);
  }
  return arena.keep(std::span<const Attribute>(copies));
}

}  // namespace

std::string TraceId::hex() const { return fmt::format("{:016x}{:016x}", high, low); }
std::string TraceId::bytes() const { return word_bytes(high) + word_bytes(low); }
std::string SpanId::hex() const { return fmt::format("{:016x}", value); }
std::string SpanId::bytes() const { return word_bytes(value); }

std::optional<TraceId> TraceId::from_hex(std::string_view text) {
  if (text.empty() || text.size() > 32) return std::nullopt;
  const size_t low_digits = std::min<size_t>(16, text.size());
  const auto low = word_of_hex(text.substr(text.size() - low_digits));
  const auto high = text.size() > 16 ? word_of_hex(text.substr(0, text.size() - 16)) : std::optional<uint64_t>(0);
  if (!low || !high) return std::nullopt;
  return TraceId{*high, *low};
}

std::optional<TraceId> TraceId::from_bytes(std::string_view bytes) {
  if (bytes.size() != 16) return std::nullopt;
  return TraceId{word_of(bytes.substr(0, 8)), word_of(bytes.substr(8))};
}

std::optional<SpanId> SpanId::from_hex(std::string_view text) {
  if (text.empty() || text.size() > 16) return std::nullopt;
  const auto word = word_of_hex(text);
  if (!word) return std::nullopt;
  return SpanId{*word};
}

std::optional<SpanId> SpanId::from_bytes(std::string_view bytes) {
  if (bytes.size() != 8) return std::nullopt;
  return SpanId{word_of(bytes)};
}

std::string AttributeValue::shown() const {
  switch (type) {
    case AttributeType::integer: return fmt::format("{}", bits);
    case AttributeType::real: return format_number(real());
    case AttributeType::boolean: return truth() ? "true" : "false";
    case AttributeType::bytes: return base64(text);
    case AttributeType::text:
    case AttributeType::list:
    case AttributeType::map: break;
  }
  return std::string(text);
}

const AttributeValue* find_attribute(std::span<const Attribute> attributes, std::string_view key) {
  const auto found = std::find_if(attributes.begin(), attributes.end(), [&](const Attribute& attribute) { return attribute.key == key; });
  return found == attributes.end() ? nullptr : &found->value;
}

std::string_view text_attribute(std::span<const Attribute> attributes, std::string_view key) {
  const AttributeValue* value = find_attribute(attributes, key);
  return value != nullptr && value->type == AttributeType::text ? value->text : std::string_view();
}

std::string_view kind_name(SpanKind kind) {
  constexpr std::array<std::string_view, 6> kNames{"unspecified", "internal", "server", "client", "producer", "consumer"};
  return kNames[static_cast<size_t>(kind)];
}

std::string_view status_name(SpanStatus status) {
  constexpr std::array<std::string_view, 3> kNames{"unset", "ok", "error"};
  return kNames[static_cast<size_t>(status)];
}

std::string_view SpanArena::keep(std::string_view text) {
  const auto copy = keep(std::span<const char>(text));
  return {copy.data(), copy.size()};
}

SpanOrigin copy_origin(const SpanOrigin& origin, SpanArena& arena) {
  return {copy_attributes(origin.resource, arena), arena.keep(origin.scope_name), arena.keep(origin.scope_version), copy_attributes(origin.scope_attributes, arena)};
}

Span copy_span(const Span& span, const SpanOrigin* origin, SpanArena& arena) {
  Span out = span;
  out.origin = origin;
  out.name = arena.keep(span.name);
  out.status_message = arena.keep(span.status_message);
  out.trace_state = arena.keep(span.trace_state);
  out.attributes = copy_attributes(span.attributes, arena);
  std::vector<SpanEvent> events(span.events.begin(), span.events.end());
  for (SpanEvent& event : events) {
    event.name = arena.keep(event.name);
    event.attributes = copy_attributes(event.attributes, arena);
  }
  out.events = arena.keep(std::span<const SpanEvent>(events));
  std::vector<SpanLink> links(span.links.begin(), span.links.end());
  for (SpanLink& link : links) {
    link.trace_state = arena.keep(link.trace_state);
    link.attributes = copy_attributes(link.attributes, arena);
  }
  out.links = arena.keep(std::span<const SpanLink>(links));
  return out;
}

}  // namespace monitorai::signals
