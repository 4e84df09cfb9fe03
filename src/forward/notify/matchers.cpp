#include "forward/notify/matchers.h"

#include "base/text.h"

namespace monitorai::forward {
namespace {

using signals::Matcher;
using signals::MatchOp;

Error bad(std::string_view text, std::string_view why) {
  return {Code::invalid, fmt::format("cannot read the matcher {}: {}", json_string(text), why)};
}

/// What stands between quotes, with \" \\ \n undone; `at` is behind the closing quote then. nullopt: it is not closed.
std::optional<std::string> quoted(std::string_view text, size_t& at) {
  std::string out;
  for (++at; at < text.size(); ++at) {
    if (text[at] == '"') return ++at, out;
    if (text[at] != '\\' || at + 1 >= text.size()) {
      out += text[at];
      continue;
    }
    const char c = text[++at];
    if (c == 'n')
      out += '\n';
    else if (c == '"' || c == '\\')
      out += c;
    else
      (out += '\\') += c;
  }
  return std::nullopt;
}

/// One matcher from `at` on, which ends behind it: at a comma or the end.
Result<Matcher> next(std::string_view text, size_t& at) {
  const size_t begin = at;
  std::string name;
  if (text[at] == '"') {
    const auto in_quotes = quoted(text, at);
    if (!in_quotes) return bad(text.substr(begin), "the name's quote is not closed");
    name = *in_quotes;
    while (at < text.size() && text[at] == ' ') ++at;
  } else {
    while (at < text.size() && text[at] != '=' && text[at] != '!') ++at;
    name = trim(text.substr(begin, at - begin));
    if (!signals::valid_metric_name(name)) return bad(text.substr(begin), "it begins with no name of a label");
  }
  if (name.empty()) return bad(text.substr(begin), "its name is empty");
  const std::string_view rest = text.substr(at);
  MatchOp op = MatchOp::equal;
  if (rest.starts_with("=~"))
    op = MatchOp::regex;
  else if (rest.starts_with("!~"))
    op = MatchOp::not_regex;
  else if (rest.starts_with("!="))
    op = MatchOp::not_equal;
  else if (!rest.starts_with("="))
    return bad(text.substr(begin), "after the name comes =, !=, =~ or !~");
  at += op == MatchOp::equal ? 1 : 2;
  while (at < text.size() && text[at] == ' ') ++at;
  std::string value;
  if (at < text.size() && text[at] == '"') {
    auto in_quotes = quoted(text, at);
    if (!in_quotes) return bad(text.substr(begin), "the value's quote is not closed");
    value = std::move(*in_quotes);
    while (at < text.size() && text[at] == ' ') ++at;
  } else {
    const size_t from = at;
    while (at < text.size() && text[at] != ',') ++at;
    value = trim(text.substr(from, at - from));
    if (value.find('"') != std::string::npos) return bad(text.substr(begin), "a quote stands within the value");
  }
  if (at < text.size() && text[at] != ',') return bad(text.substr(begin), "something follows the value");
  if (!valid_utf8(value)) return bad(text.substr(begin), "it is not UTF-8");
  return Matcher::make(std::move(name), op, std::move(value));
}

}  // namespace

Result<Matchers> parse_matchers(std::string_view whole) {
  std::string_view text = trim(whole);
  if (text.starts_with('{') != text.ends_with('}')) return bad(whole, "one of its braces is missing");
  if (text.starts_with('{')) text = text.substr(1, text.size() - 2);
  Matchers out;
  size_t at = 0;
  for (;;) {
    while (at < text.size() && (text[at] == ' ' || text[at] == '\t')) ++at;
    if (at >= text.size()) return out;
    if (out.size() >= kMatchersMax) return Error{Code::exhausted, fmt::format("cannot read matchers: more than {}", kMatchersMax)};
    MAI_TRY_ASSIGN(Matcher one, next(text, at));
    out.push_back(std::move(one));
    if (at < text.size()) ++at;  // the comma
  }
}

std::string matchers_text(const Matchers& matchers) {
  std::string out = "{";
  for (const Matcher& matcher : matchers) out += (out.size() > 1 ? "," : "") + matcher.text();
  return out + "}";
}

bool all_match(const Matchers& matchers, const signals::Labels& labels) {
  for (const Matcher& matcher : matchers)
    if (!matcher.matches(labels.value(matcher.name()))) return false;
  return true;
}

}  // namespace monitorai::forward
