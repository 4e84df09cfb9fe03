// The adapter of CLI11.

#include <CLI/CLI.hpp>

#include "app/command.h"

namespace monitorai::app {
namespace {

class CliOptions final : public Options {
 public:
  explicit CliOptions(CLI::App& app) : app_(app) {}
  void flag(const std::string& names, bool& target, const std::string& help) override { app_.add_flag(names, target, help); }
  void value(const std::string& names, std::string& target, const std::string& help, const std::string& placeholder) override {
    app_.add_option(names, target, help)->option_text(placeholder);
  }
  void value(const std::string& names, int64_t& target, const std::string& help, const std::string& placeholder) override {
    app_.add_option(names, target, help)->option_text(placeholder);
  }
  void values(const std::string& names, std::vector<std::string>& target, const std::string& help, const std::string& placeholder) override {
    app_.add_option(names, target, help)->option_text(placeholder)->expected(1)->take_all();
  }
  void positional(const std::string& name, std::string& target, const std::string& help, bool required) override {
    app_.add_option(name, target, help)->required(required)->option_text(" ");
  }
  void positionals(const std::string& name, std::vector<std::string>& target, const std::string& help, bool required) override {
    app_.add_option(name, target, help)->required(required)->option_text("...");
  }

 private:
  CLI::App& app_;
};

constexpr int kExitUsage = 2;

}  // namespace

int run_command_line(const std::vector<Command>& commands, int argc, char** argv) {
  CLI::App root("MonitorAI: finds the LLM processes of this machine, measures them, and shows what they do.", "monitorai");
  root.set_version_flag("--version", "monitorai " MAI_VERSION);
  root.require_subcommand(1);
  std::vector<CLI::App*> apps;
  std::map<std::string, CLI::App*> groups;
  for (const Command& command : commands) {
    CLI::App* parent = &root;
    std::string name = command.name;
    if (const size_t space = name.find(' '); space != std::string::npos) {
      const std::string group = name.substr(0, space);
      CLI::App*& existing = groups[group];
      if (existing == nullptr) {
        existing = root.add_subcommand(group, group + " commands");
        existing->require_subcommand(1);
      }
      parent = existing;
      name = name.substr(space + 1);
    }
    CLI::App* app = parent->add_subcommand(name, command.summary);
    app->description(command.description);
    CliOptions options(*app);
    if (command.declare) command.declare(options);
    apps.push_back(app);
  }
  try {
    root.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    const int code = root.exit(error);
    return code == 0 ? 0 : kExitUsage;
  }
  for (size_t i = 0; i < commands.size(); ++i)
    if (apps[i]->parsed()) return commands[i].run();
  return kExitUsage;
}

}  // namespace monitorai::app
