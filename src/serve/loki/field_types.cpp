#include "serve/loki/field_types.h"

#include <algorithm>
#include <array>
#include <cmath>

#include "base/text.h"

namespace monitorai::serve {
namespace {

bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_hex(char c) { return is_digit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F'); }

/// A number and one of the units right behind it, again and again: "1h2m", "3.5KiB".
template <size_t N>
bool is_quantity(std::string_view text, const std::array<std::string_view, N>& units, bool repeated) {
  bool any = false;
  if (text.starts_with('-')) text.remove_prefix(1);
  while (!text.empty()) {
    const size_t digits = std::min(text.find_first_not_of("0123456789."), text.size());
    if (digits == 0 || !is_digit(text.front()) || (any && !repeated)) return false;
    text.remove_prefix(digits);
    std::string_view best;
    for (const std::string_view unit : units)
      if (unit.size() > best.size() && starts_with_ignoring_case(text, unit)) best = unit;
    if (best.empty()) return false;
    text.remove_prefix(best.size());
    any = true;
  }
  return any;
}

bool is_uuid(std::string_view text) {
  if (text.size() != 36) return false;
  for (size_t i = 0; i < text.size(); ++i)
    if (i == 8 || i == 13 || i == 18 || i == 23 ? text[i] != '-' : !is_hex(text[i])) return false;
  return true;
}

}  // namespace

std::string_view field_type_name(FieldType type) {
  switch (type) {
    case FieldType::string: return "string";
    case FieldType::integer: return "int";
    case FieldType::number: return "float";
    case FieldType::boolean: return "boolean";
    case FieldType::duration: return "duration";
    case FieldType::bytes: return "bytes";
  }
  return "string";
}

FieldType field_type_of(std::string_view value) {
  constexpr std::array<std::string_view, 7> kDurations{"ns", "us", "\xc2\xb5s", "ms", "s", "m", "h"};
  constexpr std::array<std::string_view, 11> kSizes{"b", "kb", "mb", "gb", "tb", "pb", "kib", "mib", "gib", "tib", "pib"};
  if (parse_integer<int64_t>(value)) return FieldType::integer;
  if (const auto number = parse_number(value); number && std::isfinite(*number)) return FieldType::number;
  if (value == "true" || value == "false") return FieldType::boolean;
  if (is_quantity(value, kDurations, true)) return FieldType::duration;
  if (is_quantity(value, kSizes, false)) return FieldType::bytes;
  return FieldType::string;
}

bool is_identifier(std::string_view value) { return is_uuid(value) || parse_number(value).has_value(); }

}  // namespace monitorai::serve
