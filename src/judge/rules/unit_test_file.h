#pragma once
// Unit tests of rules as promtool reads them (prometheus.io/docs/prometheus/latest/configuration/unit_testing_rules).

#include "base/clock.h"
#include "judge/rules/rule_file.h"
#include "query/promql/testing/series_notation.h"

namespace monitorai::judge {

struct ExpectedAlert {
  TextMap labels;  ///< without alertname
  TextMap annotations;
};
struct AlertTest {
  std::chrono::milliseconds eval_time{0};
  std::string alertname;
  std::vector<ExpectedAlert> expected;
  int line = 1;
};
struct ExpectedSample {
  signals::Labels labels;
  double value = 0;
};
struct PromqlTest {
  std::string query;
  std::chrono::milliseconds eval_time{0};
  std::vector<ExpectedSample> expected;
  int line = 1;
};
struct TestGroup {
  std::string name;
  std::chrono::milliseconds interval{0};  ///< between the values of the series
  TimeMs start;
  std::vector<query::NotatedSeries> series;
  std::vector<AlertTest> alert_tests;
  std::vector<PromqlTest> promql_tests;
  TextMap external_labels;
  std::string external_url;
  int line = 1;
};
struct UnitTestFile {
  std::vector<std::string> rule_files;  ///< globs, relative to the file's folder
  std::chrono::milliseconds evaluation_interval{60'000};
  std::vector<std::string> group_eval_order;
  bool fuzzy_compare = false;  ///< the next double up or down is equal too
  std::vector<TestGroup> tests;
};

/// Everything that is wrong goes to `problems`, with file, line and column.
UnitTestFile read_unit_tests(std::string_view text, const std::string& file, std::vector<yaml::Problem>& problems);

}  // namespace monitorai::judge
