#pragma once
// Runes and quotation marks as Go knows them: PromQL's strings and the words of its errors follow strconv.

#include <cstdint>
#include <string>
#include <string_view>

namespace monitorai::query {

inline constexpr int32_t kRuneEnd = -1;
inline constexpr int32_t kRuneBad = 0xfffd;

/// One rune and its width in bytes; kRuneEnd for an empty text; a byte that is not UTF-8 is kRuneBad of width 1.
std::pair<int32_t, size_t> decode_rune(std::string_view text);
/// Go's %q of a rune: 'x'.
std::string quote_rune(int32_t rune);
/// Go's %q of a text: double quotes, escapes for what cannot be printed.
std::string quote(std::string_view text);
/// The text that a string token stands for (quotes and escapes resolved); false when it is damaged.
bool unquote(std::string_view token, std::string& out);

}  // namespace monitorai::query
