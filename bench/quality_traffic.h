#pragma once
// For quality_bench: traffic that nothing has happened to, and how often a test of it alarms. Every number comes from a seed: window i of
// a run draws from seed + i, so seeds of runs that shall have nothing in common lie further apart than there are windows.

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <random>
#include <string>
#include <string_view>
#include <vector>

namespace monitorai::bench {

constexpr double kLevel = 0.05;
constexpr size_t kBaselineRows = 2000;
constexpr size_t kFewPermutations = 199;  // a test at 5 % is as exact with them as with 399, and costs half
constexpr uint64_t kSeed = 20'261'123;
constexpr uint64_t kNullSeed = uint64_t{1} << 40;  // the permutations have nothing to do with the rows

/// Standard normal rows in order of time, each correlated with the one before by `burst`.
class Rows {
 public:
  Rows(uint64_t seed, double burst) : random_(seed), burst_(burst), last_(normal_(random_)) {}
  double next() { return last_ = burst_ * last_ + std::sqrt(1 - burst_ * burst_) * normal_(random_); }
  std::vector<double> numbers(size_t rows, double shift = 0) {
    std::vector<double> out(rows);
    for (double& value : out) value = next() + shift;
    return out;
  }
  /// Ten of them, as frequent as each other.
  std::vector<std::string> categories(size_t rows) {
    constexpr size_t kCategories = 10;
    std::vector<std::string> out(rows);
    for (std::string& value : out) {
      const double share = 0.5 * std::erfc(-next() / std::sqrt(2.0));  // uniform
      value = std::to_string(std::min(kCategories - 1, static_cast<size_t>(share * kCategories)));
    }
    return out;
  }

 private:
  std::mt19937_64 random_;
  std::normal_distribution<double> normal_;
  double burst_, last_;
};

struct Rates {
  size_t windows = 0, alarms = 0;
  void add(bool alarm) { ++windows, alarms += alarm; }
};

/// One line of JSON. `more`: further members, each with a comma behind it.
inline void print_rates(std::string_view test, const Rates& rates, uint64_t seed, std::string_view more = "") {
  fmt::print(R"({{"test":"{}",{}"windows":{},"alarms":{},"seed":{}}})"
             "\n",
             test, more, rates.windows, rates.alarms, seed);
}

}  // namespace monitorai::bench
