#include "app/demo/log_file.h"

#include <gtest/gtest.h>

#include <fstream>

#include "app/demo/log_lines.h"

namespace monitorai::app::demo {
namespace {

class SimulatedLogFile : public testing::Test {
 protected:
  std::filesystem::path path() const { return folder_.path() / "llm-model.log"; }
  std::string text() const { return read_file(path(), 1 << 20).value_or(std::string("<none>")); }
  void put(std::string_view bytes) const { std::ofstream(path()) << bytes; }
  TemporaryDirectory folder_;
};

TEST_F(SimulatedLogFile, says_in_its_first_line_that_it_is_simulated) {
  LogFile log = std::move(LogFile::open(path()).value());
  log.append(std::vector<std::string>{"a", "b"});
  EXPECT_EQ(text(), std::string(kLogMarker) + "\na\nb\n");
}

TEST_F(SimulatedLogFile, two_who_share_it_write_one_marker_and_the_last_removes_it) {
  LogFile one = std::move(LogFile::open(path()).value());
  LogFile two = std::move(LogFile::open(path()).value());
  one.append(std::vector<std::string>{"one"});
  two.append(std::vector<std::string>{"two"});
  EXPECT_EQ(text(), std::string(kLogMarker) + "\none\ntwo\n");
  one.leave(false);
  EXPECT_TRUE(std::filesystem::exists(path()));
  two.leave(false);
  EXPECT_FALSE(std::filesystem::exists(path()));
}

TEST_F(SimulatedLogFile, is_kept_when_asked) {
  LogFile log = std::move(LogFile::open(path()).value());
  log.leave(true);
  EXPECT_TRUE(std::filesystem::exists(path()));
}

TEST_F(SimulatedLogFile, goes_on_with_one_that_an_earlier_demo_left) {
  put(std::string(kLogMarker) + "\nold\n");
  LogFile log = std::move(LogFile::open(path()).value());
  log.append(std::vector<std::string>{"new"});
  EXPECT_EQ(text(), std::string(kLogMarker) + "\nold\nnew\n");
}

TEST_F(SimulatedLogFile, never_touches_the_log_of_a_real_program) {
  for (const std::string_view real : {"2025-01-15 10:30:26,123 - INFO - [USER] Request #1: Hi\n", "x", "# simulated by monitorai dem"}) {
    put(real);
    const auto log = LogFile::open(path());
    ASSERT_FALSE(log);
    EXPECT_EQ(log.error().code, Code::invalid);
    EXPECT_EQ(text(), real);
  }
}

TEST_F(SimulatedLogFile, a_folder_or_a_missing_folder_is_an_error) {
  EXPECT_FALSE(LogFile::open(folder_.path()));
  EXPECT_EQ(LogFile::open(folder_.path() / "no" / "x.log").error().code, Code::not_found);
}

TEST_F(SimulatedLogFile, is_cut_to_its_marker_when_it_grew_too_large) {
  LogFile log = std::move(LogFile::open(path()).value());
  std::filesystem::resize_file(path(), kLogBytesMax + 1);
  log.append(std::vector<std::string>{"last"});
  EXPECT_EQ(text(), std::string(kLogMarker) + "\n");
}

}  // namespace
}  // namespace monitorai::app::demo
