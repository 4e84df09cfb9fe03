#pragma once
// How one value of the configuration is read from text and written back: an overload a type. Errors say what is expected, without the
// key. Ranges are inclusive and belong to the key, not to the type.

#include "app/config/config.h"
#include "base/text.h"

namespace monitorai::app {

/// What bounds a value: nothing, or inclusive limits (bytes for text, milliseconds for durations).
struct Range {
  int64_t from = 0;
  int64_t to = INT64_MAX;
};

Result<void> read_value(std::string_view text, Range range, bool& out);
Result<void> read_value(std::string_view text, Range range, int64_t& out);
Result<void> read_value(std::string_view text, Range range, std::string& out);
Result<void> read_value(std::string_view text, Range range, std::chrono::milliseconds& out);
Result<void> read_value(std::string_view text, Range range, std::optional<Address>& out);
Result<void> read_value(std::string_view text, Range range, log::Level& out);
Result<void> read_value(std::string_view text, Range range, log::Format& out);
Result<void> read_value(std::string_view text, Range range, collect::ContentPolicy& out);

std::string print_value(bool value);
std::string print_value(int64_t value);
std::string print_value(const std::string& value);
std::string print_value(std::chrono::milliseconds value);
std::string print_value(const std::optional<Address>& value);
std::string print_value(log::Level value);
std::string print_value(log::Format value);
std::string print_value(collect::ContentPolicy value);

/// For people: "duration, 1s to 1h".
std::string type_text(const bool&, Range range);
std::string type_text(const int64_t&, Range range);
std::string type_text(const std::string&, Range range);
std::string type_text(const std::chrono::milliseconds&, Range range);
std::string type_text(const std::optional<Address>&, Range range);
std::string type_text(const log::Level&, Range range);
std::string type_text(const log::Format&, Range range);
std::string type_text(const collect::ContentPolicy&, Range range);

}  // namespace monitorai::app
