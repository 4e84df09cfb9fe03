#pragma once
// The names that rotation gives to a log file: logrotate (numbers, dates), Python's RotatingFileHandler and TimedRotatingFileHandler,
// loguru. Pure.

#include <string_view>

namespace monitorai::collect {

/// True for "app.log.1", "app.log-20261123", "app.log.2026-11-23", "app.2026-11-23_10-30.log", "app.1.log", "app.log.old" of "app.log".
/// False for compressed files, which are not read.
bool is_rotated_name(std::string_view base, std::string_view name);
/// Of two rotated files that were written at the same moment: whether the first is older. Numbers grow with age, dates do not.
bool rotated_before(std::string_view a, std::string_view b);

}  // namespace monitorai::collect
