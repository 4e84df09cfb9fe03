// Completion scripts for shells, from the table of commands.

#include "app/option_list.h"
#include "base/text.h"

namespace monitorai::app {
namespace {

/// What a value is completed with.
enum class Kind { nothing, file, folder };

Kind kind_of(std::string_view placeholder) {
  if (placeholder.find("FILE") != std::string_view::npos) return Kind::file;
  return placeholder == "DIR" ? Kind::folder : Kind::nothing;
}

/// In single quotes for a POSIX shell.
std::string shell_text(std::string_view text) {
  std::string out = "'";
  for (const char c : text) out += c == '\'' ? std::string("'\\''") : std::string(1, c);
  return out + "'";
}

/// The first words of all commands, each once; for a group ("check") the summary is made up.
std::vector<std::pair<std::string, std::string>> first_words(const std::vector<Command>& commands) {
  std::vector<std::pair<std::string, std::string>> words;
  for (const Command& command : commands) {
    const auto parts = split(command.name, ' ');
    const std::string word(parts[0]);
    if (!words.empty() && words.back().first == word) continue;
    words.emplace_back(word, parts.size() == 1 ? command.summary : word == "silence" ? "Silence alerts" : "Check files and texts");
  }
  return words;
}

std::vector<std::string> names_of(const Command& command) {
  std::vector<std::string> names;
  for (const DeclaredOption& option : options_of(command))
    if (!option.positional) names.insert(names.end(), option.names.begin(), option.names.end());
  names.emplace_back("--help");
  return names;
}

std::string bash(const std::vector<Command>& commands) {
  std::string out =
      "# bash completion of monitorai: source <(monitorai completion bash)\n"
      "_monitorai() {\n"
      "  local current=${COMP_WORDS[COMP_CWORD]} previous=${COMP_WORDS[COMP_CWORD-1]} command= words= word\n"
      "  for word in \"${COMP_WORDS[@]:1:COMP_CWORD-1}\"; do\n"
      "    [[ $word == -* ]] && break\n"
      "    command=\"${command:+$command }$word\"\n"
      "  done\n"
      "  case $previous in\n";
  std::vector<std::string> files, folders;
  for (const Command& command : commands)
    for (const DeclaredOption& option : options_of(command)) {
      if (kind_of(option.placeholder) == Kind::file) files.insert(files.end(), option.names.begin(), option.names.end());
      if (kind_of(option.placeholder) == Kind::folder) folders.insert(folders.end(), option.names.begin(), option.names.end());
    }
  for (auto* list : {&files, &folders}) {
    std::sort(list->begin(), list->end());
    list->erase(std::unique(list->begin(), list->end()), list->end());
  }
  if (!files.empty()) out += fmt::format("    {}) COMPREPLY=($(compgen -f -- \"$current\")); return ;;\n", join(files, "|"));
  if (!folders.empty()) out += fmt::format("    {}) COMPREPLY=($(compgen -d -- \"$current\")); return ;;\n", join(folders, "|"));
  out += "  esac\n  case $command in\n";
  for (const Command& command : commands) {
    std::vector<std::string> words = names_of(command);
    out += fmt::format("    {}*) words={} ;;\n", shell_text(command.name), shell_text(join(words, " ")));
  }
  std::map<std::string, std::vector<std::string>> groups;
  for (const Command& command : commands)
    if (const size_t space = command.name.find(' '); space != std::string::npos)
      groups[command.name.substr(0, space)].push_back(command.name.substr(space + 1));
  for (const auto& [group, names] : groups) out += fmt::format("    {}*) words={} ;;\n", shell_text(group), shell_text(join(names, " ")));
  std::vector<std::string> words;
  for (const auto& [word, summary] : first_words(commands)) words.push_back(word);
  out += fmt::format("    *) words={} ;;\n  esac\n", shell_text(join(words, " ") + " --help --version"));
  out +=
      "  COMPREPLY=($(compgen -W \"$words\" -- \"$current\"))\n"
      "  [ ${#COMPREPLY[@]} -gt 0 ] || COMPREPLY=($(compgen -f -- \"$current\"))\n"
      "}\n"
      "complete -o filenames -F _monitorai monitorai\n";
  return out;
}

/// Text inside [...] of a zsh specification, itself within single quotes.
std::string zsh_text(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (c == '[' || c == ']' || c == ':' || c == '\\') out += '\\';
    out += c == '\'' ? std::string("'\\''") : std::string(1, c);
  }
  return out;
}

std::string zsh_action(const DeclaredOption& option, std::string_view placeholder) {
  const Kind kind = kind_of(placeholder);
  return fmt::format(":{}:{}", zsh_text(option.positional ? option.names[0] : option.placeholder),
                     kind == Kind::file     ? "_files"
                     : kind == Kind::folder ? "_files -/"
                                            : " ");
}

std::string zsh_arguments(const Command& command) {
  std::string out;
  for (const DeclaredOption& option : options_of(command)) {
    if (option.positional) {
      out += fmt::format(" '{}{}'", option.repeatable ? "*" : "", zsh_action(option, "FILE"));
      continue;
    }
    const std::string value = option.placeholder.empty() ? "" : zsh_action(option, option.placeholder);
    for (const std::string& name : option.names)
      out += fmt::format(" '{}{}[{}]{}'", option.repeatable ? "*" : "", name, zsh_text(option.help), value);
  }
  return out;
}

std::string zsh(const std::vector<Command>& commands) {
  std::string out =
      "#compdef monitorai\n"
      "# zsh completion of monitorai: monitorai completion zsh > \"${fpath[1]}/_monitorai\"\n"
      "_monitorai() {\n"
      "  local -a commands\n"
      "  commands=(\n";
  for (const auto& [word, summary] : first_words(commands)) out += fmt::format("    '{}:{}'\n", word, zsh_text(summary));
  out +=
      "  )\n"
      "  if (( CURRENT == 2 )); then _describe command commands; return; fi\n"
      "  local command=$words[2]\n"
      "  [[ $words[3] != -* ]] && (( CURRENT > 3 )) && command=\"$words[2] $words[3]\"\n"
      "  case $command in\n";
  for (const Command& command : commands) {
    const bool group = command.name.find(' ') != std::string::npos;
    out += fmt::format("    {}{}) {}_arguments{} ;;\n", shell_text(command.name), group ? "" : "*",
                       group ? "shift 2 words; (( CURRENT -= 2 )); " : "shift words; (( CURRENT -= 1 )); ", zsh_arguments(command));
  }
  std::map<std::string, std::string> groups;
  for (const Command& command : commands)
    if (const size_t space = command.name.find(' '); space != std::string::npos)
      groups[command.name.substr(0, space)] += fmt::format(" '{}:{}'", command.name.substr(space + 1), zsh_text(command.summary));
  for (const auto& [group, entries] : groups)
    out += fmt::format("    {}) local -a below; below=({}); _describe command below ;;\n", shell_text(group), entries.substr(1));
  out +=
      "  esac\n"
      "}\n"
      "if [ \"$funcstack[1]\" = _monitorai ]; then _monitorai \"$@\"; else compdef _monitorai monitorai; fi\n";
  return out;
}

std::string fish(const std::vector<Command>& commands) {
  std::string out =
      "# fish completion of monitorai: monitorai completion fish > ~/.config/fish/completions/monitorai.fish\ncomplete -c monitorai -f\n";
  for (const auto& [word, summary] : first_words(commands))
    out += fmt::format("complete -c monitorai -n __fish_use_subcommand -a {} -d {}\n", word, shell_text(summary));
  for (const Command& command : commands) {
    const auto parts = split(command.name, ' ');
    std::string seen = fmt::format("__fish_seen_subcommand_from {}", parts[0]);
    if (parts.size() == 2) {
      out += fmt::format("complete -c monitorai -n '{}' -a {} -d {}\n", seen, parts[1], shell_text(command.summary));
      seen += fmt::format("; and __fish_seen_subcommand_from {}", parts[1]);
    }
    for (const DeclaredOption& option : options_of(command)) {
      out += fmt::format("complete -c monitorai -n '{}'", seen);
      for (const std::string& name : option.names)
        if (name.starts_with("-")) out += name.starts_with("--") ? " -l " + name.substr(2) : " -s " + name.substr(1);
      const Kind kind = option.positional ? Kind::file : kind_of(option.placeholder);
      if (!option.placeholder.empty()) out += " -r";
      if (kind != Kind::nothing) out += " -F";
      out += fmt::format(" -d {}\n", shell_text(option.help));
    }
  }
  return out;
}

}  // namespace

std::string completion_script(const std::vector<Command>& commands, std::string_view shell) {
  if (shell == "bash") return bash(commands);
  if (shell == "zsh") return zsh(commands);
  if (shell == "fish") return fish(commands);
  return {};
}

}  // namespace monitorai::app
