#include "judge/quality/text/porter_stemmer.h"

#include <algorithm>
#include <array>
#include <span>
#include <utility>
#include <vector>

namespace monitorai::judge {
namespace {

constexpr std::array<std::pair<std::string_view, std::string_view>, 16> kIrregular{{{"sky", "sky"},
                                                                                    {"skies", "sky"},
                                                                                    {"dying", "die"},
                                                                                    {"lying", "lie"},
                                                                                    {"tying", "tie"},
                                                                                    {"news", "news"},
                                                                                    {"innings", "inning"},
                                                                                    {"inning", "inning"},
                                                                                    {"outings", "outing"},
                                                                                    {"outing", "outing"},
                                                                                    {"cannings", "canning"},
                                                                                    {"canning", "canning"},
                                                                                    {"howe", "howe"},
                                                                                    {"proceed", "proceed"},
                                                                                    {"exceed", "exceed"},
                                                                                    {"succeed", "succeed"}}};

bool is_vowel_letter(char c) { return c == 'a' || c == 'e' || c == 'i' || c == 'o' || c == 'u'; }

/// Whether each letter is a consonant: neither a, e, i, o, u nor a y that follows a consonant.
struct Letters {
  explicit Letters(std::string_view word) {
    consonant.reserve(word.size());
    for (size_t i = 0; i < word.size(); ++i)
      consonant.push_back(is_vowel_letter(word[i]) ? 0 : word[i] == 'y' ? static_cast<char>(i == 0 || consonant[i - 1] == 0) : 1);
  }
  bool at(size_t i) const { return consonant[i] != 0; }
  std::string consonant;
};

/// Porter's m: how often a vowel is followed by a consonant.
size_t measure(std::string_view stem) {
  const Letters letters(stem);
  size_t out = 0;
  for (size_t i = 1; i < stem.size(); ++i) out += !letters.at(i - 1) && letters.at(i);
  return out;
}

bool contains_vowel(std::string_view stem) { return Letters(stem).consonant.find('\0') != std::string::npos; }
bool is_consonant(std::string_view word, size_t at) { return Letters(word.substr(0, at + 1)).at(at); }

bool ends_double_consonant(std::string_view word) {
  return word.size() >= 2 && word.back() == word[word.size() - 2] && is_consonant(word, word.size() - 1);
}

/// Porter's *o, and NLTK's addition: a word of a vowel and a consonant.
bool ends_cvc(std::string_view word) {
  const Letters letters(word);
  const size_t n = word.size();
  if (n == 2) return !letters.at(0) && letters.at(1);
  const char last = word.empty() ? '\0' : word.back();
  return n >= 3 && letters.at(n - 3) && !letters.at(n - 2) && letters.at(n - 1) && last != 'w' && last != 'x' && last != 'y';
}

void replace_end(std::string& word, size_t removed, std::string_view by) {
  word.resize(word.size() - removed);
  word += by;
}

struct Rule {
  std::string_view suffix, replacement;
};

/// The first rule whose suffix fits decides: it is applied where the stem's measure is over `measure_over`, and no later rule is tried.
void apply_first(std::string& word, std::span<const Rule> rules, size_t measure_over) {
  for (const Rule& rule : rules) {
    if (!word.ends_with(rule.suffix)) continue;
    const std::string_view stem = std::string_view(word).substr(0, word.size() - rule.suffix.size());
    const bool s_or_t = rule.suffix != "ion" || stem.ends_with('s') || stem.ends_with('t');
    // NLTK counts the l of -logi to the stem, so that geo- and theo- are handled like archaeo-.
    const std::string_view measured = rule.suffix == "logi" ? std::string_view(word).substr(0, word.size() - 3) : stem;
    if (measure(measured) > measure_over && s_or_t) replace_end(word, rule.suffix.size(), rule.replacement);
    return;
  }
}

void plurals(std::string& word) {  // step 1a
  if (word.ends_with("ies")) return replace_end(word, 3, word.size() == 4 ? "ie" : "i");
  if (word.ends_with("sses")) return replace_end(word, 2, "");
  if (word.ends_with("s") && !word.ends_with("ss")) word.pop_back();
}

void past_and_participle(std::string& word) {  // step 1b
  if (word.ends_with("ied")) return replace_end(word, 3, word.size() == 4 ? "ie" : "i");
  if (word.ends_with("eed")) {
    if (measure(std::string_view(word).substr(0, word.size() - 3)) > 0) word.pop_back();
    return;
  }
  const auto strip = [&](std::string_view suffix) {
    if (!word.ends_with(suffix) || !contains_vowel(std::string_view(word).substr(0, word.size() - suffix.size()))) return false;
    replace_end(word, suffix.size(), "");
    return true;
  };
  if (!strip("ed") && !strip("ing")) return;
  if (word.ends_with("at") || word.ends_with("bl") || word.ends_with("iz")) {
    word += 'e';
  } else if (ends_double_consonant(word)) {
    if (word.back() != 'l' && word.back() != 's' && word.back() != 'z') word.pop_back();
  } else if (measure(word) == 1 && ends_cvc(word)) {
    word += 'e';
  }
}

void final_y(std::string& word) {  // step 1c
  if (word.size() > 2 && word.back() == 'y' && is_consonant(word, word.size() - 2)) word.back() = 'i';
}

constexpr Rule kStep2[] = {{"ational", "ate"}, {"tional", "tion"}, {"enci", "ence"}, {"anci", "ance"}, {"izer", "ize"},
                           {"bli", "ble"},     {"alli", "al"},     {"entli", "ent"}, {"eli", "e"},     {"ousli", "ous"},
                           {"ization", "ize"}, {"ation", "ate"},   {"ator", "ate"},  {"alism", "al"},  {"iveness", "ive"},
                           {"fulness", "ful"}, {"ousness", "ous"}, {"aliti", "al"},  {"iviti", "ive"}, {"biliti", "ble"},
                           {"fulli", "ful"},   {"logi", "log"}};
constexpr Rule kStep3[] = {{"icate", "ic"}, {"ative", ""}, {"alize", "al"}, {"iciti", "ic"}, {"ical", "ic"}, {"ful", ""}, {"ness", ""}};
constexpr Rule kStep4[] = {{"al", ""},  {"ance", ""},  {"ence", ""}, {"er", ""},  {"ic", ""},  {"able", ""}, {"ible", ""},
                           {"ant", ""}, {"ement", ""}, {"ment", ""}, {"ent", ""}, {"ion", ""}, {"ou", ""},   {"ism", ""},
                           {"ate", ""}, {"iti", ""},   {"ous", ""},  {"ive", ""}, {"ize", ""}};

void double_suffixes(std::string& word) {  // step 2
  if (word.ends_with("alli") && measure(std::string_view(word).substr(0, word.size() - 4)) > 0) word.resize(word.size() - 2);
  apply_first(word, kStep2, 0);
}

void final_e_and_ll(std::string& word) {  // step 5
  if (word.ends_with('e')) {
    const std::string_view stem = std::string_view(word).substr(0, word.size() - 1);
    const size_t m = measure(stem);
    if (m > 1 || (m == 1 && !ends_cvc(stem))) word.pop_back();
  }
  if (word.ends_with("ll") && measure(std::string_view(word).substr(0, word.size() - 1)) > 1) word.pop_back();
}

}  // namespace

std::string porter_stem(std::string_view original) {
  for (const auto& [form, stem] : kIrregular)
    if (original == form) return std::string(stem);
  std::string word(original);
  if (word.size() <= 2) return word;
  plurals(word);
  past_and_participle(word);
  final_y(word);
  double_suffixes(word);
  apply_first(word, kStep3, 0);
  apply_first(word, kStep4, 1);
  final_e_and_ll(word);
  return word;
}

}  // namespace monitorai::judge
