// The rules of Prometheus's lexer: words, numbers with underscores and hexadecimal digits, durations, three kinds of strings, and a
// language of their own inside braces and brackets.

#include <array>
#include <optional>

#include "base/text.h"
#include "query/promql/token.h"

namespace monitorai::query {
namespace {

constexpr int32_t kEnd = -1;
constexpr int32_t kBadRune = 0xfffd;

bool space(int32_t r) { return r == ' ' || r == '\t' || r == '\n' || r == '\r'; }
bool digit(int32_t r) { return r >= '0' && r <= '9'; }
bool alpha(int32_t r) { return r == '_' || (r >= 'a' && r <= 'z') || (r >= 'A' && r <= 'Z'); }
bool alphanumeric(int32_t r) { return alpha(r) || digit(r); }

struct Word {
  std::string_view text;
  Token token;
};
constexpr std::array kWords = std::to_array<Word>({
    {"and", Token::and_},
    {"or", Token::or_},
    {"unless", Token::unless},
    {"atan2", Token::atan2},
    {"sum", Token::sum},
    {"avg", Token::avg},
    {"count", Token::count},
    {"min", Token::min},
    {"max", Token::max},
    {"group", Token::group},
    {"stddev", Token::stddev},
    {"stdvar", Token::stdvar},
    {"topk", Token::topk},
    {"bottomk", Token::bottomk},
    {"count_values", Token::count_values},
    {"quantile", Token::quantile},
    {"limitk", Token::limitk},
    {"limit_ratio", Token::limit_ratio},
    {"offset", Token::offset},
    {"by", Token::by},
    {"without", Token::without},
    {"on", Token::on},
    {"ignoring", Token::ignoring},
    {"group_left", Token::group_left},
    {"group_right", Token::group_right},
    {"fill", Token::fill},
    {"fill_left", Token::fill_left},
    {"fill_right", Token::fill_right},
    {"bool", Token::bool_},
    {"anchored", Token::anchored},
    {"smoothed", Token::smoothed},
    {"start", Token::start},
    {"end", Token::end_word},
    {"step", Token::step},
    {"range", Token::range},
    {"min_of", Token::min_of},
    {"max_of", Token::max_of},
    {"inf", Token::number},
    {"nan", Token::number},
});

struct Sign {
  Token token;
  std::string_view text;
};
constexpr std::array kSigns = std::to_array<Sign>({
    {Token::left_paren, "("},   {Token::right_paren, ")"},   {Token::left_brace, "{"},   {Token::right_brace, "}"},
    {Token::left_bracket, "["}, {Token::right_bracket, "]"}, {Token::comma, ","},        {Token::colon, ":"},
    {Token::equal, "="},        {Token::equal_regex, "=~"},  {Token::not_regex, "!~"},   {Token::at, "@"},
    {Token::add, "+"},          {Token::sub, "-"},           {Token::mul, "*"},          {Token::div, "/"},
    {Token::mod, "%"},          {Token::pow, "^"},           {Token::equal_equal, "=="}, {Token::not_equal, "!="},
    {Token::less, "<"},         {Token::less_equal, "<="},   {Token::greater, ">"},      {Token::greater_equal, ">="},
    {Token::trim_upper, "</"},  {Token::trim_lower, ">/"},
});

std::optional<Token> find_word(std::string_view text) {
  const std::string small = lower(text);
  for (const Word& word : kWords)
    if (word.text == small) return word.token;
  return std::nullopt;
}

std::string_view utf8_bytes(std::string& buffer, int32_t rune) {
  const auto put = [&](int32_t byte) { buffer += static_cast<char>(byte); };
  buffer.clear();
  if (rune < 0x80) {
    put(rune);
  } else if (rune < 0x800) {
    put(0xc0 | (rune >> 6));
    put(0x80 | (rune & 0x3f));
  } else if (rune < 0x10000) {
    put(0xe0 | (rune >> 12));
    put(0x80 | ((rune >> 6) & 0x3f));
    put(0x80 | (rune & 0x3f));
  } else {
    put(0xf0 | (rune >> 18));
    put(0x80 | ((rune >> 12) & 0x3f));
    put(0x80 | ((rune >> 6) & 0x3f));
    put(0x80 | (rune & 0x3f));
  }
  return buffer;
}

/// One rune and its width in bytes; a byte that is not UTF-8 is U+FFFD of width 1.
std::pair<int32_t, size_t> decode(std::string_view text) {
  const auto byte = [&](size_t i) { return static_cast<unsigned char>(text[i]); };
  if (text.empty()) return {kEnd, 0};
  const unsigned char first = byte(0);
  if (first < 0x80) return {first, 1};
  const size_t width = first >= 0xf0 ? 4 : first >= 0xe0 ? 3 : 2;
  if (first < 0xc2 || first > 0xf4 || text.size() < width || !valid_utf8(text.substr(0, width))) return {kBadRune, 1};
  int32_t rune = first & (0x7f >> width);
  for (size_t i = 1; i < width; ++i) rune = (rune << 6) | (byte(i) & 0x3f);
  return {rune, width};
}

/// Go's %q of a rune: 'x'.
std::string quote_rune(int32_t rune) {
  if (rune == kEnd) return "'\\uffff'";
  std::string buffer;
  std::string inside = quote(utf8_bytes(buffer, rune));
  inside = inside.substr(1, inside.size() - 2);
  if (rune == '"') inside = "\"";
  if (rune == '\'') inside = "\\'";
  return "'" + inside + "'";
}

class Lexer {
 public:
  explicit Lexer(std::string_view input) : input_(input) {}

  std::vector<Lexeme> run() {
    while (!done_) step();
    return std::move(out_);
  }

 private:
  int32_t next() {
    const auto [rune, width] = decode(input_.substr(at_));
    width_ = width;
    at_ += width;
    return rune;
  }
  void back() { at_ -= width_; }
  int32_t peek() const { return decode(input_.substr(at_)).first; }
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
      case kEnd:
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
      case kEnd:
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
      case kEnd:
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
      } else if (r == kBadRune && width_ == 1) {
        return fail("invalid UTF-8 rune");
      } else if (r == kEnd || r == '\n') {
        return fail("unterminated quoted string");
      } else if (r == mark) {
        return emit(Token::string);
      }
    }
  }

  void raw_string() {
    for (;;) {
      const int32_t r = next();
      if (r == kBadRune && width_ == 1) return fail("invalid UTF-8 rune");
      if (r == kEnd) return fail("unterminated raw string");
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
      case kEnd:
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
        if (r == kEnd) return fail("escape sequence not terminated");
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
        if (accept("._eE") || peek() == kEnd) return false;
      } else if (accept("_")) {
        if (accept("._eE") || peek() == kEnd) return false;
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

bool is_operator(Token token) { return token >= Token::add && token <= Token::unless; }
bool is_comparison(Token token) { return token >= Token::equal_equal && token <= Token::greater_equal; }
bool is_set_operator(Token token) { return token == Token::and_ || token == Token::or_ || token == Token::unless; }
bool is_aggregator(Token token) { return token >= Token::sum && token <= Token::limit_ratio; }
bool takes_parameter(Token token) { return token >= Token::topk && token <= Token::limit_ratio; }

std::string_view token_text(Token token) {
  if (token == Token::number) return {};
  for (const Word& word : kWords)
    if (word.token == token) return word.text;
  for (const Sign& sign : kSigns)
    if (sign.token == token) return sign.text;
  return {};
}

std::string Lexeme::description() const {
  switch (type) {
    case Token::end:
      return "end of input";
    case Token::error:
      return text;
    case Token::identifier:
      return "identifier " + quote(text);
    case Token::metric_identifier:
      return "metric identifier " + quote(text);
    default:
      break;
  }
  std::string shown = text.size() > 10 ? quote(std::string_view(text).substr(0, 10)) + "..." : quote(text);
  if (type == Token::string) return "string " + shown;
  if (type == Token::number) return "number " + shown;
  if (type == Token::duration) return "duration " + shown;
  if (is_operator(type)) return "<op:" + text + ">";
  if (is_aggregator(type)) return "<aggr:" + text + ">";
  if (type >= Token::offset && type <= Token::smoothed) return "<" + text + ">";
  return shown;
}

std::vector<Lexeme> lex(std::string_view query) { return Lexer(query).run(); }

std::string quote(std::string_view text) {
  std::string out = "\"";
  for (size_t i = 0; i < text.size();) {
    const auto [rune, width] = decode(text.substr(i));
    switch (rune) {
      case '"':
        out += "\\\"";
        break;
      case '\\':
        out += "\\\\";
        break;
      case '\a':
        out += "\\a";
        break;
      case '\b':
        out += "\\b";
        break;
      case '\f':
        out += "\\f";
        break;
      case '\n':
        out += "\\n";
        break;
      case '\r':
        out += "\\r";
        break;
      case '\t':
        out += "\\t";
        break;
      case '\v':
        out += "\\v";
        break;
      default:
        if ((rune == kBadRune && width == 1) || rune < 0x20 || rune == 0x7f) {
          out += fmt::format("\\x{:02x}", static_cast<unsigned char>(text[i]));
        } else if (rune >= 0x80 && rune < 0xa0) {
          out += fmt::format("\\u{:04x}", rune);
        } else {
          out += text.substr(i, width);
        }
    }
    i += width;
  }
  return out + '"';
}

bool unquote(std::string_view token, std::string& out) {
  out.clear();
  if (token.size() < 2 || token.front() != token.back()) return false;
  const char mark = token.front();
  const std::string_view body = token.substr(1, token.size() - 2);
  if (mark == '`') {
    for (const char c : body)
      if (c != '\r') out += c;
    return body.find('`') == std::string_view::npos;
  }
  if (mark != '"' && mark != '\'') return false;
  std::string buffer;
  for (size_t i = 0; i < body.size(); ++i) {
    if (body[i] == mark || body[i] == '\n') return false;
    if (body[i] != '\\') {
      out += body[i];
      continue;
    }
    if (++i == body.size()) return false;
    const char c = body[i];
    const auto take = [&](size_t from, size_t count, int base) -> std::optional<uint32_t> {
      uint32_t value = 0;
      if (from + count > body.size()) return std::nullopt;
      const auto [end, error] = std::from_chars(body.data() + from, body.data() + from + count, value, base);
      if (error != std::errc{} || end != body.data() + from + count) return std::nullopt;
      return value;
    };
    std::optional<uint32_t> value;
    switch (c) {
      case 'a':
        out += '\a';
        continue;
      case 'b':
        out += '\b';
        continue;
      case 'f':
        out += '\f';
        continue;
      case 'n':
        out += '\n';
        continue;
      case 'r':
        out += '\r';
        continue;
      case 't':
        out += '\t';
        continue;
      case 'v':
        out += '\v';
        continue;
      case '\\':
        out += '\\';
        continue;
      case '\'':
      case '"':
        if (c != mark) return false;
        out += c;
        continue;
      case 'x':
        if (!(value = take(i + 1, 2, 16))) return false;
        out += static_cast<char>(*value);
        i += 2;
        continue;
      case 'u':
      case 'U': {
        const size_t count = c == 'u' ? 4 : 8;
        if (!(value = take(i + 1, count, 16)) || *value > 0x10ffff || (*value >= 0xd800 && *value < 0xe000)) return false;
        out += utf8_bytes(buffer, static_cast<int32_t>(*value));
        i += count;
        continue;
      }
      default:
        if (!(value = take(i, 3, 8)) || *value > 255) return false;
        out += static_cast<char>(*value);
        i += 2;
    }
  }
  return true;
}

}  // namespace monitorai::query
