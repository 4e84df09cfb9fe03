#if defined(__x86_64__)
#include <immintrin.h>

#include <cstring>

#include "judge/quality/embed/byte_matrix.h"

namespace monitorai::judge {

// The eight-bit products of AVX2 saturate, so its sixteen-bit ones are used: four outputs of a panel are one vector of eight partial sums.
void byte_product_avx2(const ByteMatrix& weights, const ByteRows& rows, const float* bias, float* out) {
  const size_t groups = weights.groups();
  for (size_t panel = 0; panel < weights.panels(); ++panel) {
    const int8_t* values = &weights.values[panel * groups * 64];
    for (size_t row = 0; row < rows.rows; ++row) {
      const uint8_t* from = &rows.values[row * rows.width];
      __m256i sums[4] = {};
      for (size_t group = 0; group < groups; ++group) {
        int32_t four;
        std::memcpy(&four, from + group * 4, 4);
        const __m256i x = _mm256_broadcastq_epi64(_mm_cvtepu8_epi16(_mm_cvtsi32_si128(four)));
        for (size_t part = 0; part < 4; ++part) {
          const __m128i bytes = _mm_loadu_si128(reinterpret_cast<const __m128i*>(values + group * 64 + part * 16));
          sums[part] = _mm256_add_epi32(sums[part], _mm256_madd_epi16(x, _mm256_cvtepi8_epi16(bytes)));
        }
      }
      for (size_t part = 0; part < 4; ++part) {
        alignas(32) int32_t halves[8];
        _mm256_store_si256(reinterpret_cast<__m256i*>(halves), sums[part]);
        for (size_t k = 0; k < 4; ++k) {
          const size_t output = panel * 16 + part * 4 + k;
          if (output >= weights.outputs) break;
          const float sum = static_cast<float>(halves[2 * k] + halves[2 * k + 1]);
          out[row * weights.outputs + output] = weights.scales[output] * rows.steps[row] * sum + rows.lows[row] * weights.sums[output] + bias[output];
        }
      }
    }
  }
}

}  // namespace monitorai::judge
#endif
