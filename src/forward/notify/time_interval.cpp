#include "forward/notify/time_interval.h"

#include <algorithm>
#include <array>

#include "base/text.h"
#include "text/go_time.h"

namespace monitorai::forward {
namespace {

constexpr std::array<std::string_view, 7> kWeekdays{"sunday", "monday", "tuesday", "wednesday", "thursday", "friday", "saturday"};
constexpr std::array<std::string_view, 12> kMonths{"january", "february", "march",     "april",   "may",      "june",
                                                   "july",    "august",   "september", "october", "november", "december"};
constexpr int kDaysMax = 31;

Error bad(std::string_view what, std::string_view text, std::string_view wanted) {
  return {Code::invalid, fmt::format("cannot read {} {}: {}", what, json_string(text), wanted)};
}

bool within(const std::vector<NumberRange>& ranges, int value) {
  return ranges.empty() || std::any_of(ranges.begin(), ranges.end(), [&](NumberRange r) { return r.from <= value && value <= r.to; });
}

struct Moment {
  int year = 0, month = 0, day = 0, weekday = 0, minute = 0, days_in_month = 0;
};

Moment moment_of(TimeMs time, const std::string& location) {
  const text::GoTime local = text::in_zone(time.ms * 1'000'000, location);
  const auto seconds = std::chrono::floor<std::chrono::seconds>(std::chrono::milliseconds(time.ms)) + std::chrono::seconds(local.offset_seconds);
  const auto day = std::chrono::floor<std::chrono::days>(seconds);
  const std::chrono::sys_days date{day};
  const std::chrono::year_month_day ymd(date);
  const std::chrono::year_month_day_last last(ymd.year(), std::chrono::month_day_last(ymd.month()));
  return {int(ymd.year()),
          static_cast<int>(unsigned(ymd.month())),
          static_cast<int>(unsigned(ymd.day())),
          static_cast<int>(std::chrono::weekday(date).c_encoding()),
          static_cast<int>((seconds - day).count() / 60),
          static_cast<int>(unsigned(last.day()))};
}

bool day_within(const std::vector<NumberRange>& ranges, const Moment& now) {
  if (ranges.empty()) return true;
  for (const NumberRange& range : ranges) {
    // Days from the end become days of this month; what lies outside it is cut.
    int from = range.from < 0 ? now.days_in_month + range.from + 1 : range.from;
    int to = range.to < 0 ? now.days_in_month + range.to + 1 : range.to;
    if (from > now.days_in_month || to < 1) continue;
    from = std::max(from, 1);
    to = std::min(to, now.days_in_month);
    if (from <= now.day && now.day <= to) return true;
  }
  return false;
}

template <size_t N>
std::optional<int> name_or_number(std::string_view text, const std::array<std::string_view, N>* names, int first) {
  if (names != nullptr)
    if (const auto at = std::find(names->begin(), names->end(), lower(text)); at != names->end())
      return static_cast<int>(at - names->begin()) + first;
  return parse_integer<int>(text);
}

template <size_t N>
std::optional<NumberRange> range_of(std::string_view text, const std::array<std::string_view, N>* names, int first) {
  const size_t colon = text.find(':');
  const auto from = name_or_number(trim(text.substr(0, colon)), names, first);
  const auto to = colon == std::string_view::npos ? from : name_or_number(trim(text.substr(colon + 1)), names, first);
  if (!from || !to) return std::nullopt;
  return NumberRange{*from, *to};
}

}  // namespace

bool TimeInterval::contains(TimeMs time) const {
  const Moment now = moment_of(time, location);
  const bool minute = times.empty() || std::any_of(times.begin(), times.end(), [&](NumberRange r) { return r.from <= now.minute && now.minute < r.to; });
  return minute && within(weekdays, now.weekday) && day_within(days, now) && within(months, now.month) && within(years, now.year);
}

Result<int> parse_time_of_day(std::string_view text) {
  const Error error = bad("the time", text, "it is written as 09:30, up to 24:00");
  if (text.size() != 5 || text[2] != ':') return error;
  const auto hour = parse_integer<int>(text.substr(0, 2)), minute = parse_integer<int>(text.substr(3));
  if (!hour || !minute || *hour < 0 || *minute < 0 || *minute > 59 || *hour * 60 + *minute > 24 * 60) return error;
  return *hour * 60 + *minute;
}

Result<NumberRange> parse_weekdays(std::string_view text) {
  const auto range = range_of(text, &kWeekdays, 0);
  const auto numbered = [](char c) { return c >= '0' && c <= '9'; };
  if (!range || std::any_of(text.begin(), text.end(), numbered)) return bad("the weekday", text, "it is written as monday or monday:friday");
  if (range->from > range->to) return bad("the weekdays", text, "the first comes after the last (a week begins on sunday)");
  return *range;
}

Result<NumberRange> parse_days_of_month(std::string_view text) {
  const auto range = range_of<1>(text, nullptr, 0);
  if (!range) return bad("the days of the month", text, "they are written as 15, 1:5 or -3:-1");
  const auto valid = [](int day) { return day != 0 && day >= -kDaysMax && day <= kDaysMax; };
  if (!valid(range->from) || !valid(range->to)) return bad("the days of the month", text, "a day is 1 to 31 or -31 to -1");
  if (range->from < 0 && range->to > 0) return bad("the days of the month", text, "the end must be negative when the begin is");
  const bool both_signs = (range->from < 0) != (range->to < 0);
  if (!both_signs && range->from > range->to) return bad("the days of the month", text, "the first comes after the last");
  return *range;
}

Result<NumberRange> parse_months(std::string_view text) {
  const auto range = range_of(text, &kMonths, 1);
  if (!range || range->from < 1 || range->to > 12) return bad("the month", text, "it is written as may, 5 or may:august");
  if (range->from > range->to) return bad("the months", text, "the first comes after the last");
  return *range;
}

Result<NumberRange> parse_years(std::string_view text) {
  const auto range = range_of<1>(text, nullptr, 0);
  if (!range) return bad("the year", text, "it is written as 2026 or 2026:2028");
  if (range->from > range->to) return bad("the years", text, "the first comes after the last");
  return *range;
}

bool known_location(const std::string& name) {
  if (name == "UTC" || name == "Local" || name.empty()) return true;
  // A zone that the system does not have comes back as UTC.
  return text::in_zone(0, name).zone != "UTC" || text::in_zone(1'720'000'000'000'000'000, name).zone != "UTC" || name.find("UTC") != std::string::npos ||
         name.find("UCT") != std::string::npos || name.find("Zulu") != std::string::npos;
}

}  // namespace monitorai::forward
