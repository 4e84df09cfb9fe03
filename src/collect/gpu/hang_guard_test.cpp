#include "collect/gpu/hang_guard.h"

#include <gtest/gtest.h>

#include <semaphore>

namespace monitorai::collect {
namespace {

using namespace std::chrono_literals;
using SteadyClock = std::chrono::steady_clock;

/// A source that hangs until it is let go. Shared with its threads, which may outlive the guard.
struct Driver {
  std::atomic<bool> hangs{false};
  std::atomic<bool> up{true};
  std::atomic<int> reads{0};
  std::atomic<int> opened{0};
  std::counting_semaphore<> entered{0};
  std::counting_semaphore<> let_go{0};

  SourceReading read() {
    ++reads;
    if (hangs) {
      entered.release();
      let_go.acquire();
    }
    SourceReading reading;
    reading.up = up;
    return reading;
  }
};

HangGuard::Open opens(const std::shared_ptr<Driver>& driver) {
  return [driver] {
    ++driver->opened;
    return [driver] { return driver->read(); };
  };
}

/// Starts a read, and comes back when it hangs (or when none was started).
void start_to_hang(HangGuard& guard, Driver& driver) {
  const bool under_way = guard.waiting();
  guard.start();
  if (!under_way && guard.waiting()) driver.entered.acquire();
}

/// Far enough for a read that returns, whatever the machine does meanwhile.
SteadyClock::time_point soon() { return SteadyClock::now() + 20s; }
/// Already over: for reads that hang.
SteadyClock::time_point at_once() { return SteadyClock::now(); }

constexpr HangLimits kLimits{.give_up_after = 10s, .retry_after = 60s, .abandoned_max = 2};

TEST(HangGuard, gives_what_the_source_gives_and_its_age) {
  FakeClock clock;
  const auto driver = std::make_shared<Driver>();
  HangGuard guard("test", opens(driver), kLimits, clock);
  EXPECT_EQ(guard.newest(30s), nullptr);
  guard.start();
  guard.wait(soon());
  ASSERT_NE(guard.newest(30s), nullptr);
  EXPECT_TRUE(guard.take_fresh());
  EXPECT_FALSE(guard.take_fresh());
  clock.advance(31s);
  EXPECT_EQ(guard.age(), 31s);
  EXPECT_EQ(guard.newest(30s), nullptr) << "too old";
  guard.start();
  guard.wait(soon());
  EXPECT_NE(guard.newest(30s), nullptr);
  EXPECT_EQ(driver->opened, 1) << "one thread reads again and again";
  EXPECT_EQ(guard.hangs(), 0u);
}

TEST(HangGuard, waits_for_a_slow_read_and_gives_up_on_one_that_is_too_slow) {
  FakeClock clock;
  const auto driver = std::make_shared<Driver>();
  driver->hangs = true;
  HangGuard guard("test", opens(driver), kLimits, clock);
  start_to_hang(guard, *driver);
  guard.wait(at_once());
  EXPECT_TRUE(guard.waiting());
  clock.advance(9s);
  guard.start();
  EXPECT_TRUE(guard.waiting()) << "not yet given up";
  EXPECT_EQ(driver->opened, 1);
  clock.advance(1s);
  guard.start();
  EXPECT_FALSE(guard.waiting());
  EXPECT_TRUE(guard.resting());
  EXPECT_EQ(guard.hangs(), 1u);
  EXPECT_EQ(guard.abandoned_threads(), 1u);
  driver->let_go.release();
}

TEST(HangGuard, tries_again_rarely_and_with_a_bounded_number_of_threads) {
  FakeClock clock;
  const auto driver = std::make_shared<Driver>();
  driver->hangs = true;
  HangGuard guard("test", opens(driver), kLimits, clock);
  for (int ticks = 0; ticks < 1'000; ++ticks) {
    start_to_hang(guard, *driver);
    guard.wait(at_once());
    clock.advance(10s);
  }
  EXPECT_EQ(guard.hangs(), 2u) << "no third thread while two hang";
  EXPECT_EQ(guard.abandoned_threads(), 2u);
  driver->hangs = false;
  driver->let_go.release(2);
  while (guard.abandoned_threads() > 0) std::this_thread::yield();
  guard.start();
  guard.wait(soon());
  ASSERT_NE(guard.newest(30s), nullptr) << "the driver came back, and so do we";
  EXPECT_EQ(guard.hangs(), 2u);
}

TEST(HangGuard, the_pause_doubles_with_each_hang_in_a_row) {
  FakeClock clock;
  const auto driver = std::make_shared<Driver>();
  driver->hangs = true;
  HangGuard guard("test", opens(driver), {.give_up_after = 10s, .retry_after = 60s, .abandoned_max = 10}, clock);
  const auto hang_once = [&] {
    start_to_hang(guard, *driver);
    clock.advance(10s);
    guard.start();
  };
  for (const auto pause : {60s, 120s, 240s, 480s, 960s, 1920s, 1920s}) {
    hang_once();
    clock.advance(pause - 1s);
    EXPECT_TRUE(guard.resting());
    clock.advance(1s);
    EXPECT_FALSE(guard.resting());
  }
  driver->let_go.release(7);
}

TEST(HangGuard, a_source_that_does_not_work_is_asked_again_after_the_pause) {
  FakeClock clock;
  const auto driver = std::make_shared<Driver>();
  driver->up = false;
  HangGuard guard("test", opens(driver), kLimits, clock);
  for (int ticks = 0; ticks < 13; ++ticks) {
    guard.start();
    guard.wait(soon());
    clock.advance(10s);
  }
  EXPECT_EQ(driver->reads, 3) << "at 0 s, 60 s and 120 s";
}

TEST(HangGuard, reads_are_no_closer_than_the_pause) {
  FakeClock clock;
  const auto driver = std::make_shared<Driver>();
  HangGuard guard("test", opens(driver), {.pause = 10s}, clock);
  for (int ticks = 0; ticks < 21; ++ticks) {
    guard.start();
    guard.wait(soon());
    clock.advance(1s);
  }
  EXPECT_EQ(driver->reads, 3) << "at 0 s, 10 s and 20 s";
}

TEST(HangGuard, leaves_a_hanging_thread_behind_at_the_end) {
  const auto driver = std::make_shared<Driver>();
  driver->hangs = true;
  {
    FakeClock clock;
    HangGuard guard("test", opens(driver), {.leave_after = 1ms}, clock);
    start_to_hang(guard, *driver);
  }
  driver->let_go.release();
}

}  // namespace
}  // namespace monitorai::collect
