// What followed logs must bear: a disk without room, files that are no files, thousands of files.

#include <gmock/gmock.h>
#include <sys/resource.h>
#include <sys/stat.h>

#include <fstream>

#include "logs/logs_program.h"

namespace monitorai::tests {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

namespace fs = std::filesystem;

constexpr std::chrono::seconds kSettled{120};

void append(const LogsProgram& program, const std::string& name, const std::string& text) {
  fs::create_directories(program.folder() / "logs");
  std::ofstream(program.folder() / "logs" / name, std::ios::app | std::ios::binary) << text;
}

TEST(FollowedLogsBadLuck, while_the_disk_is_full_pushes_are_503_files_keep_their_lines_and_all_goes_on_after) {
  LogsProgram program;
  append(program, "a.log", "before\n");
  ASSERT_TRUE(eventually([&] { return program.loki.lines(R"({job="a"})") == std::vector<std::string>{"before"}; }, kSettled));
  // No file may grow: every write fails as it does on a full disk.
  struct rlimit before {};
  ASSERT_EQ(::prlimit(program.pid(), RLIMIT_FSIZE, nullptr, &before), 0);
  const struct rlimit none {1, before.rlim_max};
  ASSERT_EQ(::prlimit(program.pid(), RLIMIT_FSIZE, &none, nullptr), 0);
  append(program, "a.log", "while it was full\n");
  const HttpAnswer refused = program.loki.push(R"({"job":"pushed"})", {"lost unless it is sent again"});
  EXPECT_EQ(refused.status, 503) << refused.body;
  EXPECT_TRUE(eventually(
      [&] {
        const std::string metrics = program.api.get("/metrics");
        return metrics.find("monitorai_follow_write_retries_total 0\n") == std::string::npos || metrics.find("monitorai_follow_position_errors_total 0\n") == std::string::npos;
      },
      kSettled))
      << "the follower noticed";
  append(program, "a.log", "more\n");
  EXPECT_THAT(program.loki.lines(R"({job=~"a|pushed"})"), ElementsAre("before")) << "queries go on, and nothing half written is in them";
  ASSERT_EQ(::prlimit(program.pid(), RLIMIT_FSIZE, &before, nullptr), 0);
  EXPECT_TRUE(eventually([&] { return program.loki.push(R"({"job":"pushed"})", {"sent again"}).status == 204; }, kSettled));
  EXPECT_TRUE(eventually([&] { return program.loki.lines(R"({job="a"})").size() == 3; }, kSettled));
  EXPECT_THAT(program.loki.lines(R"({job="a"})"), ElementsAre("before", "while it was full", "more"));
  EXPECT_EQ(program.end(), 0);
}

TEST(FollowedLogsBadLuck, files_that_are_no_log_files_are_named_and_left_and_thousands_are_followed) {
  constexpr size_t kFiles = 3000;
  LogsProgram program;
  const fs::path logs = program.folder() / "logs";
  fs::create_directories(logs);
  ASSERT_EQ(::mkfifo((logs / "fifo.log").c_str(), 0600), 0);
  fs::create_directory(logs / "folder.log");
  fs::create_symlink("loop.log", logs / "loop.log");
  fs::create_symlink("/dev/zero", logs / "zero.log");
  fs::create_symlink("/proc/kmsg", logs / "proc.log");
  append(program, "binary.log", std::string("\0\x01\xff\xfe", 4) + "\n");
  append(program, "empty.log", "");
  append(program, "long.log", std::string(600 * 1024, 'x') + "\n");
  for (size_t i = 0; i < kFiles; ++i) append(program, fmt::format("many-{}.log", i), "of many\n");
  EXPECT_TRUE(eventually([&] { return program.loki.lines(R"({job=~"many-.*"})").size() == kFiles; }, kSettled)) << program.output();
  append(program, "many-7.log", "and one more\n");
  EXPECT_TRUE(eventually([&] { return program.loki.lines(R"({job="many-7"})").size() == 2; }, kSettled));
  EXPECT_EQ(program.loki.lines(R"({job="long"})").size(), 3u) << "split, and marked";
  EXPECT_THAT(program.loki.lines(R"({job="long"} | split_part="3")"), ElementsAre(std::string(600 * 1024 - 2 * 256 * 1024, 'x')));
  EXPECT_THAT(program.loki.lines(R"({job="binary"})"), ElementsAre(HasSubstr("\xef\xbf\xbd")));
  const std::string output = program.output();
  EXPECT_THAT(output, HasSubstr("fifo.log: it is a FIFO"));
  EXPECT_THAT(output, HasSubstr("zero.log: it is a device"));
  EXPECT_THAT(output, HasSubstr("proc.log: it is a file of the kernel"));
  EXPECT_EQ(program.end(), 0);
}

}  // namespace
}  // namespace monitorai::tests
