// The annotated example file, from the table of keys.

#include "app/config/schema.h"
#include "base/text.h"

namespace monitorai::app {
namespace {

constexpr size_t kColumnsMax = 110;

std::string indent(size_t level) { return std::string(2 * level, ' '); }

/// `text` as comment lines that end before the column limit.
void append_comment(std::string& out, size_t level, std::string_view text) {
  std::string line;
  const auto flush = [&] {
    if (!line.empty()) out += fmt::format("{}# {}\n", indent(level), line);
    line.clear();
  };
  for (const std::string_view word : split(text, ' ')) {
    if (!line.empty() && 2 * level + 3 + line.size() + word.size() > kColumnsMax) flush();
    if (!line.empty()) line += ' ';
    line += word;
  }
  flush();
}

std::string_view section_description(std::string_view path) {
  for (const Section& section : config_sections())
    if (section.path == path) return section.description;
  return {};
}

void append_key(std::string& out, const Key& key, size_t level, const Config& defaults) {
  append_comment(out, level, key.type == "text" ? key.description : fmt::format("{} ({})", key.description, key.type));
  const std::string_view name = std::string_view(key.path).substr(key.path.rfind('.') + 1);
  out += fmt::format("{}{}: {}\n", indent(level), name, key.print(defaults));
  if (key.example.empty()) return;
  if (!key.structured) {
    out += fmt::format("{}# {}: {}\n", indent(level), name, key.example);
    return;
  }
  out += fmt::format("{}# {}:\n", indent(level), name);
  for (const std::string_view line : split(key.example, '\n')) out += fmt::format("{}#   {}\n", indent(level), line);
}

}  // namespace

std::string example_config() {
  std::string out =
      "# The configuration of MonitorAI. Every key is optional and stands here with its default.\n"
      "#   monitorai serve --config FILE     uses it;   monitorai check config FILE    checks it\n"
      "# A key is also set by --set collect.process.interval=5s (repeatable) and by the environment variable\n"
      "# MONITORAI_COLLECT_PROCESS_INTERVAL. The command line wins over the environment, the environment over this file.\n"
      "# SIGHUP or POST /-/reload reads the file again; a file with an error leaves the running configuration as it is.\n"
      "# Durations: 500ms, 15s, 1h30m. Relative paths start at the folder in which the program was started.\n";
  const Config defaults;
  std::vector<std::string> open;  // the sections in which we are
  for (const Key& key : config_keys()) {
    std::vector<std::string> sections;
    for (const std::string_view part : split(key.path, '.')) sections.emplace_back(part);
    sections.pop_back();
    size_t common = 0;
    while (common < open.size() && common < sections.size() && open[common] == sections[common]) ++common;
    if (sections.empty() || common < sections.size()) out += '\n';
    for (size_t level = common; level < sections.size(); ++level) {
      const std::string path = join(std::span(sections).first(level + 1), ".");
      append_comment(out, level, section_description(path));
      out += fmt::format("{}{}:\n", indent(level), sections[level]);
    }
    append_key(out, key, sections.size(), defaults);
    open = std::move(sections);
  }
  return out;
}

std::string running_config(const Config& config) {
  std::string out;
  std::vector<std::string> open;
  for (const Key& key : config_keys()) {
    std::vector<std::string> sections;
    for (const std::string_view part : split(key.path, '.')) sections.emplace_back(part);
    const std::string name = std::move(sections.back());
    sections.pop_back();
    size_t common = 0;
    while (common < open.size() && common < sections.size() && open[common] == sections[common]) ++common;
    for (size_t level = common; level < sections.size(); ++level) out += fmt::format("{}{}:\n", indent(level), sections[level]);
    const bool secret = key.path.starts_with("auth.") && key.path != "auth.user" && key.print(config) != key.print(Config{});
    out += fmt::format("{}{}: {}\n", indent(sections.size()), name, secret ? "<secret>" : key.print(config));
    open = std::move(sections);
  }
  return out;
}

std::string yaml_scalar(std::string_view text) {
  constexpr std::string_view kIndicators = "-?:,[]{}#&*!|>'\"%@`~ ";
  const std::string word = lower(text);
  const bool reserved =
      word == "null" || word == "true" || word == "false" || word == "on" || word == "off" || word == "yes" || word == "no";
  const bool plain = !text.empty() && !reserved && kIndicators.find(text.front()) == std::string_view::npos && text.back() != ' ' &&
                     text.back() != ':' && text.find(": ") == std::string_view::npos && text.find(" #") == std::string_view::npos &&
                     text.find_first_of("\n\t\"\\,[]{}") == std::string_view::npos &&
                     std::all_of(text.begin(), text.end(), [](char c) { return static_cast<unsigned char>(c) >= 0x20; });
  return plain ? std::string(text) : json_string(text);
}

}  // namespace monitorai::app
