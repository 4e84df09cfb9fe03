#pragma once
// What the token probabilities of an answer say about the model's confidence (free where the server returns logprobs), and whether further
// samples of it agree.

#include <optional>
#include <span>

#include "judge/quality/hallucination/answer.h"

namespace monitorai::judge {

constexpr double kLogPMin = -100;  ///< stands for -inf and for OpenAI's -9999

struct TokenConfidence {
  size_t tokens = 0;         ///< with a probability; the rest is left out
  double perplexity = 1;     ///< exp(-mean log p)
  double surprise_max = 0;   ///< max(-log p): the least likely token, the best of the cheap detectors on wiki_bio
  double surprise_mean = 0;  ///< mean(-log p)
  std::optional<double> entropy_mean;  ///< of the listed alternatives, renormalised, in nats; absent where none are listed
};

/// nullopt where no token has a probability.
std::optional<TokenConfidence> token_confidence(std::span<const TokenChance> tokens);

/// SelfCheckGPT's unigram score: mean -log p of the answer's words, by how often they stand in the answer and its samples together. High
/// where the samples say something else. nullopt without samples or without words.
std::optional<double> inconsistency(std::string_view answer, std::span<const std::string> samples);

}  // namespace monitorai::judge
