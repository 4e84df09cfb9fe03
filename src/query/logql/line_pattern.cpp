#include "query/logql/line_pattern.h"

#include <algorithm>

namespace monitorai::query::logql {
namespace {

bool alpha(char c) { return c == '_' || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }
bool alphanumeric(char c) { return alpha(c) || (c >= '0' && c <= '9'); }

}  // namespace

Result<LinePattern, std::string> LinePattern::parse(std::string_view text) {
  LinePattern out;
  for (size_t i = 0; i < text.size();) {
    size_t end = i + 1;
    if (text[i] == '<' && end < text.size() && alpha(text[end]))
      while (end < text.size() && alphanumeric(text[end])) ++end;
    if (end > i + 1 && end < text.size() && text[end] == '>') {
      if (!out.parts_.empty() && out.parts_.back().capture)
        return std::string("invalid pattern: two captures follow each other without text between them");
      out.parts_.push_back({true, std::string(text.substr(i + 1, end - i - 1))});
      i = end + 1;
      continue;
    }
    if (out.parts_.empty() || out.parts_.back().capture) out.parts_.push_back({false, {}});
    out.parts_.back().text += text[i++];
  }
  return out;
}

Result<LinePattern, std::string> LinePattern::parser(std::string_view text) {
  MAI_TRY_ASSIGN(LinePattern out, parse(text));
  std::vector<std::string> names;
  for (const Part& part : out.parts_) {
    if (!part.capture || part.text == "_") continue;
    if (std::find(names.begin(), names.end(), part.text) != names.end())
      return "invalid pattern: duplicate capture name (" + part.text + ")";
    names.push_back(part.text);
  }
  if (names.empty()) return std::string("invalid pattern: at least one capture is required");
  return out;
}

Result<LinePattern, std::string> LinePattern::filter(std::string_view text) {
  MAI_TRY_ASSIGN(LinePattern out, parse(text));
  for (const Part& part : out.parts_)
    if (part.capture && part.text != "_") return "invalid pattern: named captures are not allowed: found '<" + part.text + ">'";
  return out;
}

void LinePattern::captures(std::string_view line, const std::function<void(std::string_view, std::string_view)>& found) const {
  if (line.empty()) return;
  size_t i = 0;
  if (!parts_[0].capture) {
    if (!line.starts_with(parts_[0].text)) return;
    line.remove_prefix(parts_[0].text.size());
    i = 1;
  }
  for (; i < parts_.size(); i += 2) {
    const size_t end = i + 1 < parts_.size() ? line.find(parts_[i + 1].text) : std::string_view::npos;
    if (parts_[i].text != "_") found(parts_[i].text, line.substr(0, end));
    if (end == std::string_view::npos) return;
    line.remove_prefix(end + parts_[i + 1].text.size());
  }
}

bool LinePattern::matches(std::string_view line) const {
  if (line.empty() || parts_.empty()) return line.empty() && parts_.empty();
  size_t at = 0;
  for (size_t i = 0; i < parts_.size(); ++i) {
    if (parts_[i].capture) continue;
    const size_t found = line.find(parts_[i].text, at);
    if (found == std::string_view::npos || (i == 0 && found != 0) || (i != 0 && found == at)) return false;
    at = found + parts_[i].text.size();
  }
  return parts_.back().capture == (at != line.size());
}

std::string_view LinePattern::longest_literal() const {
  std::string_view best;
  for (const Part& part : parts_)
    if (!part.capture && part.text.size() > best.size()) best = part.text;
  return best;
}

}  // namespace monitorai::query::logql
