// Clients of Loki that nobody here wrote: npm's winston-loki pushes to us, npm's ws tails.

#include <gmock/gmock.h>

#include "logs/logs_program.h"

namespace monitorai::tests {
namespace {

TEST(LokiPeers, winston_loki_pushes_in_both_encodings_and_ws_tails) {
  if (!installed("npm") || !installed("node")) GTEST_SKIP() << "npm is not installed: ./dev test installs it";
  LogsProgram program;
  const std::filesystem::path folder = program.folder() / "npm";
  std::filesystem::create_directory(folder);
  for (const char* name : {"package.json", "package-lock.json", "push_and_tail.mjs"})
    std::filesystem::copy_file(std::filesystem::path(MAI_SOURCE_DIR "/tests/loki") / name, folder / name);
  const CommandOutput packages = run_command(fmt::format("cd {} && npm ci --ignore-scripts --no-audit --no-fund --loglevel=error 2>&1", quoted(folder.native())));
  if (packages.code != 0) GTEST_SKIP() << "npm cannot install its packages here: " << packages.text;
  const CommandOutput out = run_command(fmt::format("cd {} && node push_and_tail.mjs http://{} 2>&1", quoted(folder.native()), program.api.address));
  ASSERT_EQ(out.code, 0) << out.text << program.output();
  for (const std::string encoding : {"json", "protobuf"}) {
    EXPECT_EQ(program.loki.lines(R"({job="winston", encoding=")" + encoding + "\"}").size(), 20u) << encoding;
    EXPECT_EQ(program.loki.lines(R"({job="winston", level="error", encoding=")" + encoding + "\"}").size(), 10u) << encoding;
    EXPECT_THAT(out.text, testing::HasSubstr("line 19 of " + encoding + " \\\"\xc3\xa4\xf0\x9f\x98\x80\\\"")) << "the tail has it as it was sent";
  }
}

}  // namespace
}  // namespace monitorai::tests
