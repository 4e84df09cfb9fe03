#pragma once
// ROUGE-1, ROUGE-2, ROUGE-L and ROUGE-Lsum as Google's rouge_score computes them (C.-Y. Lin, 2004, is the measure; rouge_score's token
// counts, union of subsequences and F are the numbers). How much of an answer stands in a reference, and how much of the reference in it.

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "judge/quality/text/word_tokens.h"

namespace monitorai::judge {

/// All in [0, 1]; 0 where a side has no words.
struct RougeScore {
  double precision = 0;  ///< share of the prediction that stands in the target
  double recall = 0;     ///< share of the target that stands in the prediction
  double f = 0;          ///< 2 P R / (P + R)
};

struct RougeScores {
  RougeScore rouge1, rouge2, rougeL;
  std::optional<RougeScore> rougeLsum;  ///< absent where the texts have over kSentencePairsMax pairs of lines
};

constexpr size_t kSentencePairsMax = size_t{1} << 22;

/// A text as ROUGE reads it: its words, and where each of its lines (ROUGE-Lsum's sentences) ends. Empty lines are none.
struct RougeText {
  std::vector<WordId> words;
  std::vector<uint32_t> sentence_ends;
};

RougeText rouge_text(std::string_view text, Vocabulary& vocabulary);

/// n in 1 ... 4: common n-grams, each counted as often as in the side that has fewer.
RougeScore rouge_n(size_t n, std::span<const WordId> target, std::span<const WordId> prediction);
RougeScore rouge_l(std::span<const WordId> target, std::span<const WordId> prediction);
std::optional<RougeScore> rouge_lsum(const RougeText& target, const RougeText& prediction);

/// All four. The texts come from one vocabulary.
RougeScores rouge(const RougeText& target, const RougeText& prediction);
RougeScores rouge(std::string_view target, std::string_view prediction, WordCut cut = WordCut::google, bool stem = false);

}  // namespace monitorai::judge
