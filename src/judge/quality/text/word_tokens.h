#pragma once
// Text as a row of numbers, one a word: equal words have equal numbers, so that what compares texts never compares letters. Two ways to
// cut words: Google's (rouge_score: only a-z and 0-9 make words) and one for every script.
//
// A Vocabulary belongs to one thread.

#include <boost/unordered/unordered_flat_map.hpp>
#include <cstdint>
#include <deque>
#include <string>
#include <string_view>
#include <vector>

namespace monitorai::judge {

enum class WordCut : uint8_t {
  google,   ///< exactly rouge_score's tokenize(): all but a-z and 0-9 separates, so text in other scripts has no words
  unicode,  ///< letters, marks and digits of any script, lower case, without the accents of Latin, Greek and Cyrillic; scripts without
            ///< spaces give a word a character
};

using WordId = uint32_t;
constexpr WordId kWordIdMax = (WordId{1} << 31) - 1;

class Vocabulary {
 public:
  /// With `stem`, words of more than 3 ASCII letters or digits are stemmed (rouge_score's use_stemmer).
  explicit Vocabulary(WordCut cut, bool stem = false) : cut_(cut), stem_(stem) {}

  /// Appends the words of the text in order. Bytes that are not UTF-8 separate words.
  void append_words(std::string_view text, std::vector<WordId>& out);
  /// What a number stands for (the stem, where words are stemmed).
  std::string_view word(WordId id) const { return words_[id]; }
  size_t size() const { return words_.size(); }

 private:
  WordId id_of(std::string_view raw);
  WordId id_of_word(std::string_view word);
  void append_google(std::string_view text, std::vector<WordId>& out);
  void append_unicode(std::string_view text, std::vector<WordId>& out);

  WordCut cut_;
  bool stem_;
  std::deque<std::string> words_, raw_;  ///< deques: the keys below point into them
  boost::unordered_flat_map<std::string_view, WordId> id_of_word_, id_of_raw_;
};

}  // namespace monitorai::judge
