#pragma once
// What is read off a sentence without understanding it: its end, its numbers, its names, whether it negates. Pure.

#include <string>
#include <string_view>
#include <vector>

namespace monitorai::judge {

/// The sentences of a text: cut behind . ! ? where a space, a quote or the end follows, behind their wide forms, and at line breaks.
/// Trimmed, not empty.
std::vector<std::string_view> sentences(std::string_view text);
/// The words of a text, folded (lower case, no accents).
std::vector<std::string> folded_words(std::string_view text);
/// Its numbers, written one way: "1,250.50" gives "1250.5", "seven" gives "7" (two to twelve). Digits of a word ("GPT4") are no numbers.
std::vector<std::string> numbers_in(std::string_view text);
/// Words in capitals within a sentence (not its first), folded: likely names.
std::vector<std::string> names_in(std::string_view sentence);
/// Whether an English sentence negates: not, no, never, without, -n't ...
bool negates(std::string_view sentence);

}  // namespace monitorai::judge
