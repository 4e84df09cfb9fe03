#include "net/worker_pool.h"

#include <gtest/gtest.h>

#include <future>
#include <latch>

namespace monitorai::net {
namespace {

TEST(WorkerPool, runs_what_waits_before_it_stops) {
  std::atomic<int> done{0};
  WorkerPool pool(2, 100, 0);
  for (int i = 0; i < 100; ++i) EXPECT_TRUE(pool.post([&] { ++done; }));
  pool.stop();
  EXPECT_EQ(done, 100);
  EXPECT_FALSE(pool.post([] {}));
}

TEST(WorkerPool, refuses_one_more_than_may_wait) {
  std::latch running(1), finish(1);
  WorkerPool pool(1, 2, 0);
  ASSERT_TRUE(pool.post([&] {
    running.count_down();
    finish.wait();
  }));
  running.wait();
  EXPECT_TRUE(pool.post([] {}));
  EXPECT_TRUE(pool.post([] {}));
  EXPECT_FALSE(pool.post([] {}));
  finish.count_down();
}

TEST(WorkerPool, a_lent_thread_is_replaced_until_it_comes_back) {
  std::latch finish(1), lent(2);
  WorkerPool pool(1, 10, 2);
  const auto hold = [&] {
    EXPECT_TRUE(pool.lend());
    lent.count_down();
    finish.wait();
    pool.take_back();
  };
  ASSERT_TRUE(pool.post(hold));
  ASSERT_TRUE(pool.post(hold));
  lent.wait();
  std::promise<bool> third;
  ASSERT_TRUE(pool.post([&] { third.set_value(pool.lend()); }));
  EXPECT_FALSE(third.get_future().get()) << "two are lent, and that is the limit";
  finish.count_down();
  std::promise<void> later;
  ASSERT_TRUE(pool.post([&] { later.set_value(); }));
  later.get_future().wait();
}

TEST(WorkerPool, many_loans_leave_no_thread_behind) {
  WorkerPool pool(2, 1000, 8);
  std::atomic<int> ran{0};
  for (int i = 0; i < 200; ++i)
    while (!pool.post([&] {
      if (pool.lend()) pool.take_back();
      ++ran;
    })) {}
  pool.stop();
  EXPECT_EQ(ran, 200);
}

}  // namespace
}  // namespace monitorai::net
