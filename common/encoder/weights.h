// The weights of an encoder in single precision, as the file has them.
#pragma once

#include <Eigen/Core>
#include <cstddef>
#include <vector>

#include "absl/status/statusor.h"
#include "common/encoder/config.h"
#include "common/encoder/safetensors.h"

namespace winnow::encoder {

using Matrix = Eigen::Matrix<float, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;
using Row = Eigen::RowVectorXf;

// y = x W^T + b for a row x; W is [out][in].
struct Linear {
  Matrix weights;
  Row bias;
};

struct LayerNorm {
  Row scale, shift;
};

// A layer: attention, then two linear maps with GELU between, each with a residual connection and
// the norm behind it (Vaswani et al. 2017, arXiv:1706.03762, fig. 1 left).
struct LayerWeights {
  Linear query, key, value, attention_output;
  LayerNorm attention_norm;
  Linear intermediate, output;
  LayerNorm output_norm;
};

struct EncoderWeights {
  EncoderConfig config;  // `layers` is the number that was read
  Matrix words;          // [vocabulary][hidden]
  Matrix positions;      // [max_pieces()][hidden], with the vector of token type 0 added
  LayerNorm embedding_norm;
  std::vector<LayerWeights> layers;
};

// Reads the embeddings and the first `num_layers` layers, whatever prefix the tensors' names have
// ("", "bert.", "roberta.", "distilbert."). Errors are those of SafeTensors::Read. REQUIRES:
// num_layers <= config.layers.
absl::StatusOr<EncoderWeights> ReadWeights(const SafeTensors& tensors, const EncoderConfig& config,
                                           size_t num_layers);

}  // namespace winnow::encoder
