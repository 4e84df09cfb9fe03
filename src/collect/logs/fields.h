#pragma once
// One field of a line, found without parsing all of it: for recognising times and levels. A value is a view into the line, as it is
// written (escapes are left). Pure.

#include <optional>
#include <string_view>

namespace monitorai::collect {

inline constexpr size_t kFieldSearchBytesMax = 4096;  ///< fields behind this are not found

/// The scalar value of a key of the outermost JSON object: {"level":"info"} -> info, {"ts":1.5} -> 1.5.
std::optional<std::string_view> json_field(std::string_view line, std::string_view key);
/// key=value or key="a value", the key at the start or behind a blank.
std::optional<std::string_view> logfmt_field(std::string_view line, std::string_view key);

}  // namespace monitorai::collect
