#include "judge/quality/hallucination/token_confidence.h"

#include <algorithm>
#include <cmath>

#include "judge/quality/text/word_tokens.h"

namespace monitorai::judge {
namespace {

/// Entropy of what is listed, as if nothing else could have come.
std::optional<double> entropy_of(std::span<const double> log_ps) {
  double total = 0, out = 0;
  for (const double log_p : log_ps)
    if (!std::isnan(log_p)) total += std::exp(std::min(0.0, log_p));
  if (total <= 0) return std::nullopt;
  for (const double log_p : log_ps) {
    const double p = std::isnan(log_p) ? 0 : std::exp(std::min(0.0, log_p)) / total;
    if (p > 0) out -= p * std::log(p);
  }
  return out;
}

}  // namespace

std::optional<TokenConfidence> token_confidence(std::span<const TokenChance> tokens) {
  TokenConfidence out;
  double sum = 0, entropies = 0;
  size_t with_alternatives = 0;
  for (const TokenChance& token : tokens) {
    if (const auto entropy = entropy_of(token.alternatives)) {
      entropies += *entropy;
      ++with_alternatives;
    }
    if (std::isnan(token.log_p)) continue;
    const double surprise = -std::clamp(token.log_p, kLogPMin, 0.0);
    sum += surprise;
    out.surprise_max = std::max(out.surprise_max, surprise);
    ++out.tokens;
  }
  if (out.tokens == 0) return std::nullopt;
  out.surprise_mean = sum / static_cast<double>(out.tokens);
  out.perplexity = std::exp(out.surprise_mean);
  if (with_alternatives > 0) out.entropy_mean = entropies / static_cast<double>(with_alternatives);
  return out;
}

std::optional<double> inconsistency(std::string_view answer, std::span<const std::string> samples) {
  Vocabulary vocabulary(WordCut::unicode);
  std::vector<WordId> words;
  vocabulary.append_words(answer, words);
  const size_t own = words.size();
  for (const std::string& sample : samples) vocabulary.append_words(sample, words);
  if (own == 0 || words.size() == own) return std::nullopt;
  std::vector<double> counts(vocabulary.size(), 0);
  for (const WordId word : words) counts[word] += 1;
  double sum = 0;
  for (size_t i = 0; i < own; ++i) sum -= std::log(counts[words[i]] / static_cast<double>(words.size()));
  return sum / static_cast<double>(own);
}

}  // namespace monitorai::judge
