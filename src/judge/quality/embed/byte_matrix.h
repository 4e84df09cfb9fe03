#pragma once
// The weights of a dense layer in eight bits, and their product with rows of numbers that are brought to eight bits as they come: a quarter
// of the memory and, where the CPU has the instruction (AVX-512 VNNI), a third of the time. Weights are symmetric, one scale an output;
// rows are asymmetric (a lowest value and a step of their own), since what comes out of GELU lies on one side. Pure.

#include <cstddef>
#include <cstdint>
#include <vector>

namespace monitorai::judge {

/// Outputs are padded to panels of 16, inputs to fours: values[panel][inputs / 4][16][4].
struct ByteMatrix {
  static constexpr size_t kPanel = 16, kGroup = 4;

  ByteMatrix() = default;
  /// Row-major [outputs x inputs], finite.
  ByteMatrix(const std::vector<float>& weights, size_t output_count, size_t input_count);

  size_t panels() const { return (outputs + kPanel - 1) / kPanel; }
  size_t groups() const { return (inputs + kGroup - 1) / kGroup; }

  size_t outputs = 0, inputs = 0;
  std::vector<int8_t> values;
  std::vector<float> scales;  ///< of each output, padded
  std::vector<float> sums;    ///< scale times the sum of the output's values, padded
};

/// Rows in eight bits: number = low + step * value.
struct ByteRows {
  /// Row-major [rows x inputs], finite. Keeps its memory from one call to the next.
  void assign(const float* numbers, size_t row_count, size_t input_count);

  size_t rows = 0, width = 0;  ///< width: inputs padded to fours
  std::vector<uint8_t> values;
  std::vector<float> lows, steps;
};

/// out[rows x outputs] = rows * weights' + bias; exact in integers, so that every CPU gives the same. Both have the same inputs.
using ByteProduct = void (*)(const ByteMatrix& weights, const ByteRows& rows, const float* bias, float* out);
/// The fastest of this CPU, and what it was compiled for: "AVX-512 VNNI", "AVX2", "baseline".
ByteProduct byte_product();
const char* byte_product_name();

void byte_product_baseline(const ByteMatrix& weights, const ByteRows& rows, const float* bias, float* out);
void byte_product_avx2(const ByteMatrix& weights, const ByteRows& rows, const float* bias, float* out);
void byte_product_vnni(const ByteMatrix& weights, const ByteRows& rows, const float* bias, float* out);

}  // namespace monitorai::judge
