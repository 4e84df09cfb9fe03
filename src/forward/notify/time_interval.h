#pragma once
// Time intervals of Alertmanager's configuration: "weekdays monday:friday, 09:00 to 17:00, Europe/Berlin". Routes are muted by them, or
// active only within them. Every condition that is given must hold; an absent one always does. Immutable, thread-safe.

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/result.h"

namespace monitorai::forward {

/// Both inclusive, but for minutes of the day: their end is exclusive.
struct NumberRange {
  int from = 0;
  int to = 0;
  bool operator==(const NumberRange&) const = default;
};

struct TimeInterval {
  std::vector<NumberRange> times;     ///< minutes of the day
  std::vector<NumberRange> weekdays;  ///< 0 is Sunday
  std::vector<NumberRange> days;      ///< of the month: 1 to 31; negative ones count from its end, -1 being the last day
  std::vector<NumberRange> months;    ///< 1 to 12
  std::vector<NumberRange> years;
  std::string location = "UTC";

  bool contains(TimeMs time) const;
};

/// "09:00", "24:00" as minutes of the day.
Result<int> parse_time_of_day(std::string_view text);
/// "monday", "monday:friday"
Result<NumberRange> parse_weekdays(std::string_view text);
/// "1:5", "-3:-1", "15"
Result<NumberRange> parse_days_of_month(std::string_view text);
/// "january", "1:3", "may:august"
Result<NumberRange> parse_months(std::string_view text);
/// "2026", "2026:2028"
Result<NumberRange> parse_years(std::string_view text);
/// Whether the system has a zone of this name ("Local" is the machine's).
bool known_location(const std::string& name);

}  // namespace monitorai::forward
