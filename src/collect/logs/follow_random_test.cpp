// Random appends, rotations, truncations, full disks and crashes against a model: no line is lost, and none is doubled.

#include <fcntl.h>
#include <sys/stat.h>

#include <random>

#include "collect/logs/testing/follow_fixture.h"

namespace monitorai::collect {
namespace {

namespace fs = std::filesystem;

/// A writer of one log file, in all the ways that programs write and rotate.
class RandomWriter {
 public:
  RandomWriter(FollowFixture& fixture, std::string name, uint64_t seed, bool stamps, bool repeats)
      : fixture_(fixture), name_(std::move(name)), random_(seed), stamps_(stamps), repeats_(repeats) {}

  void append() {
    if (copying_) return;
    std::string bytes = std::exchange(half_, {});
    for (size_t i = pick(5); i-- > 0;) bytes += line() + (pick(4) == 0 ? "\r\n" : "\n");
    if (pick(6) == 0) {
      const std::string next = line() + "\n";
      const size_t cut = pick(next.size());
      bytes += next.substr(0, cut);
      half_ = next.substr(cut);
    }
    if (bytes.empty()) return;
    fixture_.append(name_, bytes);
    stamp(fixture_.path(name_));
  }
  void append_whole() {
    fixture_.append(name_, line() + "\n");
    stamp(fixture_.path(name_));
  }
  void rotate() {
    finish();
    for (int i = 30; i > 0; --i)
      if (fs::exists(numbered(i))) fs::rename(numbered(i), numbered(i + 1));
    if (fs::exists(fixture_.path(name_))) fs::rename(fixture_.path(name_), numbered(1));
  }
  /// One step of logrotate's copytruncate: makes the copy, fills it piece by piece, and cuts. Nothing is written meanwhile.
  void copy_or_truncate() {
    if (!copying_) {
      finish();
      for (int i = 30; i > 0; --i)
        if (fs::exists(numbered(i))) fs::rename(numbered(i), numbered(i + 1));
      if (!fs::exists(fixture_.path(name_))) return;
      std::ofstream(numbered(1), std::ios::binary);
      copying_ = true;
    } else if (const uint64_t size = fs::file_size(fixture_.path(name_)), copied = fs::file_size(numbered(1)); copied < size) {
      const std::string text = read_file(fixture_.path(name_), size).value();
      std::ofstream(numbered(1), std::ios::binary | std::ios::app) << text.substr(copied, 1 + pick(size - copied));
    } else {
      fs::resize_file(fixture_.path(name_), 0);
      stamp(fixture_.path(name_));
      unique_ = true;
      copying_ = false;
      return;
    }
    stamp(numbered(1));
  }
  bool copying() const { return copying_; }
  void finish() {
    if (half_.empty()) return;
    fixture_.append(name_, std::exchange(half_, {}));
    stamp(fixture_.path(name_));
  }
  const std::vector<std::string>& written() const { return written_; }

 private:
  size_t pick(size_t below) { return std::uniform_int_distribution<size_t>(0, below - 1)(random_); }
  std::string numbered(int i) const { return fixture_.path(fmt::format("{}.{}", name_, i)); }
  /// Of texts that were cut the times alone tell the order. Changes are at times of the fixture's clock, each a little later than the one before.
  void stamp(const std::string& path) {
    if (!stamps_) return;
    const int64_t ns = fixture_.clock.now().ms * 1'000'000 + ++changes_ * 1000;
    const std::array<struct timespec, 2> times{{{ns / 1'000'000'000, ns % 1'000'000'000}, {ns / 1'000'000'000, ns % 1'000'000'000}}};
    ASSERT_EQ(::utimensat(AT_FDCWD, path.c_str(), times.data(), 0), 0);
  }
  std::string line() {
    const uint64_t number = written_.size();
    std::string text;
    // Texts that begin alike cannot be told apart once they were cut.
    switch (std::exchange(unique_, false) ? 0 : pick(4)) {
      case 0: text = fmt::format("plain {} {}", name_, number); break;
      case 1: text = repeats_ ? "the same text every time" : fmt::format("text {} of {}", number, name_); break;
      case 2: text = fmt::format("2026-11-23 10:30:{:02},{:03} - INFO - {} {}", number / 7 % 60, number % 3, name_, number % 5); break;
      default: text = fmt::format("{{\"level\":\"error\",\"number\":{},\"file\":\"{}\"}}", number, name_);
    }
    written_.push_back(text);
    return text;
  }

  FollowFixture& fixture_;
  std::string name_;
  std::mt19937_64 random_;
  std::string half_;
  std::vector<std::string> written_;
  const bool stamps_;
  const bool repeats_;
  bool unique_ = true;
  bool copying_ = false;
  int64_t changes_ = 0;
};

struct Story {
  bool renames;  ///< or copies and cuts; then lines are alike
  bool full;     ///< the store takes nothing at times
};

void run_story(uint64_t seed, Story story) {
  SCOPED_TRACE(fmt::format("seed {}", seed));
  std::mt19937_64 random(seed);
  const auto pick = [&](size_t below) { return std::uniform_int_distribution<size_t>(0, below - 1)(random); };
  FollowFixture f;
  f.settings.half_line_wait = std::chrono::hours(10);  // a half line is cut in two otherwise, which is no loss but another story
  std::vector<RandomWriter> writers;
  for (const std::string_view name : {"a.log", "b.log"}) writers.emplace_back(f, std::string(name), seed * 31 + writers.size(), !story.renames, !story.renames);
  f.start();
  // What is rotated before it was ever seen is history, which is not read.
  for (RandomWriter& writer : writers) writer.append_whole();
  f.turn();
  for (int step = 0; step < 120; ++step) {
    RandomWriter& writer = writers[pick(writers.size())];
    switch (pick(12)) {
      case 0:
        if (story.renames) writer.rotate();
        else do writer.copy_or_truncate();
          while (writer.copying() && pick(2) == 0);
        break;
      case 1:
        f.loop.reset();
        f.start();
        break;
      case 2:
        if (story.full) f.store.set_full(pick(2) == 0);
        break;
      case 3: case 4: case 5: f.turn(); break;
      default: writer.append();
    }
  }
  f.store.set_full(false);
  for (RandomWriter& writer : writers) {
    while (writer.copying()) writer.copy_or_truncate();
    writer.finish();
  }
  for (int i = 0; i < 30; ++i) f.turn();
  std::vector<std::string> want;
  for (const RandomWriter& writer : writers) want.insert(want.end(), writer.written().begin(), writer.written().end());
  std::vector<std::string> got = f.texts();
  std::sort(want.begin(), want.end());
  std::sort(got.begin(), got.end());
  std::vector<std::string> lost, doubled;
  std::set_difference(want.begin(), want.end(), got.begin(), got.end(), std::back_inserter(lost));
  std::set_difference(got.begin(), got.end(), want.begin(), want.end(), std::back_inserter(doubled));
  EXPECT_EQ(lost, Texts{});
  EXPECT_EQ(doubled, Texts{});
}

void run_stories(Story story) {
  const uint64_t stories = std::getenv("MAI_SLOW") != nullptr && *std::getenv("MAI_SLOW") != '\0' ? 300 : 10;
  for (uint64_t seed = 1; seed <= stories && !::testing::Test::HasFailure(); ++seed) run_story(seed, story);
}

TEST(FollowRandom, renaming_rotation_loses_and_doubles_nothing) { run_stories({.renames = true, .full = false}); }
TEST(FollowRandom, copytruncate_loses_and_doubles_nothing) { run_stories({.renames = false, .full = false}); }
TEST(FollowRandom, renaming_rotation_beside_a_disk_that_is_full_at_times_loses_and_doubles_nothing) { run_stories({.renames = true, .full = true}); }

}  // namespace
}  // namespace monitorai::collect
