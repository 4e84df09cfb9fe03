#pragma once
// Runs unit tests of rules: series in memory, groups evaluated step by step, alerts and expressions compared. Thread: any.

#include "judge/rules/unit_test_file.h"

namespace monitorai::judge {

struct UnitTestReport {
  std::vector<std::string> warnings;
  std::vector<std::string> failures;  ///< for people, perhaps of several lines; none: all is well
  size_t checks = 0;                  ///< alert tests and expressions that were compared
};

UnitTestReport run_unit_tests(const std::string& file);

}  // namespace monitorai::judge
