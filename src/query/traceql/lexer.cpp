#include "query/traceql/lexer.h"

#include <array>

#include "base/text.h"

namespace monitorai::query {
namespace {

bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || static_cast<uint8_t>(c) >= 0x80; }
bool is_digit(char c) { return c >= '0' && c <= '9'; }
/// Of the name of an attribute.
bool is_key(char c) { return is_letter(c) || is_digit(c) || c == '.' || c == '-' || c == '/' || c == '@' || c == '$' || c == ':' || c == '#'; }

constexpr std::array<std::string_view, 7> kScopes{"span", "resource", "event", "link", "instrumentation", "parent", "trace"};

}  // namespace

Error TraceLexer::error_at(size_t at, std::string_view what) const {
  size_t line = 1, column = 1;
  for (size_t i = 0; i < std::min(at, text_.size()); ++i) {
    if (text_[i] == '\n') {
      ++line;
      column = 0;
    }
    ++column;
  }
  return {Code::invalid, fmt::format("parse error at line {}, col {}: {}", line, column, what)};
}

Result<TraceToken> TraceLexer::quoted(char quote) {
  const size_t begin = at_++;
  TraceToken out{.type = TraceToken::Type::text, .at = begin};
  while (at_ < text_.size() && text_[at_] != quote) {
    char c = text_[at_++];
    if (c == '\\' && quote == '"') {
      if (at_ == text_.size()) break;
      c = text_[at_++];
      switch (c) {
        case 'n': c = '\n'; break;
        case 't': c = '\t'; break;
        case 'r': c = '\r'; break;
        case '"':
        case '\'':
        case '\\': break;
        default: return error_at(at_ - 2, fmt::format("unknown escape sequence \\{}", c));
      }
    }
    out.text += c;
  }
  if (at_ == text_.size()) return error_at(begin, "the text has no closing quote");
  ++at_;
  out.source = text_.substr(begin, at_ - begin);
  return out;
}

/// 5, 0.5, 1e3, and durations: 10ms, 1h30m, 1.5s.
Result<TraceToken> TraceLexer::number() {
  const size_t begin = at_;
  TraceToken out{.at = begin};
  const auto digits = [&] {
    const size_t from = at_;
    while (at_ < text_.size() && (is_digit(text_[at_]) || text_[at_] == '.')) ++at_;
    return text_.substr(from, at_ - from);
  };
  std::string_view figure = digits();
  const auto letters = [&] {
    size_t end = at_;
    while (end < text_.size() && is_letter(text_[end])) ++end;
    return text_.substr(at_, end - at_);
  };
  constexpr std::array<std::pair<std::string_view, double>, 8> kUnits{{{"ns", 1}, {"us", 1e3}, {"\xc2\xb5s", 1e3}, {"ms", 1e6}, {"s", 1e9}, {"m", 60e9}, {"h", 3600e9}, {"d", 86400e9}}};
  double ns = 0;
  bool duration = false;
  for (std::string_view unit = letters(); !unit.empty() && unit != "e" && unit != "E"; unit = letters()) {
    const auto found = std::find_if(kUnits.begin(), kUnits.end(), [&](const auto& u) { return u.first == unit; });
    const auto value = parse_number(figure);
    if (found == kUnits.end() || !value) return error_at(begin, fmt::format("{} is neither a number nor a duration", json_string(text_.substr(begin, at_ + unit.size() - begin))));
    ns += *value * found->second;
    duration = true;
    at_ += unit.size();
    if (at_ == text_.size() || !is_digit(text_[at_])) break;
    figure = digits();
  }
  out.source = text_.substr(begin, at_ - begin);
  if (duration) {
    if (!(ns < 9e18)) return error_at(begin, "the duration is too long");
    out.type = TraceToken::Type::duration;
    out.integer = static_cast<int64_t>(ns);
    return out;
  }
  if (at_ < text_.size() && (text_[at_] == 'e' || text_[at_] == 'E')) {
    ++at_;
    if (at_ < text_.size() && (text_[at_] == '-' || text_[at_] == '+')) ++at_;
    while (at_ < text_.size() && is_digit(text_[at_])) ++at_;
  }
  out.source = text_.substr(begin, at_ - begin);
  if (const auto integer = parse_integer<int64_t>(out.source)) {
    out.type = TraceToken::Type::integer;
    out.integer = *integer;
    return out;
  }
  const auto real = parse_number(out.source);
  if (!real) return error_at(begin, fmt::format("{} is no number", json_string(out.source)));
  out.type = TraceToken::Type::real;
  out.real = *real;
  return out;
}

/// What follows the scope of an attribute: parts in quotes may hold anything.
Result<std::string> TraceLexer::key() {
  std::string out;
  while (at_ < text_.size() && (is_key(text_[at_]) || text_[at_] == '"')) {
    if (text_[at_] == '"') {
      MAI_TRY_ASSIGN(const TraceToken part, quoted('"'));
      out += part.text;
    } else {
      out += text_[at_++];
    }
  }
  return out;
}

Result<TraceToken> TraceLexer::word() {
  const size_t begin = at_;
  TraceToken out{.at = begin};
  std::string_view name;
  if (text_[at_] != '.') {
    while (at_ < text_.size() && (is_letter(text_[at_]) || is_digit(text_[at_]))) ++at_;
    name = text_.substr(begin, at_ - begin);
  }
  const auto scope = std::find(kScopes.begin(), kScopes.end(), name);
  const bool joined = at_ < text_.size() && (text_[at_] == '.' || (text_[at_] == ':' && scope != kScopes.end()));
  if (!joined || (scope == kScopes.end() && !name.empty())) {
    out.type = TraceToken::Type::word;
    out.text = name;
    out.source = name;
    return out;
  }
  out.type = TraceToken::Type::field;
  out.scope = name;
  out.intrinsic = text_[at_++] == ':';
  MAI_TRY_ASSIGN(out.text, key());
  if (out.text.empty()) return error_at(begin, "an attribute needs a name");
  out.source = text_.substr(begin, at_ - begin);
  return out;
}

Result<TraceToken> TraceLexer::next() {
  while (at_ < text_.size() && (text_[at_] == ' ' || text_[at_] == '\t' || text_[at_] == '\n' || text_[at_] == '\r')) ++at_;
  if (at_ == text_.size()) return TraceToken{.at = at_};
  const char c = text_[at_];
  if (c == '"' || c == '`') return quoted(c);
  if (is_digit(c) || (c == '.' && at_ + 1 < text_.size() && is_digit(text_[at_ + 1]))) return number();
  if (is_letter(c) || c == '.') return word();
  constexpr std::array<std::string_view, 37> kSymbols{"&>>", "&<<", "!>>", "!<<", "&&", "||", "&>", "&<", "&~", "!=", "!~", "!>", "!<", "=~", ">=", "<=", ">>", "<<", "=",
                                                      ">",   "<",   "~",   "!",   "{",  "}",  "(",  ")",  "|",  ",",  "+",  "-",  "*",  "/",  "%",  "^",  "[",  "]"};
  for (const std::string_view symbol : kSymbols) {
    if (!text_.substr(at_).starts_with(symbol)) continue;
    TraceToken out{.type = TraceToken::Type::symbol, .text = std::string(symbol), .at = at_, .source = text_.substr(at_, symbol.size())};
    at_ += symbol.size();
    return out;
  }
  return error_at(at_, fmt::format("unexpected {}", json_string(text_.substr(at_, 1))));
}

}  // namespace monitorai::query
