#include "collect/logs/pipeline/jmespath.h"

#include "base/text.h"
#include "collect/logs/container_line.h"

namespace monitorai::collect {
namespace {

bool is_name(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '-'; }

}  // namespace

Result<JmesPath> JmesPath::parse(std::string_view text) {
  const auto wrong = [&](std::string_view why) { return Error{Code::invalid, fmt::format("cannot read JMESPath \"{}\": {}", text, why)}; };
  JmesPath out;
  size_t at = 0;
  const auto skip = [&] {
    while (at < text.size() && text[at] == ' ') ++at;
  };
  for (;;) {
    std::vector<Step> steps;
    bool needs_name = true, current = false;
    for (skip(); at < text.size() && text[at] != '|' && text[at] != ' ';) {
      if (text[at] == '@' && needs_name && steps.empty()) {
        ++at;
        current = true;
        needs_name = false;
      } else if (text[at] == '[') {
        const size_t end = text.find(']', at);
        const auto index = end == std::string_view::npos ? std::nullopt : parse_integer<int64_t>(text.substr(at + 1, end - at - 1));
        if (!index) return wrong("in [] stands an index");
        steps.emplace_back(*index);
        at = end + 1;
        needs_name = false;
      } else if (text[at] == '.') {
        if (needs_name) return wrong("a name is missing before .");
        ++at;
        needs_name = true;
      } else if (text[at] == '"' && needs_name) {
        size_t end = at + 1;
        while (end < text.size() && text[end] != '"') end += text[end] == '\\' ? 2 : 1;
        if (end >= text.size()) return wrong("a quote is not closed");
        steps.emplace_back(json_unescaped(text.substr(at + 1, end - at - 1)));
        at = end + 1;
        needs_name = false;
      } else if (is_name(text[at]) && needs_name) {
        size_t end = at;
        while (end < text.size() && is_name(text[end])) ++end;
        steps.emplace_back(std::string(text.substr(at, end - at)));
        at = end;
        needs_name = false;
      } else {
        return wrong(fmt::format("{} is not supported (names, a.b, [0], @ and || are)", text[at]));
      }
    }
    if (needs_name || (steps.empty() && !current)) return wrong("a name is missing");
    out.alternatives_.push_back(std::move(steps));
    skip();
    if (at == text.size()) return out;
    if (text.substr(at, 2) != "||") return wrong("only || may follow a path");
    at += 2;
  }
}

const JsonValue* JmesPath::find(const JsonValue& root) const {
  for (const std::vector<Step>& steps : alternatives_) {
    const JsonValue* value = &root;
    for (const Step& step : steps) {
      if (const auto* name = std::get_if<std::string>(&step)) {
        value = value->kind == JsonValue::Kind::object ? value->field(*name) : nullptr;
      } else {
        const int64_t index = std::get<int64_t>(step);
        const int64_t size = static_cast<int64_t>(value->items.size());
        const int64_t place = index < 0 ? size + index : index;
        value = value->kind == JsonValue::Kind::array && place >= 0 && place < size ? &value->items[static_cast<size_t>(place)] : nullptr;
      }
      if (value == nullptr) break;
    }
    if (value != nullptr && value->kind != JsonValue::Kind::null) return value;
  }
  return nullptr;
}

}  // namespace monitorai::collect
