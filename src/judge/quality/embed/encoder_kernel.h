#pragma once
// The arithmetic of a BERT encoder, compiled for several kinds of CPU; run_encoder() picks at run time. Pure functions on plain arrays.

#include <cstddef>
#include <vector>

#include "judge/quality/embed/byte_matrix.h"

namespace monitorai::judge {

/// Weights of one layer, row-major [outputs x inputs]; query, key and value stand one below the other. Where the byte matrices are filled,
/// they stand for the weights, which are then empty.
struct EncoderLayer {
  std::vector<float> qkv_weight, qkv_bias, attention_weight, attention_bias, attention_norm, attention_norm_bias;
  std::vector<float> up_weight, up_bias, down_weight, down_bias, output_norm, output_norm_bias;
  ByteMatrix qkv_bytes, attention_bytes, up_bytes, down_bytes;
};

struct EncoderWeights {
  size_t hidden = 0, heads = 0, intermediate = 0;
  float epsilon = 1e-12F;
  std::vector<float> norm, norm_bias;  ///< of the summed embeddings
  std::vector<EncoderLayer> layers;
};

/// states: [tokens x hidden], in: sums of embeddings, out: the last layer. Text i is the tokens ends[i - 1] ... ends[i] - 1 and attends to
/// itself only: texts are packed without padding.
using EncoderKernel = void (*)(const EncoderWeights& weights, float* states, const size_t* ends, size_t texts);

/// The fastest kernel of this CPU.
EncoderKernel encoder_kernel();
/// What it was compiled for: "AVX-512", "AVX2", "baseline".
const char* encoder_kernel_name();

namespace kernel_baseline {
void run(const EncoderWeights& weights, float* states, const size_t* ends, size_t texts);
}
namespace kernel_avx2 {
void run(const EncoderWeights& weights, float* states, const size_t* ends, size_t texts);
}
namespace kernel_avx512 {
void run(const EncoderWeights& weights, float* states, const size_t* ends, size_t texts);
}

}  // namespace monitorai::judge
