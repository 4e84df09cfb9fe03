#pragma once
// What tokenisers ask of Unicode: reading UTF-8, the kind of a character, and folding (lower case, accents off), which is the
// normalisation of uncased BERT models. Pure functions.

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

namespace monitorai::judge {

enum class CharKind : uint8_t { other, control, space, letter, mark, number, punctuation, symbol };

constexpr char32_t kNoCharacter = 0xFFFFFFFF;

/// The character at `at`, which moves behind it; kNoCharacter (and one byte further) where the bytes are not UTF-8. at < text.size().
char32_t next_character(std::string_view text, size_t& at);
void append_utf8(std::string& out, char32_t c);

inline constexpr std::array<char, 256> kAsciiWordLetters = [] {
  std::array<char, 256> out{};
  for (int c = '0'; c <= '9'; ++c) out[static_cast<size_t>(c)] = static_cast<char>(c);
  for (int c = 'a'; c <= 'z'; ++c) out[static_cast<size_t>(c)] = out[static_cast<size_t>(c - 32)] = static_cast<char>(c);
  return out;
}();
/// The lower-case letter or the digit that an ASCII byte is, 0 for every other byte: most text needs no more.
constexpr char ascii_word_letter(char byte) { return kAsciiWordLetters[static_cast<unsigned char>(byte)]; }

CharKind kind_of(char32_t c);
/// Appends what c folds to: "É" gives "e", a Hangul syllable its letters, a non-spacing mark nothing.
void append_folded(std::u32string& out, char32_t c);
/// Lower case with its accents, c itself where it has none or more than one character ("İ").
char32_t lower_of(char32_t c);
/// Scripts that put no spaces between words (Han, Kana, Thai, Lao, Khmer, Burmese, Tibetan): there a character stands for a word.
bool is_written_without_spaces(char32_t c);
/// BERT's notion of a CJK ideograph, which is a token of its own.
bool is_cjk_ideograph(char32_t c);

}  // namespace monitorai::judge
