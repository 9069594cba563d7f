// The transformer, from the ids of pieces to their vectors.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "absl/types/span.h"
#include "common/encoder/int8_product.h"
#include "common/encoder/packed_encoder.h"
#include "common/encoder/weights.h"

namespace winnow::encoder {

// Computes with integers where matrices are multiplied: of each row of activations 8 bits, between
// its least and largest value, by the packed weights. What is left is in single precision and a
// fixed order. So the vectors of a window are the same bits on every CPU, and whatever else is in
// the batch. Not thread-safe.
class ForwardPass {
 public:
  // `encoder` must live as long. REQUIRES: the CPU has the instructions.
  explicit ForwardPass(const PackedEncoder& encoder,
                       Instructions instructions = BestInstructions());

  // `ids` are those of windows, one behind the other, their marks included; `ends` says where in
  // `ids` each ends, ascending. Returns [ids.size()][hidden], the vectors behind the last layer,
  // valid until the next call. REQUIRES: ids are below the vocabulary's size, a window has 1 to
  // max_pieces, the last end is ids.size().
  absl::Span<const float> Run(absl::Span<const uint32_t> ids, absl::Span<const size_t> ends);

 private:
  enum class After { kNothing, kGelu };

  void Embed(absl::Span<const uint32_t> ids, absl::Span<const size_t> ends);
  void QuantizeRows(const float* rows, size_t columns);
  void Apply(const PackedLinear& linear, const float* rows, After after,
             std::vector<float>& result);
  void FinishBlock(const PackedLinear& linear, size_t block, After after, float* result) const;
  void Attend(absl::Span<const size_t> ends);
  void AttendHead(size_t first_row, size_t num_rows, size_t head);
  // x = LayerNorm(x + added), row by row.
  void AddAndNormalize(const std::vector<float>& added, const PackedNorm& norm);
  void Normalize(float* row, const PackedNorm& norm) const;

  const PackedEncoder& encoder_;
  const Instructions instructions_;
  const size_t hidden_, head_size_;
  size_t num_rows_ = 0;
  std::vector<float> x_;
  std::vector<float> query_key_value_, context_, intermediate_, added_;
  // Of the rows that a linear map is applied to: value = scale * (integer - zero).
  std::vector<uint8_t> integers_;
  std::vector<float> scales_;
  std::vector<int32_t> zeros_;
  std::vector<int32_t> sums_;
  // Of one head: keys [head_size][padded], values [rows][head_size], attention [4][padded].
  std::vector<float> keys_, values_, attention_;
};

// The same in single precision throughout, by the weights as the file has them:
// [ids.size()][hidden] of one window. For comparison.
Matrix ReferenceForward(const EncoderWeights& weights, absl::Span<const uint32_t> ids);

}  // namespace winnow::encoder
