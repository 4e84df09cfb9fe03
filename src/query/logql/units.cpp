#include "query/logql/units.h"

#include <array>
#include <cmath>

#include "base/text.h"
#include "query/promql/quoting.h"

namespace monitorai::query::logql {
namespace {

struct Unit {
  std::string_view name;
  double scale;
};
constexpr std::array<Unit, 8> kTimeUnits = {
    {{"ns", 1}, {"us", 1e3}, {"\xc2\xb5s", 1e3}, {"\xce\xbcs", 1e3}, {"ms", 1e6}, {"s", 1e9}, {"m", 60e9}, {"h", 3600e9}}};
constexpr std::array<Unit, 20> kByteUnits = {{{"", 1},       {"b", 1},        {"k", 1e3},   {"kb", 1e3},   {"ki", 0x1p10},
                                              {"kib", 0x1p10}, {"m", 1e6},      {"mb", 1e6},  {"mi", 0x1p20}, {"mib", 0x1p20},
                                              {"g", 1e9},    {"gb", 1e9},     {"gi", 0x1p30}, {"gib", 0x1p30}, {"t", 1e12},
                                              {"tb", 1e12},  {"tib", 0x1p40}, {"pb", 1e15}, {"pib", 0x1p50}, {"eb", 1e18}}};

bool digit(char c) { return c >= '0' && c <= '9'; }

/// The digits and one dot at the front: their number and how many bytes they take (0: none).
std::pair<double, size_t> leading_number(std::string_view text) {
  size_t end = 0;
  bool dot = false;
  bool digits = false;
  while (end < text.size() && (digit(text[end]) || (text[end] == '.' && !dot))) {
    dot = dot || text[end] == '.';
    digits = digits || text[end] != '.';
    ++end;
  }
  if (!digits) return {0, 0};
  double value = 0;
  std::from_chars(text.data(), text.data() + end, value);
  return {value, end};
}

}  // namespace

std::optional<double> parse_literal(std::string_view text) {
  if (text.size() < 3 || text[0] != '0' || (text[1] != 'x' && text[1] != 'X')) return parse_number(text);
  if (text.find_first_of("pP") == std::string_view::npos) return std::nullopt;
  double value = 0;
  const auto [end, error] = std::from_chars(text.data() + 2, text.data() + text.size(), value, std::chars_format::hex);
  if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return value;
}

std::optional<int64_t> parse_go_duration(std::string_view text) {
  bool negative = false;
  if (!text.empty() && (text[0] == '-' || text[0] == '+')) {
    negative = text[0] == '-';
    text.remove_prefix(1);
  }
  if (text == "0") return 0;
  if (text.empty()) return std::nullopt;
  double total = 0;
  int64_t exact = 0;
  while (!text.empty()) {
    const auto [value, width] = leading_number(text);
    if (width == 0) return std::nullopt;
    const bool whole = text.substr(0, width).find('.') == std::string_view::npos;
    text.remove_prefix(width);
    size_t end = 0;
    while (end < text.size() && !digit(text[end]) && text[end] != '.') ++end;
    const auto unit = std::find_if(kTimeUnits.begin(), kTimeUnits.end(), [&](const Unit& u) { return u.name == text.substr(0, end); });
    if (unit == kTimeUnits.end()) return std::nullopt;
    text.remove_prefix(end);
    total += value * unit->scale;
    if (total > 9.2e18) return std::nullopt;
    exact += whole ? static_cast<int64_t>(value) * static_cast<int64_t>(unit->scale) : std::llround(value * unit->scale);
  }
  return negative ? -exact : exact;
}

std::optional<int64_t> parse_any_duration(std::string_view text) {
  const bool negative = text.starts_with('-');
  if (const auto ms = parse_duration(negative ? text.substr(1) : text); ms && ms->count() < INT64_MAX / 1'000'000)
    return (negative ? -1 : 1) * ms->count() * 1'000'000;
  return parse_go_duration(text);
}

std::optional<double> parse_bytes(std::string_view text) {
  std::string plain(trim(text));
  std::erase(plain, ',');
  const auto [value, width] = leading_number(plain);
  if (width == 0) return std::nullopt;
  const std::string name = lower(trim(std::string_view(plain).substr(width)));
  for (const Unit& unit : kByteUnits)
    if (unit.name == name) return std::floor(value * unit.scale);
  return std::nullopt;
}

std::string number_fault(std::string_view text) { return fmt::format("strconv.ParseFloat: parsing {}: invalid syntax", quote(text)); }

std::string duration_fault(std::string_view text) {
  std::string_view rest = text;
  if (!rest.empty() && (rest[0] == '-' || rest[0] == '+')) rest.remove_prefix(1);
  while (!rest.empty()) {
    const size_t width = leading_number(rest).second;
    if (width == 0) break;
    rest.remove_prefix(width);
    size_t end = 0;
    while (end < rest.size() && !digit(rest[end]) && rest[end] != '.') ++end;
    if (end == 0) return fmt::format("time: missing unit in duration {}", quote(text));
    const std::string_view unit = rest.substr(0, end);
    if (std::none_of(kTimeUnits.begin(), kTimeUnits.end(), [&](const Unit& u) { return u.name == unit; }))
      return fmt::format("time: unknown unit {} in duration {}", quote(unit), quote(text));
    rest.remove_prefix(end);
  }
  return fmt::format("time: invalid duration {}", quote(text));
}

std::string bytes_fault(std::string_view text) {
  const size_t width = leading_number(text).second;
  if (width == 0) return number_fault("");
  return fmt::format("unhandled size name: {}", lower(trim(text.substr(width))));
}

std::string print_go_duration(int64_t ns) {
  if (ns == 0) return "0s";
  const bool negative = ns < 0;
  const uint64_t u = negative ? 0 - static_cast<uint64_t>(ns) : static_cast<uint64_t>(ns);
  const auto fraction = [](uint64_t value, uint64_t scale) {
    std::string out = std::to_string(value / scale);
    if (uint64_t rest = value % scale; rest != 0) {
      std::string digits = std::to_string(scale + rest).substr(1);
      while (digits.back() == '0') digits.pop_back();
      out += '.' + digits;
    }
    return out;
  };
  std::string out;
  if (u < 1'000)
    out = fmt::format("{}ns", u);
  else if (u < 1'000'000)
    out = fraction(u, 1'000) + "\xc2\xb5s";
  else if (u < 1'000'000'000)
    out = fraction(u, 1'000'000) + "ms";
  else {
    const uint64_t minutes = u / 60'000'000'000;
    if (minutes >= 60) out += fmt::format("{}h", minutes / 60);
    if (minutes > 0) out += fmt::format("{}m", minutes % 60);
    out += fraction(u % 60'000'000'000, 1'000'000'000) + "s";
  }
  return negative ? "-" + out : out;
}

}  // namespace monitorai::query::logql
