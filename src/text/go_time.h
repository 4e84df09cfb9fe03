#pragma once
// Times as Go formats and reads them: layouts written as the reference time "Mon Jan 2 15:04:05 MST 2006".

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace monitorai::text {

/// A moment and the distance of its zone from UTC.
struct GoTime {
  int64_t ns = 0;
  int32_t offset_seconds = 0;
  std::string zone = "UTC";
};

std::string format_time(const GoTime& time, std::string_view layout);
/// nullopt when the text is not of this layout. Without a zone in it the time is in `zone`.
std::optional<GoTime> parse_time(std::string_view layout, std::string_view text, std::string_view zone = "UTC");
/// The time as a clock of the zone shows it ("Europe/Berlin", from the system's zone files; UTC where there is none of the name).
GoTime in_zone(int64_t ns, std::string_view zone);

}  // namespace monitorai::text
