#include "app/check/exposition_lint.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/files.h"

namespace monitorai::app {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

std::vector<std::string> findings(std::string_view text, bool open_metrics, Finding::Kind kind) {
  std::vector<std::string> out;
  for (const Finding& finding : lint_exposition(text, open_metrics).findings)
    if (finding.kind == kind) out.push_back(fmt::format("{}: {}", finding.line, finding.text));
  return out;
}

std::vector<std::string> errors(std::string_view text) { return findings(text, false, Finding::Kind::error); }
std::vector<std::string> open_errors(std::string_view text) { return findings(text, true, Finding::Kind::error); }
std::vector<std::string> advice(std::string_view text) { return findings(text, false, Finding::Kind::advice); }

TEST(ExpositionLint, accepts_what_this_program_writes) {
  const auto text = read_file(MAI_SOURCE_DIR "/tests/golden/exposition.txt", 1 << 20);
  const auto open = read_file(MAI_SOURCE_DIR "/tests/golden/exposition.openmetrics", 1 << 20);
  ASSERT_TRUE(text && open);
  EXPECT_THAT(errors(*text), IsEmpty());
  EXPECT_THAT(open_errors(*open), IsEmpty());
}

TEST(ExpositionLint, accepts_what_the_formats_allow) {
  EXPECT_THAT(errors("# HELP a text with spaces\n# TYPE a gauge\na 1\n"), IsEmpty());
  EXPECT_THAT(errors("a{b=\"c\"} NaN 1700000000000\n"), IsEmpty());
  EXPECT_THAT(errors("a { b = \"c\" , } +Inf\n"), IsEmpty());
  EXPECT_THAT(errors("a{b=\"\\\\ \\\" \\n }\"}1e3\n"), IsEmpty());
  EXPECT_THAT(errors("# any comment\n\na 1\n"), IsEmpty());
  EXPECT_THAT(errors("a 1 1\na 1 2\n"), IsEmpty());
  EXPECT_THAT(open_errors("# TYPE a counter\na_total 1 # {trace_id=\"x\"} 0.5\n# EOF\n"), IsEmpty());
  EXPECT_THAT(open_errors("# TYPE a_seconds gauge\n# UNIT a_seconds seconds\na_seconds 1 1.5\n# EOF\n"), IsEmpty());
}

TEST(ExpositionLint, names_the_line_of_bad_syntax) {
  EXPECT_THAT(errors("a 1\nb c\n"), ElementsAre("2: value \"c\" is no number"));
  EXPECT_THAT(errors("1a 1\n"), ElementsAre("1: \"1a\" is no metric name"));
  EXPECT_THAT(errors("a\n"), ElementsAre("1: a value is missing"));
  EXPECT_THAT(errors("a{1b=\"c\"} 1\n"), ElementsAre("1: \"1b\" is no label name"));
  EXPECT_THAT(errors("a{b} 1\n"), ElementsAre("1: label b has no value"));
  EXPECT_THAT(errors("a{b=c} 1\n"), ElementsAre("1: a label value is not in double quotes"));
  EXPECT_THAT(errors("a{b=\"c} 1\n"), ElementsAre("1: a label value has no closing quote"));
  EXPECT_THAT(errors("a{b=\"\\x\"} 1\n"), ElementsAre("1: a label value has an escape other than \\\\, \\\" and \\n"));
  EXPECT_THAT(errors("a{b=\"1\" c=\"2\"} 1\n"), ElementsAre("1: between two labels stands a comma"));
  EXPECT_THAT(errors("a{b=\"1\",b=\"2\"} 1\n"), ElementsAre("1: label b stands here twice"));
  EXPECT_THAT(errors("a 1 soon\n"), ElementsAre("1: timestamp \"soon\" is no number"));
  EXPECT_THAT(errors("a 1 1.5\n"), ElementsAre("1: timestamp \"1.5\" is no whole number of milliseconds"));
  EXPECT_THAT(errors("a 1 1 1\n"), ElementsAre("1: \"1\" stands behind the sample"));
  EXPECT_THAT(errors("a 1"), ElementsAre("1: the text does not end with a line feed"));
  EXPECT_THAT(errors("a{b=\"\xff\"} 1\n"), ElementsAre("1: the line is not UTF-8"));
  EXPECT_THAT(errors("a 1\r\n"), ElementsAre("1: the line ends with a carriage return"));
  EXPECT_THAT(errors("# TYPE a thing\na 1\n"), ElementsAre("1: \"thing\" is no metric type"));
  EXPECT_THAT(errors("# HELP\n"), ElementsAre("1: HELP names no metric"));
}

TEST(ExpositionLint, keeps_families_together_and_series_apart) {
  EXPECT_THAT(errors("a 1\na 2\n"), ElementsAre("2: the same series as in line 1"));
  EXPECT_THAT(errors("a{b=\"1\"} 1\na{b=\"2\"} 2\n"), IsEmpty());
  EXPECT_THAT(errors("a{b=\"1\"} 1\nc 1\na{b=\"2\"} 1\n"), ElementsAre("3: the lines of a do not stand together"));
  EXPECT_THAT(errors("a 1\n# TYPE a gauge\n"), ElementsAre("2: TYPE of a stands after its samples (line 1)"));
  EXPECT_THAT(errors("# TYPE a gauge\n# TYPE a gauge\na 1\n"), ElementsAre("2: a second TYPE for a (the first is in line 1)"));
  EXPECT_THAT(errors("# HELP a x\n# HELP a x\na 1\n"), ElementsAre("2: a second HELP for a"));
  EXPECT_THAT(errors("# TYPE a_total counter\na_total -1\n"), ElementsAre("2: a_total counts, and is -1"));
}

TEST(ExpositionLint, adds_histograms_up) {
  const auto f = [](const std::string& lines) { return errors("# TYPE h histogram\n" + lines); };
  EXPECT_THAT(f("h_bucket{le=\"1\"} 1\nh_bucket{le=\"+Inf\"} 2\nh_sum 3\nh_count 2\n"), IsEmpty());
  EXPECT_THAT(f("h_bucket{le=\"1\"} 1\nh_sum 3\nh_count 1\n"), ElementsAre("2: a histogram has no bucket le=\"+Inf\""));
  EXPECT_THAT(f("h_bucket{le=\"1\"} 3\nh_bucket{le=\"+Inf\"} 2\n"), ElementsAre("3: a bucket holds less than the one below it"));
  EXPECT_THAT(f("h_bucket{le=\"2\"} 1\nh_bucket{le=\"1\"} 1\nh_bucket{le=\"+Inf\"} 1\n"),
              ElementsAre("3: buckets do not stand in rising order of le"));
  EXPECT_THAT(f("h_bucket{le=\"+Inf\"} 2\nh_count 3\n"), ElementsAre("2: a histogram's _count is 3, and its +Inf bucket 2"));
  EXPECT_THAT(f("h_bucket 2\nh_bucket{le=\"+Inf\"} 2\n"), ElementsAre("2: a bucket has no le that is a number"));
}

TEST(ExpositionLint, is_strict_about_open_metrics) {
  EXPECT_THAT(open_errors("a 1\n"), ElementsAre("1: # EOF is missing at the end"));
  EXPECT_THAT(open_errors("# EOF\na 1\n"), ElementsAre("2: something stands behind # EOF"));
  EXPECT_THAT(open_errors("\n# EOF\n"), ElementsAre("1: OpenMetrics has no empty lines"));
  EXPECT_THAT(open_errors("# hello\n# EOF\n"), ElementsAre("1: OpenMetrics has no comments but HELP, TYPE, UNIT and EOF"));
  EXPECT_THAT(open_errors("# TYPE a counter\na 1\n# EOF\n"), ElementsAre("2: counter a has a sample without _total"));
  EXPECT_THAT(open_errors("# TYPE a info\na_info 2\n# EOF\n"), ElementsAre("2: info a is 2, not 1"));
  EXPECT_THAT(open_errors("# UNIT a seconds\na 1\n# EOF\n"), ElementsAre("1: the name a does not end with its unit _seconds"));
  EXPECT_THAT(open_errors("a 1 # {} 1\n# EOF\n"), ElementsAre("1: an exemplar stands at a counter or a bucket only"));
}

TEST(ExpositionLint, advises_on_names) {
  EXPECT_THAT(advice("a 1\n"), ElementsAre("1: a has no HELP", "1: a has no TYPE"));
  const auto f = [](const std::string& name, const std::string& type) {
    return advice("# HELP " + name + " x\n# TYPE " + name + " " + type + "\n" + name + " 1\n");
  };
  EXPECT_THAT(f("a", "counter"), ElementsAre("3: the name of counter a should end with _total"));
  EXPECT_THAT(f("a_total", "gauge"), ElementsAre("3: a_total ends with _total and is a gauge"));
  EXPECT_THAT(f("aB", "gauge"), ElementsAre("3: aB should be in snake_case"));
  EXPECT_THAT(f("a_ms", "gauge"), ElementsAre("3: a_ms should be in a base unit, not in ms"));
  EXPECT_THAT(f("a_seconds", "gauge"), IsEmpty());
}

TEST(ExpositionLint, lists_only_so_many_findings_and_counts_all) {
  std::string text;
  for (size_t i = 0; i < 2 * kFindingsMax; ++i) text += "= 1\n";
  const LintResult result = lint_exposition(text, false);
  EXPECT_EQ(result.findings.size(), kFindingsMax);
  EXPECT_EQ(result.errors, 2 * kFindingsMax);
}

}  // namespace
}  // namespace monitorai::app
