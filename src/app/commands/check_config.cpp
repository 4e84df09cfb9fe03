#include <cstdio>

#include "app/commands.h"
#include "app/config/arguments.h"
#include "app/config/schema.h"

namespace monitorai::app {
namespace {

struct Arguments {
  std::string file;
  std::vector<std::string> settings;
  bool example = false;
};

int run(const Arguments& arguments) {
  if (arguments.example) {
    fmt::print("{}", example_config());
    return 0;
  }
  ConfigArguments config;
  config.file = arguments.file;
  config.settings = arguments.settings;
  const ConfigSources sources = config.sources();
  if (sources.file.empty()) {
    fmt::print(stderr, "monitorai check config: name a file (there is no {} here)\n", kDefaultFile);
    return 2;
  }
  const LoadedConfig loaded = load_config(sources);
  for (const std::string& warning : loaded.warnings) fmt::print(stderr, "warning: {}\n", warning);
  if (!loaded.problems.empty()) {
    print_problems(loaded.problems);
    return 1;
  }
  const std::vector<std::string> changed = changed_keys(Config{}, loaded.config);
  fmt::print("{}: good ({} of {} keys differ from their defaults)\n", sources.file, changed.size(), config_keys().size());
  return 0;
}

}  // namespace

Command check_config_command() {
  auto arguments = std::make_shared<Arguments>();
  return {.name = "check config",
          .summary = "Check a configuration file",
          .description =
              "Reads a configuration file as serve would (the environment included) and prints every problem with its line.\n"
              "Exit code 0: it is good; 1: it is not.",
          .declare =
              [arguments](Options& options) {
                options.positional("FILE", arguments->file, "The file (default: monitorai.yml)", false);
                options.values("--set", arguments->settings, "Set a key on top of the file; repeatable", "KEY=VALUE");
                options.flag("--example", arguments->example, "Print the annotated example instead: every key with its default");
              },
          .run = [arguments] { return run(*arguments); }};
}

}  // namespace monitorai::app
