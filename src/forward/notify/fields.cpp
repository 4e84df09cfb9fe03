#include "forward/notify/fields.h"

#include "base/text.h"

namespace monitorai::forward {

using yaml::YamlEntry;
using yaml::YamlNode;
using Kind = YamlNode::Kind;

void FileProblems::add(int line, int column, const std::string& text) {
  out_.push_back({fmt::format("{}:{}:{}", file_, line, column), text});
}

Fields::Fields(FileProblems& problems, const YamlNode& node, std::string_view of) : problems_(problems), node_(node), of_(of) {
  if (node.kind != Kind::map && node.kind != Kind::null) problems_.add(node, fmt::format("{} is {}, not a map", of, kind_name(node.kind)));
}

const YamlNode* Fields::find(std::string_view key) {
  taken_.emplace(key);
  for (const YamlEntry& entry : node_.entries)
    if (entry.key == key) return entry.value.kind == Kind::null ? nullptr : &entry.value;
  return nullptr;
}

std::optional<std::string> Fields::scalar(std::string_view key) {
  const YamlNode* value = find(key);
  if (value == nullptr) return std::nullopt;
  if (value->kind == Kind::scalar) return value->text;
  problems_.add(*value, fmt::format("{} of {} is text, not {}", key, of_, kind_name(value->kind)));
  return std::nullopt;
}

void Fields::text(std::string_view key, std::string& out) {
  if (auto value = scalar(key)) out = std::move(*value);
}

void Fields::text(std::string_view key, std::string& out, const std::function<std::string(std::string_view)>& check) {
  auto value = scalar(key);
  if (!value) return;
  if (const std::string wrong = check(*value); !wrong.empty()) problems_.add(*find(key), fmt::format("{} of {}: {}", key, of_, wrong));
  out = std::move(*value);
}

void Fields::flag(std::string_view key, bool& out) {
  const auto value = scalar(key);
  if (!value) return;
  const std::string word = lower(*value);
  if (word == "true" || word == "yes" || word == "on")
    out = true;
  else if (word == "false" || word == "no" || word == "off")
    out = false;
  else
    problems_.add(*find(key), fmt::format("{} of {} is true or false, not \"{}\"", key, of_, *value));
}

void Fields::number(std::string_view key, int64_t from, int64_t to, int64_t& out) {
  const auto value = scalar(key);
  if (!value) return;
  const auto number = parse_integer<int64_t>(*value);
  if (number && *number >= from && *number <= to)
    out = *number;
  else
    problems_.add(*find(key), fmt::format("{} of {} is a whole number from {} to {}, not \"{}\"", key, of_, from, to, *value));
}

void Fields::duration(std::string_view key, std::chrono::milliseconds& out) {
  const auto value = scalar(key);
  if (!value) return;
  const auto parsed = parse_duration(*value);
  if (parsed)
    out = *parsed;
  else
    problems_.add(*find(key), fmt::format("{} of {}: {}", key, of_, parsed.error().message));
}

void Fields::texts(std::string_view key, std::vector<std::string>& out) {
  const YamlNode* list = find(key);
  if (list == nullptr) return;
  if (list->kind != Kind::list) return problems_.add(*list, fmt::format("{} of {} is a list, not {}", key, of_, kind_name(list->kind)));
  out.clear();
  for (const YamlNode& item : list->items) {
    if (item.kind == Kind::scalar)
      out.push_back(item.text);
    else
      problems_.add(item, fmt::format("{} of {} holds texts, not {}", key, of_, kind_name(item.kind)));
  }
}

void Fields::map(std::string_view key, TextMap& out) {
  const YamlNode* map = find(key);
  if (map == nullptr) return;
  if (map->kind != Kind::map) return problems_.add(*map, fmt::format("{} of {} is a map, not {}", key, of_, kind_name(map->kind)));
  for (const YamlEntry& entry : map->entries) {
    if (entry.value.kind == Kind::list || entry.value.kind == Kind::map)
      problems_.add(entry.value, fmt::format("{} of {} holds texts, not {}", key, of_, kind_name(entry.value.kind)));
    else
      out[entry.key] = entry.value.text;
  }
}

void Fields::secret(std::string_view key, Secret& out) {
  const std::string file_key = fmt::format("{}_file", key);
  const auto written = scalar(key);
  const auto file = scalar(file_key);
  if (written && file) return problem(fmt::format("{}: at most one of {} and {} may be given", of_, key, file_key));
  if (written && *written == "<secret>") return problem(fmt::format("{}: {} holds the word <secret>: this file was printed, not written", of_, key));
  if (written) out = Secret::written(*written);
  if (file) out = Secret::file(*file);
}

void Fields::each(std::string_view key, const std::function<void(const YamlNode&)>& read) {
  const YamlNode* list = find(key);
  if (list == nullptr) return;
  if (list->kind != Kind::list) return problems_.add(*list, fmt::format("{} of {} is a list, not {}", key, of_, kind_name(list->kind)));
  for (const YamlNode& item : list->items) read(item);
}

void Fields::end() {
  const std::vector<std::string> known(taken_.begin(), taken_.end());
  for (const YamlEntry& entry : node_.entries) {
    if (taken_.contains(entry.key)) continue;
    const auto near = nearest(entry.key, known);
    problems_.add(entry.line, entry.column, fmt::format("unknown key {} of {}{}", entry.key, of_, near ? fmt::format(": did you mean {}?", *near) : ""));
  }
}

}  // namespace monitorai::forward
