#pragma once
// For tests: rows in order of time, each like the one before as far as `memory` says (AR(1)); and how often a test without drift alarms.

#include <cmath>
#include <random>
#include <string>
#include <vector>

#include "judge/quality/drift/matrix.h"

namespace monitorai::judge {

class Traffic {
 public:
  explicit Traffic(uint64_t seed, double memory = 0) : random_(seed), memory_(memory) {}
  double next() {
    state_ = memory_ * state_ + std::sqrt(1 - memory_ * memory_) * normal_(random_);
    return state_;
  }
  std::vector<double> numbers(size_t rows, double shift = 0) {
    std::vector<double> out;
    for (size_t i = 0; i < rows; ++i) out.push_back(next() + shift);
    return out;
  }
  Matrix matrix(size_t rows, size_t columns, double shift = 0) {
    Matrix out(rows, columns);
    for (double& value : out.values) value = next() + shift;
    return out;
  }

 private:
  std::mt19937_64 random_;
  std::normal_distribution<double> normal_;
  double memory_, state_ = 0;
};

/// How often p <= 0.05 in `runs` runs without drift.
template <class F>
double false_alarms(size_t runs, F p) {
  size_t alarms = 0;
  for (size_t i = 0; i < runs; ++i) alarms += p(i + 1) <= 0.05;
  return static_cast<double>(alarms) / static_cast<double>(runs);
}

}  // namespace monitorai::judge
