// Runs the project's own scripts, and Prometheus's where they are at hand.

#include <gtest/gtest.h>

#include "base/files.h"
#include "base/pool.h"
#include "query/promql/testing/script_runner.h"

namespace monitorai::query {
namespace {

std::vector<std::filesystem::path> scripts_in(const std::filesystem::path& folder) {
  std::vector<std::filesystem::path> out;
  if (!std::filesystem::exists(folder)) return out;
  for (const auto& entry : std::filesystem::directory_iterator(folder))
    if (entry.path().extension() == ".test") out.push_back(entry.path());
  std::sort(out.begin(), out.end());
  return out;
}

size_t run_all(const std::vector<std::filesystem::path>& scripts, size_t threads) {
  Pool pool(threads);
  const Engine engine({}, pool, script_options());
  size_t passed = 0;
  for (const auto& path : scripts) {
    const auto text = read_file(path, 64 << 20);
    if (!text) {
      ADD_FAILURE() << text.error().message;
      continue;
    }
    const ScriptReport report = run_script(*text, engine);
    for (const auto& failure : report.failures) ADD_FAILURE() << path.filename().string() << ":" << failure.line << ": " << failure.message;
    passed += report.passed;
  }
  return passed;
}

TEST(Scripts, own_scripts_pass) {
  const auto scripts = scripts_in(MAI_SOURCE_DIR "/tests/promql");
  EXPECT_GT(run_all(scripts, 1), 390u);
}

TEST(Scripts, own_scripts_pass_on_several_threads) { run_all(scripts_in(MAI_SOURCE_DIR "/tests/promql"), 4); }

TEST(Scripts, scripts_of_prometheus_pass) {
  const auto scripts = scripts_in(MAI_SOURCE_DIR "/../shared/promqltest");
  if (scripts.empty()) GTEST_SKIP() << "../shared/promqltest is not there";
  EXPECT_GT(run_all(scripts, 2), 700u);
}

TEST(Scripts, a_failing_script_fails) {
  Pool pool(1);
  const Engine engine({}, pool, script_options());
  const auto failures = [&](std::string_view text) {
    std::string out;
    for (const auto& failure : run_script(text, engine).failures) out += fmt::format("{}: {}\n", failure.line, failure.message);
    return out;
  };
  EXPECT_EQ(failures("eval instant at 0 1+1\n  3\n"), "1: 1+1: expected scalar 3 but got 2\n");
  EXPECT_EQ(failures("load 1m\n  a 1\n\neval instant at 0 a\n"), "4: a: unexpected a in result, has value 1\n");
  EXPECT_EQ(failures("load 1m\n  a 1\n\neval instant at 0 a\n  a 2\n"), "4: a: expected 2 for a but got 1\n");
  EXPECT_EQ(failures("eval instant at 0 a\n  a 2\n"), "1: a: expected a not found\n");
  EXPECT_EQ(failures("eval instant at 0 a\n  expect fail\n"), "1: a: expected an error but got none\n");
  EXPECT_EQ(failures("eval instant at 0 vector(1)\n  expect warn\n  {} 1\n"), "1: vector(1): expected warning annotations but got none\n");
  EXPECT_EQ(failures("eval instant at 0 a +\n"), "1: a +: error: 1:4: parse error: unexpected end of input\n");
  EXPECT_EQ(failures("evil instant at 0 a\n"), "0: cannot read line 1: invalid command \"evil instant at 0 a\"\n");
  EXPECT_EQ(failures("load 1m\n  a 1+\n"), "0: cannot read line 1: cannot read series \"a 1+\": cannot read value \"1+\"\n");
  EXPECT_EQ(failures("load 1m\n  a{b=} 1\n"), "0: cannot read line 1: cannot read series \"a{b=} 1\": a label needs a value\n");
}

TEST(Scripts, native_histograms_are_counted_apart) {
  Pool pool(1);
  const Engine engine({}, pool, script_options());
  const ScriptReport report = run_script(
      "load 1m\n  h {{schema:0 sum:1 count:1}}x5\n  g{a=\"1\"} 1+1x2 {{count:1}}\n  f 1\n\n"
      "eval instant at 0 h\n\neval instant at 0 g\n\neval instant at 0 f\n  f 1\n\neval instant at 0 vector(1)\n  {} {{count:1}}\n",
      engine);
  EXPECT_EQ(report.passed, 1u);
  EXPECT_EQ(report.skipped_native, 3u);
  EXPECT_TRUE(report.failures.empty());
}

}  // namespace
}  // namespace monitorai::query
