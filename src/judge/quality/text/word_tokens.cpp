#include "judge/quality/text/word_tokens.h"

#include "base/check.h"
#include "judge/quality/text/porter_stemmer.h"
#include "judge/quality/text/unicode.h"

namespace monitorai::judge {
namespace {

constexpr size_t kStemmedFrom = 4;  // rouge_score: "len(x) > 3"
// The two characters outside ASCII that Python's lower() turns into ASCII letters: İ (with a mark, which separates) and the Kelvin sign.
constexpr char32_t kDottedI = 0x130, kKelvin = 0x212A;

bool is_ascii(std::string_view word) {
  for (const char c : word)
    if (static_cast<unsigned char>(c) >= 0x80) return false;
  return true;
}

/// Scripts whose accents are ignored, with the combining marks that decomposed text holds.
bool is_accented_script(char32_t c) { return c < 0x530 || (c >= 0x1E00 && c <= 0x1FFF); }

}  // namespace

WordId Vocabulary::id_of_word(std::string_view word) {
  if (const auto found = id_of_word_.find(word); found != id_of_word_.end()) return found->second;
  MAI_CHECK(words_.size() < kWordIdMax);
  words_.emplace_back(word);
  const auto id = static_cast<WordId>(words_.size() - 1);
  id_of_word_.emplace(words_.back(), id);
  return id;
}

WordId Vocabulary::id_of(std::string_view raw) {
  if (!stem_ || raw.size() < kStemmedFrom || !is_ascii(raw)) return id_of_word(raw);
  if (const auto found = id_of_raw_.find(raw); found != id_of_raw_.end()) return found->second;
  const WordId id = id_of_word(porter_stem(raw));
  raw_.emplace_back(raw);
  id_of_raw_.emplace(raw_.back(), id);
  return id;
}

void Vocabulary::append_words(std::string_view text, std::vector<WordId>& out) {
  cut_ == WordCut::google ? append_google(text, out) : append_unicode(text, out);
}

void Vocabulary::append_google(std::string_view text, std::vector<WordId>& out) {
  std::string word;
  const auto finish = [&] {
    if (!word.empty()) out.push_back(id_of(word));
    word.clear();
  };
  for (size_t at = 0; at < text.size();) {
    const auto byte = static_cast<unsigned char>(text[at]);
    if (const char letter = ascii_word_letter(text[at]); letter != 0) {
      word += letter;
      ++at;
      continue;
    }
    const char32_t c = byte < 0x80 ? text[at++] : next_character(text, at);
    if (c == kKelvin) {
      word += 'k';
      continue;
    }
    if (c == kDottedI) word += 'i';
    finish();
  }
  finish();
}

void Vocabulary::append_unicode(std::string_view text, std::vector<WordId>& out) {
  std::string word;
  std::u32string folded;
  const auto finish = [&] {
    if (!word.empty()) out.push_back(id_of(word));
    word.clear();
  };
  for (size_t at = 0; at < text.size();) {
    if (const char letter = ascii_word_letter(text[at]); letter != 0) {
      word += letter;
      ++at;
      continue;
    }
    const char32_t c = next_character(text, at);
    const CharKind kind = c == kNoCharacter ? CharKind::other : kind_of(c);
    const bool in_word = kind == CharKind::letter || kind == CharKind::number || kind == CharKind::mark;
    if (!in_word || is_written_without_spaces(c)) finish();
    if (!in_word) continue;
    if (is_accented_script(c)) {
      folded.clear();
      append_folded(folded, c);
      for (const char32_t letter : folded) append_utf8(word, letter);
    } else {
      append_utf8(word, c);
    }
    if (is_written_without_spaces(c)) finish();
  }
  finish();
}

}  // namespace monitorai::judge
