#include "collect/logs/fields.h"

namespace monitorai::collect {
namespace {

/// The index behind the string that begins at `at` (a quote), or npos.
size_t behind_string(std::string_view text, size_t at) {
  for (size_t i = at + 1; i < text.size(); ++i) {
    if (text[i] == '\\') ++i;
    else if (text[i] == '"') return i + 1;
  }
  return std::string_view::npos;
}

size_t skip_blanks(std::string_view text, size_t at) {
  while (at < text.size() && (text[at] == ' ' || text[at] == '\t')) ++at;
  return at;
}

}  // namespace

std::optional<std::string_view> json_field(std::string_view line, std::string_view key) {
  line = line.substr(0, kFieldSearchBytesMax);
  int depth = 0;
  for (size_t i = 0; i < line.size(); ++i) {
    const char c = line[i];
    if (c == '{' || c == '[') ++depth;
    else if (c == '}' || c == ']') --depth;
    if (c != '"') continue;
    const size_t end = behind_string(line, i);
    if (end == std::string_view::npos) return std::nullopt;
    const std::string_view name = line.substr(i + 1, end - i - 2);
    i = end - 1;
    if (depth != 1 || name != key) continue;
    size_t at = skip_blanks(line, end);
    if (at >= line.size() || line[at] != ':') continue;
    at = skip_blanks(line, at + 1);
    if (at >= line.size() || line[at] == '{' || line[at] == '[') return std::nullopt;
    if (line[at] == '"') {
      const size_t stop = behind_string(line, at);
      if (stop == std::string_view::npos) return std::nullopt;
      return line.substr(at + 1, stop - at - 2);
    }
    const size_t stop = line.find_first_of(",} \t", at);
    return line.substr(at, stop == std::string_view::npos ? stop : stop - at);
  }
  return std::nullopt;
}

std::optional<std::string_view> logfmt_field(std::string_view line, std::string_view key) {
  line = line.substr(0, kFieldSearchBytesMax);
  for (size_t at = line.find(key); at != std::string_view::npos; at = line.find(key, at + 1)) {
    const size_t behind = at + key.size();
    if ((at != 0 && line[at - 1] != ' ' && line[at - 1] != '\t') || behind + 1 >= line.size() || line[behind] != '=') continue;
    const size_t from = behind + 1;
    if (line[from] == '"') {
      const size_t stop = behind_string(line, from);
      if (stop == std::string_view::npos) return std::nullopt;
      return line.substr(from + 1, stop - from - 2);
    }
    const size_t stop = line.find_first_of(" \t", from);
    return line.substr(from, stop == std::string_view::npos ? stop : stop - from);
  }
  return std::nullopt;
}

}  // namespace monitorai::collect
