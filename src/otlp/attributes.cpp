#include "otlp/attributes.h"

#include <simdjson.h>

#include <cstring>

#include "base/base64.h"
#include "base/text.h"

namespace monitorai::otlp {

using protozero::pbf_writer;
using signals::Attribute;
using signals::AttributeType;
using signals::AttributeValue;
using signals::SpanArena;

namespace {

enum Value : protozero::pbf_tag_type { kString = 1, kBool = 2, kInt = 3, kDouble = 4, kArray = 5, kMap = 6, kBytes = 7 };

constexpr size_t kPlainBytesMax = 64;

bool is_ascii(std::string_view text) {
  uint64_t seen = 0, word = 0;
  size_t i = 0;
  for (; i + sizeof word <= text.size(); i += sizeof word) {
    std::memcpy(&word, text.data() + i, sizeof word);
    seen |= word;
  }
  for (; i < text.size(); ++i) seen |= static_cast<uint8_t>(text[i]);
  return (seen & 0x8080808080808080) == 0;
}

/// Cuts before the character that would not fit.
std::string_view cut(std::string_view text, size_t bytes_max) {
  size_t end = bytes_max;
  while (end > 0 && (static_cast<uint8_t>(text[end]) & 0xc0) == 0x80) --end;
  return text.substr(0, end);
}

/// Reals keep a point or an exponent, so that they are told from integers when they are read again.
void append_real(std::string& out, double value) {
  if (!(std::abs(value) <= std::numeric_limits<double>::max())) {
    out += value != value ? "\"NaN\"" : value > 0 ? "\"Infinity\"" : "\"-Infinity\"";
    return;
  }
  const size_t at = out.size();
  append_number(out, value);
  if (out.find_first_of(".e", at) == std::string::npos) out += ".0";
}

void append_json(std::string& out, Fields value, int depth);

void append_list(std::string& out, Fields list, int depth) {
  out += '[';
  bool first = true;
  while (list.next()) {
    if (list.tag() != 1) {
      list.skip();
      continue;
    }
    if (!first) out += ',';
    first = false;
    append_json(out, list.get_message(), depth + 1);
  }
  out += ']';
}

void append_map(std::string& out, Fields map, int depth) {
  out += '{';
  bool first = true;
  while (map.next()) {
    if (map.tag() != 1) {
      map.skip();
      continue;
    }
    if (!first) out += ',';
    first = false;
    std::string_view key;
    std::optional<Fields> value;
    for (Fields pair = map.get_message(); pair.next();) {
      if (pair.tag() == 1) key = view(pair.get_view());
      else if (pair.tag() == 2) value = pair.get_message();
      else pair.skip();
    }
    append_json_string(out, key);
    out += ':';
    if (value) append_json(out, *value, depth + 1);
    else out += "null";
  }
  out += '}';
}

void append_json(std::string& out, Fields value, int depth) {
  if (depth > kValueDepthMax || out.size() > kAttributeBytesMax) {
    // Its reader replaces the whole of what is too large; what is too deep is told where it stands.
    out += "\"(nested too deep)\"";
    return;
  }
  bool any = false;
  while (value.next()) {
    if (any) {
      value.skip();
      continue;
    }
    any = true;
    switch (value.tag()) {
      case kString: append_json_string(out, view(value.get_view())); break;
      case kBool: out += value.get_bool() ? "true" : "false"; break;
      case kInt: fmt::format_to(std::back_inserter(out), "{}", value.get_int64()); break;
      case kDouble: append_real(out, value.get_double()); break;
      case kArray: append_list(out, value.get_message(), depth); break;
      case kMap: append_map(out, value.get_message(), depth); break;
      case kBytes: append_json_string(out, base64(view(value.get_view()))); break;
      default:
        value.skip();
        any = false;
    }
  }
  if (!any) out += "null";
}

AttributeValue json_value(std::string json, AttributeType type, SpanArena& arena, Losses& losses) {
  if (json.size() <= kAttributeBytesMax) return {type, 0, arena.keep(json)};
  ++losses.attributes_cut;
  return AttributeValue::of(arena.keep(fmt::format("(a value of {} bytes or more)", json.size())));
}

void write_any(pbf_writer& out, const simdjson::dom::element& value) {
  using simdjson::dom::element_type;
  switch (value.type()) {
    case element_type::STRING: {
      const std::string_view text = value.get_string().value_unsafe();
      return out.add_string(kString, text.data(), text.size());
    }
    case element_type::BOOL: return out.add_bool(kBool, value.get_bool().value_unsafe());
    case element_type::INT64: return out.add_int64(kInt, value.get_int64().value_unsafe());
    case element_type::UINT64: return out.add_double(kDouble, static_cast<double>(value.get_uint64().value_unsafe()));
    case element_type::DOUBLE: return out.add_double(kDouble, value.get_double().value_unsafe());
    case element_type::NULL_VALUE: return;
    case element_type::ARRAY: {
      const simdjson::dom::array items = value.get_array().value_unsafe();
      // The writer of an inner message takes an empty one back.
      if (items.size() == 0) return out.add_message(kArray, "", 0);
      pbf_writer list(out, kArray);
      for (const auto item : items) {
        if (item.is_null()) {
          list.add_message(1, "", 0);
          continue;
        }
        pbf_writer any(list, 1);
        write_any(any, item);
      }
      return;
    }
    case element_type::OBJECT: {
      const simdjson::dom::object fields = value.get_object().value_unsafe();
      if (fields.size() == 0) return out.add_message(kMap, "", 0);
      pbf_writer map(out, kMap);
      for (const auto& [key, item] : fields) {
        pbf_writer pair(map, 1);
        pair.add_string(1, key.data(), key.size());
        pbf_writer any(pair, 2);
        write_any(any, item);
      }
      return;
    }
  }
}

}  // namespace

std::string_view valid_text(std::string_view text, SpanArena& arena) {
  // Most texts are short and ASCII: eight bytes at a time are faster than starting the vector units.
  if (text.size() <= kPlainBytesMax && is_ascii(text)) return text;
  if (simdjson::validate_utf8(text.data(), text.size())) return text;
  return arena.keep(to_valid_utf8(text));
}

AttributeValue read_value(Fields message, SpanArena& arena, Losses& losses) {
  AttributeValue out;
  while (message.next()) {
    switch (message.tag()) {
      case kString: {
        std::string_view text = valid_text(view(message.get_view()), arena);
        if (text.size() > kAttributeBytesMax) {
          text = cut(text, kAttributeBytesMax);
          ++losses.attributes_cut;
        }
        out = AttributeValue::of(text);
        break;
      }
      case kBool: out = AttributeValue::of(message.get_bool()); break;
      case kInt: out = AttributeValue::of(message.get_int64()); break;
      case kDouble: out = AttributeValue::of(message.get_double()); break;
      case kArray: {
        std::string json;
        append_list(json, message.get_message(), 0);
        out = json_value(std::move(json), AttributeType::list, arena, losses);
        break;
      }
      case kMap: {
        std::string json;
        append_map(json, message.get_message(), 0);
        out = json_value(std::move(json), AttributeType::map, arena, losses);
        break;
      }
      case kBytes: {
        std::string_view bytes = view(message.get_view());
        if (bytes.size() > kAttributeBytesMax) {
          bytes = bytes.substr(0, kAttributeBytesMax);
          ++losses.attributes_cut;
        }
        out = {AttributeType::bytes, 0, bytes};
        break;
      }
      default: message.skip();
    }
  }
  return out;
}

void read_attribute(Fields message, SpanArena& arena, std::vector<Attribute>& out, Losses& losses) {
  std::string_view key;
  std::optional<AttributeValue> value;
  while (message.next()) {
    switch (message.tag()) {
      case 1: key = view(message.get_view()); break;
      case 2: value = read_value(message.get_message(), arena, losses); break;
      default: message.skip();
    }
  }
  if (key.empty() || !value || out.size() >= kAttributesMax) {
    losses.attributes_dropped += value ? 1 : 0;
    return;
  }
  out.push_back({valid_text(key, arena), *value});
}

void write_attribute(pbf_writer& parent, uint32_t field, const Attribute& attribute) {
  pbf_writer pair(parent, field);
  pair.add_string(1, attribute.key.data(), attribute.key.size());
  pbf_writer any(pair, 2);
  const AttributeValue& value = attribute.value;
  switch (value.type) {
    case AttributeType::text: return any.add_string(kString, value.text.data(), value.text.size());
    case AttributeType::integer: return any.add_int64(kInt, value.bits);
    case AttributeType::real: return any.add_double(kDouble, value.real());
    case AttributeType::boolean: return any.add_bool(kBool, value.truth());
    case AttributeType::bytes: return any.add_bytes(kBytes, value.text.data(), value.text.size());
    case AttributeType::list:
    case AttributeType::map: break;
  }
  simdjson::dom::parser parser;
  simdjson::dom::element json;
  if (parser.parse(simdjson::padded_string(value.text)).get(json) == simdjson::SUCCESS) write_any(any, json);
}

}  // namespace monitorai::otlp
