#pragma once
// Texts as weights of their words: term frequency, damped, times how rare a word is among the texts (TF-IDF), numbers equal to those of
// scikit-learn's TfidfVectorizer(sublinear_tf=True, max_df=0.5, stop_words="english"), which is what Evidently's test of texts is made of.
//
// Pure: built once, then only read.

#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace monitorai::judge {

/// Words of texts, counted once: lower case, runs of at least two letters, digits or underscores of any script, without English stop
/// words. Bytes that are not UTF-8 separate words. Marks do too (as \w of Python's re has it), which cuts scripts that need them in words.
struct WordCounts {
  struct Entry {
    uint32_t word = 0;  ///< into words
    uint32_t count = 0;
    uint32_t first = 0;  ///< how many kept words of the text are before it
  };
  std::vector<std::string> words;        ///< sorted by code point
  std::vector<std::vector<Entry>> rows;  ///< of each text: rising by word
};
WordCounts count_words(std::span<const std::string> texts);

class TfIdf {
 public:
  struct Entry {
    uint32_t word = 0;  ///< into WordCounts::words
    double weight = 0;  ///< over 0; of a row, the squares add up to 1
  };
  /// Learns from these rows which words are kept (in at most half of the rows) and how rare each is: 1 + ln((1 + rows) / (1 + with it)).
  TfIdf(const WordCounts& counts, std::span<const size_t> taught);

  /// The row's kept words, rising by word, or by its rank where ranks are given; empty where it has none.
  std::vector<Entry> row(size_t index, std::span<const uint32_t> ranks = {}) const;
  size_t words_kept() const { return kept_; }

 private:
  const WordCounts& counts_;
  std::vector<double> rarity_;  ///< 0 for words that are left out
  size_t kept_ = 0;
};

}  // namespace monitorai::judge
