// The store across restarts, crashes and failing disks: what was acknowledged is there afterwards.

#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <random>

#include "store/disk/faulty_files.h"
#include "store/metrics/fixture.h"

namespace monitorai::store {
namespace {

using signals::Labels;
using signals::Sample;

Settings small() {
  Settings settings;
  settings.chunk = {.samples = 6, .tail = 3};
  settings.future_max = std::chrono::hours(24 * 5);
  return settings;
}

TEST(Restart, remembers_everything_it_acknowledged) {
  const auto f = [](bool checkpoint_between) {
    Fixture fixture(small());
    const std::vector<signals::LabelView> labels{{"__name__", "latency_bucket"}, {"le", "0.5"}};
    const std::vector<signals::LabelView> trace{{"trace_id", "abc"}};
    const Sample sample{{kT0}, 7};
    const signals::ExemplarView exemplar{trace, 0.25, {kT0}};
    const signals::SeriesWrite write{labels, {&sample, 1}, {&exemplar, 1}};
    const signals::MetadataWrite family{"latency", signals::MetricType::histogram, "How long.", "seconds"};
    ASSERT_TRUE(fixture.store->write({&write, 1}, {&family, 1}));
    fixture.write(series_named("up"), {{{kT0}, 1}, {{kT0 + 2000}, 2}, {{kT0 + 3000}, signals::stale_nan()}});
    fixture.write(series_named("up"), {{{kT0 + 1000}, 1.5}});
    const auto before = fixture.everything();
    if (checkpoint_between) {
      ASSERT_TRUE(fixture.store->checkpoint());
    }
    fixture.reopen();
    const auto after = fixture.everything();
    ASSERT_EQ(after.size(), 2u);
    EXPECT_EQ(after.at("latency_bucket{le=\"0.5\"}"), before.at("latency_bucket{le=\"0.5\"}"));
    const auto& up = after.at(series_named("up").text());
    EXPECT_EQ(up.size(), 4u);
    EXPECT_EQ(up.at(kT0 + 1000), 1.5);
    EXPECT_TRUE(signals::is_stale(up.at(kT0 + 3000)));
    EXPECT_EQ(fixture.store->metadata().at(0).help, "How long.");
    EXPECT_EQ(fixture.store->exemplars({}, {{0}, {INT64_MAX}})->at(0).exemplars.at(0).labels.value("trace_id"), "abc");
    EXPECT_EQ(fixture.write(series_named("up"), {{{kT0 + 2000}, 2}}).duplicates, 1u);
    EXPECT_EQ(fixture.write(series_named("up"), {{{kT0 + 1000}, 1.5}}).duplicates, 1u);
    EXPECT_EQ(fixture.write(series_named("up"), {{{kT0 + 4000}, 4}}).accepted, 1u);
  };
  f(false);
  f(true);
}

TEST(Restart, agrees_with_a_map_after_random_operations) {
  const uint64_t seed = std::random_device{}();
  SCOPED_TRACE(fmt::format("seed {}", seed));
  std::mt19937_64 random(seed);
  Fixture fixture(small());
  Fixture::Model model;
  int64_t now = kT0;
  for (int round = 0; round < 1500; ++round) {
    const Labels labels = series_named("m", static_cast<int>(random() % 9));
    const auto roll = random() % 100;
    if (roll < 3) {
      fixture.reopen();
    } else if (roll < 6) {
      ASSERT_TRUE(fixture.store->checkpoint());
    } else {
      std::vector<Sample> samples;
      now += static_cast<int64_t>(random() % 60'000);
      fixture.clock.set({now});
      for (size_t n = 1 + random() % 4; n > 0; --n)
        samples.push_back({{now + static_cast<int64_t>(4 - n) - (roll < 20 ? static_cast<int64_t>(random() % 1'000'000) : 0)},
                           static_cast<double>(random() % 50)});
      std::sort(samples.begin(), samples.end(), [](const Sample& a, const Sample& b) { return a.time < b.time; });
      const signals::WriteOutcome outcome = fixture.write(labels, samples);
      ASSERT_EQ(outcome.out_of_order + outcome.too_old + outcome.too_new, 0u);
      for (const Sample& sample : samples) model[labels.text()].try_emplace(sample.time.ms, sample.value);
    }
    if (round % 100 == 99) {
      ASSERT_EQ(fixture.everything(), model) << "after operation " << round;
    }
  }
  fixture.reopen();
  EXPECT_EQ(fixture.everything(), model);
  const TimeRange middle{{now - 3'000'000}, {now - 1'000'000}};
  EXPECT_EQ(fixture.everything(middle), within(model, middle));
}

TEST(Restart, a_clean_stop_leaves_nothing_to_replay) {
  Fixture fixture(small());
  fixture.store.reset();
  Fixture::Model model;
  {
    Settings settings = fixture.settings;
    settings.background = true;
    fixture.store = *MetricStore::open(settings, fixture.clock, fixture.files);
    for (int i = 0; i < 100; ++i) {
      fixture.write(series_named("m", i % 7), {{{kT0 + i}, static_cast<double>(i)}});
      model[series_named("m", i % 7).text()][kT0 + i] = static_cast<double>(i);
    }
  }
  fixture.reopen();
  EXPECT_EQ(fixture.store->replayed().batches, 0u);
  EXPECT_EQ(fixture.everything(), model);
}

TEST(Restart, a_second_store_on_the_folder_is_refused_and_told_who_was_first) {
  Fixture fixture;
  const auto second = MetricStore::open(fixture.settings, fixture.clock, fixture.files);
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().code, Code::unavailable);
  EXPECT_NE(second.error().message.find(fmt::format("process {}", ::getpid())), std::string::npos) << second.error().message;
}

/// Writes until told to stop by the disk; the model has what was acknowledged.
void write_some(Fixture& fixture, Fixture::Model& model, int first, int rounds) {
  for (int i = first; i < first + rounds; ++i) {
    const Labels labels = series_named("m", i % 3);
    const auto outcome = fixture.try_write(labels, {{{kT0 + i * 1000}, static_cast<double>(i)}});
    if (outcome && outcome->accepted == 1) model[labels.text()][kT0 + i * 1000] = static_cast<double>(i);
    if (!outcome) {
      EXPECT_EQ(outcome.error().code, Code::unavailable) << outcome.error().message;
    }
    if (i % 7 == 6) (void)fixture.store->checkpoint();
  }
}

/// Everything acknowledged must be there; a write that failed may be.
void expect_holds(const Fixture::Model& got, const Fixture::Model& acknowledged, std::string_view when) {
  for (const auto& [series, samples] : acknowledged)
    for (const auto& [time, value] : samples) {
      ASSERT_TRUE(got.contains(series)) << when;
      ASSERT_TRUE(got.at(series).contains(time)) << when << ": " << series << " at " << time - kT0;
      EXPECT_EQ(got.at(series).at(time), value);
    }
}

TEST(Faults, whatever_operation_fails_nothing_acknowledged_is_lost) {
  const auto f = [](bool for_ever, Durability durability, bool power_cut) {
    for (size_t k = 1;; ++k) {
      FaultyFiles files;
      Settings settings = small();
      settings.durability = durability;
      Fixture fixture(settings, &files);
      Fixture::Model acknowledged;
      files.fail_at(k, for_ever);
      write_some(fixture, acknowledged, 0, 16);
      const bool failed = files.failed();
      files.heal();
      write_some(fixture, acknowledged, 16, 5);
      EXPECT_EQ(fixture.try_write(series_named("after"), {{{kT0}, 1}})->accepted, 1u) << "it resumes by itself";
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

TEST(Faults, a_power_cut_leaves_what_was_synced) {
  FaultyFiles files;
  Fixture fixture(small(), &files);
  Fixture::Model synced;
  write_some(fixture, synced, 0, 10);
  ASSERT_TRUE(fixture.store->sync());
  Fixture::Model unsynced = synced;
  write_some(fixture, unsynced, 10, 3);
  files.crash();
  fixture.reopen();
  expect_holds(fixture.everything(), synced, "after the cut");
}

TEST(Faults, a_full_disk_stops_writes_and_nothing_else) {
  FaultyFiles files;
  Fixture fixture(small(), &files);
  Fixture::Model acknowledged;
  write_some(fixture, acknowledged, 0, 5);
  files.set_bytes_left(10);
  const auto refused = fixture.try_write(series_named("m"), {{{kT0 + 100'000}, 1}});
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, Code::unavailable);
  EXPECT_TRUE(fixture.store->blocked());
  EXPECT_EQ(fixture.store->counters().log_failures, 1u);
  EXPECT_EQ(fixture.everything(), acknowledged);
  (void)fixture.store->maintain();
  EXPECT_TRUE(fixture.store->blocked());
  files.heal();
  EXPECT_TRUE(fixture.store->maintain());
  EXPECT_FALSE(fixture.store->blocked()) << "without being sent anything";
  EXPECT_EQ(fixture.write(series_named("m"), {{{kT0 + 100'000}, 1}}).accepted, 1u);
  EXPECT_FALSE(fixture.store->blocked());
  acknowledged[series_named("m").text()][kT0 + 100'000] = 1;
  fixture.reopen();
  EXPECT_EQ(fixture.everything(), acknowledged);
}

TEST(Restart, kill_nine_in_the_middle_of_writing_loses_nothing_acknowledged) {
  TemporaryDirectory folder;
  Settings settings = small();
  settings.folder = folder.path() / "data";
  settings.log_bytes_max = 20'000;
  int acknowledged = 0;
  for (int round = 0; round < 4; ++round) {
    int pipe_ends[2];
    ASSERT_EQ(::pipe(pipe_ends), 0);
    const pid_t child = ::fork();
    if (child == 0) {
      ::close(pipe_ends[0]);
      const FakeClock clock({kT0});
      PosixFileSystem files;
      settings.background = false;
      auto store = MetricStore::open(settings, clock, files);
      if (!store) ::_exit(1);
      for (int i = acknowledged;; ++i) {
        const std::vector<signals::LabelView> labels{{"__name__", "m"}, {"s", i % 2 == 0 ? "even" : "odd"}};
        const Sample sample{{kT0 + i}, static_cast<double>(i)};
        const signals::SeriesWrite write{labels, {&sample, 1}};
        if (const auto outcome = (*store)->write({&write, 1}); !outcome || outcome->accepted + outcome->duplicates != 1) ::_exit(2);
        if (::write(pipe_ends[1], &i, sizeof i) != sizeof i) ::_exit(3);
        if (!(*store)->maintain()) ::_exit(4);
      }
    }
    ::close(pipe_ends[1]);
    int last = -1;
    const int stop_at = acknowledged + 500 + round * 77;
    for (int i = 0; last < stop_at && ::read(pipe_ends[0], &i, sizeof i) == sizeof i;) last = i;
    ::kill(child, SIGKILL);
    for (int i = 0; ::read(pipe_ends[0], &i, sizeof i) == sizeof i;) last = i;
    ::close(pipe_ends[0]);
    int status = 0;
    ::waitpid(child, &status, 0);
    ASSERT_TRUE(WIFSIGNALED(status)) << "the child ended by itself with " << WEXITSTATUS(status);
    ASSERT_GE(last, stop_at);
    acknowledged = last + 1;

    const FakeClock clock({kT0});
    PosixFileSystem files;
    settings.background = false;
    auto store = MetricStore::open(settings, clock, files);
    ASSERT_TRUE(store) << store.error().message;
    const auto set = *(*store)->select({}, {{0}, {INT64_MAX}});
    size_t found = 0;
    for (size_t s = 0; s < set->size(); ++s) {
      signals::Columns columns;
      ASSERT_TRUE(set->read(s, {{0}, {INT64_MAX}}, columns));
      for (size_t k = 0; k < columns.times_ms.size(); ++k) {
        EXPECT_EQ(columns.values[k], static_cast<double>(columns.times_ms[k] - kT0));
        found += columns.times_ms[k] - kT0 < acknowledged;
      }
    }
    EXPECT_EQ(found, static_cast<size_t>(acknowledged)) << "round " << round;
  }
}

}  // namespace
}  // namespace monitorai::store
