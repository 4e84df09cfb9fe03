#include "base/pool.h"

#include <gtest/gtest.h>

#include <atomic>

namespace monitorai {
namespace {

TEST(Pool, runs_every_task_once) {
  const auto f = [](size_t threads, size_t count) {
    Pool pool(threads);
    std::vector<std::atomic<int>> seen(count);
    pool.run(count, [&](size_t i) { ++seen[i]; });
    for (const auto& times : seen) EXPECT_EQ(times.load(), 1);
  };
  f(0, 3);
  f(1, 10);
  f(2, 0);
  f(2, 1);
  f(4, 1000);
}

TEST(Pool, serves_several_callers_at_once) {
  Pool pool(3);
  std::atomic<size_t> total{0};
  std::vector<std::jthread> callers;
  for (int c = 0; c < 4; ++c)
    callers.emplace_back([&] {
      for (int round = 0; round < 50; ++round) pool.run(20, [&](size_t) { ++total; });
    });
  callers.clear();
  EXPECT_EQ(total.load(), 4u * 50u * 20u);
}

}  // namespace
}  // namespace monitorai
