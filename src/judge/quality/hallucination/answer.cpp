#include "judge/quality/hallucination/answer.h"

#include <simdjson.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <limits>

#include "base/text.h"
#include "judge/quality/input/csv_cells.h"
#include "judge/quality/input/text_bytes.h"

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
    if (one.is_null()) continue;
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

/// "2026-11-23T06:56:53.123Z"; a zone other than UTC is not understood.
std::optional<TimeMs> time_of_text(std::string_view text) {
  const auto digits = [&](size_t at, size_t count) { return at + count <= text.size() ? parse_integer<int>(text.substr(at, count)) : std::nullopt; };
  const auto year = digits(0, 4), month = digits(5, 2), day = digits(8, 2), hour = digits(11, 2), minute = digits(14, 2), second = digits(17, 2);
  if (!year || !month || !day || !hour || !minute || !second || text[4] != '-' || text[7] != '-' || text[13] != ':' || text[16] != ':') return std::nullopt;
  const std::chrono::year_month_day date{std::chrono::year(*year), std::chrono::month(static_cast<unsigned>(*month)), std::chrono::day(static_cast<unsigned>(*day))};
  std::string_view rest = text.substr(19);
  double fraction = 0;
  if (rest.starts_with('.')) {
    const size_t end = std::min(rest.find_first_not_of("0123456789", 1), rest.size());
    fraction = parse_number(fmt::format("0{}", rest.substr(0, end))).value_or(0);
    rest.remove_prefix(end);
  }
  if (!date.ok() || *month < 0 || *day < 0 || *hour > 23 || *minute > 59 || *second > 60 || (rest != "Z" && rest != "+00:00" && !rest.empty())) return std::nullopt;
  const int64_t days = std::chrono::sys_days(date).time_since_epoch().count();
  return TimeMs{((days * 24 + *hour) * 60 + *minute) * 60'000 + *second * 1000 + static_cast<int64_t>(fraction * 1000)};
}

Result<std::optional<TimeMs>> time_of(const object& from) {
  const auto found = member(from, {"time"});
  if (!found) return std::optional<TimeMs>();
  double seconds = 0;
  std::string_view text;
  if (found->get_double().get(seconds) == simdjson::SUCCESS && std::fabs(seconds) < 1e11) return std::optional(TimeMs{static_cast<int64_t>(std::floor(seconds * 1000))});
  if (found->get_string().get(text) == simdjson::SUCCESS)
    if (const auto time = time_of_text(text)) return std::optional(*time);
  return Error{Code::invalid, "\"time\" is neither seconds since 1970 nor a time as 2026-11-23T06:56:53Z"};
}

Result<AnswerOrigin> origin_of(const object& from) {
  AnswerOrigin out;
  const auto read = [&](std::string& into, Names names) -> Result<void> {
    MAI_TRY_ASSIGN(into, text_of(from, names));
    if (into.size() > kOriginBytesMax) return Error{Code::exhausted, fmt::format("\"{}\" is longer than {} bytes", *names.begin(), kOriginBytesMax)};
    return {};
  };
  MAI_TRY(read(out.model, {"model", "model_name"}));
  MAI_TRY(read(out.service, {"service", "service_name"}));
  MAI_TRY(read(out.route, {"route"}));
  MAI_TRY(read(out.trace_id, {"trace_id"}));
  MAI_TRY(read(out.span_id, {"span_id"}));
  MAI_TRY_ASSIGN(out.time, time_of(from));
  return out;
}

enum class Needs { answer, prompt_or_answer };

Result<Answer> answer_of(const object& from, Needs needs = Needs::answer) {
  Answer out;
  const bool answered = member(from, {"answer", "response", "output"}).has_value();
  if (!answered && needs == Needs::answer) return Error{Code::invalid, "it has no \"answer\""};
  if (!answered && !member(from, {"prompt", "question", "input"})) return Error{Code::invalid, "it has neither \"answer\" nor \"prompt\""};
  MAI_TRY_ASSIGN(out.text, text_of(from, {"answer", "response", "output"}));
  MAI_TRY_ASSIGN(out.prompt, text_of(from, {"prompt", "question", "input"}));
  MAI_TRY_ASSIGN(out.facts, texts_of(from, {"facts", "context", "contexts"}));
  MAI_TRY_ASSIGN(out.samples, texts_of(from, {"samples"}));
  // A retriever that found nothing says so by an empty text: that is no fact.
  for (auto* texts : {&out.facts, &out.samples}) std::erase_if(*texts, [](const std::string& text) { return trim(text).empty(); });
  MAI_TRY_ASSIGN(out.tokens, tokens_of(from));
  MAI_TRY_ASSIGN(out.hallucinated, label_of(from));
  MAI_TRY_ASSIGN(out.origin, origin_of(from));
  std::string_view text;
  if (const auto id = member(from, {"id", "trace_id"}))
    out.id = id->get_string().get(text) == simdjson::SUCCESS ? std::string(text) : std::string(simdjson::minify(*id));
  size_t facts = 0;
  for (const std::string& fact : out.facts) facts += fact.size();
  if (out.text.size() > kAnswerBytesMax) return Error{Code::exhausted, fmt::format("the answer is longer than {} bytes", kAnswerBytesMax)};
  if (out.prompt.size() > kPromptBytesMax) return Error{Code::exhausted, fmt::format("the prompt is longer than {} bytes", kPromptBytesMax)};
  if (facts > kFactsBytesMax) return Error{Code::exhausted, fmt::format("the facts are longer than {} bytes", kFactsBytesMax)};
  return out;
}

/// As it stands, or where that fails without the numbers that only Python writes.
simdjson::error_code parse(simdjson::dom::parser& parser, std::string_view json, element& out) {
  const auto error = parser.parse(json).get(out);
  if (error == simdjson::SUCCESS || !may_hold_python_numbers(json)) return error;
  return parser.parse(without_python_numbers(json)).get(out);
}

Result<std::vector<Answer>> answers_of(const element& document) {
  std::vector<Answer> out;
  object one;
  array list;
  if (document.get_object().get(one) == simdjson::SUCCESS) {
    const auto inner = member(one, {"evaluations"});
    if (!inner) {
      MAI_TRY_ASSIGN(Answer answer, answer_of(one, Needs::prompt_or_answer));
      out.push_back(std::move(answer));
      return out;
    }
    if (inner->get_array().get(list) != simdjson::SUCCESS) return Error{Code::invalid, "\"evaluations\" is no list"};
  } else if (document.get_array().get(list) != simdjson::SUCCESS) {
    return Error{Code::invalid, "the body is neither an object nor a list of objects"};
  }
  if (list.size() > kAnswersPerRequestMax) return Error{Code::exhausted, fmt::format("{} evaluations in one request: the limit is {}", list.size(), kAnswersPerRequestMax)};
  for (const element item : list) {
    if (item.get_object().get(one) != simdjson::SUCCESS) return Error{Code::invalid, fmt::format("evaluation {} is no object", out.size() + 1)};
    auto answer = answer_of(one, Needs::prompt_or_answer);
    if (!answer) return wrap(answer.error(), fmt::format("evaluation {}", out.size() + 1));
    out.push_back(std::move(*answer));
  }
  return out;
}

}  // namespace

Result<std::vector<Answer>> parse_evaluations(std::string_view json) {
  simdjson::dom::parser parser;
  element document;
  const auto error = parse(parser, json, document);
  if (error != simdjson::SUCCESS) return Error{Code::invalid, fmt::format("cannot read the evaluations: {}", simdjson::error_message(error))};
  auto out = answers_of(document);
  if (!out) return wrap(out.error(), "cannot read the evaluations");
  return out;
}

std::optional<Answer> parse_logged_answer(std::string_view line) {
  simdjson::dom::parser parser;
  object row;
  if (parser.parse(line).get_object().get(row) != simdjson::SUCCESS) return std::nullopt;
  auto out = answer_of(row, Needs::prompt_or_answer);
  return out ? std::optional(std::move(*out)) : std::nullopt;
}

namespace {

/// Adds the answer of one row; `where` is its place, for errors and as its name.
Result<void> add_answer(const element& row, const std::string& where, std::vector<Answer>& out) {
  object members;
  if (row.get_object().get(members) != simdjson::SUCCESS) return Error{Code::invalid, fmt::format("{} is no JSON object", where)};
  auto answer = answer_of(members);
  if (!answer) return wrap(answer.error(), where);
  if (answer->id.empty()) answer->id = where;
  out.push_back(std::move(*answer));
  return {};
}

/// A cell as JSON: lists and objects, and what is a number or a truth by its name, as they stand; else a text.
std::string cell_as_json(std::string_view name, std::string_view cell) {
  constexpr std::string_view kBare[] = {"label", "hallucinated", "time"};
  const std::string_view text = trim(cell);
  if (text.empty()) return "null";
  simdjson::dom::parser parser;
  const bool structured = text.starts_with('[') || text.starts_with('{'),
             bare = std::find(std::begin(kBare), std::end(kBare), name) != std::end(kBare);
  if (bare && (lower(text) == "true" || lower(text) == "false")) return lower(text);
  if (structured || bare) {
    const std::string json = without_python_numbers(text);
    if (parser.parse(json).error() == simdjson::SUCCESS) return json;
  }
  return json_string(cell);
}

}  // namespace

Result<std::vector<Answer>> parse_answers(std::string_view json) {
  if (json.starts_with("\xEF\xBB\xBF")) json.remove_prefix(3);
  std::vector<Answer> out;
  simdjson::dom::parser parser;
  element document;
  if (trim(json).starts_with('[')) {
    array list;
    if (const auto error = parse(parser, json, document); error != simdjson::SUCCESS)
      return Error{Code::invalid, fmt::format("it is no list of JSON objects: {}", simdjson::error_message(error))};
    if (document.get_array().get(list) != simdjson::SUCCESS) return Error{Code::invalid, "it is no list of JSON objects"};
    for (const element row : list) MAI_TRY(add_answer(row, fmt::format("answer {}", out.size() + 1), out));
    return out;
  }
  size_t line_number = 0;
  for (size_t at = 0; at < json.size();) {
    const size_t end = std::min(json.find('\n', at), json.size());
    const std::string_view line = trim(json.substr(at, end - at));
    at = end + 1;
    ++line_number;
    if (line.empty()) continue;
    if (const auto error = parse(parser, line, document); error != simdjson::SUCCESS)
      return Error{Code::invalid, fmt::format("line {} is no JSON object: {}", line_number, simdjson::error_message(error))};
    MAI_TRY(add_answer(document, fmt::format("line {}", line_number), out));
  }
  return out;
}

Result<std::vector<Answer>> parse_answers_csv(std::string_view csv) {
  CsvReader reader(csv);
  std::vector<Answer> out;
  if (reader.done()) return out;
  MAI_TRY_ASSIGN(const std::vector<std::string> names, reader.next());
  simdjson::dom::parser parser;
  while (!reader.done()) {
    const std::string where = fmt::format("line {}", reader.line());
    MAI_TRY_ASSIGN(const std::vector<std::string> cells, reader.next());
    if (cells.size() == 1 && trim(cells[0]).empty()) continue;
    if (cells.size() != names.size())
      return Error{Code::invalid, fmt::format("{} has {} cells, not {} as the header", where, cells.size(), names.size())};
    std::string json = "{";
    for (size_t i = 0; i < cells.size(); ++i)
      json += fmt::format("{}{}:{}", i > 0 ? "," : "", json_string(trim(names[i])), cell_as_json(trim(names[i]), cells[i]));
    json += '}';
    element row;
    if (const auto error = parser.parse(json).get(row); error != simdjson::SUCCESS)
      return Error{Code::invalid, fmt::format("{}: {}", where, simdjson::error_message(error))};
    MAI_TRY(add_answer(row, where, out));
  }
  return out;
}

}  // namespace monitorai::judge
