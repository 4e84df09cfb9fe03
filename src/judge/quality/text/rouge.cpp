#include "judge/quality/text/rouge.h"

#include <algorithm>
#include <array>

#include "base/check.h"
#include "judge/quality/text/common_subsequence.h"

namespace monitorai::judge {
namespace {

constexpr size_t kGramMax = 4;

RougeScore score_of(size_t hits, size_t target, size_t prediction) {
  const double p = static_cast<double>(hits) / static_cast<double>(std::max<size_t>(prediction, 1));
  const double r = static_cast<double>(hits) / static_cast<double>(std::max<size_t>(target, 1));
  return {p, r, p + r > 0 ? 2 * p * r / (p + r) : 0};
}

/// Sorted, so that two lists are compared in one walk. One key a gram: words are at most 2^31, two of them fit into one number.
using Gram = std::array<uint64_t, 2>;
std::vector<Gram> sorted_grams(size_t n, std::span<const WordId> words) {
  std::vector<Gram> out;
  if (words.size() < n) return out;
  out.reserve(words.size() - n + 1);
  for (size_t at = 0; at + n <= words.size(); ++at) {
    Gram gram{};
    for (size_t k = 0; k < n; ++k) gram[k / 2] = gram[k / 2] << 32 | words[at + k];
    out.push_back(gram);
  }
  std::sort(out.begin(), out.end());
  return out;
}

std::span<const WordId> sentence(const RougeText& text, size_t index) {
  const size_t begin = index == 0 ? 0 : text.sentence_ends[index - 1];
  return std::span(text.words).subspan(begin, text.sentence_ends[index] - begin);
}

std::vector<uint32_t> count_words(const std::vector<WordId>& words, size_t size) {
  std::vector<uint32_t> out(size, 0);
  for (const WordId word : words) ++out[word];
  return out;
}

size_t words_used(const RougeText& a, const RougeText& b) {
  WordId highest = 0;
  for (const auto* text : {&a, &b})
    for (const WordId word : text->words) highest = std::max(highest, word);
  return size_t{highest} + 1;
}

}  // namespace

RougeText rouge_text(std::string_view text, Vocabulary& vocabulary) {
  RougeText out;
  for (size_t at = 0; at < text.size();) {
    const size_t end = std::min(text.find('\n', at), text.size());
    if (end > at) {
      vocabulary.append_words(text.substr(at, end - at), out.words);
      out.sentence_ends.push_back(static_cast<uint32_t>(out.words.size()));
    }
    at = end + 1;
  }
  return out;
}

RougeScore rouge_n(size_t n, std::span<const WordId> target, std::span<const WordId> prediction) {
  MAI_CHECK(n >= 1 && n <= kGramMax);
  const auto a = sorted_grams(n, target), b = sorted_grams(n, prediction);
  size_t hits = 0;
  for (size_t i = 0, j = 0; i < a.size() && j < b.size();) {
    if (a[i] == b[j]) {
      ++hits, ++i, ++j;
    } else {
      a[i] < b[j] ? ++i : ++j;
    }
  }
  return score_of(hits, a.size(), b.size());
}

RougeScore rouge_l(std::span<const WordId> target, std::span<const WordId> prediction) {
  return score_of(common_subsequence(target, prediction), target.size(), prediction.size());
}

std::optional<RougeScore> rouge_lsum(const RougeText& target, const RougeText& prediction) {
  if (target.words.empty() || prediction.words.empty()) return RougeScore{};
  const size_t sentences = target.sentence_ends.size();
  if (sentences * prediction.sentence_ends.size() > kSentencePairsMax) return std::nullopt;
  std::vector<char> in_union(target.words.size(), 0);
  for (size_t s = 0; s < sentences; ++s) {
    const std::span<const WordId> reference = sentence(target, s);
    const size_t begin = s == 0 ? 0 : target.sentence_ends[s - 1];
    for (size_t c = 0; c < prediction.sentence_ends.size(); ++c)
      for (const uint32_t place : common_places(reference, sentence(prediction, c))) in_union[begin + place] = 1;
  }
  // A word counts no more often than either side has it.
  const size_t used = words_used(target, prediction);
  std::vector<uint32_t> left = count_words(target.words, used), left_there = count_words(prediction.words, used);
  size_t hits = 0;
  for (size_t at = 0; at < target.words.size(); ++at) {
    const WordId word = target.words[at];
    if (in_union[at] == 0 || left[word] == 0 || left_there[word] == 0) continue;
    ++hits, --left[word], --left_there[word];
  }
  return score_of(hits, target.words.size(), prediction.words.size());
}

RougeScores rouge(const RougeText& target, const RougeText& prediction) {
  return {rouge_n(1, target.words, prediction.words), rouge_n(2, target.words, prediction.words), rouge_l(target.words, prediction.words),
          rouge_lsum(target, prediction)};
}

RougeScores rouge(std::string_view target, std::string_view prediction, WordCut cut, bool stem) {
  Vocabulary vocabulary(cut, stem);
  const RougeText a = rouge_text(target, vocabulary), b = rouge_text(prediction, vocabulary);
  return rouge(a, b);
}

}  // namespace monitorai::judge
