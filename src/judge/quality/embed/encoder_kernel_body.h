// No include guard: each encoder_kernel_*.cpp includes this once with MAI_KERNEL naming its namespace. Eigen's own namespace gets another
// name in each, so that the linker cannot give one CPU the code of another.

#define MAI_JOIN_INNER(a, b) a##b
#define MAI_JOIN(a, b) MAI_JOIN_INNER(a, b)
#define Eigen MAI_JOIN(Eigen_, MAI_KERNEL)
#include <Eigen/Core>
#include <unsupported/Eigen/SpecialFunctions>
#include <cmath>

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

}  // namespace

void run(const EncoderWeights& weights, float* values, const size_t* ends, size_t texts) {
  if (texts == 0) return;
  const Index tokens = static_cast<Index>(ends[texts - 1]), hidden = static_cast<Index>(weights.hidden), heads = static_cast<Index>(weights.heads);
  Eigen::Map<Rows> states(values, tokens, hidden);
  normalise(states, weights.norm, weights.norm_bias, weights.epsilon);
  Rows qkv, context(tokens, hidden), up, scores;
  for (const EncoderLayer& layer : weights.layers) {
    qkv.noalias() = states * matrix(layer.qkv_weight, 3 * weights.hidden, weights.hidden).transpose();
    qkv.rowwise() += line(layer.qkv_bias);
    Index begin = 0;
    for (size_t i = 0; i < texts; ++i) {
      attend(qkv, begin, static_cast<Index>(ends[i]) - begin, hidden, heads, context, scores);
      begin = static_cast<Index>(ends[i]);
    }
    states.noalias() += context * matrix(layer.attention_weight, weights.hidden, weights.hidden).transpose();
    states.rowwise() += line(layer.attention_bias);
    normalise(states, layer.attention_norm, layer.attention_norm_bias, weights.epsilon);
    up.noalias() = states * matrix(layer.up_weight, weights.intermediate, weights.hidden).transpose();
    up.rowwise() += line(layer.up_bias);
    up.array() *= 0.5F * (1 + (up.array() * 0.70710678F).erf());  // GELU, the exact one
    states.noalias() += up * matrix(layer.down_weight, weights.hidden, weights.intermediate).transpose();
    states.rowwise() += line(layer.down_bias);
    normalise(states, layer.output_norm, layer.output_norm_bias, weights.epsilon);
  }
}

}  // namespace monitorai::judge::MAI_KERNEL
