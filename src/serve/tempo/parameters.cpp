#include "serve/tempo/parameters.h"

#include <algorithm>
#include <array>
#include <cmath>

#include "base/text.h"

namespace monitorai::serve {
namespace {

constexpr int64_t kNsPerSecond = 1'000'000'000;
constexpr int64_t kStepsWanted = 100;

Error wrong(std::string_view name, std::string_view value) { return {Code::invalid, fmt::format("invalid {}: {}", name, json_string(value.substr(0, 128)))}; }

std::string quoted_key(std::string_view key) {
  const bool plain = std::all_of(key.begin(), key.end(), [](char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' || c == '_' || c == '-' || c == '/'; });
  return plain ? std::string(key) : json_string(key);
}

}  // namespace

std::optional<TimeNs> parse_tempo_time(std::string_view text) {
  if (const auto number = parse_integer<int64_t>(text)) {
    const size_t digits = text.size() - (text.front() == '-' ? 1 : 0);
    int64_t scale = digits <= 11 ? kNsPerSecond : digits <= 14 ? 1'000'000 : digits <= 17 ? 1000 : 1, ns = 0;
    if (__builtin_mul_overflow(*number, scale, &ns)) return std::nullopt;
    return TimeNs{ns};
  }
  const auto seconds = parse_number(text);
  if (!seconds || !(std::abs(*seconds) < 9e9)) return std::nullopt;
  return TimeNs{static_cast<int64_t>(*seconds * 1e9)};
}

std::optional<std::chrono::nanoseconds> parse_go_duration(std::string_view text) {
  constexpr std::array<std::pair<std::string_view, double>, 8> kUnits{{{"ns", 1}, {"us", 1e3}, {"\xc2\xb5s", 1e3}, {"ms", 1e6}, {"s", 1e9}, {"m", 60e9}, {"h", 3600e9}, {"d", 86400e9}}};
  if (text == "0") return std::chrono::nanoseconds(0);
  double ns = 0;
  if (text.empty()) return std::nullopt;
  while (!text.empty()) {
    const size_t digits = std::min(text.find_first_not_of("0123456789."), text.size());
    const auto value = parse_number(text.substr(0, digits));
    text.remove_prefix(digits);
    const size_t letters = std::min(text.find_first_of("0123456789."), text.size());
    const auto unit = std::find_if(kUnits.begin(), kUnits.end(), [&](const auto& u) { return u.first == text.substr(0, letters); });
    if (!value || unit == kUnits.end()) return std::nullopt;
    ns += *value * unit->second;
    text.remove_prefix(letters);
  }
  if (!(ns < 9e18)) return std::nullopt;
  return std::chrono::nanoseconds(static_cast<int64_t>(ns));
}

std::string_view TempoParameters::text(std::string_view name) const {
  const auto found = std::find_if(all_.begin(), all_.end(), [&](const auto& pair) { return pair.first == name; });
  return found == all_.end() ? std::string_view() : std::string_view(found->second);
}

Result<signals::SpanRange> TempoParameters::range(TimeMs now) const {
  const TimeNs now_ns{now.ms * 1'000'000};
  signals::SpanRange out{now_ns - kTempoSinceDefault, now_ns + std::chrono::minutes(10)};
  if (const std::string_view end = text("end"); !end.empty()) {
    const auto time = parse_tempo_time(end);
    if (!time) return wrong("end", end);
    out.to = *time + std::chrono::seconds(1);
    out.from = *time - kTempoSinceDefault;
  }
  if (const std::string_view start = text("start"); !start.empty()) {
    const auto time = parse_tempo_time(start);
    if (!time) return wrong("start", start);
    out.from = *time;
  } else if (const std::string_view since = text("since"); !since.empty()) {
    const auto duration = parse_go_duration(since);
    if (!duration) return wrong("since", since);
    out.from = now_ns - *duration;
  }
  if (out.to <= out.from) return Error{Code::invalid, "http parameter start must be before end"};
  return out;
}

Result<size_t> TempoParameters::count(std::string_view name, size_t absent) const {
  const std::string_view value = text(name);
  if (value.empty()) return absent;
  const auto number = parse_integer<size_t>(value);
  if (!number || *number == 0) return wrong(name, value);
  return *number;
}

Result<int64_t> TempoParameters::duration_ns(std::string_view name, int64_t absent) const {
  const std::string_view value = text(name);
  if (value.empty()) return absent;
  const auto duration = parse_go_duration(value);
  if (!duration) return wrong(name, value);
  return duration->count();
}

Result<std::chrono::milliseconds> TempoParameters::step(signals::SpanRange range) const {
  const std::string_view value = text("step");
  if (value.empty()) return std::chrono::milliseconds(std::max<int64_t>(1, (range.to - range.from).count() / kNsPerSecond / kStepsWanted) * 1000);
  if (const auto seconds = parse_number(value); seconds && *seconds > 0 && *seconds < 1e9) return std::chrono::milliseconds(std::max<int64_t>(1, std::llround(*seconds * 1000)));
  const auto duration = parse_go_duration(value);
  if (!duration || duration->count() < 1'000'000) return wrong("step", value);
  return std::chrono::duration_cast<std::chrono::milliseconds>(*duration);
}

Result<std::string> TempoParameters::query() const {
  std::string_view q = text("q");
  if (q.empty()) q = text("query");
  if (!q.empty()) return std::string(q);
  std::string_view tags = text("tags");
  std::string conditions;
  while (!(tags = trim(tags)).empty()) {
    const size_t equals = tags.find('=');
    if (equals == std::string_view::npos || equals == 0) return wrong("tags", tags);
    const std::string_view key = tags.substr(0, equals);
    tags.remove_prefix(equals + 1);
    std::string value;
    if (!tags.empty() && tags.front() == '"') {
      size_t end = 1;
      for (; end < tags.size() && tags[end] != '"'; ++end) {
        if (tags[end] == '\\' && end + 1 < tags.size()) ++end;
        value += tags[end];
      }
      if (end == tags.size()) return wrong("tags", tags);
      tags.remove_prefix(end + 1);
    } else {
      const size_t end = std::min(tags.find(' '), tags.size());
      value = tags.substr(0, end);
      tags.remove_prefix(end);
    }
    std::string escaped;
    for (const char c : value) escaped += c == '"' || c == '\\' ? std::string("\\") + c : std::string(1, c);
    const bool number = parse_number(value).has_value() || value == "true" || value == "false";
    const std::string field = key == "name" || key == "status" ? std::string(key) : "." + quoted_key(key);
    const std::string texts = fmt::format("{} = \"{}\"", field, escaped);
    conditions += fmt::format("{}{}", conditions.empty() ? "" : " && ", key == "status" ? fmt::format("status = {}", value) : number ? fmt::format("({} || {} = {})", texts, field, value) : texts);
  }
  return "{ " + conditions + " }";
}

}  // namespace monitorai::serve
