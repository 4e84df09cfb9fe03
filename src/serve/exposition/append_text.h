#pragma once
// The leaves of exposition: escaped text, names and numbers appended to a string. Any thread.

#include <string>
#include <string_view>

namespace monitorai::serve {

/// Escapes `\`, newline and, where asked, `"`; bytes that are not UTF-8, and NUL, become U+FFFD. Plain ASCII is copied in one piece.
void append_escaped(std::string& out, std::string_view text, bool escape_quotes);
/// The name with each character outside [a-zA-Z0-9_] (and ':' where `colons`) replaced by '_', and '_' before a leading digit.
void append_name(std::string& out, std::string_view name, bool colons);
/// As base's append_number, with a short path for whole numbers.
void append_value(std::string& out, double value);

}  // namespace monitorai::serve
