#pragma once
// The words of LogQL. What a word means depends on where it stands (`json` may be a parser or a label), so keywords are identifiers here
// and the parser decides.

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace monitorai::query::logql {

enum class Token : uint8_t {
  end,
  error,
  identifier,
  string,
  number,
  duration,  ///< 5m, 1.5s
  bytes,     ///< 20KiB
  flag,      ///< --strict
  left_paren,
  right_paren,
  left_brace,
  right_brace,
  left_bracket,
  right_bracket,
  comma,
  pipe,
  pipe_contains,  ///< |=
  pipe_regex,     ///< |~
  pipe_pattern,   ///< |>
  not_pattern,    ///< !>
  equal,
  equal_equal,
  not_equal,    ///< != also filters lines
  equal_regex,  ///< =~
  not_regex,    ///< !~ also filters lines
  less,
  less_equal,
  greater,
  greater_equal,
  add,
  sub,
  mul,
  div,
  mod,
  pow,
};

struct Lexeme {
  Token type = Token::end;
  uint32_t position = 0;  ///< byte offset in the query
  std::string text;       ///< as it stands in the query; the message of an error
  uint32_t length = 0;    ///< bytes of the query

  uint32_t end() const { return position + length; }
  /// How an error message names it.
  std::string description() const;
};

/// All tokens of a query, comments left out; the last one is `end` or `error`.
std::vector<Lexeme> lex(std::string_view query);

}  // namespace monitorai::query::logql
