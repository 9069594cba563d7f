#include "common/encoder/forward_pass.h"

#include <algorithm>
#include <cmath>

#include "common/encoder/lanes.h"

namespace winnow::encoder {
namespace {

// Rows that one call of MultiplyTile has, and their columns.
constexpr size_t kTileRows = 4;
constexpr size_t kTileColumns = 2 * kLanes;

size_t Padded(size_t size) { return (size + kTileColumns - 1) / kTileColumns * kTileColumns; }

// c[r][0..16) = the sum over i of a[r][i] * b[i][0..16), in order of i.
template <size_t kRows>
void MultiplyTile(const float* a, size_t a_stride, const float* b, size_t b_stride, size_t depth,
                  float* c, size_t c_stride) {
  Lanes sum[kRows][2] = {};
  for (size_t i = 0; i < depth; ++i) {
    const Lanes low = Load(b + i * b_stride), high = Load(b + i * b_stride + kLanes);
    for (size_t r = 0; r < kRows; ++r) {
      const Lanes factor = Splat(a[r * a_stride + i]);
      sum[r][0] += factor * low;
      sum[r][1] += factor * high;
    }
  }
  for (size_t r = 0; r < kRows; ++r) {
    Store(sum[r][0], c + r * c_stride);
    Store(sum[r][1], c + r * c_stride + kLanes);
  }
}

// The same for `columns`, a multiple of 16, and up to 4 rows.
void Multiply(size_t rows, const float* a, size_t a_stride, const float* b, size_t b_stride,
              size_t depth, size_t columns, float* c, size_t c_stride) {
  for (size_t column = 0; column < columns; column += kTileColumns) {
    if (rows == kTileRows) {
      MultiplyTile<kTileRows>(a, a_stride, b + column, b_stride, depth, c + column, c_stride);
      continue;
    }
    for (size_t r = 0; r < rows; ++r) {
      MultiplyTile<1>(a + r * a_stride, a_stride, b + column, b_stride, depth,
                      c + r * c_stride + column, c_stride);
    }
  }
}

// Replaces scores by their exponentials, less the largest, and returns the sum; those behind `size`
// become 0. REQUIRES: `padded` is a multiple of 8.
float Exponentiate(float* scores, size_t size, size_t padded) {
  std::fill(scores + size, scores + padded, -1e30f);
  Lanes largest = Load(scores);
  for (size_t i = kLanes; i < padded; i += kLanes) largest = AtLeast(largest, Load(scores + i));
  const Lanes most = Splat(Largest(largest));
  for (size_t i = 0; i < padded; i += kLanes) Store(Exp(Load(scores + i) - most), scores + i);
  std::fill(scores + size, scores + padded, 0.0f);
  Lanes sum = Splat(0);
  for (size_t i = 0; i < padded; i += kLanes) sum += Load(scores + i);
  return Sum(sum);
}

}  // namespace

ForwardPass::ForwardPass(const PackedEncoder& encoder, Instructions instructions)
    : encoder_(encoder),
      instructions_(instructions),
      hidden_(encoder.header.hidden),
      head_size_(encoder.header.hidden / encoder.header.heads) {}

absl::Span<const float> ForwardPass::Run(absl::Span<const uint32_t> ids,
                                         absl::Span<const size_t> ends) {
  num_rows_ = ids.size();
  Embed(ids, ends);
  for (const PackedLayer& layer : encoder_.layers) {
    Apply(layer.query_key_value, x_.data(), After::kNothing, query_key_value_);
    Attend(ends);
    Apply(layer.attention_output, context_.data(), After::kNothing, added_);
    AddAndNormalize(added_, layer.attention_norm);
    Apply(layer.intermediate, x_.data(), After::kGelu, intermediate_);
    Apply(layer.output, intermediate_.data(), After::kNothing, added_);
    AddAndNormalize(added_, layer.output_norm);
  }
  return x_;
}

void ForwardPass::Embed(absl::Span<const uint32_t> ids, absl::Span<const size_t> ends) {
  x_.resize(num_rows_ * hidden_);
  size_t row = 0;
  for (const size_t end : ends) {
    for (size_t position = 0; row < end; ++row, ++position) {
      const float scale = encoder_.word_scales[ids[row]];
      const int8_t* const word = encoder_.words.data() + ids[row] * hidden_;
      const float* const place = encoder_.positions.data() + position * hidden_;
      float* const x = x_.data() + row * hidden_;
      for (size_t i = 0; i < hidden_; ++i) x[i] = scale * static_cast<float>(word[i]) + place[i];
      Normalize(x, encoder_.embedding_norm);
    }
  }
}

void ForwardPass::QuantizeRows(const float* rows, size_t columns) {
  integers_.resize(num_rows_ * columns);
  scales_.resize(num_rows_);
  zeros_.resize(num_rows_);
  for (size_t r = 0; r < num_rows_; ++r) {
    const float* const row = rows + r * columns;
    Lanes least = Splat(0), most = Splat(0);
    for (size_t i = 0; i < columns; i += kLanes) {
      const Lanes x = Load(row + i);
      least = AtMost(x, least);
      most = AtLeast(x, most);
    }
    const float low = -Largest(-least);
    const float scale = (Largest(most) - low) / 255;
    const float inverse = scale > 0 ? 1 / scale : 0;
    const float below = -low * inverse;
    const auto zero = static_cast<int32_t>((below < 255 ? below : 255) + 0.5f);
    scales_[r] = scale;
    zeros_[r] = zero;
    const float shift = static_cast<float>(zero) + 0.5f;
    uint8_t* const integers = integers_.data() + r * columns;
    for (size_t i = 0; i < columns; ++i) {
      float x = row[i] * inverse + shift;
      x = x > 0 ? x : 0;
      x = x < 255 ? x : 255;
      integers[i] = static_cast<uint8_t>(static_cast<int32_t>(x));
    }
  }
}

void ForwardPass::Apply(const PackedLinear& linear, const float* rows, After after,
                        std::vector<float>& result) {
  QuantizeRows(rows, linear.inputs);
  result.resize(num_rows_ * linear.outputs);
  sums_.resize(num_rows_ * kBlockOutputs);
  for (size_t block = 0; block < linear.outputs / kBlockOutputs; ++block) {
    MultiplyBlock(integers_.data(), num_rows_, linear.inputs,
                  linear.weights.data() + block * kBlockOutputs * linear.inputs, sums_.data(),
                  instructions_);
    FinishBlock(linear, block, after, result.data());
  }
}

// The sums of integers become values.
void ForwardPass::FinishBlock(const PackedLinear& linear, size_t block, After after,
                              float* result) const {
  const size_t first = block * kBlockOutputs;
  for (size_t r = 0; r < num_rows_; ++r) {
    for (size_t column = 0; column < kBlockOutputs; column += kLanes) {
      IntLanes sum = LoadInts(sums_.data() + r * kBlockOutputs + column);
      sum -= LoadInts(linear.weight_sums.data() + first + column) * zeros_[r];
      const Lanes scale = Load(linear.scales.data() + first + column) * Splat(scales_[r]);
      Lanes y =
          __builtin_convertvector(sum, Lanes) * scale + Load(linear.bias.data() + first + column);
      if (after == After::kGelu) y = Gelu(y);
      Store(y, result + r * linear.outputs + first + column);
    }
  }
}

void ForwardPass::Attend(absl::Span<const size_t> ends) {
  context_.resize(num_rows_ * hidden_);
  size_t begin = 0;
  for (const size_t end : ends) {
    for (size_t head = 0; head < encoder_.header.heads; ++head)
      AttendHead(begin, end - begin, head);
    begin = end;
  }
}

// softmax(Q K^T) V of the rows of one window (Vaswani et al. 2017, formula 1).
void ForwardPass::AttendHead(size_t first_row, size_t num_rows, size_t head) {
  const size_t stride = 3 * hidden_, padded = Padded(num_rows);
  const float* const queries = query_key_value_.data() + first_row * stride + head * head_size_;
  keys_.assign(head_size_ * padded, 0);
  values_.resize(num_rows * head_size_);
  attention_.resize(kTileRows * padded);
  for (size_t r = 0; r < num_rows; ++r) {
    const float* const key = queries + hidden_ + r * stride;
    for (size_t i = 0; i < head_size_; ++i) keys_[i * padded + r] = key[i];
    std::copy_n(key + hidden_, head_size_, values_.data() + r * head_size_);
  }
  for (size_t r = 0; r < num_rows; r += kTileRows) {
    const size_t rows = std::min(kTileRows, num_rows - r);
    float* const context = context_.data() + (first_row + r) * hidden_ + head * head_size_;
    float inverse[kTileRows];
    Multiply(rows, queries + r * stride, stride, keys_.data(), padded, head_size_, padded,
             attention_.data(), padded);
    for (size_t k = 0; k < rows; ++k)
      inverse[k] = 1 / Exponentiate(attention_.data() + k * padded, num_rows, padded);
    Multiply(rows, attention_.data(), padded, values_.data(), head_size_, num_rows, head_size_,
             context, hidden_);
    for (size_t k = 0; k < rows; ++k) {
      for (size_t i = 0; i < head_size_; ++i) context[k * hidden_ + i] *= inverse[k];
    }
  }
}

void ForwardPass::AddAndNormalize(const std::vector<float>& added, const PackedNorm& norm) {
  for (size_t i = 0; i < x_.size(); i += kLanes)
    Store(Load(x_.data() + i) + Load(added.data() + i), x_.data() + i);
  for (size_t r = 0; r < num_rows_; ++r) Normalize(x_.data() + r * hidden_, norm);
}

// (x - mean) / sqrt(variance + epsilon) * scale + shift (Ba et al. 2016, arXiv:1607.06450).
void ForwardPass::Normalize(float* row, const PackedNorm& norm) const {
  const float size = static_cast<float>(hidden_);
  Lanes sum = Splat(0), squares = Splat(0);
  for (size_t i = 0; i < hidden_; i += kLanes) sum += Load(row + i);
  const Lanes mean = Splat(Sum(sum) / size);
  for (size_t i = 0; i < hidden_; i += kLanes) {
    const Lanes difference = Load(row + i) - mean;
    squares += difference * difference;
  }
  const float variance = Sum(squares) / size;
  const Lanes inverse = Splat(1 / std::sqrt(variance + encoder_.header.layer_norm_epsilon));
  for (size_t i = 0; i < hidden_; i += kLanes) {
    Store((Load(row + i) - mean) * inverse * Load(norm.scale.data() + i) +
              Load(norm.shift.data() + i),
          row + i);
  }
}

}  // namespace winnow::encoder
