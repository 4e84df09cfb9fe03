#include <sys/stat.h>
#include <unistd.h>

#include "collect/logs/testing/follow_fixture.h"

namespace monitorai::collect {
namespace {

namespace fs = std::filesystem;

TEST(FollowLoop, lines_of_a_file_arrive_with_its_labels) {
  FollowFixture f;
  f.append("llm-model.log", "2025-01-15 10:30:26,123 - ERROR - Failed to load model: Out of memory\n");
  f.start();
  f.settle();
  const auto streams = f.store.streams();
  ASSERT_EQ(streams.size(), 1u);
  EXPECT_EQ(streams.begin()->first, (signals::Labels{{"job", "llm-model"}, {"level", "error"}, {"filename", f.path("llm-model.log")}}));
  EXPECT_EQ(f.texts(), Texts{"2025-01-15 10:30:26,123 - ERROR - Failed to load model: Out of memory"});
}

TEST(FollowLoop, growth_new_files_and_files_made_later_are_seen) {
  FollowFixture f;
  f.append("a.log", "one\n");
  f.start();
  f.turn();
  f.append("a.log", "two\n");
  f.append("b.log", "three\n");
  f.append("c.txt", "no log\n");
  f.turn();
  f.turn();
  EXPECT_EQ(f.texts(), (Texts{"one", "two", "three"}));
}

TEST(FollowLoop, half_lines_wait_for_their_end_but_not_for_ever) {
  FollowFixture f;
  f.append("a.log", "hal");
  f.start();
  f.turn();
  EXPECT_TRUE(f.texts().empty());
  f.append("a.log", "f\r\n");
  f.turn();
  EXPECT_EQ(f.texts(), Texts{"half"});
  f.append("a.log", "no newline at the end");
  f.settle();
  EXPECT_EQ(f.texts().back(), "no newline at the end");
}

TEST(FollowLoop, a_renamed_file_is_read_to_its_end_before_its_follower) {
  FollowFixture f;
  f.append("a.log", "1\n");
  f.start();
  f.turn();
  f.append("a.log", "2\n");
  fs::rename(f.path("a.log"), f.path("a.log.1"));
  f.append("a.log.1", "3\n");
  f.append("a.log", "4\n");
  f.turn();
  f.append("a.log.1", "late\n");
  f.append("a.log", "5\n");
  f.settle();
  Texts texts = f.texts();
  std::sort(texts.begin(), texts.end());
  EXPECT_EQ(texts, (Texts{"1", "2", "3", "4", "5", "late"})) << "a writer that was slow to reopen is not lost";
}

TEST(FollowLoop, several_rotations_at_once_lose_nothing) {
  FollowFixture f;
  f.append("a.log.9", "old history\n");
  fs::last_write_time(f.path("a.log.9"), fs::file_time_type::clock::now() - std::chrono::hours(1));
  f.append("a.log", "1\n");
  f.start();
  f.turn();
  f.append("a.log", "2\n");
  fs::rename(f.path("a.log"), f.path("a.log.3"));
  f.append("a.log", "3\n");
  fs::rename(f.path("a.log"), f.path("a.log.2"));
  f.append("a.log", "4\n");
  fs::rename(f.path("a.log"), f.path("a.log.1"));
  f.append("a.log", "5\n");
  f.settle();
  EXPECT_EQ(f.texts(), (Texts{"1", "2", "3", "4", "5"}));
}

TEST(FollowLoop, rotations_while_we_are_down_lose_nothing) {
  FollowFixture f;
  f.append("a.log", "1\n");
  f.start();
  f.turn();
  f.loop.reset();
  f.append("a.log", "2\n");
  fs::rename(f.path("a.log"), f.path("a.log.2"));
  f.append("a.log", "3\n");
  fs::rename(f.path("a.log"), f.path("a.log.1"));
  f.append("a.log", "4\n");
  f.start();
  f.settle();
  EXPECT_EQ(f.texts(), (Texts{"1", "2", "3", "4"}));
}

TEST(FollowLoop, copytruncate_finds_in_the_copy_what_was_not_read) {
  FollowFixture f;
  f.append("a.log", "1\n");
  f.start();
  f.turn();
  f.append("a.log", "2\n");
  fs::copy_file(f.path("a.log"), f.path("a.log.1"));
  fs::resize_file(f.path("a.log"), 0);
  f.turn();
  f.append("a.log", "3\n");
  f.settle();
  EXPECT_EQ(f.texts(), (Texts{"1", "2", "3"}));
  f.loop.reset();
  f.start();
  f.settle();
  EXPECT_EQ(f.texts().size(), 3u) << "the copy is not read again after a restart";
}

TEST(FollowLoop, texts_that_came_and_were_cut_between_two_looks_are_found_in_their_copies) {
  FollowFixture f;
  const auto cut = [&](std::string_view copy) {
    fs::copy_file(f.path("a.log"), f.path(copy));
    fs::resize_file(f.path("a.log"), 0);
  };
  f.append("a.log", "1\n");
  f.start();
  f.turn();
  cut("a.log.3");
  f.turn();
  f.append("a.log", "2\n");
  cut("a.log.2");
  f.append("a.log", "3\n");
  cut("a.log.1");
  fs::last_write_time(f.path("a.log"), fs::file_time_type::clock::now() + std::chrono::seconds(1));
  f.settle();
  EXPECT_EQ(f.texts(), (Texts{"1", "2", "3"}));
}

TEST(FollowLoop, a_copy_that_was_made_but_not_cut_yet_is_not_read_beside_its_original) {
  FollowFixture f;
  f.append("a.log", "1\n");
  f.start();
  f.turn();
  f.loop.reset();
  fs::copy_file(f.path("a.log"), f.path("a.log.2"));
  fs::resize_file(f.path("a.log"), 0);
  f.append("a.log", "2\n");
  fs::copy_file(f.path("a.log"), f.path("a.log.1"));
  f.start();
  f.settle();
  fs::resize_file(f.path("a.log"), 0);
  f.append("a.log", "3\n");
  f.settle();
  EXPECT_EQ(f.texts(), (Texts{"1", "2", "3"}));
}

TEST(FollowLoop, a_copy_that_is_looked_at_before_its_first_byte_is_not_read_beside_its_original) {
  FollowFixture f;
  f.append("a.log", "1\n");
  f.start();
  f.turn();
  fs::copy_file(f.path("a.log"), f.path("a.log.2"));
  fs::resize_file(f.path("a.log"), 0);
  f.append("a.log", "2\n");
  f.append("a.log.1", "");
  f.settle();
  f.append("a.log.1", "2\n");
  f.turn();
  fs::resize_file(f.path("a.log"), 0);
  f.append("a.log", "3\n");
  f.settle();
  EXPECT_EQ(f.texts(), (Texts{"1", "2", "3"}));
}

TEST(FollowLoop, a_copy_that_was_looked_at_before_its_first_byte_still_gives_what_was_not_read_of_its_original) {
  for (const bool look_between : {false, true}) {
    SCOPED_TRACE(look_between);
    FollowFixture f;
    f.append("a.log", "1\n");
    f.start();
    f.turn();
    fs::copy_file(f.path("a.log"), f.path("a.log.2"));
    fs::resize_file(f.path("a.log"), 0);
    f.append("a.log", "2\n");
    f.append("a.log.1", "");
    f.turn();
    f.append("a.log", "3\n");
    f.append("a.log.1", "2\n3\n");
    if (look_between) f.turn();
    fs::resize_file(f.path("a.log"), 0);
    f.append("a.log", "4\n");
    f.settle();
    EXPECT_EQ(f.texts(), (Texts{"1", "2", "3", "4"}));
  }
}

TEST(FollowLoop, what_the_store_had_not_got_before_a_kill_and_a_cut_is_written_again_from_the_copy) {
  FollowFixture f;
  f.append("a.log", "1\n");
  f.start();
  f.turn();
  f.store.set_full(true);
  f.append("a.log", "2\n3\n");
  f.turn();
  f.loop.reset();
  f.store.set_full(false);
  f.append("a.log", "4\n");
  fs::copy_file(f.path("a.log"), f.path("a.log.1"));
  fs::resize_file(f.path("a.log"), 0);
  f.append("a.log", "5\n");
  f.start();
  f.settle();
  EXPECT_EQ(f.texts(), (Texts{"1", "2", "3", "4", "5"}));
}

TEST(FollowLoop, a_file_cut_and_grown_past_the_old_offset_is_read_from_its_beginning) {
  FollowFixture f;
  f.append("a.log", "first\n");
  f.start();
  f.turn();
  fs::resize_file(f.path("a.log"), 0);
  f.append("a.log", "second and longer\n");
  f.turn();
  EXPECT_EQ(f.texts(), (Texts{"first", "second and longer"}));
}

TEST(FollowLoop, a_symlink_that_is_switched_is_followed) {
  FollowFixture f;
  f.append("one.txt", "1\n");
  f.append("two.txt", "2\n");
  fs::create_symlink("one.txt", f.path("a.log"));
  f.start();
  f.turn();
  fs::create_symlink("two.txt", f.path("new"));
  fs::rename(f.path("new"), f.path("a.log"));
  f.turn();
  f.append("two.txt", "3\n");
  f.turn();
  EXPECT_EQ(f.texts(), (Texts{"1", "2", "3"}));
}

TEST(FollowLoop, a_restart_goes_on_where_it_was_and_doubles_nothing) {
  FollowFixture f;
  f.append("a.log", "same\nsame\n2025-01-15 10:30:26 INFO x\n2025-01-15 10:30:26 INFO x\n");
  f.start();
  f.turn();
  f.loop.reset();  // as kill -9: nothing is finished
  f.append("a.log", "same\n");
  f.start();
  f.settle();
  EXPECT_EQ(f.texts().size(), 5u) << "equal lines are not one, and a replay is not two";
  EXPECT_EQ(f.loop->counts().replayed, 4u);
}

TEST(FollowLoop, a_line_that_the_store_did_not_take_stays_in_the_file) {
  FollowFixture f;
  f.append("a.log", "1\n");
  f.start();
  f.store.set_full(true);
  f.settle();
  const size_t writes = f.store.writes();
  EXPECT_LT(writes, 10u) << "it is asked less and less often";
  f.append("a.log", "2\n");
  f.settle();
  f.loop.reset();
  f.store.set_full(false);
  f.start();
  f.settle();
  EXPECT_EQ(f.texts(), (Texts{"1", "2"}));
}

TEST(FollowLoop, tracebacks_are_one_entry) {
  FollowFixture f;
  f.append("a.log",
           "2025-01-15 10:30:26,123 - ERROR - boom\nTraceback (most recent call last):\n  File \"x.py\", line 1, in <module>\n"
           "    1/0\nZeroDivisionError: division by zero\n2025-01-15 10:30:27,000 - INFO - next\n");
  f.start();
  f.turn();
  ASSERT_EQ(f.texts().size(), 2u);
  EXPECT_TRUE(f.texts()[0].ends_with("ZeroDivisionError: division by zero"));
}

TEST(FollowLoop, odd_files_are_left_and_named) {
  FollowFixture f;
  ASSERT_EQ(::mkfifo(f.path("fifo.log").c_str(), 0600), 0);
  fs::create_directory(f.path("folder.log"));
  fs::create_symlink("loop.log", f.path("loop.log"));
  fs::create_symlink("/dev/zero", f.path("zero.log"));
  fs::create_symlink("/proc/self/status", f.path("proc.log"));
  f.append("good.log", "x\n");
  f.start();
  f.settle();
  EXPECT_EQ(f.texts(), Texts{"x"});
  std::map<std::string, std::string> problems;
  for (const auto& file : f.loop->files())
    if (!file.problem.empty()) problems[fs::path(file.path).filename()] = file.problem;
  EXPECT_EQ(problems.size(), 3u);
  EXPECT_NE(problems["fifo.log"].find("a FIFO"), std::string::npos);
  EXPECT_NE(problems["zero.log"].find("a device"), std::string::npos);
  EXPECT_NE(problems["proc.log"].find("a file of the kernel"), std::string::npos);
}

TEST(FollowLoop, a_file_deleted_while_it_is_read_gives_its_lines_and_goes) {
  FollowFixture f;
  std::ofstream out(f.path("a.log"));
  out << "1\n" << std::flush;
  f.start();
  f.turn();
  fs::remove(f.path("a.log"));
  out << "2\n" << std::flush;
  f.settle();
  EXPECT_EQ(f.texts(), (Texts{"1", "2"}));
  f.settle();
  EXPECT_EQ(f.loop->counts().files, 0u);
}

TEST(FollowLoop, files_over_the_limit_are_counted) {
  FollowFixture f;
  f.settings.limits.files_max = 3;
  for (int i = 0; i < 5; ++i) f.append(fmt::format("{}.log", i), "x\n");
  f.start();
  f.turn();
  EXPECT_EQ(f.loop->counts().files, 3u);
  EXPECT_EQ(f.loop->counts().files_over_limit, 2u);
}

TEST(FollowLoop, bytes_that_are_no_text_are_replaced_and_long_lines_split) {
  FollowFixture f;
  f.settings.limits.line_bytes_max = 10;
  f.append("a.log", "ok\xff\n0123456789abcdefghijKLM\n");
  f.start();
  f.turn();
  EXPECT_EQ(f.texts(), (Texts{"ok\xef\xbf\xbd", "0123456789", "abcdefghij", "KLM"}));
  EXPECT_EQ(f.loop->counts().invalid_utf8, 1u);
  EXPECT_EQ(f.loop->counts().split, 1u);
  const auto streams = f.store.streams();
  EXPECT_EQ(streams.begin()->second[3].metadata, (signals::Labels{{"split_part", "3"}}));
}

TEST(FollowLoop, damaged_positions_are_left_out_and_told) {
  FollowFixture f;
  f.append("a.log", "1\n");
  f.start();
  f.turn();
  f.loop.reset();
  std::ofstream(f.settings.state / "positions", std::ios::app) << "torn rec";
  f.append("a.log", "2\n");
  f.start();
  f.settle();
  EXPECT_EQ(f.texts(), (Texts{"1", "2"}));
  EXPECT_EQ(f.loop->counts().position_errors, 1u);
}

}  // namespace
}  // namespace monitorai::collect
