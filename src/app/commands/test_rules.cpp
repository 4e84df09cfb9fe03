#include <cstdio>

#include "app/commands.h"
#include "judge/rules/unit_test_run.h"

namespace monitorai::app {
namespace {

bool test(const std::string& file) {
  const judge::UnitTestReport report = judge::run_unit_tests(file);
  for (const std::string& warning : report.warnings) fmt::print(stderr, "warning: {}\n", warning);
  if (report.failures.empty()) {
    fmt::print("{}: good ({} checks)\n", file, report.checks);
    return true;
  }
  fmt::print(stderr, "{}: failed ({} failures, {} checks)\n", file, report.failures.size(), report.checks);
  for (const std::string& failure : report.failures) fmt::print(stderr, "{}\n\n", failure);
  return false;
}

}  // namespace

Command test_rules_command() {
  auto files = std::make_shared<std::vector<std::string>>();
  return {
      .name = "test rules",
      .summary = "Run unit tests of alerting and recording rules",
      .description =
          "Runs unit tests in the format of `promtool test rules`: series that are given, rules evaluated over them, and the alerts and\n"
          "results that are expected.\n"
          "Exit code 0: all went well; 1: something differs, or a file cannot be read.",
      .declare = [files](Options& options) { options.positionals("FILE", *files, "Files of unit tests", true); },
      .run =
          [files] {
            bool good = true;
            for (const std::string& file : *files) good &= test(file);
            return good ? 0 : 1;
          }};
}

}  // namespace monitorai::app
