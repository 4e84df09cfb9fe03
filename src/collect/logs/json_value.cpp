#include "collect/logs/json_value.h"

#include <simdjson.h>

#include "base/text.h"

namespace monitorai::collect {
namespace {

bool convert(simdjson::dom::element element, JsonValue& out, size_t depth) {
  using simdjson::dom::element_type;
  if (depth > kJsonDepthMax) return false;
  switch (element.type()) {
    case element_type::NULL_VALUE: return true;
    case element_type::BOOL:
      out.kind = JsonValue::Kind::boolean;
      out.text = element.get_bool().value_unsafe() ? "true" : "false";
      return true;
    case element_type::INT64:
      out.kind = JsonValue::Kind::number;
      out.text = fmt::format("{}", element.get_int64().value_unsafe());
      return true;
    case element_type::UINT64:
      out.kind = JsonValue::Kind::number;
      out.text = fmt::format("{}", element.get_uint64().value_unsafe());
      return true;
    case element_type::DOUBLE:
      out.kind = JsonValue::Kind::number;
      out.text = format_number(element.get_double().value_unsafe());
      return true;
    case element_type::STRING:
      out.kind = JsonValue::Kind::string;
      out.text = element.get_string().value_unsafe();
      return true;
    case element_type::ARRAY: {
      out.kind = JsonValue::Kind::array;
      const simdjson::dom::array items = element.get_array().value_unsafe();
      for (const auto item : items)
        if (!convert(item, out.items.emplace_back(), depth + 1)) return false;
      return true;
    }
    case element_type::OBJECT: {
      out.kind = JsonValue::Kind::object;
      const simdjson::dom::object fields = element.get_object().value_unsafe();
      for (const auto field : fields)
        if (!convert(field.value, out.fields.emplace_back(JsonField{std::string(field.key), {}}).value, depth + 1)) return false;
      return true;
    }
  }
  return false;
}

void append(std::string& out, const JsonValue& value) {
  switch (value.kind) {
    case JsonValue::Kind::null: out += "null"; break;
    case JsonValue::Kind::boolean:
    case JsonValue::Kind::number: out += value.text; break;
    case JsonValue::Kind::string: append_json_string(out, value.text); break;
    case JsonValue::Kind::array:
      out += '[';
      for (size_t i = 0; i < value.items.size(); ++i) {
        if (i > 0) out += ',';
        append(out, value.items[i]);
      }
      out += ']';
      break;
    case JsonValue::Kind::object:
      out += '{';
      for (size_t i = 0; i < value.fields.size(); ++i) {
        if (i > 0) out += ',';
        append_json_string(out, value.fields[i].name);
        out += ':';
        append(out, value.fields[i].value);
      }
      out += '}';
      break;
  }
}

}  // namespace

const JsonValue* JsonValue::field(std::string_view name) const {
  for (const JsonField& one : fields)
    if (one.name == name) return &one.value;
  return nullptr;
}

std::optional<JsonValue> parse_json(std::string_view text) {
  thread_local simdjson::dom::parser parser;
  simdjson::dom::element root;
  if (parser.parse(simdjson::padded_string(text)).get(root) != simdjson::SUCCESS) return std::nullopt;
  JsonValue out;
  if (!convert(root, out, 0)) return std::nullopt;
  return out;
}

std::string json_text(const JsonValue& value) {
  std::string out;
  append(out, value);
  return out;
}

std::string plain_text(const JsonValue& value) {
  switch (value.kind) {
    case JsonValue::Kind::null: return {};
    case JsonValue::Kind::boolean:
    case JsonValue::Kind::number:
    case JsonValue::Kind::string: return value.text;
    case JsonValue::Kind::array:
    case JsonValue::Kind::object: return json_text(value);
  }
  return {};
}

}  // namespace monitorai::collect
