#pragma once
// In which language a text is, roughly: by its script, and for Latin script by the commonest small words of a few languages. Enough to see
// that people began to ask in another one; no linguistics. Pure.

#include <string_view>

namespace monitorai::judge {

/// "en", "de", "fr", "es", "it", "pt", "nl" where their small words decide; else the script of most letters: "Latin", "Cyrillic", "Greek",
/// "Arabic", "Hebrew", "Devanagari", "Han", "Kana", "Hangul", "Thai", "other"; "none" without letters. Reads the first 4 KiB.
std::string_view language_of(std::string_view text);

}  // namespace monitorai::judge
