#include "query/template/text_functions.h"

#include <algorithm>

#include "base/regex.h"
#include "base/text.h"

namespace monitorai::query::templates {
namespace {

using Kind = Value::Kind;

#define TEXT(name, i)                                                \
  if (!args[i].is(Kind::text)) return wrong_type("string", args[i]); \
  const std::string_view name = args[i].text

bool word_byte(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '\'' ||
         (static_cast<unsigned char>(c) & 0x80u) != 0;
}
char upper(char c) { return c >= 'a' && c <= 'z' ? static_cast<char>(c - 32) : c; }

}  // namespace

ValueResult to_upper(Run& run, Args args) {
  TEXT(text, 0);
  std::string out(text);
  std::transform(out.begin(), out.end(), out.begin(), upper);
  return run.text(out);
}

ValueResult to_lower(Run& run, Args args) {
  TEXT(text, 0);
  return run.text(lower(text));
}

ValueResult to_title(Run& run, Args args) {
  TEXT(text, 0);
  std::string out(text);
  bool first = true;
  for (char& c : out) {
    if (first) c = upper(c);
    first = !word_byte(c);
  }
  return run.text(out);
}

ValueResult match(Run&, Args args) {
  TEXT(pattern, 0);
  TEXT(text, 1);
  const auto regex = Regex::searching(pattern);
  if (!regex) return std::string(regex.error().message);
  return Value::of(regex->captures(text).has_value());
}

ValueResult replace_all(Run& run, Args args) {
  TEXT(pattern, 0);
  TEXT(replacement, 1);
  TEXT(text, 2);
  const auto regex = Regex::searching(pattern);
  if (!regex) return std::string(regex.error().message);
  std::string out;
  size_t at = 0, from = 0, last_end = std::string_view::npos;
  while (from <= text.size()) {
    const auto found = regex->captures_from(text, from);
    if (!found) break;
    const auto begin = static_cast<size_t>((*found)[0].data() - text.data());
    const size_t end = begin + (*found)[0].size();
    if (begin != end || begin != last_end) {
      out += text.substr(at, begin - at);
      out += regex->expand(replacement, *found);
      at = end;
      if (out.size() > run.limits.output_bytes_max)
        return fmt::format("the text would be too long (the limit bytes of output is {})", run.limits.output_bytes_max);
    }
    last_end = end;
    from = begin == end ? end + 1 : end;
    while (begin == end && from < text.size() && (static_cast<unsigned char>(text[from]) & 0xc0u) == 0x80u) ++from;
  }
  out += text.substr(at);
  return run.text(out);
}

#undef TEXT

}  // namespace monitorai::query::templates
