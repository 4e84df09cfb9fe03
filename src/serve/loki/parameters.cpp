#include "serve/loki/parameters.h"

#include <fmt/format.h>

#include <cmath>

#include "base/text.h"
#include "serve/prometheus/parameters.h"

namespace monitorai::serve {
namespace {

constexpr int64_t kNanos = 1'000'000'000;
constexpr size_t kSecondsDigitsMax = 10;
constexpr double kSecondsMax = 9.2e9;  // nanoseconds in 64 bits
/// Times are cut to these, the years 1823 and 2115: the difference of two fits 64 bits.
constexpr TimeNs kTimeNsMin{-4'611'686'018'427'387'904}, kTimeNsMax{4'611'686'018'427'387'903};
constexpr std::chrono::milliseconds kDurationMax = std::chrono::hours(24 * 365 * 100);

LokiError not_a_number(std::string_view text) { return {400, fmt::format("strconv.ParseInt: parsing {}: invalid syntax", json_string(text.substr(0, 64)))}; }

/// "2026-11-23T10:00:00.123456789Z": the fraction is taken off, for whoever reads milliseconds, and added.
std::optional<TimeNs> parse_rfc3339_ns(std::string_view text) {
  if (text.find('T') == std::string_view::npos && text.find('t') == std::string_view::npos) return std::nullopt;
  const size_t point = text.find('.');
  const size_t end = point == std::string_view::npos ? point : text.find_first_not_of("0123456789", point + 1);
  std::string whole(text.substr(0, point));
  int64_t fraction = 0;
  if (point != std::string_view::npos) {
    if (end == std::string_view::npos || end == point + 1) return std::nullopt;
    whole += text.substr(end);
    int64_t unit = kNanos / 10;
    for (const char digit : text.substr(point + 1, end - point - 1)) {
      fraction += (digit - '0') * unit;
      unit /= 10;
    }
  }
  const auto time = parse_api_time(whole);
  int64_t ns = 0;
  if (!time || __builtin_mul_overflow(time->ms, int64_t{1'000'000}, &ns) || __builtin_add_overflow(ns, fraction, &ns)) return std::nullopt;
  return TimeNs{ns};
}

LokiError could_not_parse(std::string_view name, const LokiError& why) { return {400, fmt::format("could not parse '{}' parameter: {}", name, why.text)}; }

}  // namespace

Result<TimeNs, LokiError> parse_loki_time(std::string_view text) {
  if (text.find('.') != std::string_view::npos) {
    if (const auto seconds = parse_number(text); seconds && std::fabs(*seconds) < kSecondsMax) {
      double whole = 0;
      const double fraction = std::modf(*seconds, &whole);
      return TimeNs{static_cast<int64_t>(whole) * kNanos + static_cast<int64_t>(std::llround(fraction * 1000)) * 1'000'000};
    }
  }
  if (const auto number = parse_integer<int64_t>(text)) {
    int64_t ns = *number;
    if (text.size() <= kSecondsDigitsMax && __builtin_mul_overflow(*number, kNanos, &ns)) return not_a_number(text);
    return TimeNs{ns};
  }
  if (const auto time = parse_rfc3339_ns(text)) return *time;
  return not_a_number(text);
}

Result<std::chrono::nanoseconds, LokiError> parse_loki_duration(std::string_view text) {
  if (const auto seconds = parse_number(text)) {
    if (!std::isfinite(*seconds) || std::fabs(*seconds) >= kSecondsMax)
      return LokiError{400, fmt::format("cannot parse {} to a valid duration. It overflows int64", json_string(text))};
    return std::chrono::nanoseconds(std::llround(*seconds * static_cast<double>(kNanos)));
  }
  if (const auto duration = parse_duration(text)) return std::chrono::nanoseconds(std::min(*duration, kDurationMax));
  return LokiError{400, fmt::format("cannot parse {} to a valid duration", json_string(text.substr(0, 64)))};
}

std::string_view LokiParameters::text(std::string_view name) const {
  for (const auto& [key, value] : all_)
    if (key == name) return value;
  return {};
}

std::vector<std::string_view> LokiParameters::texts(std::string_view name) const {
  std::vector<std::string_view> out;
  for (const auto& [key, value] : all_)
    if (key == name) out.push_back(value);
  return out;
}

Result<TimeNs, LokiError> LokiParameters::time(std::string_view name, TimeNs absent) const {
  const std::string_view value = text(name);
  if (value.empty()) return absent;
  auto time = parse_loki_time(value);
  if (!time) return could_not_parse(name, time.error());
  return std::clamp(*time, kTimeNsMin, kTimeNsMax);
}

Result<signals::LogRange, LokiError> LokiParameters::range(TimeMs now, std::chrono::hours since_default) const {
  std::chrono::nanoseconds since = since_default;
  if (const std::string_view value = text("since"); !value.empty()) {
    const auto duration = parse_duration(value);
    if (!duration) return LokiError{400, fmt::format("could not parse 'since' parameter: not a valid duration string: {}", json_string(value.substr(0, 64)))};
    since = std::min(*duration, kDurationMax);
  }
  const TimeNs now_ns{now.ms * 1'000'000};
  MAI_TRY_ASSIGN(const TimeNs to, time("end", now_ns));
  MAI_TRY_ASSIGN(const TimeNs from, time("start", std::max(kTimeNsMin, std::min(to, now_ns) - since)));
  return signals::LogRange{from, to};
}

Result<std::chrono::nanoseconds, LokiError> LokiParameters::duration(std::string_view name, std::chrono::nanoseconds absent) const {
  const std::string_view value = text(name);
  return value.empty() ? Result<std::chrono::nanoseconds, LokiError>(absent) : parse_loki_duration(value);
}

Result<uint64_t, LokiError> LokiParameters::limit(std::string_view name, uint64_t absent) const {
  const std::string_view value = text(name);
  if (value.empty()) return absent;
  const auto number = parse_integer<int64_t>(value);
  if (!number) return LokiError{400, fmt::format("strconv.Atoi: parsing {}: invalid syntax", json_string(value.substr(0, 64)))};
  if (*number <= 0) return LokiError{400, fmt::format("{} must be a positive value", name)};
  return static_cast<uint64_t>(*number);
}

Result<signals::Direction, LokiError> LokiParameters::direction() const {
  const std::string value = lower(text("direction"));
  if (value.empty() || value == "backward") return signals::Direction::backward;
  if (value == "forward") return signals::Direction::forward;
  return LokiError{400, fmt::format("invalid direction '{}'", to_valid_utf8(text("direction").substr(0, 64)))};
}

Result<std::chrono::milliseconds, LokiError> LokiParameters::step(signals::LogRange range) const {
  const auto wanted = std::chrono::seconds(std::max<int64_t>((range.to - range.from) / std::chrono::seconds(250), 1));
  MAI_TRY_ASSIGN(const auto step, duration("step", wanted));
  if (step.count() <= 0) return LokiError{400, "zero or negative query resolution step widths are not accepted. Try a positive integer"};
  return std::max(std::chrono::duration_cast<std::chrono::milliseconds>(step), std::chrono::milliseconds(1));
}

}  // namespace monitorai::serve
