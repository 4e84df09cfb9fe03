#include <cstdio>

#include "app/check/file_check.h"
#include "app/commands.h"
#include "forward/notify/config.h"

namespace monitorai::app {
namespace {

size_t routes_of(const forward::Route& route) {
  size_t out = 1;
  for (const forward::Route& child : route.routes) out += routes_of(child);
  return out;
}

bool check(const std::string& file) {
  const forward::ReadNotifyConfig read = forward::read_notify_file(file);
  if (!is_good(file, read.problems)) return false;
  fmt::print("{}: {} routes, {} receivers, {} inhibit rules, {} templates\n", file, routes_of(read.config.route), read.config.receivers.size(),
             read.config.inhibit_rules.size(), read.config.templates.size());
  return true;
}

}  // namespace

Command check_alerting_command() {
  auto files = std::make_shared<std::vector<std::string>>();
  return {.name = "check alerting",
          .summary = "Check files in Alertmanager's format",
          .description =
              "Reads files of routes and receivers as Alertmanager has them and prints every problem with its file, line and column: unknown\n"
              "keys, matchers, times, templates, receivers that are missing. Secrets are not read.\n"
              "Exit code 0: all are good; 1: one is not.",
          .declare = [files](Options& options) { options.positionals("FILE", *files, "Files for alerting.config", true); },
          .run = [files] { return check_files(*files, check); }};
}

}  // namespace monitorai::app
