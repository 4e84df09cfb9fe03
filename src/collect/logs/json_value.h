#pragma once
// The adapter of simdjson: a JSON text as a plain tree, in the order of the text. Pure.

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace monitorai::collect {

inline constexpr size_t kJsonDepthMax = 64;

struct JsonField;

struct JsonValue {
  enum class Kind { null, boolean, number, string, array, object };
  Kind kind = Kind::null;
  std::string text{};               ///< of a string; numbers and booleans as they are printed
  std::vector<JsonValue> items{};   ///< of an array
  std::vector<JsonField> fields;    ///< of an object

  const JsonValue* field(std::string_view name) const;
};

struct JsonField {
  std::string name;
  JsonValue value;
};

/// nullopt when the text is no JSON, or nested deeper than kJsonDepthMax.
std::optional<JsonValue> parse_json(std::string_view text);
/// As compact JSON.
std::string json_text(const JsonValue& value);
/// What a label gets: a string as it is, numbers and booleans printed, nothing for null, everything else as JSON.
std::string plain_text(const JsonValue& value);

}  // namespace monitorai::collect
