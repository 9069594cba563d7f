// An encoder as it computes: its layers' weights as integers. Also the layout of the file
// encoder.bin. Internal to the folder.
//
// Little endian: the header, then, each aligned to 64 bytes: means and reciprocal deviations of the
// output; of the words the scales and the vectors; positions; the embeddings' norm; of each layer
// the linear maps of query, key and value as one, of the attention's output, its norm, the
// intermediate and output maps, their norm. A linear map is scales, bias and packed weights
// (int8_product.h), a norm scale and shift.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "common/encoder/weights.h"

namespace winnow::encoder {

// y = scale * (integer weights . x) + bias, by output.
struct PackedLinear {
  size_t outputs = 0, inputs = 0;
  absl::Span<const float> scales, bias;
  absl::Span<const int8_t> weights;
  std::vector<int32_t> weight_sums;  // of each output
};

struct PackedNorm {
  absl::Span<const float> scale, shift;
};

struct PackedLayer {
  // Queries are divided by the root of the heads' size.
  PackedLinear query_key_value, attention_output;
  PackedNorm attention_norm;
  PackedLinear intermediate, output;
  PackedNorm output_norm;
};

struct EncoderHeader {
  char magic[8];
  uint32_t format_version;
  uint32_t vocabulary;
  uint32_t hidden;
  uint32_t layers;
  uint32_t heads;
  uint32_t intermediate;
  uint32_t max_pieces;
  float layer_norm_epsilon;
  char unused[24];
};

// Refers to the bytes that it was made of. Immutable, hence thread-safe.
struct PackedEncoder {
  EncoderHeader header;
  absl::Span<const float> means, inverse_deviations;  // [hidden]
  absl::Span<const float> word_scales;                // [vocabulary]
  absl::Span<const int8_t> words;                     // [vocabulary][hidden]
  absl::Span<const float> positions;                  // [max_pieces][hidden]
  PackedNorm embedding_norm;
  std::vector<PackedLayer> layers;
};

// The bytes of `weights` with int8 words and 7-bit layers, each output rounded by a scale of its
// own; of means 0 and deviations 1. The same on every CPU.
std::string PackEncoder(const EncoderWeights& weights);

// Overwrites the means and reciprocal deviations. REQUIRES: `bytes` are PackEncoder's, both are
// [hidden].
void SetStandardisation(absl::Span<const float> means, absl::Span<const float> inverse_deviations,
                        std::string& bytes);

// InvalidArgument for what PackEncoder cannot have written. REQUIRES: `bytes` are aligned to 16.
absl::StatusOr<PackedEncoder> ParseEncoder(absl::string_view bytes);

}  // namespace winnow::encoder
