#pragma once
// The 16-bit floating point formats that files of numbers and of models hold.

#include <bit>
#include <cmath>
#include <cstdint>

namespace monitorai::judge {

/// IEEE 754 binary16.
inline float from_half(uint16_t bits) {
  const int exponent = bits >> 10 & 31, fraction = bits & 1023;
  const float sign = (bits & 0x8000) != 0 ? -1.0F : 1.0F;
  if (exponent == 31) return fraction != 0 ? std::nanf("") : sign * INFINITY;
  return sign * std::ldexp(static_cast<float>(exponent == 0 ? fraction : fraction + 1024), (exponent == 0 ? 1 : exponent) - 25);
}

/// bfloat16: the upper half of a float.
inline float from_bfloat(uint16_t bits) { return std::bit_cast<float>(static_cast<uint32_t>(bits) << 16); }

}  // namespace monitorai::judge
