#include <unistd.h>

#include <csignal>
#include <cstdio>

#include "app/commands.h"
#include "app/config/arguments.h"
#include "app/serve/program.h"
#include "app/serve/service_manager.h"
#include "base/log.h"

namespace monitorai::app {
namespace {

constexpr unsigned kStopSecondsMax = 30;  ///< a stop that takes longer is cut off

void cut_off(int) {
  constexpr std::string_view kText = "monitorai: a thread did not stop in time\n";
  [[maybe_unused]] const ssize_t written = ::write(STDERR_FILENO, kText.data(), kText.size());
  ::_exit(1);
}

void print_start(const Program& program, const ConfigSources& sources) {
  std::error_code ignored;
  fmt::print("MonitorAI {}\n\n", MAI_VERSION);
  for (const Addresses::Line& line : program.addresses()) fmt::print("  {:<16}{}\n", line.shown, line.text);
  fmt::print("  {:<16}{}\n", "Data", std::filesystem::absolute(program.config().data, ignored).native());
  fmt::print("  {:<16}{}\n", "Configuration", sources.file.empty() ? "defaults (monitorai.example.yml lists the keys)" : sources.file);
  fmt::print("\nCtrl-C stops it.\n");
  std::fflush(stdout);
}

/// What a reload says to the person who asked for it by signal is in the log.
void reload(Program& program, const ServiceManager& manager, std::optional<std::promise<std::string>> request) {
  manager.reloading();
  const std::string errors = program.reload();
  manager.ready(program.url());
  if (request) request->set_value(errors);
}

void run_until_stopped(Program& program, MainInbox& inbox, const ServiceManager& manager) {
  for (;;) {
    switch (inbox.wait(manager.alive_every())) {
      case MainInbox::Event::stop:
        return;
      case MainInbox::Event::reload_signal:
        reload(program, manager, std::nullopt);
        break;
      case MainInbox::Event::reload_request:
        while (auto request = inbox.take_reload()) reload(program, manager, std::move(request));
        break;
      case MainInbox::Event::timeout:
        break;
    }
    manager.alive();
  }
}

int serve(const ConfigArguments& arguments) {
  MainInbox inbox;
  const ConfigSources sources = arguments.sources();
  const ServiceManager manager = ServiceManager::from_environment();
  LoadedConfig loaded = load_config(sources);
  if (!loaded.problems.empty()) {
    print_problems(loaded.problems);
    return kExitMisconfigured;
  }
  log::set_level(loaded.config.log.level);
  log::set_format(loaded.config.log.format);
  for (const std::string& warning : loaded.warnings) log::warn(warning);
  auto program = Program::start(sources, std::move(loaded.config), inbox);
  if (!program) {
    fmt::print(stderr, "monitorai: {}\n", program.error().message);
    return 1;
  }
  print_start(**program, sources);
  manager.ready((*program)->url());
  run_until_stopped(**program, inbox, manager);
  manager.stopping();
  inbox.let_signals_kill();
  std::signal(SIGALRM, cut_off);
  ::alarm(kStopSecondsMax);
  (*program)->stop();
  log::info("stopped");
  return 0;
}

}  // namespace

Command serve_command() {
  auto arguments = std::make_shared<ConfigArguments>();
  return {.name = "serve",
          .summary = "Find, measure and show the LLM processes of this machine (the default)",
          .description =
              "Runs the collectors and serves pages, APIs and /metrics until it is stopped.\n"
              "Defaults < configuration file < environment (MONITORAI_LOG_LEVEL for log.level) < command line.\n"
              "SIGHUP or POST /-/reload reads the configuration again.",
          .declare = [arguments](Options& options) { arguments->declare(options); },
          .run = [arguments] { return serve(*arguments); }};
}

}  // namespace monitorai::app
