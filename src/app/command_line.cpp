// The adapter of CLI11, which parses the options of the one command that was chosen here.

#include <CLI/CLI.hpp>
#include <cstdio>

#include "app/command.h"
#include "app/option_list.h"
#include "base/text.h"

namespace monitorai::app {
namespace {

constexpr int kExitFailed = 1;
constexpr int kExitUsage = 2;
constexpr std::string_view kDefaultCommand = "serve";

class CliOptions final : public Options {
 public:
  explicit CliOptions(CLI::App& app) : app_(app) {}
  void flag(const std::string& names, bool& target, const std::string& help) override { app_.add_flag(names, target, help); }
  void value(const std::string& names, std::string& target, const std::string& help, const std::string&) override {
    app_.add_option(names, target, help);
  }
  void value(const std::string& names, int64_t& target, const std::string& help, const std::string&) override {
    app_.add_option(names, target, help);
  }
  void values(const std::string& names, std::vector<std::string>& target, const std::string& help, const std::string&) override {
    app_.add_option(names, target, help)->expected(1)->take_all();
  }
  void positional(const std::string& name, std::string& target, const std::string& help, bool required) override {
    app_.add_option(name, target, help)->required(required);
  }
  void positionals(const std::string& name, std::vector<std::string>& target, const std::string& help, bool required) override {
    app_.add_option(name, target, help)->required(required);
  }

 private:
  CLI::App& app_;
};

bool asks_for_help(const std::string& word) { return word == "-h" || word == "--help"; }

int usage_error(std::string_view who, std::string_view what) {
  fmt::print(stderr, "{}: {}\n{} --help explains it\n", who, what, who);
  return kExitUsage;
}

/// "check" alone, or "check confg": the commands that begin with this word; empty when none does.
std::vector<std::string> below(const std::vector<Command>& commands, const std::string& word) {
  std::vector<std::string> names;
  for (const Command& command : commands)
    if (command.name.starts_with(word + " ")) names.push_back(command.name);
  return names;
}

int unknown_command(const std::vector<Command>& commands, const std::vector<std::string>& words) {
  std::vector<std::string> names = below(commands, words[0]);
  const bool group = !names.empty();
  if (!group)
    for (const Command& command : commands) names.push_back(command.name);
  const std::string said = group && words.size() > 1 ? words[0] + " " + words[1] : words[0];
  const auto near = nearest(said, names);
  if (near) return usage_error("monitorai", fmt::format("unknown command \"{}\": did you mean \"{}\"?", said, *near));
  if (group) return usage_error("monitorai", fmt::format("\"{}\" is one of: {}", words[0], join(names, ", ")));
  return usage_error("monitorai", fmt::format("unknown command \"{}\"", said));
}

/// What is wrong with an option that the command does not have; "" when all are known.
std::string unknown_option(const Command& command, const std::vector<std::string>& arguments) {
  std::vector<std::string> known{"-h", "--help"};
  for (const DeclaredOption& option : options_of(command)) known.insert(known.end(), option.names.begin(), option.names.end());
  for (const std::string& argument : arguments) {
    if (argument == "--") break;
    if (!argument.starts_with("--")) continue;
    const std::string name = argument.substr(0, argument.find('='));
    if (std::find(known.begin(), known.end(), name) != known.end()) continue;
    const auto near = nearest(name, known);
    return near ? fmt::format("unknown option {}: did you mean {}?", name, *near) : fmt::format("unknown option {}", name);
  }
  return {};
}

int run_one(const Command& command, std::vector<std::string> arguments) {
  const std::string who = "monitorai " + command.name;
  CLI::App app(command.description, who);
  app.set_help_flag();
  CliOptions options(app);
  if (command.declare) command.declare(options);
  const std::vector<std::string> given = arguments;
  std::reverse(arguments.begin(), arguments.end());  // as CLI11 wants a vector
  try {
    app.parse(std::move(arguments));
  } catch (const CLI::ExtrasError& error) {
    const std::string unknown = unknown_option(command, given);
    return usage_error(who, unknown.empty() ? std::string(error.what()) : unknown);
  } catch (const CLI::ParseError& error) { return usage_error(who, error.what()); }
  try {
    return command.run();
  } catch (const std::exception& error) {
    fmt::print(stderr, "{}: {}\n", who, error.what());
    return kExitFailed;
  }
}

/// Help goes to stdout: it was asked for.
int print_help(const std::vector<Command>& commands, const std::vector<std::string>& words) {
  const auto found = find_command(commands, words);
  if (!found && !words.empty() && below(commands, words[0]).empty()) return unknown_command(commands, words);
  if (found) {
    fmt::print("{}", help_of(commands[found->index]));
  } else if (!words.empty()) {
    std::vector<Command> group;
    for (const Command& command : commands)
      if (command.name.starts_with(words[0] + " ")) group.push_back(command);
    for (const Command& command : group) fmt::print("{}\n", help_of(command));
  } else {
    fmt::print("{}", help_of(commands));
  }
  return 0;
}

}  // namespace

int run_command_line(const std::vector<Command>& commands, int argc, char** argv) {
  std::vector<std::string> arguments(argv + std::min(argc, 1), argv + argc);
  std::vector<std::string> words;
  for (const std::string& argument : arguments) {
    if (argument.starts_with("-")) break;
    words.push_back(argument);
  }
  const auto end = std::find(arguments.begin(), arguments.end(), "--");
  if (std::any_of(arguments.begin(), end, asks_for_help)) return print_help(commands, words);
  if (!words.empty() && words[0] == "help") return print_help(commands, {words.begin() + 1, words.end()});
  if (!arguments.empty() && arguments[0] == "--version") {
    fmt::print("monitorai {}\n", MAI_VERSION);
    return 0;
  }
  if (words.empty()) words = {std::string(kDefaultCommand)}, arguments.insert(arguments.begin(), words[0]);
  const auto found = find_command(commands, words);
  if (!found) return unknown_command(commands, words);
  return run_one(commands[found->index], {arguments.begin() + static_cast<std::ptrdiff_t>(found->words), arguments.end()});
}

}  // namespace monitorai::app
