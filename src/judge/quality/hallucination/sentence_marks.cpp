#include "judge/quality/hallucination/sentence_marks.h"

#include <algorithm>
#include <boost/unordered/unordered_flat_map.hpp>
#include <boost/unordered/unordered_flat_set.hpp>

#include "base/text.h"
#include "judge/quality/text/unicode.h"

namespace monitorai::judge {
namespace {

const boost::unordered_flat_map<std::string_view, std::string_view> kNumberWords{{"two", "2"},   {"three", "3"}, {"four", "4"}, {"five", "5"},
                                                                                 {"six", "6"},   {"seven", "7"}, {"eight", "8"}, {"nine", "9"},
                                                                                 {"ten", "10"},  {"eleven", "11"}, {"twelve", "12"}};
const boost::unordered_flat_set<std::string_view> kNegations{"not",    "no",      "never",   "none",   "nobody", "nothing", "neither", "nor",
                                                             "cannot", "without", "nowhere", "unable", "fails",  "lacks"};

bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_word(char32_t c) {
  if (c < 0x80) return ascii_word_letter(static_cast<char>(c)) != 0;
  const CharKind kind = c == kNoCharacter ? CharKind::other : kind_of(c);
  return kind == CharKind::letter || kind == CharKind::number || kind == CharKind::mark;
}

/// "007" is 7, "2.50" is 2.5.
std::string normalised(std::string digits) {
  if (digits.find('.') != std::string::npos) {
    while (digits.ends_with('0')) digits.pop_back();
    if (digits.ends_with('.')) digits.pop_back();
  }
  const size_t first = std::min(digits.find_first_not_of('0'), digits.size() - 1);
  return digits.substr(digits[first] == '.' ? first - 1 : first);
}

struct Word {
  std::string folded;
  bool capital = false;
};

template <class F>
void for_each_word(std::string_view text, F f) {
  Word word;
  std::u32string folded;
  for (size_t at = 0; at < text.size();) {
    if (const char letter = ascii_word_letter(text[at]); letter != 0) {
      if (word.folded.empty()) word.capital = letter != text[at];
      word.folded += letter;
      ++at;
      continue;
    }
    const char32_t c = next_character(text, at);
    if (is_word(c)) {
      folded.clear();
      append_folded(folded, c);
      // A capital is a letter of the European scripts that folds to another one; an accent alone is none.
      if (word.folded.empty()) word.capital = c < 0x530 && folded.size() == 1 && folded[0] != c && (c < 0x80 || kind_of(c) == CharKind::letter);
      for (const char32_t letter : folded) append_utf8(word.folded, letter);
    } else if (!word.folded.empty()) {
      f(word);
      word = {};
    }
  }
  if (!word.folded.empty()) f(word);
}

/// The digits at `at`, which moves behind them: 1,234.5 as 1234.5.
std::string read_digits(std::string_view text, size_t& at) {
  std::string out;
  const auto digit = [&](size_t i) { return i < text.size() && is_digit(text[i]); };
  for (bool point = false; at < text.size(); ++at) {
    if (is_digit(text[at])) {
      out += text[at];
    } else if (text[at] == '.' && digit(at + 1) && !point) {
      out += '.';
      point = true;
    } else if (!(text[at] == ',' && digit(at + 1) && digit(at + 2) && digit(at + 3) && !digit(at + 4))) {
      break;
    }
  }
  return out;
}

}  // namespace

std::vector<std::string> folded_words(std::string_view text) {
  std::vector<std::string> out;
  for_each_word(text, [&](Word& word) { out.push_back(std::move(word.folded)); });
  return out;
}

std::vector<std::string_view> sentences(std::string_view text) {
  std::vector<std::string_view> out;
  size_t begin = 0;
  const auto cut = [&](size_t end) {
    if (const std::string_view sentence = trim(text.substr(begin, end - begin)); !sentence.empty()) out.push_back(sentence);
    begin = end;
  };
  for (size_t at = 0; at < text.size();) {
    const char32_t c = next_character(text, at);
    const bool ends = (c == '.' || c == '!' || c == '?') && (at == text.size() || text[at] == ' ' || text[at] == '\n' || text[at] == '"');
    if (ends || c == '\n' || c == 0x3002 || c == 0xFF01 || c == 0xFF1F) cut(at);
  }
  cut(text.size());
  return out;
}

std::vector<std::string> numbers_in(std::string_view text) {
  std::vector<std::string> out;
  for (size_t at = 0; at < text.size();) {
    if (is_digit(text[at])) {
      out.push_back(normalised(read_digits(text, at)));
      continue;
    }
    if (ascii_word_letter(text[at]) == 0 && static_cast<unsigned char>(text[at]) < 0x80) {
      ++at;
      continue;
    }
    bool within_word = is_word(next_character(text, at));
    while (within_word && at < text.size()) {
      size_t next = at;
      within_word = is_word(next_character(text, next));
      if (within_word) at = next;
    }
  }
  for_each_word(text, [&](const Word& word) {
    if (const auto found = kNumberWords.find(word.folded); found != kNumberWords.end()) out.emplace_back(found->second);
  });
  return out;
}

std::vector<std::string> names_in(std::string_view sentence) {
  std::vector<std::string> out;
  bool first = true;
  for_each_word(sentence, [&](Word& word) {
    if (!first && word.capital && word.folded.size() > 1) out.push_back(std::move(word.folded));
    first = false;
  });
  return out;
}

bool negates(std::string_view sentence) {
  bool out = false, after_n = false;
  for_each_word(sentence, [&](const Word& word) {
    out |= kNegations.contains(word.folded);
    out |= after_n && word.folded == "t";  // don't, isn't: the apostrophe has cut them
    after_n = word.folded.ends_with('n');
  });
  return out;
}

}  // namespace monitorai::judge
