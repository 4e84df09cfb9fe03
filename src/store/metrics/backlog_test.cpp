// What the store does when the disk cannot follow: it refuses, says why, and goes on by itself.

#include "store/disk/faulty_sqlite.h"
#include "store/metrics/fixture.h"

namespace monitorai::store {
namespace {

using signals::Sample;

Settings small() {
  Settings settings;
  settings.chunk = {.samples = 4, .tail = 2};
  settings.future_max = std::chrono::hours(24);
  return settings;
}

/// One sample for each of three series; the model learns what was acknowledged.
Result<void> write_second(Fixture& fixture, Fixture::Model& model, int second) {
  for (int instance = 0; instance < 3; ++instance) {
    const signals::Labels labels = series_named("m", instance);
    const Sample sample{{kT0 + second * 1000}, static_cast<double>(second * instance)};
    MAI_TRY_ASSIGN(const auto outcome, fixture.try_write(labels, {sample}));
    EXPECT_EQ(outcome.accepted, 1u);
    model[labels.text()][sample.time.ms] = sample.value;
  }
  return {};
}

TEST(Backlog, writes_wait_for_a_checkpoint_when_the_log_has_grown_beyond_its_limit) {
  Settings settings = small();
  settings.limits.log_backlog_bytes_max = 500;
  Fixture fixture(settings);
  Fixture::Model model;
  int second = 0;
  Result<void> written;
  while ((written = write_second(fixture, model, second)) && second < 1000) ++second;
  ASSERT_FALSE(written);
  EXPECT_EQ(written.error().code, Code::exhausted);
  EXPECT_NE(written.error().message.find("bytes of the batch log wait for a checkpoint, of at most 500 (log_backlog_bytes_max)"),
            std::string::npos)
      << written.error().message;
  EXPECT_EQ(fixture.store->counters().writes_refused, 1u);
  EXPECT_EQ(fixture.everything(), model) << "queries go on";
  ASSERT_TRUE(fixture.store->maintain()) << "the refused write has asked for a checkpoint";
  EXPECT_TRUE(write_second(fixture, model, 1001));
  fixture.reopen();
  EXPECT_EQ(fixture.everything(), model);
}

TEST(Backlog, writes_wait_for_the_partition_when_it_takes_no_chunks) {
  Settings settings = small();
  settings.limits.chunk_backlog_bytes_max = 2000;
  Fixture fixture(settings);
  Fixture::Model model;
  FaultySqlite sqlite;
  sqlite.fail_at(1, true);
  int second = 0;
  Result<void> written;
  for (; (written = write_second(fixture, model, second)) && second < 1000; ++second)
    if (second % 10 == 0) { EXPECT_TRUE(fixture.store->checkpoint()) << "the checkpoint takes what the partition does not"; }
  ASSERT_FALSE(written);
  EXPECT_EQ(written.error().code, Code::exhausted);
  EXPECT_NE(written.error().message.find("bytes of chunks wait for their partition, of at most 2000 (chunk_backlog_bytes_max)"),
            std::string::npos)
      << written.error().message;
  EXPECT_GT(fixture.store->counters().persist_failures, 0u);
  EXPECT_EQ(fixture.everything(), model);
  sqlite.heal();
  ASSERT_TRUE(fixture.store->maintain());
  EXPECT_TRUE(write_second(fixture, model, 1001));
  fixture.reopen();
  EXPECT_EQ(fixture.everything(), model);
}

TEST(Backlog, a_disk_that_fills_at_any_write_of_a_partition_loses_nothing) {
  const auto f = [](bool for_ever) {
    for (size_t k = 1;; ++k) {
      FaultySqlite sqlite;  // outlives the store
      Fixture fixture(small());
      Fixture::Model model;
      sqlite.fail_at(k, for_ever);
      for (int second = 0; second < 16; ++second) {
        ASSERT_TRUE(write_second(fixture, model, second));
        if (second % 8 == 7) {
          if (const auto flushed = fixture.store->flush(); !flushed) {
            EXPECT_NE(flushed.error().code, Code::corrupt) << flushed.error().message;
          }
          EXPECT_EQ(fixture.everything(), model) << "write " << k;
        }
      }
      const bool failed = sqlite.failed();
      if (!failed) { EXPECT_EQ(fixture.store->counters().persist_failures, 0u); }
      sqlite.heal();
      EXPECT_TRUE(fixture.store->flush()) << "it resumes by itself";
      EXPECT_TRUE(fixture.store->set_aside().empty());
      fixture.reopen();
      EXPECT_EQ(fixture.everything(), model) << "write " << k << ", after a restart";
      if (::testing::Test::HasFailure() || !failed) break;
      ASSERT_LT(k, 1000u);
    }
  };
  f(false);
  f(true);
}

TEST(Backlog, late_samples_are_refused_when_there_are_too_many_in_memory) {
  Settings settings = small();
  settings.limits.late_samples_max = 10;
  Fixture fixture(settings);
  const signals::Labels labels = series_named("m");
  fixture.write(labels, {{{kT0 + 100'000}, 100}});
  for (int i = 0; i < 10; ++i) EXPECT_EQ(fixture.write(labels, {{{kT0 + i * 1000}, static_cast<double>(i)}}).accepted, 1u);
  const auto outcome = fixture.write(labels, {{{kT0 + 50'000}, 50}, {{kT0 + 101'000}, 101}});
  EXPECT_EQ(outcome.accepted, 1u) << "what is in order is kept";
  EXPECT_EQ(outcome.over_limit, 1u);
  EXPECT_NE(outcome.first_problem.find("10 late samples are in memory already (late_samples_max)"), std::string::npos)
      << outcome.first_problem;
  EXPECT_EQ(fixture.write(labels, {{{kT0 + 1000}, 1}}).duplicates, 1u);
  EXPECT_EQ(fixture.store->counters().samples_late_refused, 1u);
  EXPECT_EQ(fixture.everything().begin()->second.size(), 12u);
}

}  // namespace
}  // namespace monitorai::store
