#include "query/logql/json_path.h"

#include "base/text.h"
#include "query/promql/quoting.h"

namespace monitorai::query::logql {
namespace {

bool name_char(char c) {
  return c == '_' || c == '-' || c == '@' || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
         (static_cast<unsigned char>(c) & 0x80u) != 0;
}

}  // namespace

Result<JsonPath, std::string> parse_json_path(std::string_view text) {
  JsonPath out;
  size_t at = 0;
  const auto wrong = [&](std::string_view what) { return fmt::format("{} at position {}", what, at + 1); };
  while (at < text.size()) {
    if (text[at] == '[') {
      const size_t end = text.find(text.substr(at + 1, 1) == "\"" ? "\"]" : "]", at + 1);
      if (end == std::string_view::npos) return wrong("missing ]");
      const bool quoted = text[at + 1] == '"';
      if (quoted && end == at + 1) return wrong("missing \"]");
      const std::string_view inside = text.substr(at + 1, end - at - 1 + (quoted ? 1 : 0));
      JsonPathPart part;
      if (quoted) {
        if (!unquote(inside, part.key)) return wrong("bad string");
      } else {
        part.index = parse_integer<size_t>(inside);
        if (!part.index) return wrong("an index must be a number or a string in double quotes");
      }
      out.push_back(std::move(part));
      at = end + (quoted ? 2 : 1);
    } else {
      if (text[at] == '.') {
        if (out.empty()) return wrong("unexpected .");
        ++at;
      } else if (!out.empty()) {
        return wrong("expecting . or [");
      }
      size_t end = at;
      while (end < text.size() && name_char(text[end])) ++end;
      if (end == at) return wrong("expecting a field");
      out.push_back({std::string(text.substr(at, end - at)), std::nullopt});
      at = end;
    }
  }
  if (out.empty()) return std::string("the expression is empty");
  return out;
}

}  // namespace monitorai::query::logql
