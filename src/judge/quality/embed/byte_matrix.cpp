#include "judge/quality/embed/byte_matrix.h"

#include <algorithm>
#include <cmath>

namespace monitorai::judge {
namespace {

constexpr float kWeightMax = 127, kRowMax = 255;

enum class Cpu { baseline, avx2, vnni };

Cpu cpu() {
#if defined(__x86_64__)
  if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512vl") && __builtin_cpu_supports("avx512vnni")) return Cpu::vnni;
  if (__builtin_cpu_supports("avx2")) return Cpu::avx2;
#endif
  return Cpu::baseline;
}

}  // namespace

ByteMatrix::ByteMatrix(const std::vector<float>& weights, size_t output_count, size_t input_count) : outputs(output_count), inputs(input_count) {
  values.assign(panels() * groups() * kPanel * kGroup, 0);
  scales.assign(panels() * kPanel, 0);
  sums.assign(panels() * kPanel, 0);
  for (size_t output = 0; output < outputs; ++output) {
    const float* row = &weights[output * inputs];
    float largest = 0;
    for (size_t i = 0; i < inputs; ++i) largest = std::max(largest, std::fabs(row[i]));
    if (largest <= 0) continue;
    const float scale = largest / kWeightMax;
    int64_t sum = 0;
    for (size_t i = 0; i < inputs; ++i) {
      const int8_t value = static_cast<int8_t>(std::clamp(std::nearbyint(row[i] / scale), -kWeightMax, kWeightMax));
      values[((output / kPanel * groups() + i / kGroup) * kPanel + output % kPanel) * kGroup + i % kGroup] = value;
      sum += value;
    }
    scales[output] = scale;
    sums[output] = scale * static_cast<float>(sum);
  }
}

void ByteRows::assign(const float* numbers, size_t row_count, size_t input_count) {
  rows = row_count;
  width = (input_count + ByteMatrix::kGroup - 1) / ByteMatrix::kGroup * ByteMatrix::kGroup;
  values.resize(rows * width);
  lows.resize(rows);
  steps.resize(rows);
  for (size_t row = 0; row < rows; ++row) {
    const float* from = numbers + row * input_count;
    uint8_t* to = &values[row * width];
    float low = from[0], high = from[0];
    for (size_t i = 0; i < input_count; ++i) {
      low = from[i] < low ? from[i] : low;
      high = from[i] > high ? from[i] : high;
    }
    const float step = high > low ? (high - low) / kRowMax : 1, to_values = 1 / step;
    for (size_t i = 0; i < input_count; ++i) {
      const int value = static_cast<int>((from[i] - low) * to_values + 0.5F);
      to[i] = static_cast<uint8_t>(value < 255 ? value : 255);
    }
    std::fill(to + input_count, to + width, uint8_t{0});
    lows[row] = low;
    steps[row] = step;
  }
}

void byte_product_baseline(const ByteMatrix& weights, const ByteRows& rows, const float* bias, float* out) {
  const size_t groups = weights.groups();
  for (size_t row = 0; row < rows.rows; ++row) {
    const uint8_t* values = &rows.values[row * rows.width];
    for (size_t output = 0; output < weights.outputs; ++output) {
      const int8_t* panel = &weights.values[output / ByteMatrix::kPanel * groups * ByteMatrix::kPanel * ByteMatrix::kGroup + output % ByteMatrix::kPanel * ByteMatrix::kGroup];
      int32_t sum = 0;
      for (size_t group = 0; group < groups; ++group)
        for (size_t k = 0; k < ByteMatrix::kGroup; ++k) sum += values[group * ByteMatrix::kGroup + k] * panel[group * ByteMatrix::kPanel * ByteMatrix::kGroup + k];
      out[row * weights.outputs + output] = weights.scales[output] * rows.steps[row] * static_cast<float>(sum) + rows.lows[row] * weights.sums[output] + bias[output];
    }
  }
}

ByteProduct byte_product() {
  switch (cpu()) {
#if defined(__x86_64__)
    case Cpu::vnni: return byte_product_vnni;
    case Cpu::avx2: return byte_product_avx2;
#endif
    default: return byte_product_baseline;
  }
}

const char* byte_product_name() { return cpu() == Cpu::vnni ? "AVX-512 VNNI" : cpu() == Cpu::avx2 ? "AVX2" : "baseline"; }

}  // namespace monitorai::judge
