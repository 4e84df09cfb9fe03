#include "app/check/file_check.h"

#include <fmt/format.h>

#include <cstdio>

namespace monitorai::app {

bool is_good(const std::string& file, std::span<const yaml::Problem> problems) {
  for (const yaml::Problem& problem : problems) fmt::print(stderr, "{}\n", problem.line());
  if (!problems.empty()) fmt::print(stderr, "{}: {} problems\n", file, problems.size());
  return problems.empty();
}

int check_files(std::span<const std::string> files, const std::function<bool(const std::string& file)>& check) {
  bool good = true;
  for (const std::string& file : files) good &= check(file);
  return good ? 0 : 1;
}

}  // namespace monitorai::app
