#include "app/option_list.h"

#include "base/text.h"

namespace monitorai::app {
namespace {

class Recorder final : public Options {
 public:
  void flag(const std::string& names, bool&, const std::string& help) override { add(names, help, {}); }
  void value(const std::string& names, std::string&, const std::string& help, const std::string& placeholder) override {
    add(names, help, placeholder);
  }
  void value(const std::string& names, int64_t&, const std::string& help, const std::string& placeholder) override {
    add(names, help, placeholder);
  }
  void values(const std::string& names, std::vector<std::string>&, const std::string& help, const std::string& placeholder) override {
    add(names, help, placeholder).repeatable = true;
  }
  void positional(const std::string& name, std::string&, const std::string& help, bool required) override {
    DeclaredOption& option = add(name, help, {});
    option.positional = true;
    option.required = required;
  }
  void positionals(const std::string& name, std::vector<std::string>& target, const std::string& help, bool required) override {
    std::string unused;
    positional(name, unused, help, required);
    list.back().repeatable = true;
    static_cast<void>(target);
  }

  std::vector<DeclaredOption> list;

 private:
  DeclaredOption& add(const std::string& names, const std::string& help, const std::string& placeholder) {
    DeclaredOption option{.names = {}, .help = help, .placeholder = placeholder};
    for (const std::string_view name : split(names, ',')) option.names.emplace_back(trim(name));
    list.push_back(std::move(option));
    return list.back();
  }
};

constexpr size_t kHelpColumn = 30;
constexpr size_t kColumnsMax = 100;

/// "  --set KEY=VALUE            Set any key ...", the text folded into its column.
void append_entry(std::string& out, const std::string& left, std::string_view text, size_t column) {
  out += "  " + left;
  size_t at = left.size() + 2;
  if (at + 2 > column) {
    out += '\n';
    at = 0;
  }
  out.append(column - at, ' ');
  size_t used = column;
  for (const std::string_view word : split(text, ' ')) {
    if (used > column && used + 1 + word.size() > kColumnsMax) {
      out += '\n' + std::string(column, ' ');
      used = column;
    }
    if (used > column) {
      out += ' ';
      ++used;
    }
    out += word;
    used += word.size();
  }
  out += '\n';
}

std::string usage_of(const DeclaredOption& option) {
  const std::string name = option.names.front() + (option.repeatable ? "..." : "");
  return option.required ? name : "[" + name + "]";
}

}  // namespace

std::vector<DeclaredOption> options_of(const Command& command) {
  Recorder recorder;
  if (command.declare) command.declare(recorder);
  return std::move(recorder.list);
}

std::string help_of(const std::vector<Command>& commands) {
  std::string out =
      "MonitorAI finds the LLM processes of this machine, measures them, and shows what they do.\n\n"
      "usage: monitorai [COMMAND] [options]\n\n"
      "commands:\n";
  size_t column = 0;
  for (const Command& command : commands) column = std::max(column, command.name.size() + 5);
  for (const Command& command : commands) append_entry(out, command.name, command.summary, column);
  out += "\noptions:\n";
  append_entry(out, "-h, --help", "Print this, or with a command its options", column);
  append_entry(out, "--version", "Print the version", column);
  out +=
      "\nWithout a command, monitorai serves: open http://127.0.0.1:3000 then.\n"
      "No LLM at hand? `monitorai demo` starts a few simulated ones.\n";
  return out;
}

std::string help_of(const Command& command) {
  const std::vector<DeclaredOption> options = options_of(command);
  std::string out = fmt::format("usage: monitorai {}", command.name);
  const bool has_options = std::any_of(options.begin(), options.end(), [](const DeclaredOption& o) { return !o.positional; });
  if (has_options) out += " [options]";
  for (const DeclaredOption& option : options)
    if (option.positional) out += ' ' + usage_of(option);
  out += "\n\n" + command.description + "\n";
  for (const bool positional : {true, false}) {
    bool first = true;
    for (const DeclaredOption& option : options) {
      if (option.positional != positional) continue;
      if (first) out += positional ? "\narguments:\n" : "\noptions:\n";
      first = false;
      const std::string indent = !positional && option.names.front().starts_with("--") ? "    " : "";
      append_entry(out, indent + join(option.names, ", ") + (option.placeholder.empty() ? "" : " " + option.placeholder), option.help,
                   kHelpColumn);
    }
  }
  if (!has_options) out += "\noptions:\n";
  append_entry(out, "-h, --help", "Print this", kHelpColumn);
  return out;
}

std::optional<FoundCommand> find_command(const std::vector<Command>& commands, const std::vector<std::string>& words) {
  std::optional<FoundCommand> found;
  for (size_t i = 0; i < commands.size(); ++i) {
    const auto parts = split(commands[i].name, ' ');
    if (parts.size() > words.size() || (found && parts.size() <= found->words)) continue;
    if (std::equal(parts.begin(), parts.end(), words.begin())) found = FoundCommand{i, parts.size()};
  }
  return found;
}

}  // namespace monitorai::app
