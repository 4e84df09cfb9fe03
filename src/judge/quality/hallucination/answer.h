#pragma once
// An answer of a model with what it can be judged by, and how files hold them.

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/result.h"

namespace monitorai::judge {

/// What the server told of one token of the answer.
struct TokenChance {
  double log_p = 0;                  ///< natural logarithm; -inf and OpenAI's -9999 are allowed; NaN: not told
  std::vector<double> alternatives;  ///< log p of the likeliest tokens, where the server listed them
};

/// Where an answer came from, as far as the sender says: "" and nullopt where not.
struct AnswerOrigin {
  std::string model, service, route;
  std::string trace_id, span_id;
  std::optional<TimeMs> time;
};

struct Answer {
  std::string id, prompt, text;
  std::vector<std::string> facts;  ///< passages that the answer should follow from
  std::vector<TokenChance> tokens;
  std::vector<std::string> samples;  ///< further answers to the same prompt
  std::optional<bool> hallucinated;  ///< a person's label
  AnswerOrigin origin{};
};

constexpr size_t kAnswerBytesMax = size_t{1} << 20;
constexpr size_t kFactsBytesMax = size_t{4} << 20;
constexpr size_t kPromptBytesMax = size_t{1} << 20;
constexpr size_t kOriginBytesMax = 256;  ///< of each of its texts

/// Each line an object: "answer" (or "response", "output"); "facts" (or "context", "contexts"; text or a list of texts); "logprobs" (a
/// list of numbers, OpenAI's {"content": [{"logprob", "top_logprobs"}]}, or the older {"token_logprobs", "top_logprobs"} of vLLM);
/// "samples"; "label" (true or 1: hallucinated); "id", "prompt"; "model", "service", "route", "trace_id", "span_id", "time" (seconds since
/// 1970, or RFC 3339 in UTC). Or all of it one list of such objects. Python's NaN and Infinity are read as JSON's null and as text. Facts
/// and samples without text are none. An error names the line, or the place in the list.
Result<std::vector<Answer>> parse_answers(std::string_view json);
/// The same by the names of the header; cells that hold JSON (lists of facts, logprobs) are read as JSON.
Result<std::vector<Answer>> parse_answers_csv(std::string_view csv);

constexpr size_t kAnswersPerRequestMax = 1000;
/// What the API takes: one such object, a list of them, or {"evaluations": [...]}; "answer" may be missing where there is a "prompt".
/// Python's NaN and Infinity are read as JSON's null and as text. An error names the place in the list; Code::exhausted: too many or too long.
Result<std::vector<Answer>> parse_evaluations(std::string_view json);
/// One line of a structured log: nullopt where it is no object with texts of this kind ("prompt" or "answer" under any of their names).
std::optional<Answer> parse_logged_answer(std::string_view line);

}  // namespace monitorai::judge
