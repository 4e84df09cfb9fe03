#include "judge/quality/drift/distinguish.h"

#include <gtest/gtest.h>

#include <cmath>

#include "judge/quality/drift/kernel_sums.h"
#include "judge/quality/drift/permutation.h"
#include "judge/quality/drift/persistence.h"
#include "judge/quality/drift/traffic.h"

namespace monitorai::judge {
namespace {

TEST(Distinguish, five_percent_means_five_percent_for_numbers) {
  // 400 runs: the rate is within 0.05 +- 0.033 in 99.7 of 100 seeds.
  const auto rate = [](double memory, size_t window) {
    return false_alarms(400, [&](uint64_t seed) {
      Traffic traffic(seed, memory);
      const auto baseline = traffic.numbers(600), recent = traffic.numbers(window);
      return distinguish_numbers(baseline, recent, {.permutations = 99, .seed = seed}).p;
    });
  };
  EXPECT_NEAR(rate(0, 50), 0.05, 0.033);
  EXPECT_NEAR(rate(0, 200), 0.05, 0.033);
}

TEST(Distinguish, bursts_are_not_taken_for_drift) {
  const auto rate = [](size_t block) {
    return false_alarms(200, [&](uint64_t seed) {
      Traffic traffic(seed, 0.8);
      const auto baseline = traffic.numbers(2000), recent = traffic.numbers(200);
      return distinguish_numbers(baseline, recent, {.permutations = 99, .block = block, .seed = seed}).p;
    });
  };
  EXPECT_GT(rate(1), 0.3) << "rows exchanged one by one: what a test for independent rows does to bursts";
  EXPECT_LT(rate(0), 0.11) << "blocks by autocorrelation";
}

TEST(Distinguish, five_percent_means_five_percent_for_embeddings) {
  const double rate = false_alarms(200, [](uint64_t seed) {
    Traffic traffic(seed);
    return distinguish_embeddings(traffic.matrix(200, 12), traffic.matrix(50, 12), {.permutations = 99, .block = 1, .seed = seed}).p;
  });
  EXPECT_NEAR(rate, 0.05, 0.047);
}

TEST(Distinguish, finds_what_has_moved) {
  Traffic traffic(3);
  const auto moved = distinguish_embeddings(traffic.matrix(400, 20), traffic.matrix(100, 20, 0.5), {.permutations = 199});
  EXPECT_LE(moved.p, 0.01);
  EXPECT_GT(moved.score, 0.5);
  EXPECT_EQ(moved.block, 1);
  const auto numbers = distinguish_numbers(traffic.numbers(500), traffic.numbers(100, 1), {});
  EXPECT_LE(numbers.p, 0.01);
  EXPECT_NEAR(numbers.score, 0.38, 0.12);
  std::vector<std::string> a(300, "chat"), b(60, "chat");
  for (size_t i = 0; i < 30; ++i) b[i] = "code";
  for (size_t i = 0; i < 30; ++i) a[i * 10] = "code";
  const auto categories = distinguish_categories(a, b, {.block = 1});
  EXPECT_LE(categories.p, 0.01);
  EXPECT_NEAR(categories.score, 0.4, 1e-12);
}

TEST(Distinguish, finds_a_change_of_spread_that_leaves_the_mean) {
  Traffic traffic(4);
  Matrix wide = traffic.matrix(150, 8);
  for (double& value : wide.values) value *= 2;
  const auto out = distinguish_embeddings(traffic.matrix(400, 8), wide, {.permutations = 199});
  EXPECT_LE(out.mmd_p, 0.01);
  EXPECT_LE(out.p, 0.02);
}

TEST(Distinguish, small_and_large_windows_of_the_same_rows_are_measured_the_same_way) {
  // Below a sixth of the rows pairs are added up one by one, above it by products: MMD of the two sides exchanged is the same.
  Traffic traffic(9);
  const Matrix many = traffic.matrix(300, 6), few = traffic.matrix(40, 6, 0.4);
  const auto f = distinguish_embeddings(many, few, {.permutations = 19, .block = 1}), g = distinguish_embeddings(few, many, {.permutations = 19, .block = 1});
  EXPECT_NEAR(f.mmd, g.mmd, 1e-5);
  EXPECT_GT(f.mmd, 0.005);
}

TEST(KernelSums, of_every_cpu_are_the_sums_over_pairs) {
  constexpr size_t kRows = 37;  // no multiple of what is computed at once
  Traffic traffic(8);
  std::vector<float> kernel(kRows * kRows, 0), windows(kRows * kWindowsAtOnce);
  for (size_t i = 0; i < kRows; ++i)
    for (size_t j = 0; j < i; ++j) kernel[i * kRows + j] = kernel[j * kRows + i] = static_cast<float>(std::exp(-std::fabs(traffic.next())));
  for (float& one : windows) one = traffic.next() > 0 ? 1.0F : 0.0F;
  std::vector<double> expected(kWindowsAtOnce, 0), out(kWindowsAtOnce);
  for (size_t w = 0; w < kWindowsAtOnce; ++w)
    for (size_t i = 0; i < kRows; ++i)
      for (size_t j = 0; j < kRows; ++j)
        expected[w] += static_cast<double>(windows[i * kWindowsAtOnce + w] * windows[j * kWindowsAtOnce + w] * kernel[i * kRows + j]);
  const auto f = [&](KernelSums sums) {
    sums(kernel.data(), kRows, windows.data(), out.data());
    for (size_t w = 0; w < kWindowsAtOnce; ++w) EXPECT_NEAR(out[w], expected[w], 1e-3) << w;
  };
  f(kernel_sums_baseline::run);
  f(kernel_sums());
#if defined(__x86_64__)
  if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma")) f(kernel_sums_avx2::run);
#endif
}

TEST(Distinguish, constant_and_equal_rows_are_no_drift) {
  Matrix ones(60, 4);
  std::fill(ones.values.begin(), ones.values.end(), 1);
  const auto out = distinguish_embeddings(ones, ones, {});
  EXPECT_EQ(out.p, 1);
  EXPECT_EQ(out.score, 0);
  const std::vector<double> constant(40, 7);
  EXPECT_EQ(distinguish_numbers(constant, constant, {}).p, 1);
  EXPECT_EQ(distinguish_numbers(std::vector<double>{1}, std::vector<double>{2}, {}).score, 1);
}

TEST(Permutation, a_window_keeps_its_size_and_its_blocks) {
  // How often the window begins: runs of 10 on a circle of 123 rows (one of them is the rest, of 3).
  const auto most_runs = [](Grid grid, size_t block) {
    BlockPermutation permutation(103, 20, block, grid, 7);
    std::vector<uint8_t> in_window(123);
    int most = 0;
    for (int round = 0; round < 200; ++round) {
      permutation.draw(in_window);
      EXPECT_EQ(std::count(in_window.begin(), in_window.end(), 1), 20);
      int runs = 0;
      for (size_t i = 0; i < in_window.size(); ++i) runs += in_window[i] == 1 && in_window[(i + 122) % 123] == 0;
      most = std::max(most, runs);
    }
    return most;
  };
  EXPECT_LE(most_runs(Grid::rotating, 10), 3);
  EXPECT_LE(most_runs(Grid::fixed, 10), 3);
  EXPECT_LE(most_runs(Grid::rotating, 20), 2);
  EXPECT_GT(most_runs(Grid::rotating, 1), 10);
}

TEST(Permutation, a_run_as_long_as_the_window_lies_anywhere) {
  BlockPermutation permutation(80, 20, 20, Grid::rotating, 3);
  std::vector<uint8_t> in_window(100);
  std::vector<int> often(100, 0);
  for (int round = 0; round < 20'000; ++round) {
    permutation.draw(in_window);
    for (size_t i = 0; i < 100; ++i) often[i] += in_window[i];
  }
  for (const int count : often) EXPECT_NEAR(count, 4000, 5 * 57) << "binomial, 5 deviations";
}

TEST(Persistence, of_categories_is_that_of_what_persists_most) {
  // Ten shares of a process of correlation 0.8: the middle ones say little of their neighbours, the order of all of them much.
  const auto categories = [](uint64_t seed, double memory) {
    std::vector<std::string> out;
    for (const double value : Traffic(seed, memory).numbers(4000))
      out.push_back(std::to_string(static_cast<int>(10 * 0.5 * std::erfc(-value / std::sqrt(2.0)))));
    return out;
  };
  EXPECT_NEAR(persistence_of_categories(categories(2, 0.8)), 8.3, 2);
  EXPECT_LT(persistence_of_categories(categories(3, 0)), 1.2);
  EXPECT_EQ(persistence_of_categories(std::vector<std::string>(100, "chat")), 1);
  EXPECT_EQ(persistence_of_categories({}), 1);
}

TEST(Persistence, of_numbers_sees_bursts_of_size_and_is_not_misled_by_one_huge_value) {
  std::vector<double> swings = Traffic(5, 0.9).numbers(4000), sign = Traffic(6).numbers(4000);
  for (size_t i = 0; i < swings.size(); ++i) sign[i] *= std::exp(swings[i]);
  EXPECT_LT(autocorrelation_time(sign), 2) << "their mean says nothing of it";
  EXPECT_GT(persistence_of_numbers(sign), 4);
  std::vector<double> spiked = Traffic(7, 0.8).numbers(4000);
  spiked[100] = 1e9;
  EXPECT_NEAR(persistence_of_numbers(spiked), 8.5, 2);
}

TEST(Permutation, autocorrelation_time_is_that_of_the_process) {
  EXPECT_LT(autocorrelation_time(Traffic(1).numbers(5000)), 1.3);
  EXPECT_NEAR(autocorrelation_time(Traffic(2, 0.8).numbers(20000)), 9, 2);  // (1 + r) / (1 - r)
  EXPECT_EQ(autocorrelation_time(std::vector<double>(100, 3.0)), 1);
}

TEST(BenjaminiHochberg, equals_the_worked_example_of_the_paper) {
  // Benjamini and Hochberg (1995), section 3.2: at q = 0.05 the four smallest of these fifteen are rejected.
  const std::vector<double> p{0.0001, 0.0004, 0.0019, 0.0095, 0.0201, 0.0278, 0.0298, 0.0344,
                              0.0459, 0.3240, 0.4262, 0.5719, 0.6528, 0.7590, 1.0};
  const auto q = benjamini_hochberg(p);
  EXPECT_EQ(std::count_if(q.begin(), q.end(), [](double value) { return value <= 0.05; }), 4);
  EXPECT_DOUBLE_EQ(q[0], 0.0015);
  EXPECT_TRUE(benjamini_hochberg({}).empty());
}

}  // namespace
}  // namespace monitorai::judge
