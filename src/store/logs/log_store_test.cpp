// The log store as its users see it: what is accepted, what is found, in which order, and what is refused.

#include <random>

#include "store/disk/faulty_files.h"
#include "store/logs/fixture.h"

namespace monitorai::store {
namespace {

using signals::Direction;
using signals::Labels;
using signals::LogRange;
using signals::MatchOp;

LogSettings small() {
  LogSettings settings;
  settings.block_bytes = 400;
  return settings;
}

const Labels kStream = stream_named("llm");

TEST(LogStore, finds_a_line_the_moment_it_is_written) {
  LogFixture f;
  EXPECT_EQ(f.write(kStream, {{kLogT0, "hello"}}).accepted, 1u);
  EXPECT_EQ(f.everything(), (LogFixture::Model{{kStream.text(), {{kLogT0, "hello"}}}}));
  EXPECT_EQ(f.write(kStream, {{kLogT0 + 1, ""}, {kLogT0 + 2, "a\nb"}}).accepted, 2u);
  EXPECT_EQ(f.everything().at(kStream.text()), (std::vector<Line>{{kLogT0, "hello"}, {kLogT0 + 1, ""}, {kLogT0 + 2, "a\nb"}}));
}

TEST(LogStore, keeps_structured_metadata_with_its_line) {
  LogFixture f;
  const std::vector<Line> lines{{kLogT0, "a", {{"pid", "1"}, {"service", "x"}}},
                                {kLogT0 + 1, "b"},
                                {kLogT0 + 2, "c", {{"pid", "2"}}},
                                {kLogT0 + 3, "d", {{"pid", "1"}, {"service", "x"}}}};
  f.write(kStream, lines);
  EXPECT_EQ(f.everything().at(kStream.text()), lines);
  ASSERT_TRUE(f.store->flush());
  EXPECT_EQ(f.everything().at(kStream.text()), lines);
  f.reopen();
  EXPECT_EQ(f.everything().at(kStream.text()), lines);
}

TEST(LogStore, selects_streams_by_matchers_and_range) {
  LogFixture fixture;
  for (int i = 0; i < 4; ++i) fixture.write(stream_named(i < 2 ? "llm" : "web", i), {{kLogT0 + i * kSecond, "x"}});
  const auto f = [&](const std::vector<signals::Matcher>& matchers, LogRange range) { return fixture.select(matchers, range)->size(); };
  EXPECT_EQ(f({}, kAllTime), 4u);
  EXPECT_EQ(f({LogFixture::matcher("job", MatchOp::equal, "llm")}, kAllTime), 2u);
  EXPECT_EQ(f({LogFixture::matcher("job", MatchOp::not_equal, "llm")}, kAllTime), 2u);
  EXPECT_EQ(f({LogFixture::matcher("filename", MatchOp::regex, ".*-[03].log")}, kAllTime), 2u);
  EXPECT_EQ(f({LogFixture::matcher("absent", MatchOp::equal, "")}, kAllTime), 4u);
  EXPECT_EQ(f({LogFixture::matcher("absent", MatchOp::not_equal, "")}, kAllTime), 0u);
  EXPECT_EQ(f({}, {{kLogT0}, {kLogT0 + kSecond}}), 1u);
  EXPECT_EQ(f({}, {{kLogT0}, {kLogT0 + kSecond + 1}}), 2u);
  EXPECT_EQ(f({}, {{kLogT0 + 4 * kSecond}, {INT64_MAX}}), 0u);
  EXPECT_EQ(*fixture.store->label_names({}, kAllTime, 0), (std::vector<std::string>{"filename", "job"}));
  EXPECT_EQ(*fixture.store->label_names({}, kAllTime, 1), (std::vector<std::string>{"filename"}));
  EXPECT_EQ(*fixture.store->label_values("job", {}, kAllTime, 0), (std::vector<std::string>{"llm", "web"}));
  EXPECT_EQ(*fixture.store->label_values("job", {}, {{kLogT0}, {kLogT0 + 1}}, 0), (std::vector<std::string>{"llm"}));
  EXPECT_EQ(*fixture.store->label_values("absent", {}, kAllTime, 0), std::vector<std::string>{});
}

TEST(LogStore, a_snapshot_does_not_change_while_the_store_goes_on) {
  LogFixture f(small());
  std::vector<Line> lines;
  for (int i = 0; i < 30; ++i) lines.push_back({kLogT0 + i, fmt::format("line number {} of many", i)});
  f.write(kStream, lines);
  const auto before = f.select();
  for (int i = 30; i < 90; ++i) f.write(kStream, {{kLogT0 + i, fmt::format("line number {} of many", i)}});
  ASSERT_TRUE(f.store->flush());
  EXPECT_EQ(LogFixture::read(*before, 0, kAllTime, Direction::forward), lines);
  EXPECT_EQ(LogFixture::read(*before, 0, kAllTime, Direction::backward), lines);
  EXPECT_EQ(f.everything().at(kStream.text()).size(), 90u);
}

TEST(LogStore, drops_what_it_has_already_wherever_it_is_and_after_a_restart) {
  LogFixture fixture(small());
  std::vector<Line> lines;
  for (int i = 0; i < 60; ++i) lines.push_back({kLogT0 + i / 3 * kSecond, fmt::format("line {} with some text behind it", i)});
  lines[7].metadata = {{"pid", "7"}};
  const auto f = [&](std::string_view when) {
    const auto outcome = fixture.write(kStream, lines);
    EXPECT_EQ(outcome.duplicates, lines.size()) << when;
    EXPECT_EQ(outcome.accepted, 0u) << when;
    EXPECT_EQ(fixture.everything().at(kStream.text()), lines) << when;
  };
  EXPECT_EQ(fixture.write(kStream, lines).accepted, lines.size());
  f("in memory");
  fixture.reopen();
  f("in memory, after a restart");
  ASSERT_TRUE(fixture.store->flush());
  f("in a partition");
  fixture.reopen();
  f("in a partition, after a restart");
  const Line other{lines[5].time_ns, lines[5].text, {{"pid", "1"}}};
  EXPECT_EQ(fixture.write(kStream, {other}).accepted, 1u) << "other metadata is another line";
  EXPECT_EQ(fixture.write(stream_named("other"), {lines[5]}).accepted, 1u) << "another stream";
}

TEST(LogStore, drops_doubles_of_one_head_near_its_end_far_back_and_out_of_order) {
  const auto f = [](const std::function<int64_t(int)>& time_ns, std::string_view how) {
    LogFixture fixture;
    std::vector<Line> lines;
    for (int i = 0; i < 300; ++i) {
      lines.push_back({time_ns(i), fmt::format("line {}", i)});
      EXPECT_EQ(fixture.write(kStream, {lines.back()}).accepted, 1u) << how << i;
      // One that is near, one that is not.
      EXPECT_EQ(fixture.write(kStream, {lines.back()}).duplicates, 1u) << how << i;
      if (i == 200) { EXPECT_EQ(fixture.write(kStream, {lines.front()}).duplicates, 1u) << how; }
      const Line other{lines.back().time_ns, fmt::format("line {} again", i)};
      if (i % 50 == 49) { EXPECT_EQ(fixture.write(kStream, {other}).accepted, 1u) << how << i; }
    }
    EXPECT_EQ(fixture.write(kStream, lines).duplicates, lines.size()) << how;
    EXPECT_EQ(fixture.everything().at(kStream.text()).size(), 306u) << how;
  };
  f([](int i) { return kLogT0 + i; }, "each at its own time ");
  f([](int) { return kLogT0; }, "all at the same time ");
  f([](int i) { return kLogT0 + i / 100; }, "a hundred at a time ");
  f([](int i) { return kLogT0 + (i % 2 == 0 ? i : 1000 - i); }, "out of order ");
}

TEST(LogStore, drops_doubles_within_one_write) {
  LogFixture f;
  const auto outcome = f.write(kStream, {{kLogT0, "a"}, {kLogT0, "b"}, {kLogT0, "a"}, {kLogT0 + 1, "a"}, {kLogT0, "b"}});
  EXPECT_EQ(outcome.accepted, 3u);
  EXPECT_EQ(outcome.duplicates, 2u);
  EXPECT_EQ(f.store->counts().lines_duplicate, 2u);
}

TEST(LogStore, sorts_late_lines_in_and_refuses_those_beyond_the_window) {
  LogFixture f(small());
  LogFixture::Model model;
  for (int i = 0; i < 50; ++i) {
    const Line line{kLogT0 + (i % 7 == 6 ? i - 20 : i) * kSecond, fmt::format("line {} with a few words in it", i)};
    EXPECT_EQ(f.write(kStream, {line}).accepted, 1u);
    add_line(model, kStream, line);
    if (i % 20 == 13) {
      ASSERT_TRUE(f.store->maintain());
    }
  }
  EXPECT_EQ(f.everything(), model);
  ASSERT_TRUE(f.store->flush());
  EXPECT_EQ(f.everything(), model);
  f.clock.set({kLogT0Ms + 60'000});
  const auto late = f.write(kStream, {{kLogT0 + (49 - 3601) * kSecond, "x"}, {kLogT0 + (49 - 3599) * kSecond, "y"}});
  EXPECT_EQ(late.out_of_order, 1u);
  EXPECT_EQ(late.accepted, 1u);
  EXPECT_NE(late.first_problem.find("out-of-order window"), std::string::npos) << late.first_problem;
}

TEST(LogStore, a_clock_that_was_set_back_does_not_shut_streams_out) {
  LogFixture f;
  f.write(kStream, {{kLogT0, "before"}});
  f.clock.set({kLogT0Ms - 86'400'000});
  EXPECT_EQ(f.write(kStream, {{kLogT0 - 86'400 * kSecond, "after"}}).accepted, 1u);
}

TEST(LogStore, refuses_by_name_and_counts) {
  LogSettings settings;
  settings.limits.line_bytes_max = 10;
  settings.limits.streams_max = 2;
  settings.limits.labels_max = 3;
  settings.limits.label_value_bytes_max = 100;
  settings.limits.metadata_max = 1;
  LogFixture fixture(settings);
  const auto f = [&](const Labels& labels, const Line& line, size_t signals::LogWriteOutcome::* member, std::string_view problem) {
    const auto outcome = fixture.write(labels, {line});
    EXPECT_EQ(outcome.*member, 1u) << outcome.first_problem;
    EXPECT_EQ(outcome.accepted + outcome.refused() + outcome.duplicates, 1u);
    EXPECT_NE(outcome.first_problem.find(problem), std::string::npos) << outcome.first_problem;
  };
  using O = signals::LogWriteOutcome;
  const int64_t hour = 3600 * kSecond;
  f(kStream, {kLogT0, "12345678901"}, &O::too_long, "longer than 10");
  f(kStream, {kLogT0 - 201 * hour, "x"}, &O::too_old, "older than the retention");
  f(kStream, {kLogT0 + hour, "x"}, &O::too_new, "future");
  f(kStream, {kLogT0, "\xff"}, &O::invalid, "UTF-8");
  f(kStream, {kLogT0, "x", {{"b", "1"}, {"a", "1"}}}, &O::invalid, "sorted");
  f(kStream, {kLogT0, "x", {{"a", "1"}, {"b", "1"}}}, &O::over_limit, "structured metadata");
  f({}, {kLogT0, "x"}, &O::invalid, "at least one label");
  f({{"a-b", "1"}}, {kLogT0, "x"}, &O::invalid, "is not a label name");
  f({{"a", "\xff"}}, {kLogT0, "x"}, &O::invalid, "not UTF-8");
  f({{"a", std::string(101, 'x')}}, {kLogT0, "x"}, &O::over_limit, "more than 100");
  f({{"a", "1"}, {"b", "1"}, {"c", "1"}, {"d", "1"}}, {kLogT0, "x"}, &O::over_limit, "4 labels");
  EXPECT_EQ(fixture.write(stream_named("second"), {{kLogT0, "x"}}).accepted, 1u);
  f(stream_named("third"), {kLogT0, "x"}, &O::over_limit, "streams_max");
  const LogStoreCounts counts = fixture.store->counts();
  EXPECT_EQ(counts.lines_too_long, 1u);
  EXPECT_EQ(counts.lines_over_limit, 4u);
  EXPECT_EQ(counts.lines_invalid, 5u);
}

TEST(LogStore, skips_blocks_that_cannot_hold_a_needle_and_none_that_do) {
  LogFixture fixture(small());
  std::mt19937_64 random(7);
  std::vector<Line> lines;
  for (int i = 0; i < 400; ++i) lines.push_back({kLogT0 + i, fmt::format("request cmpl-{:016x} took {} ms", random(), random() % 1000)});
  fixture.write(kStream, lines);
  ASSERT_TRUE(fixture.store->flush());
  const auto set = fixture.select();
  const size_t blocks = set->usage(0, kAllTime).blocks;
  EXPECT_GT(blocks, 30u);
  const auto f = [&](const std::string& needle, size_t lines_max) {
    size_t expected = 0;
    size_t found = 0;
    for (const Line& line : lines) expected += line.text.find(needle) != std::string::npos;
    const auto read = LogFixture::read(*set, 0, kAllTime, Direction::forward, {needle});
    for (const Line& line : read) found += line.text.find(needle) != std::string::npos;
    EXPECT_EQ(found, expected) << needle;
    EXPECT_LE(read.size(), lines_max) << needle;
    EXPECT_EQ(read, LogFixture::read(*set, 0, kAllTime, Direction::backward, {needle}));
  };
  f(lines[100].text.substr(13, 16), 60);
  f(lines[399].text.substr(15, 9), 60);
  f("no such text", 0);
  f("request", 400);
  f("ms", 400);
  f("", 400);
}

TEST(LogStore, usage_comes_from_the_index) {
  LogFixture f(small());
  std::vector<Line> lines;
  for (int i = 0; i < 100; ++i) lines.push_back({kLogT0 + i * kSecond, "0123456789"});
  f.write(kStream, lines);
  for (int round = 0; round < 2; ++round) {
    const auto set = f.select();
    const auto all = set->usage(0, kAllTime);
    EXPECT_EQ(all.lines, 100u);
    EXPECT_EQ(all.bytes, 1000u);
    const auto half = set->usage(0, {{kLogT0}, {kLogT0 + 50 * kSecond}});
    EXPECT_NEAR(static_cast<double>(half.lines), 50, 2);
    EXPECT_EQ(set->usage(0, {{0}, {kLogT0}}).lines, 0u);
    ASSERT_TRUE(f.store->flush());
  }
}

TEST(LogStore, lines_of_two_days_go_to_two_partitions) {
  LogFixture f;
  f.clock.set({1'700'006'400'000});
  const int64_t midnight = 1'700'006'400 * kSecond;
  f.write(kStream, {{midnight - 1, "before"}, {midnight, "after"}});
  ASSERT_TRUE(f.store->flush());
  EXPECT_EQ(f.store->disk_usage().partitions, 2u);
  EXPECT_EQ(f.everything().at(kStream.text()).size(), 2u);
  f.reopen();
  EXPECT_EQ(f.everything().at(kStream.text()).size(), 2u);
  EXPECT_EQ(f.write(kStream, {{midnight - 1, "before"}}).duplicates, 1u);
}

TEST(LogStore, retention_deletes_whole_partitions_and_streams_that_have_nothing_left) {
  LogFixture f;
  f.write(kStream, {{kLogT0, "old"}});
  ASSERT_TRUE(f.store->flush());
  for (int day = 1; day <= 10; ++day) {
    for (int i = 0; i < 24 * 6; ++i) {
      f.clock.advance(std::chrono::minutes(10));
      ASSERT_TRUE(f.store->maintain());
    }
    f.write(stream_named("new"), {{f.clock.now().ms * 1'000'000, "new"}});
    ASSERT_TRUE(f.store->flush());
  }
  EXPECT_FALSE(f.everything().contains(kStream.text()));
  EXPECT_EQ(f.store->counts().streams, 1u);
  EXPECT_EQ(f.store->counts().streams_removed, 1u);
  EXPECT_EQ(f.store->counts().partitions_removed, 2u);
  EXPECT_FALSE(std::filesystem::exists(f.settings.folder / "2023-11-14"));
  f.reopen();
  EXPECT_EQ(f.store->counts().streams, 1u);
}

TEST(LogStore, retention_by_size_keeps_the_newest_partition) {
  LogSettings settings;
  settings.retention_bytes = 1;
  LogFixture f(settings);
  f.write(kStream, {{kLogT0 - 86'400 * kSecond, "old"}});
  f.write(stream_named("b"), {{kLogT0, "new"}});
  ASSERT_TRUE(f.store->flush());
  f.clock.advance(std::chrono::minutes(11));
  ASSERT_TRUE(f.store->maintain());
  EXPECT_EQ(f.everything().size(), 1u);
  EXPECT_EQ(f.store->disk_usage().partitions, 1u);
}

TEST(LogStore, nothing_is_deleted_by_age_until_a_clock_that_jumped_has_held_for_an_hour) {
  LogFixture f;
  f.write(kStream, {{kLogT0, "old"}});
  ASSERT_TRUE(f.store->flush());
  const auto pass = [&](int minutes) {
    f.clock.advance(std::chrono::minutes(minutes));
    ASSERT_TRUE(f.store->maintain());
  };
  pass(10);
  f.clock.set({kLogT0Ms + int64_t{1000} * 86'400'000});
  for (int i = 0; i < 6; ++i) pass(9);
  EXPECT_EQ(f.everything().size(), 1u);
  f.clock.set({kLogT0Ms});
  for (int i = 0; i < 20; ++i) pass(9);
  EXPECT_EQ(f.everything().size(), 1u) << "the clock came back";
  f.clock.set({kLogT0Ms + int64_t{1000} * 86'400'000});
  for (int i = 0; i < 8; ++i) pass(9);
  EXPECT_EQ(f.everything().size(), 0u) << "it is the truth";
}

TEST(LogStore, a_start_at_which_everything_would_be_too_old_deletes_nothing_for_an_hour) {
  LogFixture f;
  f.write(kStream, {{kLogT0, "old"}});
  ASSERT_TRUE(f.store->flush());
  f.store.reset();
  f.clock.set({kLogT0Ms + int64_t{1000} * 86'400'000});
  f.reopen();
  for (int i = 0; i < 5; ++i) {
    f.clock.advance(std::chrono::minutes(11));
    ASSERT_TRUE(f.store->maintain());
  }
  EXPECT_EQ(f.everything().size(), 1u);
  f.clock.advance(std::chrono::minutes(11));
  ASSERT_TRUE(f.store->maintain());
  EXPECT_EQ(f.everything().size(), 0u);
}

TEST(LogStore, listeners_hear_accepted_lines_of_their_streams_until_they_are_gone) {
  LogFixture f;
  std::vector<std::string> heard;
  auto listening = f.store->listen({LogFixture::matcher("job", MatchOp::equal, "llm")},
                                   [&](const Labels& stream, std::span<const signals::LogLineView> lines) {
                                     EXPECT_EQ(stream.value("job"), "llm");
                                     EXPECT_EQ(f.everything().at(stream.text()).back().text, lines.back().line);
                                     for (const auto& line : lines) heard.emplace_back(line.line);
                                   });
  f.write(kStream, {{kLogT0, "a"}, {kLogT0 + 1, "b"}});
  f.write(stream_named("web"), {{kLogT0, "not mine"}});
  f.write(kStream, {{kLogT0, "a"}, {kLogT0 + 2, "c"}});
  EXPECT_EQ(heard, (std::vector<std::string>{"a", "b", "c"}));
  listening.reset();
  f.write(kStream, {{kLogT0 + 3, "d"}});
  EXPECT_EQ(heard.size(), 3u);
  listening = f.store->listen({}, [](const Labels&, auto) {});
  f.store.reset();
  listening.reset();
}

TEST(LogStore, open_heads_are_bounded_together) {
  LogSettings settings;
  settings.head_bytes_max = 20'000;
  LogFixture f(settings);
  LogFixture::Model model;
  for (int i = 0; i < 1000; ++i) {
    const Labels stream = stream_named("llm", i % 50);
    const Line line{kLogT0 + i, std::string(200, 'x')};
    f.write(stream, {line});
    add_line(model, stream, line);
    EXPECT_LE(f.store->counts().head_bytes, 20'000u);
  }
  EXPECT_EQ(f.everything(), model);
  ASSERT_TRUE(f.store->flush());
  EXPECT_EQ(f.store->counts().waiting_bytes, 0u);
  EXPECT_EQ(f.everything(), model);
}

TEST(LogStore, writes_wait_when_partitions_cannot_take_more_and_go_on_when_they_can) {
  LogSettings settings = small();
  settings.waiting_bytes_max = 2000;
  LogFixture f(settings);
  size_t accepted = 0;
  Result<signals::LogWriteOutcome> outcome = signals::LogWriteOutcome{};
  for (int i = 0; i < 100 && outcome; ++i, accepted += outcome ? 1 : 0) outcome = f.try_write(kStream, {{kLogT0 + i, std::string(100, 'x')}});
  ASSERT_FALSE(outcome);
  EXPECT_EQ(outcome.error().code, Code::exhausted);
  EXPECT_EQ(f.store->counts().writes_refused, 1u);
  ASSERT_TRUE(f.store->checkpoint());
  EXPECT_EQ(f.write(kStream, {{kLogT0 + 1000, "goes on"}}).accepted, 1u);
  EXPECT_EQ(f.everything().at(kStream.text()).size(), accepted + 1);
}

}  // namespace
}  // namespace monitorai::store
