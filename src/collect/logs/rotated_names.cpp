#include "collect/logs/rotated_names.h"

#include <algorithm>
#include <optional>

#include "base/text.h"

namespace monitorai::collect {
namespace {

/// ".1", "-20261123", ".2026-11-23_10-30-00_123456", ".old".
bool is_mark(std::string_view text) {
  if (text.size() < 2 || (text[0] != '.' && text[0] != '-' && text[0] != '_')) return false;
  text.remove_prefix(1);
  if (text == "old" || text == "bak" || text == "prev" || text == "0") return true;
  const auto in_date = [](char c) { return (c >= '0' && c <= '9') || c == '-' || c == '_' || c == '.' || c == 'T'; };
  return text[0] >= '0' && text[0] <= '9' && std::all_of(text.begin(), text.end(), in_date);
}

/// The number behind the last '.' or in front of the ending; a date has more digits.
std::optional<int> rotation_number(std::string_view name) {
  constexpr size_t kDigitsMax = 4;
  for (size_t i = 0; i < 2; ++i) {
    const size_t dot = name.rfind('.');
    if (dot == std::string_view::npos) return std::nullopt;
    const std::string_view part = name.substr(dot + 1);
    if (part.size() <= kDigitsMax)
      if (const auto number = parse_integer<int>(part)) return number;
    name = name.substr(0, dot);
  }
  return std::nullopt;
}

}  // namespace

bool rotated_before(std::string_view a, std::string_view b) {
  const auto x = rotation_number(a), y = rotation_number(b);
  return x && y ? *x > *y : a < b;
}

bool is_rotated_name(std::string_view base, std::string_view name) {
  if (name.size() <= base.size()) return false;
  if (name.starts_with(base)) return is_mark(name.substr(base.size()));
  const size_t dot = base.rfind('.');
  if (dot == std::string_view::npos || dot == 0) return false;
  const std::string_view stem = base.substr(0, dot), ending = base.substr(dot);
  if (!name.starts_with(stem) || !name.ends_with(ending) || name.size() < stem.size() + ending.size()) return false;
  return is_mark(name.substr(stem.size(), name.size() - stem.size() - ending.size()));
}

}  // namespace monitorai::collect
