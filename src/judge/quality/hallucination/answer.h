#pragma once
// An answer of a model with what it can be judged by, and how files hold them.

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace monitorai::judge {

/// What the server told of one token of the answer.
struct TokenChance {
  double log_p = 0;                  ///< natural logarithm; -inf and OpenAI's -9999 are allowed; NaN: not told
  std::vector<double> alternatives;  ///< log p of the likeliest tokens, where the server listed them
};

struct Answer {
  std::string id, prompt, text;
  std::vector<std::string> facts;  ///< passages that the answer should follow from
  std::vector<TokenChance> tokens;
  std::vector<std::string> samples;  ///< further answers to the same prompt
  std::optional<bool> hallucinated;  ///< a person's label
};

constexpr size_t kAnswerBytesMax = size_t{1} << 20;
constexpr size_t kFactsBytesMax = size_t{4} << 20;

/// Each line an object: "answer" (or "response", "output"); "facts" (or "context", "contexts"; text or a list of texts); "logprobs" (a
/// list of numbers, OpenAI's {"content": [{"logprob", "top_logprobs"}]}, or the older {"token_logprobs", "top_logprobs"} of vLLM);
/// "samples"; "label" (true or 1: hallucinated); "id", "prompt". An error names the line.
Result<std::vector<Answer>> parse_answers(std::string_view jsonl);

}  // namespace monitorai::judge
