// The log store across restarts, crashes and failing disks: what was acknowledged is there afterwards, once.

#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <fstream>
#include <random>

#include "store/disk/faulty_files.h"
#include "store/logs/fixture.h"

namespace monitorai::store {
namespace {

using signals::Labels;
using signals::LogRange;

LogSettings small() {
  LogSettings settings;
  settings.block_bytes = 300;
  settings.future_max = std::chrono::hours(24 * 5);
  return settings;
}

LogFixture::Model within(const LogFixture::Model& model, LogRange range) {
  LogFixture::Model out;
  for (const auto& [stream, lines] : model)
    for (const Line& line : lines)
      if (range.contains({line.time_ns})) out[stream].push_back(line);
  return out;
}

TEST(LogRestart, agrees_with_a_map_after_random_operations) {
  const uint64_t seed = std::random_device{}();
  SCOPED_TRACE(fmt::format("seed {}", seed));
  std::mt19937_64 random(seed);
  LogFixture fixture(small());
  LogFixture::Model model;
  std::vector<std::pair<Labels, Line>> sent;
  int64_t now_ms = kLogT0Ms;
  for (int round = 0; round < 800; ++round) {
    const auto roll = random() % 100;
    if (roll < 3) {
      fixture.reopen();
    } else if (roll < 6) {
      ASSERT_TRUE(fixture.store->checkpoint());
    } else if (roll < 8) {
      ASSERT_TRUE(fixture.store->flush());
    } else if (roll < 14) {
      fixture.clock.advance(std::chrono::seconds(11));
      ASSERT_TRUE(fixture.store->maintain());
    } else if (roll < 20 && !sent.empty()) {
      const auto& [labels, line] = sent[sent.size() - 1 - random() % std::min<size_t>(sent.size(), 20)];
      const auto outcome = fixture.write(labels, {line});
      ASSERT_EQ(outcome.duplicates + outcome.out_of_order, 1u) << "after operation " << round;
    } else {
      const Labels labels = stream_named("llm", static_cast<int>(random() % 5));
      std::vector<Line> lines;
      now_ms += static_cast<int64_t>(random() % 200'000);
      fixture.clock.set({now_ms});
      for (size_t n = 1 + random() % 6; n > 0; --n) {
        Line& line = lines.emplace_back();
        line.time_ns = now_ms * 1'000'000 - (roll < 40 ? static_cast<int64_t>(random() % 1000) * kSecond : 0) + static_cast<int64_t>(random() % 3);
        line.text = fmt::format("{} {} {}", round, n, std::string(random() % 60, 'x'));
        if (random() % 5 == 0) line.metadata = {{"pid", fmt::format("{}", random() % 3)}};
      }
      const auto outcome = fixture.write(labels, lines);
      ASSERT_EQ(outcome.accepted, lines.size()) << outcome.first_problem;
      for (const Line& line : lines) {
        add_line(model, labels, line);
        sent.emplace_back(labels, line);
      }
    }
    if (round % 100 == 99) {
      ASSERT_EQ(fixture.everything(), model) << "after operation " << round;
    }
  }
  fixture.reopen();
  EXPECT_EQ(fixture.everything(), model);
  const LogRange middle{{(now_ms - 3'000'000) * 1'000'000}, {(now_ms - 1'000'000) * 1'000'000}};
  EXPECT_EQ(fixture.everything(middle), within(model, middle));
}

TEST(LogRestart, a_flushed_store_has_nothing_to_replay) {
  LogFixture fixture(small());
  LogFixture::Model model;
  for (int i = 0; i < 100; ++i) {
    const Labels labels = stream_named("m", i % 7);
    fixture.write(labels, {{kLogT0 + i, fmt::format("line {}", i)}});
    add_line(model, labels, {kLogT0 + i, fmt::format("line {}", i)});
  }
  ASSERT_TRUE(fixture.store->flush());
  fixture.reopen();
  EXPECT_EQ(fixture.store->replayed().batches, 0u);
  EXPECT_EQ(fixture.everything(), model);
}

TEST(LogRestart, with_its_own_threads_it_keeps_everything_too) {
  LogFixture fixture(small());
  fixture.store.reset();
  LogFixture::Model model;
  SystemClock clock;
  const int64_t begin = clock.now().ms * 1'000'000;
  {
    LogSettings settings = fixture.settings;
    settings.background = true;
    settings.waiting_bytes_max = 1 << 20;
    settings.log_bytes_max = 10'000;
    auto store = LogStore::open(settings, clock, fixture.files);
    ASSERT_TRUE(store) << store.error().message;
    fixture.store = std::move(*store);
    for (int i = 0; i < 2000; ++i) {
      const Labels labels = stream_named("m", i % 7);
      fixture.write(labels, {{begin + i, fmt::format("line {}", i)}});
      add_line(model, labels, {begin + i, fmt::format("line {}", i)});
    }
    EXPECT_EQ(fixture.everything(), model);
  }
  fixture.clock.set(clock.now());
  fixture.reopen();
  EXPECT_EQ(fixture.everything(), model);
}

TEST(LogStoreThreads, readers_see_a_growing_prefix_while_others_write_and_tidy_up) {
  LogFixture fixture(small());
  fixture.store.reset();
  LogSettings settings = fixture.settings;
  settings.background = true;
  settings.log_bytes_max = 5000;
  auto store = LogStore::open(settings, fixture.clock, fixture.files);
  ASSERT_TRUE(store) << store.error().message;
  fixture.store = std::move(*store);
  constexpr int kLines = 1500;
  std::atomic<bool> done{false};
  const auto follow = [&](signals::Direction direction) {
    for (size_t last = 0; last < kLines;) {
      const bool finished = done;
      const auto set = fixture.select();
      const auto lines = set->size() == 0 ? std::vector<Line>{} : LogFixture::read(*set, 0, kAllTime, direction);
      ASSERT_GE(lines.size(), last);
      last = lines.size();
      for (size_t i = 0; i < last; ++i) ASSERT_EQ(lines[i].text, fmt::format("line {}", i));
      ASSERT_TRUE(!finished || last == kLines);
    }
  };
  {
    std::jthread forward([&] { follow(signals::Direction::forward); });
    std::jthread backward([&] { follow(signals::Direction::backward); });
    for (int i = 0; i < kLines; ++i) fixture.write(stream_named("m"), {{kLogT0 + i, fmt::format("line {}", i)}});
    done = true;
  }
}

TEST(LogRestart, a_second_store_on_the_folder_is_refused_and_told_who_was_first) {
  LogFixture fixture;
  const auto second = LogStore::open(fixture.settings, fixture.clock, fixture.files);
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().code, Code::unavailable);
  EXPECT_NE(second.error().message.find(fmt::format("process {}", ::getpid())), std::string::npos) << second.error().message;
}

TEST(LogRestart, a_prefix_of_the_log_recovers_a_prefix_of_the_writes) {
  FaultyFiles files;
  std::string whole;
  std::vector<Line> lines;
  {
    LogFixture fixture(small(), &files);
    for (int i = 0; i < 12; ++i) {
      lines.push_back({kLogT0 + i, fmt::format("line {}", i), {{"n", fmt::format("{}", i)}}});
      fixture.write(stream_named("m"), {lines.back()});
    }
    whole = files.names().at(fixture.settings.folder / "log" / "0000000001.log")->bytes;
  }
  size_t last = 0;
  for (size_t bytes = 0; bytes <= whole.size(); bytes += 3) {
    FaultyFiles cut;
    LogFixture fixture(small(), &cut);
    fixture.store.reset();
    auto content = std::make_shared<FaultyFiles::Content>();
    content->bytes = whole.substr(0, bytes);
    cut.names().clear();
    cut.names()[fixture.settings.folder / "log" / "0000000001.log"] = content;
    fixture.reopen();
    const auto got = fixture.everything();
    const size_t n = got.empty() ? 0 : got.begin()->second.size();
    ASSERT_GE(n, last);
    if (n > 0) {
      ASSERT_EQ(got.begin()->second, std::vector<Line>(lines.begin(), lines.begin() + static_cast<ptrdiff_t>(n)));
    }
    last = n;
  }
  EXPECT_EQ(last, 11u) << "the step misses the end of the last record";
}

TEST(LogRestart, a_crash_inside_a_checkpoint_doubles_nothing) {
  for (size_t k = 1;; ++k) {
    FaultyFiles files;
    LogFixture fixture(small(), &files);
    LogFixture::Model model;
    for (int i = 0; i < 40; ++i) {
      const Labels labels = stream_named("m", i % 3);
      const Line line{kLogT0 + i, fmt::format("line {} with words", i)};
      fixture.write(labels, {line});
      add_line(model, labels, line);
    }
    files.fail_at(k, true);
    const bool done = fixture.store->checkpoint().has_value();
    fixture.store.reset();
    files.heal();
    fixture.reopen();
    ASSERT_EQ(fixture.everything(), model) << "operation " << k;
    ASSERT_TRUE(fixture.store->flush());
    fixture.reopen();
    ASSERT_EQ(fixture.everything(), model) << "operation " << k << ", after another";
    if (done) break;
    ASSERT_LT(k, 100u);
  }
}

/// Writes until told to stop by the disk; the model has what was acknowledged.
void write_some(LogFixture& fixture, LogFixture::Model& model, int first, int rounds) {
  for (int i = first; i < first + rounds; ++i) {
    const Labels labels = stream_named("m", i % 3);
    const Line line{kLogT0 + i * kSecond, fmt::format("line {} of some words to fill the block", i)};
    const auto outcome = fixture.try_write(labels, {line});
    if (outcome && outcome->accepted == 1) add_line(model, labels, line);
    if (!outcome) {
      EXPECT_EQ(outcome.error().code, Code::unavailable) << outcome.error().message;
    }
    if (i % 7 == 6) (void)fixture.store->checkpoint();
  }
}

/// Everything acknowledged must be there, once; a write that failed may be.
void expect_holds(const LogFixture::Model& got, const LogFixture::Model& acknowledged, std::string_view when) {
  for (const auto& [stream, lines] : acknowledged) {
    ASSERT_TRUE(got.contains(stream)) << when;
    for (const Line& line : lines) EXPECT_EQ(std::count(got.at(stream).begin(), got.at(stream).end(), line), 1) << when << ": " << line.text;
  }
}

TEST(LogFaults, whatever_operation_fails_nothing_acknowledged_is_lost) {
  const auto f = [](bool for_ever, Durability durability, bool power_cut) {
    for (size_t k = 1;; ++k) {
      FaultyFiles files;
      LogSettings settings = small();
      settings.block_bytes = 800;  // a checkpoint closes some heads and carries the others
      settings.durability = durability;
      LogFixture fixture(settings, &files);
      LogFixture::Model acknowledged;
      files.fail_at(k, for_ever);
      write_some(fixture, acknowledged, 0, 16);
      const bool failed = files.failed();
      files.heal();
      write_some(fixture, acknowledged, 16, 5);
      EXPECT_EQ(fixture.try_write(stream_named("after"), {{kLogT0, "x"}})->accepted, 1u) << "it resumes by itself";
      const std::string when = fmt::format("operation {} failed {}", k, for_ever ? "for ever" : "once");
      expect_holds(fixture.everything(), acknowledged, when);
      if (power_cut) {
        fixture.store.reset();
        files.crash();
      }
      fixture.reopen();
      expect_holds(fixture.everything(), acknowledged, when + ", after a restart");
      if (::testing::Test::HasFailure() || !failed) break;
      ASSERT_LT(k, 1000u);
    }
  };
  f(false, Durability::batched, false);
  f(true, Durability::batched, false);
  f(false, Durability::sync, false);
  f(false, Durability::sync, true);
  f(true, Durability::sync, true);
}

TEST(LogFaults, a_power_cut_leaves_what_was_synced) {
  FaultyFiles files;
  LogFixture fixture(small(), &files);
  LogFixture::Model synced;
  write_some(fixture, synced, 0, 10);
  ASSERT_TRUE(fixture.store->sync());
  LogFixture::Model unsynced = synced;
  write_some(fixture, unsynced, 10, 3);
  files.crash();
  fixture.reopen();
  expect_holds(fixture.everything(), synced, "after the cut");
}

TEST(LogFaults, a_full_disk_stops_writes_and_nothing_else) {
  FaultyFiles files;
  LogFixture fixture(small(), &files);
  LogFixture::Model acknowledged;
  write_some(fixture, acknowledged, 0, 5);
  files.set_bytes_left(10);
  const Line line{kLogT0 + 100 * kSecond, "when there is no room"};
  const auto refused = fixture.try_write(stream_named("m"), {line});
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, Code::unavailable);
  EXPECT_TRUE(fixture.store->blocked());
  EXPECT_EQ(fixture.store->counts().log_failures, 1u);
  EXPECT_EQ(fixture.everything(), acknowledged);
  EXPECT_FALSE(fixture.try_write(stream_named("never seen"), {line}));
  EXPECT_EQ(fixture.everything(), acknowledged);
  (void)fixture.store->maintain();
  EXPECT_TRUE(fixture.store->blocked());
  files.heal();
  EXPECT_TRUE(fixture.store->maintain());
  EXPECT_FALSE(fixture.store->blocked()) << "without being sent anything";
  EXPECT_EQ(fixture.write(stream_named("m"), {line}).accepted, 1u);
  EXPECT_FALSE(fixture.store->blocked());
  add_line(acknowledged, stream_named("m"), line);
  fixture.reopen();
  EXPECT_EQ(fixture.everything(), acknowledged);
}

TEST(LogFaults, a_damaged_partition_is_set_aside_and_the_rest_serves) {
  const auto f = [](auto damage, bool at_open) {
    LogFixture fixture(small());
    const Labels stream = stream_named("m");
    const int64_t day = 86'400 * kSecond;
    std::vector<Line> old;
    for (int i = 0; i < 30; ++i) old.push_back({kLogT0 - day + i, fmt::format("yesterday {}, with words", i)});
    fixture.write(stream, old);
    ASSERT_TRUE(fixture.store->flush());
    fixture.write(stream, {{kLogT0, "today"}});
    ASSERT_TRUE(fixture.store->flush());
    fixture.store.reset();
    const auto path = fixture.settings.folder / "2023-11-13" / "logs.db";
    {
      std::fstream file(path, std::ios::in | std::ios::out | std::ios::binary);
      damage(file, std::filesystem::file_size(path));
    }
    fixture.reopen();
    ASSERT_NE(fixture.store, nullptr);
    EXPECT_EQ(fixture.store->set_aside().size(), at_open ? 1u : 0u);
    const auto got = fixture.everything();
    EXPECT_EQ(got.at(stream.text()).back().text, "today");
    ASSERT_TRUE(fixture.store->maintain());
    EXPECT_EQ(fixture.store->set_aside(), (std::vector<std::string>{"2023-11-13.damaged"}));
    EXPECT_EQ(fixture.everything().at(stream.text()), (std::vector<Line>{{kLogT0, "today"}}));
    fixture.reopen();
    EXPECT_EQ(fixture.store->set_aside(), (std::vector<std::string>{"2023-11-13.damaged"}));
    EXPECT_EQ(fixture.write(stream, {{kLogT0 + 1, "goes on"}}).accepted, 1u);
  };
  f([](std::fstream& file, uintmax_t) { file << "this is no database"; }, true);
  // Somewhere in the last page lies the body of a block.
  f([](std::fstream& file, uintmax_t) {
      std::string bytes((std::istreambuf_iterator<char>(file)), {});
      // zstd's magic number stands in every body.
      const size_t at = bytes.find("\x28\xb5\x2f\xfd");
      ASSERT_NE(at, std::string::npos);
      file.clear();
      file.seekp(static_cast<std::streamoff>(at + 6));
      file << "damage";
    },
    false);
}

TEST(LogRestart, kill_nine_in_the_middle_of_writing_loses_nothing_acknowledged) {
  TemporaryDirectory folder;
  LogSettings settings = small();
  settings.folder = folder.path() / "logs";
  settings.log_bytes_max = 20'000;
  settings.background = false;
  int acknowledged = 0;
  for (int round = 0; round < 4; ++round) {
    int pipe_ends[2];
    ASSERT_EQ(::pipe(pipe_ends), 0);
    const pid_t child = ::fork();
    if (child == 0) {
      ::close(pipe_ends[0]);
      FakeClock clock({kLogT0Ms});
      PosixFileSystem files;
      auto store = LogStore::open(settings, clock, files);
      if (!store) ::_exit(1);
      // Some lines are sent once more, as a follower does after a restart.
      for (int i = std::max(0, acknowledged - 50);; ++i) {
        const std::vector<signals::LabelView> labels{{"job", i % 2 == 0 ? "even" : "odd"}};
        const std::string text = fmt::format("line {}", i);
        const signals::LogLineView line{{kLogT0 + i}, text};
        const signals::StreamWrite write{labels, {&line, 1}};
        if (const auto outcome = (*store)->write({&write, 1}); !outcome || outcome->accepted + outcome->duplicates != 1) ::_exit(2);
        if (::write(pipe_ends[1], &i, sizeof i) != sizeof i) ::_exit(3);
        if (i % 100 == 0) clock.advance(std::chrono::seconds(11));
        if (!(*store)->maintain()) ::_exit(4);
      }
    }
    ::close(pipe_ends[1]);
    int last = -1;
    const int stop_at = acknowledged + 1000 + round * 77;
    for (int i = 0; last < stop_at && ::read(pipe_ends[0], &i, sizeof i) == sizeof i;) last = i;
    ::kill(child, SIGKILL);
    for (int i = 0; ::read(pipe_ends[0], &i, sizeof i) == sizeof i;) last = i;
    ::close(pipe_ends[0]);
    int status = 0;
    ::waitpid(child, &status, 0);
    ASSERT_TRUE(WIFSIGNALED(status)) << "the child ended by itself with " << WEXITSTATUS(status);
    ASSERT_GE(last, stop_at);
    acknowledged = last + 1;

    const FakeClock clock({kLogT0Ms});
    PosixFileSystem files;
    auto store = LogStore::open(settings, clock, files);
    ASSERT_TRUE(store) << store.error().message;
    const auto set = *(*store)->select({}, kAllTime);
    std::map<int64_t, std::string> found;
    size_t lines = 0;
    for (size_t s = 0; s < set->size(); ++s)
      for (const Line& line : LogFixture::read(*set, s, kAllTime, signals::Direction::forward)) {
        found[line.time_ns - kLogT0] = line.text;
        ++lines;
      }
    EXPECT_EQ(lines, found.size()) << "a line is there twice";
    ASSERT_GE(found.size(), static_cast<size_t>(acknowledged)) << "round " << round;
    for (const auto& [i, text] : found) ASSERT_EQ(text, fmt::format("line {}", i));
    ASSERT_EQ(found.rbegin()->first + 1, static_cast<int64_t>(found.size()));
    acknowledged = static_cast<int>(found.size());
  }
}

}  // namespace
}  // namespace monitorai::store
