#include "common/encoder/weights.h"

#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/types/span.h"
#include "common/base/status.h"

namespace winnow::encoder {
namespace {

// The names of a layer's parts, behind "LAYERS.N.".
struct LayerNames {
  const char *layers, *query, *key, *value, *attention_output, *attention_norm, *intermediate,
      *output, *output_norm;
};
constexpr LayerNames kBertNames = {
    "encoder.layer.",       "attention.self.query",   "attention.self.key",
    "attention.self.value", "attention.output.dense", "attention.output.LayerNorm",
    "intermediate.dense",   "output.dense",           "output.LayerNorm"};
constexpr LayerNames kDistilBertNames = {
    "transformer.layer.", "attention.q_lin",   "attention.k_lin",
    "attention.v_lin",    "attention.out_lin", "sa_layer_norm",
    "ffn.lin1",           "ffn.lin2",          "output_layer_norm"};

class WeightsReader {
 public:
  WeightsReader(const SafeTensors& tensors, const EncoderConfig& config)
      : tensors_(tensors),
        config_(config),
        names_(config.naming == Naming::kBert ? kBertNames : kDistilBertNames) {
    for (const char* prefix : {"bert.", "roberta.", "distilbert."}) {
      if (tensors.Has(absl::StrCat(prefix, kWords))) prefix_ = prefix;
    }
  }

  absl::StatusOr<EncoderWeights> Read(size_t num_layers) const {
    EncoderWeights weights{.config = config_};
    weights.config.layers = num_layers;
    WINNOW_ASSIGN_OR_RETURN(weights.words, ReadMatrix(kWords, config_.vocabulary, config_.hidden));
    WINNOW_ASSIGN_OR_RETURN(weights.positions, ReadPositions());
    WINNOW_ASSIGN_OR_RETURN(weights.embedding_norm, ReadNorm("embeddings.LayerNorm"));
    for (size_t i = 0; i < num_layers; ++i) {
      WINNOW_ASSIGN_OR_RETURN(weights.layers.emplace_back(), ReadLayer(i));
    }
    return weights;
  }

 private:
  static constexpr char kWords[] = "embeddings.word_embeddings.weight";

  absl::StatusOr<Matrix> ReadMatrix(absl::string_view name, size_t rows, size_t columns,
                                    size_t first_row = 0) const {
    // Before there is memory of that size: the configuration may say anything.
    WINNOW_RETURN_IF_ERROR(tensors_.CheckShape(absl::StrCat(prefix_, name), {rows, columns}));
    Matrix matrix(rows - first_row, columns);
    WINNOW_RETURN_IF_ERROR(tensors_.Read(absl::StrCat(prefix_, name), {rows, columns}, first_row,
                                         {matrix.data(), static_cast<size_t>(matrix.size())}));
    return matrix;
  }

  absl::StatusOr<Row> ReadRow(absl::string_view name, size_t size) const {
    Row row(size);
    WINNOW_RETURN_IF_ERROR(
        tensors_.Read(absl::StrCat(prefix_, name), {size}, 0, {row.data(), size}));
    return row;
  }

  absl::StatusOr<Linear> ReadLinear(absl::string_view name, size_t out, size_t in) const {
    Linear linear;
    WINNOW_ASSIGN_OR_RETURN(linear.weights, ReadMatrix(absl::StrCat(name, ".weight"), out, in));
    WINNOW_ASSIGN_OR_RETURN(linear.bias, ReadRow(absl::StrCat(name, ".bias"), out));
    return linear;
  }

  // Old files call the two after the paper.
  absl::StatusOr<LayerNorm> ReadNorm(absl::string_view name) const {
    const bool old = tensors_.Has(absl::StrCat(prefix_, name, ".gamma"));
    LayerNorm norm;
    WINNOW_ASSIGN_OR_RETURN(
        norm.scale, ReadRow(absl::StrCat(name, old ? ".gamma" : ".weight"), config_.hidden));
    WINNOW_ASSIGN_OR_RETURN(norm.shift,
                            ReadRow(absl::StrCat(name, old ? ".beta" : ".bias"), config_.hidden));
    return norm;
  }

  // All pieces are of type 0, so its vector is a part of every position.
  absl::StatusOr<Matrix> ReadPositions() const {
    WINNOW_ASSIGN_OR_RETURN(Matrix positions,
                            ReadMatrix("embeddings.position_embeddings.weight", config_.positions,
                                       config_.hidden, config_.first_position));
    if (config_.types == 0) return positions;
    WINNOW_ASSIGN_OR_RETURN(
        const Matrix types,
        ReadMatrix("embeddings.token_type_embeddings.weight", config_.types, config_.hidden));
    positions.rowwise() += types.row(0);
    return positions;
  }

  absl::StatusOr<LayerWeights> ReadLayer(size_t index) const {
    const std::string at = absl::StrCat(names_.layers, index, ".");
    const size_t hidden = config_.hidden, inner = config_.intermediate;
    LayerWeights layer;
    WINNOW_ASSIGN_OR_RETURN(layer.query, ReadLinear(at + names_.query, hidden, hidden));
    WINNOW_ASSIGN_OR_RETURN(layer.key, ReadLinear(at + names_.key, hidden, hidden));
    WINNOW_ASSIGN_OR_RETURN(layer.value, ReadLinear(at + names_.value, hidden, hidden));
    WINNOW_ASSIGN_OR_RETURN(layer.attention_output,
                            ReadLinear(at + names_.attention_output, hidden, hidden));
    WINNOW_ASSIGN_OR_RETURN(layer.attention_norm, ReadNorm(at + names_.attention_norm));
    WINNOW_ASSIGN_OR_RETURN(layer.intermediate,
                            ReadLinear(at + names_.intermediate, inner, hidden));
    WINNOW_ASSIGN_OR_RETURN(layer.output, ReadLinear(at + names_.output, hidden, inner));
    WINNOW_ASSIGN_OR_RETURN(layer.output_norm, ReadNorm(at + names_.output_norm));
    return layer;
  }

  const SafeTensors& tensors_;
  const EncoderConfig& config_;
  const LayerNames& names_;
  std::string prefix_;
};

}  // namespace

absl::StatusOr<EncoderWeights> ReadWeights(const SafeTensors& tensors, const EncoderConfig& config,
                                           size_t num_layers) {
  return WeightsReader(tensors, config).Read(num_layers);
}

}  // namespace winnow::encoder
