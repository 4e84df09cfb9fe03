// Wall clocks that jump, both ways, with the store open and between two starts.

#include "store/metrics/fixture.h"

namespace monitorai::store {
namespace {

constexpr int64_t kHourMs = 3'600'000;

Settings hourly() {
  Settings settings;
  settings.chunk = {.samples = 6, .tail = 3};
  settings.partition = std::chrono::hours(1);
  settings.retention = std::chrono::hours(10);
  settings.memory_window = std::chrono::minutes(20);
  return settings;
}

/// One sample a minute, with upkeep as the background thread would do it.
void pass_minutes(Fixture& fixture, Fixture::Model& model, int minutes) {
  for (int minute = 0; minute < minutes; ++minute) {
    fixture.clock.advance(std::chrono::minutes(1));
    const int64_t now = fixture.clock.now().ms;
    ASSERT_EQ(fixture.write(series_named("m"), {{{now}, 1.0 * minute}}).accepted, 1u) << minute;
    model[series_named("m").text()][now] = minute;
    ASSERT_TRUE(fixture.store->maintain());
  }
}

TEST(ClockWatch, a_jump_must_hold_for_an_hour) {
  const auto f = [](int64_t jump_ms, bool jumps) {
    FakeClock clock;
    ClockWatch watch(clock);
    EXPECT_TRUE(watch.holds());
    clock.set({clock.now().ms + jump_ms});
    EXPECT_EQ(watch.holds(), !jumps) << jump_ms;
    for (int i = 0; i < 59; ++i) {
      clock.advance(std::chrono::minutes(1));
      EXPECT_EQ(watch.holds(), !jumps) << jump_ms;
    }
    clock.advance(std::chrono::minutes(1));
    EXPECT_TRUE(watch.holds());
  };
  f(0, false);
  f(599'999, false);
  f(-599'999, false);
  f(600'000, true);
  f(-600'000, true);
  f(1'000'000 * kHourMs, true);
}

TEST(Clock, one_that_jumps_ahead_and_comes_back_takes_nothing_with_it) {
  Fixture fixture(hourly());
  Fixture::Model model;
  pass_minutes(fixture, model, 5 * 60);
  const int64_t right = fixture.clock.now().ms;
  fixture.clock.set({right + 1000 * kHourMs});
  pass_minutes(fixture, model, 30);
  fixture.clock.set({right + 30 * 60'000});
  EXPECT_EQ(fixture.store->counters().partitions_removed, 0u);
  pass_minutes(fixture, model, 2 * 60);
  EXPECT_EQ(fixture.store->counters().samples_out_of_order, 0u) << "a series goes on though it has samples of the future";
  EXPECT_EQ(fixture.everything(), model);
  fixture.reopen();
  EXPECT_EQ(fixture.everything(), model);
}

TEST(Clock, one_that_is_ahead_for_good_is_believed_after_an_hour) {
  Fixture fixture(hourly());
  Fixture::Model model;
  pass_minutes(fixture, model, 3 * 60);
  fixture.clock.set({fixture.clock.now().ms + 1000 * kHourMs});
  pass_minutes(fixture, model, 55);
  EXPECT_EQ(fixture.store->counters().partitions_removed, 0u);
  pass_minutes(fixture, model, 20);
  EXPECT_GE(fixture.store->counters().partitions_removed, 3u);
  const TimeRange recent{fixture.clock.now() - std::chrono::hours(1), fixture.clock.now()};
  EXPECT_EQ(fixture.everything(recent), within(model, recent));
}

TEST(Clock, one_that_goes_back_within_the_window_costs_nothing) {
  Fixture fixture(hourly());
  Fixture::Model model;
  pass_minutes(fixture, model, 3 * 60);
  fixture.clock.set({fixture.clock.now().ms - kHourMs / 2 + 30'000});
  pass_minutes(fixture, model, 60);
  EXPECT_EQ(fixture.everything(), model);
  fixture.reopen();
  EXPECT_EQ(fixture.everything(), model);
}

TEST(Clock, a_start_with_a_clock_that_makes_everything_old_deletes_nothing_yet) {
  Fixture fixture(hourly());
  Fixture::Model model;
  pass_minutes(fixture, model, 3 * 60);
  const int64_t right = fixture.clock.now().ms;
  fixture.clock.set({right + 1000 * kHourMs});
  fixture.reopen();
  for (int minute = 0; minute < 50; ++minute) {
    fixture.clock.advance(std::chrono::minutes(1));
    ASSERT_TRUE(fixture.store->maintain());
  }
  EXPECT_EQ(fixture.everything(), model);
  fixture.clock.set({right + kHourMs});
  ASSERT_TRUE(fixture.store->maintain());
  fixture.reopen();
  pass_minutes(fixture, model, 10);
  EXPECT_EQ(fixture.everything(), model);
}

TEST(Clock, what_is_behind_the_future_is_still_no_older_than_retention) {
  Fixture fixture(hourly());
  fixture.clock.set({kT0 + 100 * kHourMs});
  fixture.write(series_named("m"), {{{kT0 + 100 * kHourMs}, 1}});
  fixture.clock.set({kT0});
  EXPECT_EQ(fixture.write(series_named("m"), {{{kT0}, 2}, {{kT0 + 1000}, 3}}).accepted, 2u);
  EXPECT_EQ(fixture.write(series_named("m"), {{{kT0}, 2}}).duplicates, 1u);
  EXPECT_EQ(fixture.write(series_named("m"), {{{kT0}, 9}}).conflicts, 1u);
  EXPECT_EQ(fixture.write(series_named("m"), {{{kT0 - 11 * kHourMs}, 1}}).too_old, 1u);
}

}  // namespace
}  // namespace monitorai::store
