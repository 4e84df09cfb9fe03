#pragma once
// The words of PromQL. Lexing cuts a query into tokens; a query that cannot be cut ends in one token of type `error`.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "query/promql/quoting.h"

namespace monitorai::query {

enum class Token : uint8_t {
  end,
  error,
  identifier,         ///< a word without a colon
  metric_identifier,  ///< a word with a colon, or a quoted metric name
  string,
  number,
  duration,
  left_paren,
  right_paren,
  left_brace,
  right_brace,
  left_bracket,
  right_bracket,
  comma,
  colon,
  equal,
  equal_regex,
  not_regex,
  at,
  // operators
  add,
  sub,
  mul,
  div,
  mod,
  pow,
  atan2,
  equal_equal,
  not_equal,
  less,
  less_equal,
  greater,
  greater_equal,
  trim_upper,
  trim_lower,
  and_,
  or_,
  unless,
  // aggregators
  sum,
  avg,
  count,
  min,
  max,
  group,
  stddev,
  stdvar,
  topk,
  bottomk,
  count_values,
  quantile,
  limitk,
  limit_ratio,
  // keywords
  offset,
  by,
  without,
  on,
  ignoring,
  group_left,
  group_right,
  fill,
  fill_left,
  fill_right,
  bool_,
  anchored,
  smoothed,
  // words that are also functions
  start,
  end_word,
  step,
  range,
  min_of,
  max_of,
};

bool is_operator(Token token);
bool is_comparison(Token token);
bool is_set_operator(Token token);
bool is_aggregator(Token token);
/// topk, bottomk, limitk, limit_ratio, quantile, count_values: a parameter stands before the vector.
bool takes_parameter(Token token);
/// The text of an operator, aggregator or keyword: "+", "sum", "offset"; "" for the others.
std::string_view token_text(Token token);

/// The keyword, aggregator or number (inf, nan) that a word is, in any case.
std::optional<Token> find_word(std::string_view text);

struct Lexeme {
  Token type = Token::end;
  uint32_t position = 0;  ///< byte offset in the query
  std::string text;       ///< as it stands in the query; the message of an error

  uint32_t end() const { return position + static_cast<uint32_t>(text.size()); }
  /// How an error message names it: `identifier "foo"`, `<op:+>`, `")"`, `end of input`.
  std::string description() const;
};

/// All tokens of a query, comments left out; the last one is `end` or `error`.
std::vector<Lexeme> lex(std::string_view query);

}  // namespace monitorai::query
