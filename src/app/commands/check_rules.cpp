#include <cstdio>

#include "app/check/file_check.h"
#include "app/commands.h"
#include "judge/rules/rule_file.h"

namespace monitorai::app {
namespace {

bool check(const std::string& file) {
  const judge::ReadRules read = judge::read_rule_file(file);
  if (!is_good(file, read.problems)) return false;
  size_t rules = 0;
  for (const judge::GroupSpec& group : read.groups) rules += group.rules.size();
  for (const yaml::Problem& duplicate : judge::duplicate_rules(read.groups)) fmt::print(stderr, "warning: {}\n", duplicate.line());
  fmt::print("{}: {} rules in {} groups found\n", file, rules, read.groups.size());
  return true;
}

}  // namespace

Command check_rules_command() {
  auto files = std::make_shared<std::vector<std::string>>();
  return {.name = "check rules",
          .summary = "Check files of alerting and recording rules",
          .description =
              "Reads rule files as Prometheus has them and prints every problem with its file, line and column: syntax, unknown keys,\n"
              "names, durations, expressions, templates. Rules that stand there twice are warned of.\n"
              "Exit code 0: all are good; 1: one is not.",
          .declare = [files](Options& options) { options.positionals("FILE", *files, "Rule files", true); },
          .run = [files] { return check_files(*files, check); }};
}

}  // namespace monitorai::app
