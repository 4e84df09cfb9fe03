#include "collect/push/stream_labels.h"

#include <fmt/format.h>

#include "base/text.h"

namespace monitorai::collect {
namespace {

constexpr std::string_view kSpace = " \t\r\n";

bool begins_name(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_'; }
bool continues_name(char c) { return begins_name(c) || (c >= '0' && c <= '9'); }

void append_utf8(std::string& out, uint32_t code) {
  const auto add = [&](uint32_t byte) { out += static_cast<char>(byte); };
  if (code < 0x80) {
    add(code);
  } else if (code < 0x800) {
    add(0xC0 | code >> 6);
    add(0x80 | (code & 0x3F));
  } else if (code < 0x10000) {
    add(0xE0 | code >> 12);
    add(0x80 | (code >> 6 & 0x3F));
    add(0x80 | (code & 0x3F));
  } else {
    add(0xF0 | code >> 18);
    add(0x80 | (code >> 12 & 0x3F));
    add(0x80 | (code >> 6 & 0x3F));
    add(0x80 | (code & 0x3F));
  }
}

class Parser {
 public:
  Parser(std::string_view text, std::deque<std::string>& unescaped) : text_(text), unescaped_(unescaped) {}

  Result<void> parse(std::vector<signals::LabelView>& out) {
    if (!take('{')) return problem("'{'");
    while (!take('}')) {
      signals::LabelView label;
      MAI_TRY_ASSIGN(label.name, name());
      if (!take('=')) return problem("'='");
      MAI_TRY_ASSIGN(label.value, value());
      out.push_back(label);
      if (take('}')) break;
      if (!take(',')) return problem("',' or '}'");
    }
    skip_space();
    if (at_ != text_.size()) return problem("the end");
    return {};
  }

 private:
  Error problem(std::string_view wanted) const {
    return {Code::invalid, fmt::format("parse error at character {}: {} is expected{}", at_ + 1, wanted,
                                       at_ < text_.size() ? fmt::format(", not {}", json_string(text_.substr(at_, 1))) : "")};
  }
  void skip_space() {
    while (at_ < text_.size() && kSpace.find(text_[at_]) != std::string_view::npos) ++at_;
  }
  bool take(char c) {
    skip_space();
    if (at_ == text_.size() || text_[at_] != c) return false;
    ++at_;
    return true;
  }

  Result<std::string_view> name() {
    skip_space();
    const size_t from = at_;
    if (at_ < text_.size() && begins_name(text_[at_]))
      while (at_ < text_.size() && continues_name(text_[at_])) ++at_;
    if (at_ == from) return problem("a label's name");
    return text_.substr(from, at_ - from);
  }

  Result<std::string_view> value() {
    skip_space();
    const char quote = at_ < text_.size() ? text_[at_] : '\0';
    if (quote != '"' && quote != '\'' && quote != '`') return problem("a value in quotes");
    ++at_;
    const size_t from = at_;
    if (quote == '`') {
      at_ = std::min(text_.find('`', at_), text_.size());
    } else {
      while (at_ < text_.size() && text_[at_] != quote && text_[at_] != '\\' && text_[at_] != '\n') ++at_;
      if (at_ < text_.size() && text_[at_] == '\\') return escaped(from, quote);
    }
    if (at_ == text_.size() || text_[at_] != quote) return problem("the value's closing quote");
    return text_.substr(from, at_++ - from);
  }

  /// A value from `from` on whose first backslash is at at_.
  Result<std::string_view> escaped(size_t from, char quote) {
    std::string& out = unescaped_.emplace_back(text_.substr(from, at_ - from));
    while (at_ < text_.size() && text_[at_] != quote && text_[at_] != '\n') {
      if (text_[at_] != '\\') {
        out += text_[at_++];
        continue;
      }
      ++at_;
      MAI_TRY(escape(out, quote));
    }
    if (at_ == text_.size() || text_[at_] != quote) return problem("the value's closing quote");
    ++at_;
    return std::string_view(out);
  }

  Result<void> escape(std::string& out, char quote) {
    constexpr std::string_view kLetters = "abfnrtv\\", kMeant = "\a\b\f\n\r\t\v\\";
    const char c = at_ < text_.size() ? text_[at_] : '\0';
    if (const size_t found = kLetters.find(c); found != std::string_view::npos) {
      ++at_;
      out += kMeant[found];
      return {};
    }
    if (c == quote) {
      ++at_;
      out += quote;
      return {};
    }
    switch (c) {
      case 'x': ++at_; return number(out, 2, 16, false);
      case 'u': ++at_; return number(out, 4, 16, true);
      case 'U': ++at_; return number(out, 8, 16, true);
      default: break;
    }
    if (c >= '0' && c <= '7') return number(out, 3, 8, false);
    return problem("an escape sequence of Go");
  }

  /// Exactly so many digits: one byte, or a character.
  Result<void> number(std::string& out, size_t digits, int base, bool is_character) {
    uint32_t code = 0;
    const std::string_view text = text_.substr(at_, digits);
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), code, base);
    const bool surrogate = code >= 0xD800 && code <= 0xDFFF;
    if (text.size() != digits || error != std::errc{} || end != text.data() + digits || code > (is_character ? 0x10FFFFu : 0xFFu) || (is_character && surrogate))
      return problem("the digits of an escape sequence");
    at_ += digits;
    if (is_character) append_utf8(out, code);
    else out += static_cast<char>(code);
    return {};
  }

  const std::string_view text_;
  std::deque<std::string>& unescaped_;
  size_t at_ = 0;
};

}  // namespace

Result<void> parse_stream_labels(std::string_view text, std::deque<std::string>& unescaped, std::vector<signals::LabelView>& out) {
  if (text.size() > kStreamLabelsTextBytesMax)
    return Error{Code::invalid, fmt::format("the labels have {} bytes, of at most {}", text.size(), kStreamLabelsTextBytesMax)};
  return Parser(text, unescaped).parse(out);
}

}  // namespace monitorai::collect
