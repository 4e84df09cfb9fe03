#include "collect/logs/positions.h"

#include <gtest/gtest.h>

#include <fstream>

#include "base/files.h"

namespace monitorai::collect {
namespace {

constexpr int64_t kSecond = 1'000'000'000;

struct PositionsFixture {
  TemporaryDirectory folder;
  std::string path() const { return (folder.path() / "positions").native(); }
  Positions open() const {
    auto made = Positions::open(folder.path());
    EXPECT_TRUE(made) << made.error().message;
    return std::move(*made);
  }
  std::string bytes() const { return *read_file(path(), 1 << 20); }
  void write(std::string_view text) const { std::ofstream(path(), std::ios::binary) << text; }
};

KnownFile a_file() {
  return {.identity = {2049, 77},
          .fingerprint = {},
          .path = "/srv/llm/logs/llm-model.log",
          .origin = "logs",
          .context = std::make_shared<const FileContext>(FileContext{{{"job", "llm-model"}, {"filename", "/srv/llm/logs/llm-model.log"}}, {{"pid", "42"}}})};
}

Positions::Step step(uint64_t id, uint64_t from, uint64_t to, int64_t written_s) {
  return {.id = id, .fingerprint = {4, 0x1f}, .range = {.from = from, .to = to, .time = {7 * kSecond}, .previous = {{5}, {6}}, .part = 0, .backlog = true, .written = {written_s * kSecond}}};
}

// docs/formats/log-positions.md
TEST(Positions, writes_the_bytes_of_the_document) {
  PositionsFixture f;
  Positions positions = f.open();
  const uint64_t id = positions.add(a_file());
  ASSERT_TRUE(positions.append(std::vector{step(id, 0, 120, 9)}, std::vector{std::pair<std::string, KnownCursor>{"vllm.service", {"s=1;i=2", {9 * kSecond}, {8}}}}));
  positions.forget(id);
  EXPECT_EQ(f.bytes(),
            "monitorai log positions 1\n"
            "194d7e91 N\t1\n"
            "39d917df F\t1\t2049\t77\tlogs\tplain\t/srv/llm/logs/llm-model.log\tfilename=/srv/llm/logs/llm-model.log,job=llm-model\tpid=42\n"
            "ed32c22a R\t1\t4\t000000000000001f\t0\t120\t7000000000\t5\t6\t0\t1\t9000000000\n"
            "eb06a9f0 J\tvllm.service\ts%3d1%3bi%3d2\t9000000000\t8\n"
            "cd14b155 D\t1\n");
}

TEST(Positions, what_was_appended_is_there_after_a_restart) {
  PositionsFixture f;
  uint64_t id = 0;
  {
    Positions positions = f.open();
    id = positions.add(a_file());
    ASSERT_TRUE(positions.append(std::vector{step(id, 0, 120, 9), step(id, 120, 180, 10)}));
  }
  const Positions again = f.open();
  ASSERT_TRUE(again.files().contains(id));
  const KnownFile& file = again.files().at(id);
  EXPECT_EQ(file.path, a_file().path);
  EXPECT_EQ(*file.context, *a_file().context);
  EXPECT_EQ(file.offset(), 180u);
  EXPECT_EQ(file.fingerprint, (Fingerprint{4, 0x1f}));
  EXPECT_EQ(file.ranges.back().range, step(id, 120, 180, 10).range);
  EXPECT_EQ(again.to_replay(file).size(), 2u);
}

TEST(Positions, only_ranges_of_the_last_moments_are_written_again) {
  PositionsFixture f;
  uint64_t first = 0, second = 0;
  {
    Positions positions = f.open();
    first = positions.add(a_file());
    second = positions.add(a_file());
    ASSERT_TRUE(positions.append(std::vector{step(first, 0, 10, 100)}));
    ASSERT_TRUE(positions.append(std::vector{step(second, 0, 10, 101), step(second, 10, 20, 104), step(second, 20, 30, 105)}));
  }
  const Positions again = f.open();
  EXPECT_TRUE(again.to_replay(again.files().at(first)).empty()) << "five seconds before the newest";
  EXPECT_EQ(again.to_replay(again.files().at(second)).size(), 2u);
}

TEST(Positions, numbers_of_files_are_never_used_again) {
  PositionsFixture f;
  uint64_t id = 0;
  {
    Positions positions = f.open();
    id = positions.add(a_file());
    ASSERT_TRUE(positions.append(std::vector{step(id, 0, 10, 1)}));
    positions.forget(id);
  }
  { const Positions between = f.open(); }
  EXPECT_GT(f.open().add(a_file()), id);
}

TEST(Positions, a_damaged_end_is_left_out_and_what_stands_before_it_counts) {
  PositionsFixture f;
  {
    Positions positions = f.open();
    const uint64_t id = positions.add(a_file());
    ASSERT_TRUE(positions.append(std::vector{step(id, 0, 120, 9), step(id, 120, 180, 10)}));
  }
  const std::string whole = f.bytes();
  const size_t last = whole.rfind('\n', whole.size() - 2) + 1;
  const auto opens_with = [&](const std::string& bytes, uint64_t offset) {
    f.write(bytes);
    const Positions positions = f.open();
    ASSERT_EQ(positions.files().size(), 1u);
    EXPECT_EQ(positions.files().begin()->second.offset(), offset);
    EXPECT_EQ(positions.damaged_bytes(), bytes.size() - last);
    EXPECT_EQ(f.open().damaged_bytes(), 0u) << "the damage is gone with the first opening";
  };
  for (size_t size = last + 1; size < whole.size(); size += 7) opens_with(whole.substr(0, size), 120);
  std::string changed = whole;
  changed[last + 20] ^= 1;
  opens_with(changed, 120);
}

TEST(Positions, of_a_foreign_file_nothing_is_taken) {
  const auto f = [](std::string_view bytes) {
    PositionsFixture fixture;
    fixture.write(bytes);
    const Positions positions = fixture.open();
    EXPECT_TRUE(positions.files().empty());
    EXPECT_EQ(positions.damaged_bytes(), bytes.size());
  };
  f("positions:\n  /var/log/x.log: \"12\"\n");
  f("monitorai log positions 2\n");
  f(std::string_view("\0\0\0", 3));
}

}  // namespace
}  // namespace monitorai::collect
