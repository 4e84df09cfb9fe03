#include "serve/prometheus/parameters.h"

#include <algorithm>
#include <cmath>

#include "base/text.h"
#include "query/promql/parser.h"

namespace monitorai::serve {
namespace {

constexpr double kSecondsMax = 9.2e15;

ApiError invalid_parameter(std::string_view name, std::string_view why) {
  return {ApiErrorType::bad_data, fmt::format("invalid parameter \"{}\": {}", name, why)};
}

/// Exactly `digits` digits at the front.
std::optional<int> take_digits(std::string_view& text, size_t digits) {
  if (text.size() < digits) return std::nullopt;
  const auto value = parse_integer<int>(text.substr(0, digits));
  if (!value || text[0] == '-') return std::nullopt;
  text.remove_prefix(digits);
  return value;
}

bool take(std::string_view& text, std::string_view any_of) {
  if (text.empty() || any_of.find(text.front()) == std::string_view::npos) return false;
  text.remove_prefix(1);
  return true;
}

/// Z or +hh:mm, as minutes.
std::optional<int> take_offset(std::string_view& text) {
  if (take(text, "Zz")) return 0;
  const int sign = text.starts_with('-') ? -1 : 1;
  if (!take(text, "+-")) return std::nullopt;
  const auto hours = take_digits(text, 2);
  if (!hours || *hours > 23 || !take(text, ":")) return std::nullopt;
  const auto minutes = take_digits(text, 2);
  if (!minutes || *minutes > 59) return std::nullopt;
  return sign * (*hours * 60 + *minutes);
}

std::optional<TimeMs> parse_rfc3339(std::string_view text) {
  const auto year = take_digits(text, 4);
  if (!year || !take(text, "-")) return std::nullopt;
  const auto month = take_digits(text, 2);
  if (!month || !take(text, "-")) return std::nullopt;
  const auto day = take_digits(text, 2);
  if (!day || !take(text, "Tt")) return std::nullopt;
  const auto hour = take_digits(text, 2);
  if (!hour || !take(text, ":")) return std::nullopt;
  const auto minute = take_digits(text, 2);
  if (!minute || !take(text, ":")) return std::nullopt;
  const auto second = take_digits(text, 2);
  if (!second) return std::nullopt;
  int64_t ms = 0;
  if (take(text, ".")) {
    size_t digits = 0;
    for (int64_t weight = 100; digits < text.size() && text[digits] >= '0' && text[digits] <= '9'; ++digits, weight /= 10) ms += (text[digits] - '0') * weight;
    if (digits == 0) return std::nullopt;
    text.remove_prefix(digits);
  }
  const auto offset = take_offset(text);
  if (!offset || !text.empty() || *hour > 23 || *minute > 59 || *second > 59) return std::nullopt;
  const std::chrono::year_month_day date{std::chrono::year(*year), std::chrono::month(static_cast<unsigned>(*month)), std::chrono::day(static_cast<unsigned>(*day))};
  if (!date.ok()) return std::nullopt;
  const int64_t days = std::chrono::sys_days(date).time_since_epoch().count();
  return TimeMs{((days * 24 + *hour) * 60 + *minute - *offset) * 60'000 + *second * 1000 + ms};
}

}  // namespace

std::optional<TimeMs> parse_api_time(std::string_view text) {
  if (const auto seconds = parse_number(text)) {
    if (!(std::fabs(*seconds) <= kSecondsMax / 1000)) return std::nullopt;
    return TimeMs{static_cast<int64_t>(std::llround(*seconds * 1000))};
  }
  return parse_rfc3339(text);
}

std::optional<std::chrono::milliseconds> parse_api_duration(std::string_view text) {
  if (const auto seconds = parse_number(text)) {
    if (!(std::fabs(*seconds) <= kSecondsMax / 1000)) return std::nullopt;
    return std::chrono::milliseconds(static_cast<int64_t>(*seconds * 1000));
  }
  const auto duration = parse_duration(text);
  if (!duration) return std::nullopt;
  return *duration;
}

std::string_view ApiParameters::text(std::string_view name) const {
  for (const auto& [key, value] : all_)
    if (key == name) return value;
  return {};
}

std::vector<std::string_view> ApiParameters::texts(std::string_view name) const {
  std::vector<std::string_view> out;
  for (const auto& [key, value] : all_)
    if (key == name) out.emplace_back(value);
  return out;
}

Result<TimeMs, ApiError> ApiParameters::time(std::string_view name, TimeMs absent) const {
  const std::string_view value = text(name);
  if (value.empty()) return absent;
  const auto parsed = parse_api_time(value);
  if (!parsed) return invalid_parameter(name, fmt::format("cannot parse {} to a valid timestamp", json_string(value)));
  return *parsed;
}

Result<std::chrono::milliseconds, ApiError> ApiParameters::duration(std::string_view name, std::chrono::milliseconds absent) const {
  const std::string_view value = text(name);
  if (value.empty()) return absent;
  const auto parsed = parse_api_duration(value);
  if (!parsed) return invalid_parameter(name, fmt::format("cannot parse {} to a valid duration", json_string(value)));
  return *parsed;
}

Result<TimeRange, ApiError> ApiParameters::range() const {
  MAI_TRY_ASSIGN(const TimeMs start, time("start", kTimeMin));
  MAI_TRY_ASSIGN(const TimeMs end, time("end", kTimeMax));
  if (end < start) return invalid_parameter("end", "end timestamp must not be before start time");
  return TimeRange{start, end};
}

Result<size_t, ApiError> ApiParameters::limit(std::string_view name) const {
  const std::string_view value = text(name);
  if (value.empty()) return size_t{0};
  const auto parsed = parse_integer<int64_t>(value);
  if (!parsed) return invalid_parameter(name, fmt::format("cannot parse {} to a number", json_string(value)));
  if (*parsed < 0) return invalid_parameter(name, "limit must be non-negative");
  return static_cast<size_t>(*parsed);
}

Result<std::vector<std::vector<signals::Matcher>>, ApiError> ApiParameters::selectors() const {
  std::vector<std::vector<signals::Matcher>> out;
  for (const std::string_view selector : texts("match[]")) {
    auto matchers = query::parse_selector(selector);
    if (!matchers) return invalid_parameter("match[]", matchers.error().text(selector));
    const bool selects = std::any_of(matchers->begin(), matchers->end(), [](const signals::Matcher& matcher) { return !matcher.matches(""); });
    if (!selects) return invalid_parameter("match[]", "match[] must contain at least one non-empty matcher");
    out.push_back(std::move(*matchers));
  }
  return out;
}

}  // namespace monitorai::serve
