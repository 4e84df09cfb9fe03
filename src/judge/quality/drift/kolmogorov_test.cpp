// Kolmogorov-Smirnov of many columns, and the exact law, against what is slow and plain.

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <functional>
#include <limits>
#include <numeric>
#include <random>
#include <vector>

#include "judge/quality/drift/kolmogorov.h"
#include "judge/quality/drift/kolmogorov_columns.h"
#include "judge/quality/drift/lattice_paths.h"

namespace monitorai::judge {
namespace {

using Make = std::function<double(std::mt19937_64&)>;

std::vector<double> drawn(size_t count, const Make& make, uint64_t seed) {
  std::mt19937_64 random(seed);
  std::vector<double> out(count);
  std::generate(out.begin(), out.end(), [&] { return make(random); });
  return out;
}

/// The share of paths outside, cell by cell: P = 1 outside, else (i P(i - 1, j) + j P(i, j - 1)) / (i + j).
long double plain_share(size_t n1, size_t n2, int64_t h) {
  const auto g = static_cast<int64_t>(std::gcd(n1, n2)), up = static_cast<int64_t>(n2) / g, right = static_cast<int64_t>(n1) / g;
  std::vector<long double> p(n2 + 1, 0);
  for (size_t i = 0; i <= n1; ++i)
    for (size_t j = 0; j <= n2; ++j) {
      const long double a = static_cast<long double>(i), b = static_cast<long double>(j);
      if (std::abs(up * static_cast<int64_t>(i) - right * static_cast<int64_t>(j)) >= h)
        p[j] = 1;
      else if (i + j == 0)
        p[j] = 0;
      else
        p[j] = ((i > 0 ? a * p[j] : 0) + (j > 0 ? b * p[j - 1] : 0)) / (a + b);
    }
  return p[n2];
}

TEST(LatticePaths, shares_equal_those_counted_cell_by_cell) {
  const auto f = [](size_t n1, size_t n2, const std::vector<int64_t>& steps) {
    const auto shares = share_of_paths_outside(n1, n2, steps);
    ASSERT_EQ(shares.size(), steps.size());
    for (size_t i = 0; i < steps.size(); ++i) {
      const auto want = static_cast<double>(plain_share(n1, n2, steps[i]));
      EXPECT_NEAR(shares[i], want, 1e-11 * want + 1e-200) << n1 << " " << n2 << " " << steps[i];
    }
  };
  const auto all_steps = [](size_t n1, size_t n2) {
    std::vector<int64_t> out(n1 * n2 / std::gcd(n1, n2) + 2);
    std::iota(out.begin(), out.end(), 0);
    return out;
  };
  for (size_t n1 = 1; n1 <= 12; ++n1)
    for (size_t n2 = 1; n2 <= 12; ++n2) f(n1, n2, all_steps(n1, n2));
  f(30, 17, all_steps(30, 17));
  f(17, 30, all_steps(30, 17));
  f(1, 500, all_steps(1, 500));
  f(200, 199, {1, 100, 700, 3000, 9000, 20'000, 30'000, 39'799, 39'800});
  f(1000, 100, {1, 2, 9, 10, 11, 40, 80, 100, 101, 150, 300, 500, 900, 1000, 1001});  // over 1000 nothing is outside: 0
  f(900, 601, {500, 10'000, 40'000, 50'000, 100'000, 400'000});
  f(3000, 1000, {30, 100, 101, 102, 103, 104, 105, 106, 107, 300, 1000, 1500, 2500});
  f(10'000, 1000, {200, 288, 500, 3000, 4000, 9000});
}

TEST(LatticePaths, a_step_of_zero_is_touched_by_every_path_and_no_steps_give_nothing) {
  EXPECT_EQ(share_of_paths_outside(7, 5, std::vector<int64_t>{0}), std::vector<double>{1});
  EXPECT_TRUE(share_of_paths_outside(7, 5, std::vector<int64_t>{}).empty());
}

TEST(KsColumns, distances_and_p_equal_those_of_sorted_samples) {
  std::normal_distribution<double> normal;
  const std::vector<std::pair<const char*, Make>> kinds = {
      {"normal", [](auto& random) { return std::normal_distribution<double>()(random); }},
      {"few values", [](auto& random) { return static_cast<double>(random() % 5); }},
      {"one value", [](auto&) { return 3.0; }},
      {"half of them zero", [](auto& random) { return random() % 2 == 0 ? 0.0 : static_cast<double>(random() % 1000); }},
      {"zeros of both signs", [](auto& random) { return random() % 2 == 0 ? 0.0 : -0.0; }},
      {"far outliers", [](auto& random) { return random() % 100 == 0 ? 1e300 : std::normal_distribution<double>()(random); }},
      {"the widest range",
       [](auto& random) {
         return (random() % 2 == 0 ? 1 : -1) * std::numeric_limits<double>::max() / static_cast<double>(1 + random() % 9);
       }},
      {"the narrowest", [](auto& random) { return static_cast<double>(random() % 7) * std::numeric_limits<double>::denorm_min(); }},
      {"exponential", [](auto& random) { return std::exp(20 * std::normal_distribution<double>()(random)); }},
  };
  const auto f = [](const char* name, size_t a_rows, size_t b_rows, const Make& make_a, const Make& make_b) {
    constexpr size_t kColumns = 3;
    const auto a = drawn(kColumns * a_rows, make_a, 1), b = drawn(kColumns * b_rows, make_b, 2);
    const auto from_a = KsColumns(a, a_rows).compare(b, b_rows), from_b = KsColumns(b, b_rows).compare(a, a_rows),
               once = ks_by_columns(a, a_rows, b, b_rows);
    ASSERT_EQ(from_a.size(), kColumns);
    for (size_t i = 0; i < kColumns; ++i) {
      auto first = std::vector(a.begin() + static_cast<ptrdiff_t>(i * a_rows), a.begin() + static_cast<ptrdiff_t>((i + 1) * a_rows));
      auto second = std::vector(b.begin() + static_cast<ptrdiff_t>(i * b_rows), b.begin() + static_cast<ptrdiff_t>((i + 1) * b_rows));
      std::sort(first.begin(), first.end());
      std::sort(second.begin(), second.end());
      const double d = ks_distance(first, second), p = ks_p(a_rows, b_rows, std::vector{d})[0];
      for (const KsResult& result : {from_a[i], from_b[i], once[i]}) {
        EXPECT_NEAR(result.distance, d, 1e-15) << name << " " << a_rows << " " << b_rows;
        EXPECT_NEAR(result.p, p, 1e-12) << name << " " << a_rows << " " << b_rows;
      }
    }
  };
  for (const auto& [name, make] : kinds) {
    f(name, 100, 37, make, make);
    f(name, 37, 100, make, make);
    f(name, 1, 1, make, make);
    f(name, 1, 40, make, make);
    f(name, 500, 16, make, kinds[0].second);
    f(name, 200, 201, kinds[0].second, make);
  }
  f("beyond every value of the other", 50, 60, kinds[0].second, [](auto&) { return 1e9; });
  f("below every value of the other", 50, 60, kinds[0].second, [](auto&) { return -1e9; });
  f("so many that the limit law is used", 11'000, 300, kinds[0].second, kinds[0].second);
}

TEST(KsColumns, a_set_of_columns_is_compared_as_often_as_one_likes) {
  const Make normal = [](auto& random) { return std::normal_distribution<double>()(random); };
  const KsColumns baseline(drawn(400, normal, 5), 200);
  EXPECT_EQ(baseline.rows(), 200);
  EXPECT_EQ(baseline.columns(), 2);
  EXPECT_TRUE(std::is_sorted(baseline.column(1).begin(), baseline.column(1).end()));
  const auto window = drawn(60, normal, 6);
  const auto first = baseline.compare(window, 30), again = baseline.compare(window, 30);
  for (size_t i = 0; i < first.size(); ++i) {
    EXPECT_EQ(first[i].distance, again[i].distance);
    EXPECT_EQ(first[i].p, again[i].p);
  }
}

}  // namespace
}  // namespace monitorai::judge
