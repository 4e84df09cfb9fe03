#include <array>

#include "base/text.h"
#include "query/logql/token.h"
#include "query/logql/units.h"
#include "query/promql/quoting.h"

namespace monitorai::query::logql {
namespace {

bool digit(char c) { return c >= '0' && c <= '9'; }
bool alpha(char c) { return c == '_' || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }
bool space(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r'; }

struct Sign {
  std::string_view text;
  Token token;
};
// Longer ones first.
constexpr std::array kSigns = std::to_array<Sign>({
    {"|=", Token::pipe_contains}, {"|~", Token::pipe_regex},   {"|>", Token::pipe_pattern}, {"!=", Token::not_equal},
    {"!~", Token::not_regex},     {"!>", Token::not_pattern},  {"==", Token::equal_equal},  {"=~", Token::equal_regex},
    {"<=", Token::less_equal},    {">=", Token::greater_equal}, {"|", Token::pipe},          {"=", Token::equal},
    {"<", Token::less},           {">", Token::greater},       {"(", Token::left_paren},    {")", Token::right_paren},
    {"{", Token::left_brace},     {"}", Token::right_brace},   {"[", Token::left_bracket},  {"]", Token::right_bracket},
    {",", Token::comma},          {"+", Token::add},           {"-", Token::sub},           {"*", Token::mul},
    {"/", Token::div},            {"%", Token::mod},           {"^", Token::pow},
});

class Lexer {
 public:
  explicit Lexer(std::string_view input) : input_(input) {}

  std::vector<Lexeme> run() {
    while (out_.empty() || (out_.back().type != Token::end && out_.back().type != Token::error)) step();
    return std::move(out_);
  }

 private:
  char at(size_t i) const { return i < input_.size() ? input_[i] : '\0'; }
  void emit(Token type, size_t end) {
    out_.push_back({type, static_cast<uint32_t>(at_), std::string(input_.substr(at_, end - at_)), static_cast<uint32_t>(end - at_)});
    at_ = end;
  }
  void fail(std::string message) { out_.push_back({Token::error, static_cast<uint32_t>(at_), std::move(message), 0}); }

  void step() {
    while (space(at(at_)) || at(at_) == '#') {
      if (at(at_) == '#')
        at_ = std::min(input_.find('\n', at_), input_.size());
      else
        ++at_;
    }
    if (at_ >= input_.size()) return emit(Token::end, at_);
    const char c = at(at_);
    if (c == '"' || c == '`') return string(c);
    if (digit(c) || (c == '.' && digit(at(at_ + 1)))) return number();
    if (alpha(c)) {
      size_t end = at_;
      while (alpha(at(end)) || digit(at(end))) ++end;
      return emit(Token::identifier, end);
    }
    if (c == '-' && at(at_ + 1) == '-' && alpha(at(at_ + 2))) {
      size_t end = at_ + 2;
      while (alpha(at(end)) || at(end) == '-') ++end;
      return emit(Token::flag, end);
    }
    for (const Sign& sign : kSigns)
      if (input_.substr(at_).starts_with(sign.text)) return emit(sign.token, at_ + sign.text.size());
    fail(fmt::format("unexpected character: {}", quote_rune(decode_rune(input_.substr(at_)).first)));
  }

  void string(char mark) {
    size_t end = at_ + 1;
    while (end < input_.size() && input_[end] != mark) {
      if (mark == '"' && input_[end] == '\n') return fail("literal not terminated");
      end += mark == '"' && input_[end] == '\\' ? 2 : 1;
    }
    if (end >= input_.size()) return fail("literal not terminated");
    if (!valid_utf8(input_.substr(at_, end + 1 - at_))) return fail("invalid UTF-8 rune");
    emit(Token::string, end + 1);
  }

  /// Digits and what touches them decide together: 5, 1e-3, 0x1f, 5m, 1.5s, 20KiB.
  void number() {
    size_t end = at_;
    const auto more = [&] {
      const char c = at(end);
      if (digit(c) || alpha(c) || c == '.') return true;
      if (c == '\xc2' || c == '\xce' || c == '\xb5' || c == '\xbc') return true;  // the micro signs
      // The sign of an exponent: everything before it is a number.
      const char before = at(end - 1);
      return (c == '+' || c == '-') && (before == 'e' || before == 'E') && digit(at(end + 1)) &&
             parse_number(input_.substr(at_, end - 1 - at_)).has_value();
    };
    while (end < input_.size() && more()) ++end;
    const std::string_view text = input_.substr(at_, end - at_);
    if (parse_literal(text)) return emit(Token::number, end);
    if (parse_any_duration(text)) return emit(Token::duration, end);
    if (parse_bytes(text)) return emit(Token::bytes, end);
    fail(fmt::format("bad number, duration or size: {}", quote(text)));
  }

  std::string_view input_;
  size_t at_ = 0;
  std::vector<Lexeme> out_;
};

}  // namespace

std::string Lexeme::description() const {
  switch (type) {
    case Token::end:
      return "end of query";
    case Token::error:
      return text;
    case Token::identifier:
      return "IDENTIFIER " + quote(text);
    case Token::string:
      return "STRING " + (text.size() > 24 ? text.substr(0, 20) + "..." : text);
    case Token::number:
      return "NUMBER " + text;
    case Token::duration:
      return "DURATION " + text;
    case Token::bytes:
      return "BYTES " + text;
    default:
      return text;
  }
}

std::vector<Lexeme> lex(std::string_view query) { return Lexer(query).run(); }

}  // namespace monitorai::query::logql
