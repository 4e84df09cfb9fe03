#pragma once
// The program's own log: one line a message on stderr, `2026-11-23T06:56:53.123Z WARN cannot listen addr=127.0.0.1:9100 error="..."`,
// or the same as JSON. Levels and format are process-wide and may change at any time. Thread-safe; a line is written with one write(2).

#include <fmt/format.h>

#include <initializer_list>
#include <string>
#include <string_view>

#include "base/result.h"

namespace monitorai::log {

enum class Level { debug, info, warn, error };
enum class Format { text, json };

/// A key and its value, already text. Field("port", 9101) formats anything fmt can.
struct Field {
  std::string_view key;
  std::string value;
  template <class T>
  Field(std::string_view k, const T& v) : key(k), value(fmt::format("{}", v)) {}
};

void set_level(Level level);
void set_format(Format format);
Level level();
/// "debug", "info", "warn", "error"; anything else is an error that names them.
Result<Level> parse_level(std::string_view text);

void write(Level level, std::string_view message, std::initializer_list<Field> fields);

inline void debug(std::string_view message, std::initializer_list<Field> fields = {}) {
  if (level() == Level::debug) write(Level::debug, message, fields);
}
inline void info(std::string_view message, std::initializer_list<Field> fields = {}) { write(Level::info, message, fields); }
inline void warn(std::string_view message, std::initializer_list<Field> fields = {}) { write(Level::warn, message, fields); }
inline void error(std::string_view message, std::initializer_list<Field> fields = {}) { write(Level::error, message, fields); }

/// Lines written since the start at this level: exported as monitorai_log_messages_total.
uint64_t lines_written(Level level);

}  // namespace monitorai::log
