#include "judge/quality/hallucination/answer.h"

#include <simdjson.h>

#include <limits>

#include "base/text.h"

namespace monitorai::judge {
namespace {

using simdjson::dom::array;
using simdjson::dom::element;
using simdjson::dom::object;
using Names = std::initializer_list<std::string_view>;

constexpr double kNotTold = std::numeric_limits<double>::quiet_NaN();

std::optional<element> member(const object& from, Names names) {
  for (const std::string_view name : names) {
    element out;
    if (from.at_key(name).get(out) == simdjson::SUCCESS && !out.is_null()) return out;
  }
  return std::nullopt;
}

Result<std::string> text_of(const object& from, Names names) {
  const auto found = member(from, names);
  if (!found) return std::string();
  std::string_view text;
  if (found->get_string().get(text) != simdjson::SUCCESS) return Error{Code::invalid, fmt::format("\"{}\" is no text", *names.begin())};
  return std::string(text);
}

/// A text, a list of texts, or a list of objects whose "text" or "content" is meant.
Result<std::vector<std::string>> texts_of(const object& from, Names names) {
  std::vector<std::string> out;
  const auto found = member(from, names);
  if (!found) return out;
  std::string_view text;
  if (found->get_string().get(text) == simdjson::SUCCESS) {
    out.emplace_back(text);
    return out;
  }
  const Error wrong{Code::invalid, fmt::format("\"{}\" is neither a text nor a list of texts", *names.begin())};
  array list;
  if (found->get_array().get(list) != simdjson::SUCCESS) return wrong;
  for (const element one : list) {
    object inner;
    if (one.get_object().get(inner) == simdjson::SUCCESS) {
      MAI_TRY_ASSIGN(std::string content, text_of(inner, {"text", "content"}));
      out.push_back(std::move(content));
    } else if (one.get_string().get(text) == simdjson::SUCCESS) {
      out.emplace_back(text);
    } else {
      return wrong;
    }
  }
  return out;
}

/// A number, or one as text ("-inf", which JSON cannot say); anything else is not told.
double log_p_of(const element& value) {
  double out = kNotTold;
  if (value.get_double().get(out) == simdjson::SUCCESS) return out;
  std::string_view text;
  if (value.get_string().get(text) == simdjson::SUCCESS) return parse_number(text).value_or(kNotTold);
  return kNotTold;
}

/// {"logprob": x} or x.
double log_p_within(const element& value) {
  object inner;
  if (value.get_object().get(inner) != simdjson::SUCCESS) return log_p_of(value);
  const auto log_p = member(inner, {"logprob"});
  return log_p ? log_p_of(*log_p) : kNotTold;
}

/// A list of {"logprob": x}, an object {token: x}, or vLLM's {token id: {"logprob": x}}.
std::vector<double> alternatives_of(const element& value) {
  std::vector<double> out;
  array list;
  object by_token;
  if (value.get_array().get(list) == simdjson::SUCCESS) {
    for (const element one : list) out.push_back(log_p_within(one));
  } else if (value.get_object().get(by_token) == simdjson::SUCCESS) {
    for (const auto& [token, one] : by_token) out.push_back(log_p_within(one));
  }
  return out;
}

Result<std::vector<TokenChance>> tokens_of(const object& from) {
  std::vector<TokenChance> out;
  const auto found = member(from, {"logprobs", "token_logprobs"});
  if (!found) return out;
  const Error wrong{Code::invalid, "\"logprobs\" is neither a list of numbers nor an object as OpenAI's or vLLM's"};
  array list;
  object inner;
  std::optional<element> beside;
  if (found->get_object().get(inner) == simdjson::SUCCESS) {
    const auto tokens = member(inner, {"content", "token_logprobs"});
    if (!tokens || tokens->get_array().get(list) != simdjson::SUCCESS) return wrong;
    beside = member(inner, {"top_logprobs"});
  } else if (found->get_array().get(list) != simdjson::SUCCESS) {
    return wrong;
  }
  for (const element one : list) {
    TokenChance& token = out.emplace_back();
    token.log_p = log_p_within(one);
    object described;
    if (one.get_object().get(described) != simdjson::SUCCESS) continue;
    if (const auto top = member(described, {"top_logprobs"})) token.alternatives = alternatives_of(*top);
  }
  array tops;
  if (beside && beside->get_array().get(tops) == simdjson::SUCCESS) {
    size_t i = 0;
    for (const element one : tops)
      if (i < out.size()) out[i++].alternatives = alternatives_of(one);
  }
  return out;
}

Result<std::optional<bool>> label_of(const object& from) {
  const auto found = member(from, {"label", "hallucinated"});
  if (!found) return std::optional<bool>();
  bool truth = false;
  int64_t number = 0;
  if (found->get_bool().get(truth) == simdjson::SUCCESS) return std::optional(truth);
  if (found->get_int64().get(number) == simdjson::SUCCESS && (number == 0 || number == 1)) return std::optional(number == 1);
  return Error{Code::invalid, "\"label\" is true or 1 (hallucinated), or false or 0"};
}

Result<Answer> answer_of(const object& from) {
  Answer out;
  if (!member(from, {"answer", "response", "output"})) return Error{Code::invalid, "it has no \"answer\""};
  MAI_TRY_ASSIGN(out.text, text_of(from, {"answer", "response", "output"}));
  MAI_TRY_ASSIGN(out.prompt, text_of(from, {"prompt", "question", "input"}));
  MAI_TRY_ASSIGN(out.facts, texts_of(from, {"facts", "context", "contexts"}));
  MAI_TRY_ASSIGN(out.samples, texts_of(from, {"samples"}));
  MAI_TRY_ASSIGN(out.tokens, tokens_of(from));
  MAI_TRY_ASSIGN(out.hallucinated, label_of(from));
  std::string_view text;
  if (const auto id = member(from, {"id", "trace_id"}))
    out.id = id->get_string().get(text) == simdjson::SUCCESS ? std::string(text) : std::string(simdjson::minify(*id));
  size_t facts = 0;
  for (const std::string& fact : out.facts) facts += fact.size();
  if (out.text.size() > kAnswerBytesMax) return Error{Code::exhausted, fmt::format("the answer is longer than {} bytes", kAnswerBytesMax)};
  if (facts > kFactsBytesMax) return Error{Code::exhausted, fmt::format("the facts are longer than {} bytes", kFactsBytesMax)};
  return out;
}

}  // namespace

Result<std::vector<Answer>> parse_answers(std::string_view jsonl) {
  std::vector<Answer> out;
  simdjson::dom::parser parser;
  size_t line_number = 0;
  for (size_t at = 0; at < jsonl.size();) {
    const size_t end = std::min(jsonl.find('\n', at), jsonl.size());
    const std::string_view line = trim(jsonl.substr(at, end - at));
    at = end + 1;
    ++line_number;
    if (line.empty()) continue;
    object row;
    if (const auto error = parser.parse(line).get_object().get(row); error != simdjson::SUCCESS)
      return Error{Code::invalid, fmt::format("line {} is no JSON object: {}", line_number, simdjson::error_message(error))};
    auto answer = answer_of(row);
    if (!answer) return wrap(answer.error(), fmt::format("line {}", line_number));
    if (answer->id.empty()) answer->id = fmt::format("line {}", line_number);
    out.push_back(std::move(*answer));
  }
  return out;
}

}  // namespace monitorai::judge
