// No include guard: each encoder_kernel_*.cpp includes this once with MAI_KERNEL naming its namespace. Eigen's own namespace gets another
// name in each, so that the linker cannot give one CPU the code of another.

#define MAI_JOIN_INNER(a, b) a##b
#define MAI_JOIN(a, b) MAI_JOIN_INNER(a, b)
#define Eigen MAI_JOIN(Eigen_, MAI_KERNEL)
#include <Eigen/Core>
#include <unsupported/Eigen/SpecialFunctions>
#include <cmath>

#include "judge/quality/embed/byte_matrix.h"
#include "judge/quality/embed/encoder_kernel.h"

namespace monitorai::judge::MAI_KERNEL {
namespace {

using Rows = Eigen::Matrix<float, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;
using View = Eigen::Map<const Rows>;
using Line = Eigen::Map<const Eigen::RowVectorXf>;
using Eigen::Index;

View matrix(const std::vector<float>& values, size_t rows, size_t columns) {
  return {values.data(), static_cast<Index>(rows), static_cast<Index>(columns)};
}
Line line(const std::vector<float>& values) { return {values.data(), static_cast<Index>(values.size())}; }

template <class States>
void normalise(States& states, const std::vector<float>& scale, const std::vector<float>& shift, float epsilon) {
  const float width = static_cast<float>(states.cols());
  for (Index i = 0; i < states.rows(); ++i) {
    const float mean = states.row(i).sum() / width;
    states.row(i).array() -= mean;
    const float variance = states.row(i).squaredNorm() / width;
    states.row(i) = (states.row(i).array() * (1 / std::sqrt(variance + epsilon)) * line(scale).array() + line(shift).array()).matrix();
  }
}

/// Softmax(Q K' / sqrt(d)) V of each head, over one text.
void attend(const Rows& qkv, Index begin, Index count, Index hidden, Index heads, Rows& out, Rows& scores) {
  const Index width = hidden / heads;
  const float scale = 1 / std::sqrt(static_cast<float>(width));
  for (Index head = 0; head < heads; ++head) {
    const auto q = qkv.block(begin, head * width, count, width), k = qkv.block(begin, hidden + head * width, count, width);
    const auto v = qkv.block(begin, 2 * hidden + head * width, count, width);
    scores.resize(count, count);
    scores.noalias() = q * k.transpose();
    for (Index i = 0; i < count; ++i) {
      const float top = scores.row(i).maxCoeff();
      scores.row(i) = ((scores.row(i).array() - top) * scale).exp().matrix();
      scores.row(i) /= scores.row(i).sum();
    }
    out.block(begin, head * width, count, width).noalias() = scores * v;
  }
}

/// What a dense layer makes of rows: floats by Eigen, bytes by the product for bytes.
class Dense {
 public:
  template <class States>
  void apply(const States& states, const std::vector<float>& weight, const ByteMatrix& bytes, const std::vector<float>& bias, Rows& out) {
    if (bytes.outputs > 0) {
      rows_.assign(states.data(), static_cast<size_t>(states.rows()), bytes.inputs);
      out.resize(states.rows(), static_cast<Index>(bytes.outputs));
      product_(bytes, rows_, bias.data(), out.data());
      return;
    }
    out.noalias() = states * matrix(weight, bias.size(), static_cast<size_t>(states.cols())).transpose();
    out.rowwise() += line(bias);
  }

 private:
  ByteRows rows_;
  ByteProduct product_ = byte_product();
};

}  // namespace

void run(const EncoderWeights& weights, float* values, const size_t* ends, size_t texts) {
  if (texts == 0) return;
  const Index tokens = static_cast<Index>(ends[texts - 1]), hidden = static_cast<Index>(weights.hidden), heads = static_cast<Index>(weights.heads);
  Eigen::Map<Rows> states(values, tokens, hidden);
  normalise(states, weights.norm, weights.norm_bias, weights.epsilon);
  Rows qkv, context(tokens, hidden), up, down, scores;
  Dense dense;
  for (const EncoderLayer& layer : weights.layers) {
    dense.apply(states, layer.qkv_weight, layer.qkv_bytes, layer.qkv_bias, qkv);
    Index begin = 0;
    for (size_t i = 0; i < texts; ++i) {
      attend(qkv, begin, static_cast<Index>(ends[i]) - begin, hidden, heads, context, scores);
      begin = static_cast<Index>(ends[i]);
    }
    dense.apply(context, layer.attention_weight, layer.attention_bytes, layer.attention_bias, down);
    states += down;
    normalise(states, layer.attention_norm, layer.attention_norm_bias, weights.epsilon);
    dense.apply(states, layer.up_weight, layer.up_bytes, layer.up_bias, up);
    up.array() *= 0.5F * (1 + (up.array() * 0.70710678F).erf());  // GELU, the exact one
    dense.apply(up, layer.down_weight, layer.down_bytes, layer.down_bias, down);
    states += down;
    normalise(states, layer.output_norm, layer.output_norm_bias, weights.epsilon);
  }
}

}  // namespace monitorai::judge::MAI_KERNEL
