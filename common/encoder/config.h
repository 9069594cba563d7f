// config.json of an encoder of the BERT family.
#pragma once

#include <cstddef>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace winnow::encoder {

// How the tensors of a family are called.
enum class Naming { kBert, kDistilBert };

// The sizes of a transformer encoder (Devlin et al. 2019, arXiv:1810.04805).
struct EncoderConfig {
  Naming naming = Naming::kBert;
  size_t vocabulary = 0;
  size_t hidden = 0;  // values of a vector; a multiple of 32
  size_t layers = 0;
  size_t heads = 0;         // `hidden` / `heads` is a multiple of 16
  size_t intermediate = 0;  // a multiple of 32
  size_t positions = 0;     // rows of the position matrix, the unused ones before `first_position`
  // The position of the first piece of a text: RoBERTa and XLM-R begin behind that of the padding.
  size_t first_position = 0;
  size_t types = 0;  // 0: the family has no token types
  float layer_norm_epsilon = 0;

  size_t head_size() const { return hidden / heads; }
  // Pieces of a window, its marks of begin and end included.
  size_t max_pieces() const { return positions - first_position; }
};

// Reads BERT, MiniLM and e5 ("bert"), RoBERTa ("roberta", "camembert"), XLM-R ("xlm-roberta") and
// DistilBERT ("distilbert"). InvalidArgument "NAME: WHAT" for other families, for what these layers
// do not compute (other activations than GELU, relative positions, decoders), and for sizes that
// are missing or out of range.
absl::StatusOr<EncoderConfig> ReadConfig(absl::string_view json, absl::string_view name);

}  // namespace winnow::encoder
