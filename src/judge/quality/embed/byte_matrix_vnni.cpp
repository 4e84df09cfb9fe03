#if defined(__x86_64__)
#include <immintrin.h>

#include <cstring>

#include "judge/quality/embed/byte_matrix.h"

namespace monitorai::judge {
namespace {

constexpr size_t kRows = 6, kPanels = 4;  // 24 accumulators, 4 weights and one value: of 32 registers

/// `count` rows (at most kRows) times `panels` panels (at most kPanels) of weights.
template <size_t Count, size_t Panels>
void tile(const ByteMatrix& weights, const ByteRows& rows, const float* bias, float* out, size_t row, size_t panel) {
  const size_t groups = weights.groups();
  __m512i sums[Count][Panels];
  for (size_t i = 0; i < Count; ++i)
    for (size_t p = 0; p < Panels; ++p) sums[i][p] = _mm512_setzero_si512();
  const int8_t* values = &weights.values[panel * groups * 64];
  const uint8_t* from = &rows.values[row * rows.width];
  for (size_t group = 0; group < groups; ++group) {
    __m512i w[Panels];
    for (size_t p = 0; p < Panels; ++p) w[p] = _mm512_loadu_si512(values + (p * groups + group) * 64);
    for (size_t i = 0; i < Count; ++i) {
      int32_t four;
      std::memcpy(&four, from + i * rows.width + group * 4, 4);
      const __m512i x = _mm512_set1_epi32(four);
      for (size_t p = 0; p < Panels; ++p) sums[i][p] = _mm512_dpbusd_epi32(sums[i][p], x, w[p]);
    }
  }
  for (size_t p = 0; p < Panels; ++p) {
    const size_t output = (panel + p) * 16, left = weights.outputs - output;
    const __mmask16 mask = left >= 16 ? __mmask16(0xffff) : static_cast<__mmask16>((1U << left) - 1);
    const __m512 scale = _mm512_loadu_ps(&weights.scales[output]), sum = _mm512_loadu_ps(&weights.sums[output]), shift = _mm512_maskz_loadu_ps(mask, bias + output);
    for (size_t i = 0; i < Count; ++i) {
      const __m512 product = _mm512_mul_ps(_mm512_mul_ps(scale, _mm512_set1_ps(rows.steps[row + i])), _mm512_cvtepi32_ps(sums[i][p]));
      const __m512 whole = _mm512_add_ps(_mm512_add_ps(product, _mm512_mul_ps(_mm512_set1_ps(rows.lows[row + i]), sum)), shift);
      _mm512_mask_storeu_ps(out + (row + i) * weights.outputs + output, mask, whole);
    }
  }
}

template <size_t Panels>
void all_rows(const ByteMatrix& weights, const ByteRows& rows, const float* bias, float* out, size_t panel) {
  size_t row = 0;
  for (; row + kRows <= rows.rows; row += kRows) tile<kRows, Panels>(weights, rows, bias, out, row, panel);
  for (; row < rows.rows; ++row) tile<1, Panels>(weights, rows, bias, out, row, panel);
}

}  // namespace

void byte_product_vnni(const ByteMatrix& weights, const ByteRows& rows, const float* bias, float* out) {
  size_t panel = 0;
  for (; panel + kPanels <= weights.panels(); panel += kPanels) all_rows<kPanels>(weights, rows, bias, out, panel);
  for (; panel < weights.panels(); ++panel) all_rows<1>(weights, rows, bias, out, panel);
}

}  // namespace monitorai::judge
#endif
