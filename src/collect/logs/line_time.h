#pragma once
// The time that a log line says of itself, in the shapes that LLM runtimes write: ISO 8601, Python's logging, Go's log, vLLM, klog,
// access logs, JSON and logfmt fields. Times without a zone are local times of this machine; times without a year are of the last 12
// months. Thread: one (it caches the zone's offset).

#include <optional>
#include <string_view>

#include "base/clock.h"

namespace monitorai::collect {

/// Fields of a calendar. `offset_seconds` east of UTC; nullopt: local time.
struct CivilTime {
  int year = 0;  ///< 0: not said
  int month = 1;
  int day = 1;
  int hour = 0;
  int minute = 0;
  int second = 0;
  int nanosecond = 0;
  std::optional<int> offset_seconds{};
};

class LineTimes {
 public:
  /// nullopt where the line shows no time. `now` gives a missing year.
  std::optional<TimeNs> find(std::string_view line, TimeNs now);
  /// nullopt for fields that are no date.
  std::optional<TimeNs> resolve(CivilTime civil, TimeNs now);

 private:
  int local_offset(int64_t civil_seconds);
  int64_t cached_hour_ = INT64_MIN;
  int cached_offset_ = 0;
};

/// Days since 1970-01-01 of a proleptic Gregorian date. Source: H. Hinnant, "chrono-Compatible Low-Level Date Algorithms".
int64_t days_from_civil(int64_t year, int month, int day);
int days_in_month(int year, int month);
/// 1 to 12 for "Jan" and "January", in any case; 0 otherwise.
int month_of_name(std::string_view name);

/// Reads an ISO 8601 time at the start of a text: date and time with 'T' or a blank between, fraction behind '.' or ',', zone "Z", "+02:00",
/// "+0200" or none. Sets `length` to the bytes it took.
std::optional<CivilTime> read_iso_time(std::string_view text, size_t& length);
/// Seconds, milliseconds, microseconds or nanoseconds since 1970, by their magnitude; a fraction of seconds too.
std::optional<TimeNs> read_epoch_time(std::string_view text);

}  // namespace monitorai::collect
