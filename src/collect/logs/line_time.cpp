#include "collect/logs/line_time.h"

#include <array>
#include <cmath>
#include <ctime>

#include "base/text.h"
#include "collect/logs/fields.h"

namespace monitorai::collect {
namespace {

constexpr size_t kHeadBytes = 96;     ///< a time stands in the head of a line
constexpr size_t kAttemptsMax = 8;    ///< numbers in the head that are tried as the start of a time
constexpr int64_t kSecond = 1'000'000'000;
constexpr std::array<std::string_view, 6> kKeys{"timestamp", "time", "ts", "@timestamp", "asctime", "t"};
constexpr std::array<std::string_view, 12> kMonths{"january", "february", "march",     "april",   "may",      "june",
                                                   "july",    "august",   "september", "october", "november", "december"};

bool is_digit(char c) { return c >= '0' && c <= '9'; }

/// Reads exactly `digits` digits at `at`.
std::optional<int> number(std::string_view text, size_t at, size_t digits) {
  if (at + digits > text.size()) return std::nullopt;
  int value = 0;
  for (size_t i = at; i < at + digits; ++i) {
    if (!is_digit(text[i])) return std::nullopt;
    value = value * 10 + (text[i] - '0');
  }
  return value;
}

bool has(std::string_view text, size_t at, char c) { return at < text.size() && text[at] == c; }

/// "10:30:26" and a fraction; sets `at` behind it.
bool read_clock(std::string_view text, size_t& at, CivilTime& out) {
  const auto hour = number(text, at, 2), minute = number(text, at + 3, 2), second = number(text, at + 6, 2);
  if (!hour || !minute || !second || !has(text, at + 2, ':') || !has(text, at + 5, ':')) return false;
  out.hour = *hour;
  out.minute = *minute;
  out.second = *second;
  at += 8;
  if ((has(text, at, '.') || has(text, at, ',')) && at + 1 < text.size() && is_digit(text[at + 1])) {
    int scale = 100'000'000;
    for (++at; at < text.size() && is_digit(text[at]); ++at, scale /= 10) out.nanosecond += (text[at] - '0') * scale;
  }
  return !(at < text.size() && is_digit(text[at]));
}

/// "Z", "+02:00", "+0200", each behind at most one blank; leaves `at` where there is none.
void read_zone(std::string_view text, size_t& at, CivilTime& out) {
  size_t i = at;
  if (has(text, i, 'Z')) {
    out.offset_seconds = 0;
    at = i + 1;
    return;
  }
  if (has(text, i, ' ')) ++i;
  if (!has(text, i, '+') && !has(text, i, '-')) return;
  const bool colon = has(text, i + 3, ':');
  const auto hours = number(text, i + 1, 2), minutes = number(text, i + 3 + (colon ? 1 : 0), 2);
  const size_t end = i + (colon ? 6 : 5);
  if (!hours || !minutes || *hours > 18 || *minutes > 59 || (end < text.size() && is_digit(text[end]))) return;
  out.offset_seconds = (text[i] == '-' ? -1 : 1) * (*hours * 3600 + *minutes * 60);
  at = end;
}

/// "2025/01/15 10:30:26", "2025/01/15 - 10:30:26".
std::optional<CivilTime> read_slashed(std::string_view text) {
  CivilTime out;
  const auto year = number(text, 0, 4), month = number(text, 5, 2), day = number(text, 8, 2);
  if (!year || !month || !day || !has(text, 4, '/') || !has(text, 7, '/')) return std::nullopt;
  out.year = *year;
  out.month = *month;
  out.day = *day;
  size_t at = 10;
  while (at < text.size() && at < 14 && (text[at] == ' ' || text[at] == '-')) ++at;
  if (at == 10 || !read_clock(text, at, out)) return std::nullopt;
  read_zone(text, at, out);
  return out;
}

/// vLLM: "11-23 10:30:26".
std::optional<CivilTime> read_without_year(std::string_view text) {
  CivilTime out;
  const auto month = number(text, 0, 2), day = number(text, 3, 2);
  if (!month || !day || !has(text, 2, '-') || !has(text, 5, ' ')) return std::nullopt;
  out.month = *month;
  out.day = *day;
  size_t at = 6;
  if (!read_clock(text, at, out)) return std::nullopt;
  return out;
}

/// klog: "1123 10:30:26.123456", behind its letter.
std::optional<CivilTime> read_klog(std::string_view text) {
  CivilTime out;
  const auto month = number(text, 0, 2), day = number(text, 2, 2);
  if (!month || !day || !has(text, 4, ' ')) return std::nullopt;
  out.month = *month;
  out.day = *day;
  size_t at = 5;
  if (!read_clock(text, at, out)) return std::nullopt;
  return out;
}

/// An access log: "15/Jan/2025:10:30:26 +0000".
std::optional<CivilTime> read_access(std::string_view text) {
  CivilTime out;
  const auto day = number(text, 0, 2), year = number(text, 7, 4);
  if (!day || !year || !has(text, 2, '/') || !has(text, 6, '/') || !has(text, 11, ':')) return std::nullopt;
  out.day = *day;
  out.year = *year;
  out.month = month_of_name(text.substr(3, 3));
  size_t at = 12;
  if (out.month == 0 || !read_clock(text, at, out)) return std::nullopt;
  read_zone(text, at, out);
  return out;
}

std::optional<CivilTime> read_at(std::string_view head, size_t at) {
  const std::string_view text = head.substr(at);
  size_t length = 0;
  if (has(text, 4, '-')) return read_iso_time(text, length);
  if (has(text, 4, '/')) return read_slashed(text);
  if (has(text, 2, '-')) return read_without_year(text);
  if (has(text, 2, '/')) return read_access(text);
  if (at == 1 && has(text, 4, ' ')) return read_klog(text);
  return std::nullopt;
}

/// nullopt behind the year 2262, where nanoseconds end. A whole unit is left for a fraction.
std::optional<TimeNs> scaled(int64_t value, int64_t factor) {
  return value < INT64_MAX / factor ? std::optional(TimeNs{value * factor}) : std::nullopt;
}
std::optional<TimeNs> scaled(double value, double factor) {
  const double ns = value * factor;
  return ns >= 0 && ns < 0x1p63 ? std::optional(TimeNs{static_cast<int64_t>(ns)}) : std::nullopt;
}

}  // namespace

int64_t days_from_civil(int64_t year, int month, int day) {
  year -= month <= 2;
  const int64_t era = (year >= 0 ? year : year - 399) / 400;
  const int64_t of_era = year - era * 400;
  const int64_t of_year = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;
  return era * 146097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719468;
}

int days_in_month(int year, int month) {
  constexpr std::array<int, 12> kDays{31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
  const bool leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
  return kDays[static_cast<size_t>(month - 1)] + (month == 2 && leap ? 1 : 0);
}

int month_of_name(std::string_view name) {
  const std::string word = lower(name);
  for (size_t i = 0; i < kMonths.size(); ++i)
    if (word == kMonths[i] || word == kMonths[i].substr(0, 3)) return static_cast<int>(i) + 1;
  return 0;
}

std::optional<CivilTime> read_iso_time(std::string_view text, size_t& length) {
  CivilTime out;
  const auto year = number(text, 0, 4), month = number(text, 5, 2), day = number(text, 8, 2);
  if (!year || !month || !day || !has(text, 4, '-') || !has(text, 7, '-')) return std::nullopt;
  if (!has(text, 10, ' ') && !has(text, 10, 'T')) return std::nullopt;
  out.year = *year;
  out.month = *month;
  out.day = *day;
  size_t at = 11;
  if (!read_clock(text, at, out)) return std::nullopt;
  read_zone(text, at, out);
  length = at;
  return out;
}

std::optional<TimeNs> read_epoch_time(std::string_view text) {
  if (text.size() < 9 || !is_digit(text[0])) return std::nullopt;
  const size_t dot = text.find('.');
  const auto whole = parse_integer<int64_t>(text.substr(0, dot));
  if (!whole || *whole < 0) return std::nullopt;
  if (dot == std::string_view::npos) {
    if (*whole < 100'000'000'000) return scaled(*whole, kSecond);
    if (*whole < 100'000'000'000'000) return scaled(*whole, 1'000'000);
    if (*whole < 100'000'000'000'000'000) return scaled(*whole, 1000);
    return TimeNs{*whole};
  }
  const auto value = parse_number(text);
  if (!value) return std::nullopt;
  // Milliseconds with a fraction are over 1e11, where seconds are not before the year 5138.
  if (*value >= 1e11) return *value < 1e14 ? scaled(*value, 1e6) : std::nullopt;
  int64_t fraction = 0, scale = kSecond / 10;
  for (const char c : text.substr(dot + 1)) {
    if (!is_digit(c)) return scaled(*value, 1e9);
    fraction += (c - '0') * scale;
    scale /= 10;
  }
  const auto time = scaled(*whole, kSecond);
  return time ? std::optional(TimeNs{time->ns + fraction}) : std::nullopt;
}

int LineTimes::local_offset(int64_t civil_seconds) {
  const int64_t hour = civil_seconds / 3600;
  if (hour == cached_hour_) return cached_offset_;
  const time_t as_utc = static_cast<time_t>(civil_seconds);
  std::tm fields{};
  gmtime_r(&as_utc, &fields);
  fields.tm_isdst = -1;
  cached_offset_ = static_cast<int>(civil_seconds - static_cast<int64_t>(mktime(&fields)));
  cached_hour_ = hour;
  return cached_offset_;
}

std::optional<TimeNs> LineTimes::resolve(CivilTime civil, TimeNs now) {
  const auto seconds_in = [&](int year) {
    return ((days_from_civil(year, civil.month, civil.day) * 24 + civil.hour) * 60 + civil.minute) * 60 + civil.second;
  };
  const auto utc = [&](int year) {
    const int64_t seconds = seconds_in(year);
    return seconds - (civil.offset_seconds ? *civil.offset_seconds : local_offset(seconds));
  };
  if (civil.month < 1 || civil.month > 12 || civil.day < 1 || civil.hour > 23 || civil.minute > 59 || civil.second > 60) return std::nullopt;
  if (civil.year == 0) {
    // Tomorrow's date is last year's: a day's grace for clocks and zones.
    const int64_t limit = now.ns / kSecond + 86'400;
    const time_t now_seconds = static_cast<time_t>(now.ns / kSecond);
    std::tm fields{};
    gmtime_r(&now_seconds, &fields);
    civil.year = fields.tm_year + 1900 + 1;
    while (civil.year > 1970 && (civil.day > days_in_month(civil.year, civil.month) || utc(civil.year) > limit)) --civil.year;
  }
  if (civil.year < 1970 || civil.year > 2261 || civil.day > days_in_month(civil.year, civil.month)) return std::nullopt;
  return TimeNs{utc(civil.year) * kSecond + civil.nanosecond};
}

std::optional<TimeNs> LineTimes::find(std::string_view line, TimeNs now) {
  if (line.starts_with('{')) {
    for (const std::string_view key : kKeys) {
      const auto value = json_field(line, key);
      if (!value) continue;
      if (const auto epoch = read_epoch_time(*value)) return epoch;
      size_t length = 0;
      const auto civil = read_iso_time(*value, length);
      return civil ? resolve(*civil, now) : std::nullopt;
    }
    return std::nullopt;
  }
  const std::string_view head = line.substr(0, kHeadBytes);
  size_t attempts = 0;
  for (size_t i = 0; i < head.size() && attempts < kAttemptsMax; ++i) {
    if (!is_digit(head[i])) continue;
    ++attempts;
    if (const auto civil = read_at(head, i))
      if (const auto time = resolve(*civil, now)) return time;
    while (i + 1 < head.size() && is_digit(head[i + 1])) ++i;
  }
  for (const std::string_view key : {"ts", "time"})
    if (const auto value = logfmt_field(line, key)) return read_epoch_time(*value);
  return std::nullopt;
}

}  // namespace monitorai::collect
