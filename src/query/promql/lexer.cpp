// The rules of Prometheus's lexer: words, numbers with underscores and hexadecimal digits, durations, three kinds of strings, and a
// language of their own inside braces and brackets.

#include "query/promql/quoting.h"
#include "query/promql/token.h"

namespace monitorai::query {
namespace {

bool space(int32_t r) { return r == ' ' || r == '\t' || r == '\n' || r == '\r'; }
bool digit(int32_t r) { return r >= '0' && r <= '9'; }
bool alpha(int32_t r) { return r == '_' || (r >= 'a' && r <= 'z') || (r >= 'A' && r <= 'Z'); }
bool alphanumeric(int32_t r) { return alpha(r) || digit(r); }

class Lexer {
 public:
  explicit Lexer(std::string_view input) : input_(input) {}

  std::vector<Lexeme> run() {
    while (!done_) step();
    return std::move(out_);
  }

 private:
  int32_t next() {
    const auto [rune, width] = decode_rune(input_.substr(at_));
    width_ = width;
    at_ += width;
    return rune;
  }
  void back() { at_ -= width_; }
  int32_t peek() const { return decode_rune(input_.substr(at_)).first; }
  bool is(std::string_view set) const {
    const int32_t rune = peek();
    return rune > 0 && rune < 0x80 && set.find(static_cast<char>(rune)) != std::string_view::npos;
  }
  bool accept(std::string_view set) {
    if (!is(set)) return false;
    ++at_;
    return true;
  }
  void emit(Token type) {
    out_.push_back({type, static_cast<uint32_t>(start_), std::string(input_.substr(start_, at_ - start_))});
    start_ = at_;
  }
  void fail(std::string message) {
    if (done_) return;
    out_.push_back({Token::error, static_cast<uint32_t>(start_), std::move(message)});
    done_ = true;
  }

  void step() {
    start_ = at_;
    if (peek() == '#') return comment();
    if (brace_open_) return inside_braces();
    if (in_duration_) return inside_brackets();
    return statement();
  }

  void comment() {
    while (at_ < input_.size() && input_[at_] != '\n' && input_[at_] != '\r') ++at_;
  }

  void statement() {
    const int32_t r = next();
    switch (r) {
      case kRuneEnd:
        if (paren_depth_ != 0) return fail("unclosed left parenthesis");
        if (bracket_open_) return fail("unclosed left bracket");
        emit(Token::end);
        done_ = true;
        return;
      case ' ':
      case '\t':
      case '\n':
      case '\r':
        return;
      case ',':
        return emit(Token::comma);
      case '*':
        return emit(Token::mul);
      case '/':
        return emit(Token::div);
      case '%':
        return emit(Token::mod);
      case '+':
        return emit(Token::add);
      case '-':
        return emit(Token::sub);
      case '^':
        return emit(Token::pow);
      case '@':
        return emit(Token::at);
      case '=':
        if (accept("=")) return emit(Token::equal_equal);
        if (peek() == '~') return fail("unexpected character after '=': '~'");
        return emit(Token::equal);
      case '!': {
        const int32_t after = next();
        if (after != '=') return fail("unexpected character after '!': " + quote_rune(after));
        return emit(Token::not_equal);
      }
      case '<':
        return emit(accept("=") ? Token::less_equal : accept("/") ? Token::trim_upper : Token::less);
      case '>':
        return emit(accept("=") ? Token::greater_equal : accept("/") ? Token::trim_lower : Token::greater);
      case '"':
      case '\'':
        return string(r);
      case '`':
        return raw_string();
      case '(':
        ++paren_depth_;
        return emit(Token::left_paren);
      case ')':
        emit(Token::right_paren);
        if (--paren_depth_ < 0) {
          out_.pop_back();
          --start_;
          fail("unexpected right parenthesis ')'");
        }
        return;
      case '{':
        brace_open_ = true;
        return emit(Token::left_brace);
      case '[':
        if (bracket_open_) return fail("unexpected left bracket '['");
        got_colon_ = got_duration_ = false;
        bracket_open_ = in_duration_ = true;
        return emit(Token::left_bracket);
      case ']':
        if (!bracket_open_) return fail("unexpected right bracket ']'");
        bracket_open_ = false;
        return emit(Token::right_bracket);
      default:
        break;
    }
    if (digit(r) || (r == '.' && digit(peek()))) {
      back();
      return number_or_duration();
    }
    if (alpha(r) || r == ':') {
      if (!bracket_open_) {
        back();
        return word();
      }
      if (r == ':') {
        if (got_colon_) return fail("unexpected colon ':'");
        got_colon_ = true;
        return emit(Token::colon);
      }
      if (duration_word()) return;
      return fail("unexpected character: " + quote_rune(r) + ", expected ':'");
    }
    fail("unexpected character: " + quote_rune(r));
  }

  void inside_brackets() {
    const int32_t r = next();
    switch (r) {
      case kRuneEnd:
        return fail("unexpected end of input in duration expression");
      case ' ':
      case '\t':
      case '\n':
      case '\r':
        return;
      case ']':
        bracket_open_ = in_duration_ = got_colon_ = false;
        return emit(Token::right_bracket);
      case ':':
        if (!got_duration_) return fail("unexpected colon before duration in duration expression");
        if (got_colon_) return fail("unexpected repeated colon in duration expression");
        got_colon_ = true;
        return emit(Token::colon);
      case '(':
        ++paren_depth_;
        return emit(Token::left_paren);
      case ')':
        if (--paren_depth_ < 0) return fail("unexpected right parenthesis ')'");
        return emit(Token::right_paren);
      case '+':
        return emit(Token::add);
      case '-':
        return emit(Token::sub);
      case '*':
        return emit(Token::mul);
      case '/':
        return emit(Token::div);
      case '%':
        return emit(Token::mod);
      case '^':
        return emit(Token::pow);
      case ',':
        return emit(Token::comma);
      default:
        break;
    }
    if (alpha(r) && duration_word()) return;
    if (digit(r) || (r == '.' && digit(peek()))) {
      back();
      got_duration_ = true;
      in_duration_ = false;
      return number_or_duration();
    }
    fail("unexpected character in duration expression: " + quote_rune(r));
  }

  /// step, range, min_of, max_of: the only words inside brackets. The first letter is consumed.
  bool duration_word() {
    while (alpha(peek())) ++at_;
    const auto found = find_word(input_.substr(start_, at_ - start_));
    if (!found || (*found != Token::step && *found != Token::range && *found != Token::min_of && *found != Token::max_of)) return false;
    emit(*found);
    return true;
  }

  void inside_braces() {
    const int32_t r = next();
    switch (r) {
      case kRuneEnd:
        return fail("unexpected end of input inside braces");
      case ' ':
      case '\t':
      case '\n':
      case '\r':
        return;
      case ',':
        return emit(Token::comma);
      case '"':
      case '\'':
        return string(r);
      case '`':
        return raw_string();
      case '=':
        return emit(accept("~") ? Token::equal_regex : Token::equal);
      case '!': {
        const int32_t after = next();
        if (after == '~') return emit(Token::not_regex);
        if (after == '=') return emit(Token::not_equal);
        return fail("unexpected character after '!' inside braces: " + quote_rune(after));
      }
      case '{':
        return fail("unexpected left brace '{'");
      case '}':
        brace_open_ = false;
        return emit(Token::right_brace);
      default:
        break;
    }
    if (!alpha(r)) return fail("unexpected character inside braces: " + quote_rune(r));
    while (alphanumeric(peek())) ++at_;
    emit(Token::identifier);
  }

  void word() {
    while (alphanumeric(peek()) || peek() == ':') ++at_;
    const std::string_view text = input_.substr(start_, at_ - start_);
    const auto found = find_word(text);
    if (found && (*found == Token::fill || *found == Token::fill_left || *found == Token::fill_right) && !parenthesis_follows())
      return emit(Token::identifier);
    if (found) return emit(*found);
    emit(text.find(':') == std::string_view::npos ? Token::identifier : Token::metric_identifier);
  }

  bool parenthesis_follows() const {
    size_t i = at_;
    while (i < input_.size() && space(input_[i])) ++i;
    return i < input_.size() && input_[i] == '(';
  }

  void string(int32_t mark) {
    while (!done_) {
      const int32_t r = next();
      if (r == '\\') {
        escape(mark);
      } else if (r == kRuneBad && width_ == 1) {
        return fail("invalid UTF-8 rune");
      } else if (r == kRuneEnd || r == '\n') {
        return fail("unterminated quoted string");
      } else if (r == mark) {
        return emit(Token::string);
      }
    }
  }

  void raw_string() {
    for (;;) {
      const int32_t r = next();
      if (r == kRuneBad && width_ == 1) return fail("invalid UTF-8 rune");
      if (r == kRuneEnd) return fail("unterminated raw string");
      if (r == '`') return emit(Token::string);
    }
  }

  void escape(int32_t mark) {
    int digits = 0;
    uint32_t base = 16;
    uint32_t max = 255;
    int32_t r = next();
    if (r == mark) return;
    switch (r) {
      case 'a':
      case 'b':
      case 'f':
      case 'n':
      case 'r':
      case 't':
      case 'v':
      case '\\':
        return;
      case '0':
      case '1':
      case '2':
      case '3':
      case '4':
      case '5':
      case '6':
      case '7':
        digits = 3;
        base = 8;
        break;
      case 'x':
        digits = 2;
        break;
      case 'u':
        digits = 4;
        max = 0x10ffff;
        break;
      case 'U':
        digits = 8;
        max = 0x10ffff;
        break;
      case kRuneEnd:
        return fail("escape sequence not terminated");
      default:
        return fail(fmt::format("unknown escape sequence U+{:04X} {}", r, quote_rune(r)));
    }
    if (base == 16) r = next();
    uint64_t value = 0;
    for (int i = 0; i < digits; ++i) {
      const uint32_t d = r >= '0' && r <= '9'   ? static_cast<uint32_t>(r - '0')
                         : r >= 'a' && r <= 'f' ? static_cast<uint32_t>(r - 'a' + 10)
                         : r >= 'A' && r <= 'F' ? static_cast<uint32_t>(r - 'A' + 10)
                                                : 16;
      if (d >= base) {
        if (r == kRuneEnd) return fail("escape sequence not terminated");
        return fail(fmt::format("illegal character U+{:04X} {} in escape sequence", r, quote_rune(r)));
      }
      value = value * base + d;
      if (i + 1 < digits) r = next();
    }
    if (value > max || (value >= 0xd800 && value < 0xe000 && max != 255)) fail("escape sequence is an invalid Unicode code point");
  }

  void number_or_duration() {
    if (scan_number()) return emit(Token::number);
    if (scan_rest_of_duration()) return emit(Token::duration);
    fail("bad number or duration syntax: " + quote(input_.substr(start_, at_ - start_)));
  }

  /// What follows the first number of a duration: a unit, and further numbers with units.
  bool scan_rest_of_duration() {
    if (!accept("smhdwy")) return false;
    accept("s");
    while (accept("0123456789")) {
      while (accept("0123456789")) {}
      if (!accept("smhdw")) return false;
      accept("s");
    }
    if (!alphanumeric(peek())) return true;
    next();
    return false;
  }

  bool scan_number() {
    const size_t first = at_;
    std::string_view digits = "0123456789";
    if (accept("0") && accept("xX")) {
      accept("_");
      digits = "0123456789abcdefABCDEF";
    }
    const bool hexadecimal = digits.size() > 10;
    accept(".");
    accept(digits);
    bool dot = false;
    bool exponent = false;
    for (;;) {
      if (is(digits)) {
        // Hexadecimal digits contain e and E: they come first.
        while (accept(digits)) {}
        continue;
      }
      if (is(".")) {
        if (dot) return ++at_, false;
        dot = true;
        ++at_;
        if (accept("_.") || hexadecimal) return false;
      } else if (is("eE")) {
        if (exponent) return ++at_, false;
        exponent = true;
        ++at_;
        accept("+-");
        if (accept("._eE") || peek() == kRuneEnd) return false;
      } else if (accept("_")) {
        if (accept("._eE") || peek() == kRuneEnd) return false;
      } else {
        break;
      }
    }
    return at_ != first && !alphanumeric(peek());
  }

  std::string_view input_;
  std::vector<Lexeme> out_;
  size_t at_ = 0;
  size_t start_ = 0;
  size_t width_ = 0;
  int64_t paren_depth_ = 0;
  bool brace_open_ = false;
  bool bracket_open_ = false;
  bool in_duration_ = false;
  bool got_colon_ = false;
  bool got_duration_ = false;
  bool done_ = false;
};

}  // namespace

std::vector<Lexeme> lex(std::string_view query) { return Lexer(query).run(); }

}  // namespace monitorai::query
