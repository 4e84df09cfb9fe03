#pragma once
// How far an answer is supported by its facts, sentence by sentence, without a second model: words, their order, numbers, names, negation.

#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace monitorai::judge {

struct SentenceSupport {
  std::string_view text;
  size_t word_count = 0;
  double words = 1;      ///< share of its words that stand in the facts
  double order = 1;      ///< share that stands, in this order, within two neighbouring sentences of the facts
  bool flipped = false;  ///< it denies what the nearest sentence of the facts says, or the other way round
  std::vector<std::string> numbers, names;  ///< those that the facts lack
};

struct Support {
  std::vector<SentenceSupport> sentences;  ///< views of the answer
  double unsupported_words = 0;    ///< 1 - ROUGE-1 precision, stemmed
  double unsupported_pairs = 0;    ///< 1 - ROUGE-2 precision
  double broken_order = 0;         ///< 1 - ROUGE-L precision, by sentence, against the best two sentences of the facts
  double weakest_sentence = 0;     ///< the largest share of a sentence that is broken so
  double unsupported_numbers = 0;  ///< share of the numbers; 0 where there are none
  double unsupported_names = 0;
  double flipped_sentences = 0;
};

/// Precision throughout: facts may be far longer than the answer. All in [0, 1]. An answer without words is supported.
Support support(std::string_view answer, std::span<const std::string> facts);

}  // namespace monitorai::judge
