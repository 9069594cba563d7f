#include <cmath>

#include "common/encoder/forward_pass.h"

namespace winnow::encoder {
namespace {

Matrix Apply(const Linear& linear, const Matrix& x) {
  return (x * linear.weights.transpose()).rowwise() + linear.bias;
}

Matrix Normalize(const Matrix& x, const LayerNorm& norm, float epsilon) {
  const Matrix centred = x.colwise() - x.rowwise().mean();
  const Eigen::ArrayXf variance = centred.array().square().rowwise().mean();
  const Matrix normal = centred.array().colwise() / (variance + epsilon).sqrt();
  return (normal.array().rowwise() * norm.scale.array()).matrix().rowwise() + norm.shift;
}

Matrix Attend(const LayerWeights& layer, const EncoderConfig& config, const Matrix& x) {
  const Matrix queries = Apply(layer.query, x), keys = Apply(layer.key, x),
               values = Apply(layer.value, x);
  Matrix context(x.rows(), x.cols());
  const auto size = static_cast<Eigen::Index>(config.head_size());
  for (Eigen::Index first = 0; first < x.cols(); first += size) {
    Matrix scores = queries.middleCols(first, size) * keys.middleCols(first, size).transpose() /
                    std::sqrt(static_cast<float>(size));
    scores.colwise() -= Eigen::VectorXf(scores.rowwise().maxCoeff());
    scores = scores.array().exp().matrix();
    scores.array().colwise() /= Eigen::ArrayXf(scores.rowwise().sum());
    context.middleCols(first, size) = scores * values.middleCols(first, size);
  }
  return Apply(layer.attention_output, context);
}

float Gelu(float x) { return x * 0.5f * (1 + std::erf(x * 0.70710678118654752f)); }

}  // namespace

Matrix ReferenceForward(const EncoderWeights& weights, absl::Span<const uint32_t> ids) {
  const EncoderConfig& config = weights.config;
  const float epsilon = config.layer_norm_epsilon;
  Matrix x(static_cast<Eigen::Index>(ids.size()), static_cast<Eigen::Index>(config.hidden));
  for (Eigen::Index i = 0; i < x.rows(); ++i)
    x.row(i) = weights.words.row(ids[static_cast<size_t>(i)]) + weights.positions.row(i);
  x = Normalize(x, weights.embedding_norm, epsilon);
  for (const LayerWeights& layer : weights.layers) {
    x = Normalize(x + Attend(layer, config, x), layer.attention_norm, epsilon);
    const Matrix inner = Apply(layer.intermediate, x).unaryExpr(&Gelu);
    x = Normalize(x + Apply(layer.output, inner), layer.output_norm, epsilon);
  }
  return x;
}

}  // namespace winnow::encoder
