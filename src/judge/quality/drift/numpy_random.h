#pragma once
// NumPy's RandomState (its legacy generator), whose random numbers those who seed it with the same number share. The generator is the
// standard library's. Thread: one.

#include <cstdint>
#include <numeric>
#include <random>
#include <utility>
#include <vector>

namespace monitorai::judge {

class RandomState {
 public:
  explicit RandomState(uint32_t seed) : random_(seed) {}
  /// Uniform in 0 ... largest: bits under a mask until one fits.
  uint32_t up_to(uint32_t largest) {
    uint32_t mask = largest;
    for (uint32_t shift = 1; shift < 32; shift *= 2) mask |= mask >> shift;
    uint32_t value = next() & mask;
    while (value > largest) value = next() & mask;
    return value;
  }
  /// In [0, 1).
  double uniform() {
    const uint32_t high = next() >> 5, low = next() >> 6;
    return (high * 67'108'864.0 + low) / 9'007'199'254'740'992.0;
  }
  std::vector<size_t> permutation(size_t count) {
    std::vector<size_t> out(count);
    std::iota(out.begin(), out.end(), size_t{0});
    for (size_t i = count; i-- > 1;) std::swap(out[i], out[up_to(static_cast<uint32_t>(i))]);
    return out;
  }

 private:
  uint32_t next() { return static_cast<uint32_t>(random_()); }
  std::mt19937 random_;
};

}  // namespace monitorai::judge
