// Runs the LogQL scripts, with blocks of several sizes and on one thread and on several.

#include <gtest/gtest.h>

#include "base/files.h"
#include "query/logql/testing/log_script_runner.h"

namespace monitorai::query {
namespace {

size_t run_all(size_t threads, size_t lines_per_block) {
  Pool pool(threads);
  const LogQlEngine engine({}, pool);
  size_t passed = 0;
  for (const auto& entry : std::filesystem::directory_iterator(MAI_SOURCE_DIR "/tests/logql")) {
    if (entry.path().extension() != ".test") continue;
    const auto text = read_file(entry.path(), 64 << 20);
    if (!text) {
      ADD_FAILURE() << text.error().message;
      continue;
    }
    const LogScriptReport report = run_log_script(*text, engine, memory_log_storage(lines_per_block));
    for (const auto& failure : report.failures)
      ADD_FAILURE() << entry.path().filename().string() << ":" << failure.line << ": " << failure.message;
    passed += report.passed;
  }
  return passed;
}

TEST(LogScripts, pass) { EXPECT_GT(run_all(1, 1000), 540u); }
TEST(LogScripts, pass_with_tiny_blocks) { run_all(1, 1); }
TEST(LogScripts, pass_with_small_blocks_on_several_threads) { run_all(4, 3); }

TEST(LogScripts, a_failing_script_fails) {
  Pool pool(1);
  const LogQlEngine engine({}, pool);
  const auto f = [&](std::string_view text) {
    std::string out;
    for (const auto& failure : run_log_script(text, engine).failures) out += fmt::format("{}: {}\n", failure.line, failure.message);
    return out;
  };
  const std::string load = "load\n  {a=\"b\"} \"x\" @ 1s\n\n";
  EXPECT_EQ(f(load + "eval logs from 0s to 2s {a=\"b\"}\n  {a=\"b\"} @ 1s \"x\"\n"), "");
  EXPECT_EQ(f(load + "eval logs from 0s to 2s {a=\"b\"}\n  {a=\"b\"} @ 1s \"y\"\n"),
            "4: {a=\"b\"}: expected {a=\"b\"} @ 1000 ms \"y\" but got {a=\"b\"} @ 1000 ms \"x\"\n");
  EXPECT_EQ(f(load + "eval logs from 0s to 2s {a=\"b\"}\n  expect empty\n"), "4: {a=\"b\"}: unexpected {a=\"b\"} @ 1000 ms \"x\"\n");
  EXPECT_EQ(f(load + "eval logs from 0s to 2s {a=\"c\"}\n  {a=\"c\"} @ 1s \"y\"\n"),
            "4: {a=\"c\"}: expected {a=\"c\"} @ 1000 ms \"y\" is not in the result\n");
  EXPECT_EQ(f(load + "eval instant at 2s count_over_time({a=\"b\"}[5s])\n  {a=\"b\"} 2\n"),
            "4: count_over_time({a=\"b\"}[5s]): expected [2 @[2000]] for {a=\"b\"} but got [1 @[2000]]\n");
  EXPECT_EQ(f(load + "eval instant at 2s count_over_time({a=\"b\"}[5s])\n  expect fail\n"),
            "4: count_over_time({a=\"b\"}[5s]): expected an error but got none\n");
  EXPECT_EQ(f("eval instant at 2s 1\n"), "0: cannot read line 1: nothing is expected (\"expect empty\" for an empty result)\n");
  EXPECT_EQ(f("load\n  {a=\"b\"} x @ 1s\n"), "0: cannot read line 2: expected a quoted line at \"x @ 1s\"\n");
  EXPECT_EQ(f("evil\n"), "0: cannot read line 1: unknown command \"evil\"\n");
}

}  // namespace
}  // namespace monitorai::query
