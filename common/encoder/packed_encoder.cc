#include "common/encoder/packed_encoder.h"

#include <algorithm>
#include <cmath>
#include <cstring>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "common/base/status.h"
#include "common/encoder/int8_product.h"

namespace winnow::encoder {
namespace {

constexpr char kMagic[8] = {'W', 'I', 'N', 'N', 'E', 'N', 'C', '\0'};
constexpr uint32_t kFormatVersion = 1;
constexpr size_t kAlignment = 64;
constexpr size_t kMostWord = 127;

static_assert(sizeof(EncoderHeader) == kAlignment);

size_t Aligned(size_t size) { return (size + kAlignment - 1) / kAlignment * kAlignment; }

class Writer {
 public:
  template <typename T>
  void Append(absl::Span<const T> values) {
    bytes_.append(reinterpret_cast<const char*>(values.data()), values.size() * sizeof(T));
    bytes_.resize(Aligned(bytes_.size()));
  }
  void Append(const Matrix& matrix) {
    Append(absl::Span<const float>(matrix.data(), static_cast<size_t>(matrix.size())));
  }
  void Append(const Row& row) {
    Append(absl::Span<const float>(row.data(), static_cast<size_t>(row.size())));
  }
  void Append(const LayerNorm& norm) {
    Append(norm.scale);
    Append(norm.shift);
  }
  void Append(const Linear& linear) {
    std::vector<int8_t> weights;
    Append(Quantize(linear.weights, kMaxWeight, weights));
    Append(linear.bias);
    const auto outputs = static_cast<size_t>(linear.weights.rows());
    const std::vector<int8_t> packed =
        PackWeights(weights, outputs, static_cast<size_t>(linear.weights.cols()));
    Append(absl::Span<const int8_t>(packed));
  }
  void AppendWords(const Matrix& words) {
    std::vector<int8_t> values;
    Append(Quantize(words, kMostWord, values));
    Append(absl::Span<const int8_t>(values));
  }

  std::string Finish() && { return std::move(bytes_); }

 private:
  // Whole numbers of up to `most`, and the scale of each row.
  static Row Quantize(const Matrix& matrix, int most, std::vector<int8_t>& values) {
    Row scales(matrix.rows());
    values.reserve(static_cast<size_t>(matrix.size()));
    for (Eigen::Index row = 0; row < matrix.rows(); ++row) {
      float largest = 0;
      for (Eigen::Index i = 0; i < matrix.cols(); ++i)
        largest = std::max(largest, std::fabs(matrix(row, i)));
      // Rows of nothing have no scale of their own.
      const float scale = largest > 1e-30f ? largest / static_cast<float>(most) : 1;
      scales[row] = scale;
      for (Eigen::Index i = 0; i < matrix.cols(); ++i) {
        const float rounded = std::round(matrix(row, i) / scale);
        values.push_back(static_cast<int8_t>(
            std::clamp(rounded, static_cast<float>(-most), static_cast<float>(most))));
      }
    }
    return scales;
  }

  std::string bytes_;
};

Linear QueryKeyValue(const LayerWeights& layer, size_t head_size) {
  const float scale = 1 / std::sqrt(static_cast<float>(head_size));
  const Eigen::Index hidden = layer.query.weights.rows();
  Linear all{Matrix(3 * hidden, hidden), Row(3 * hidden)};
  all.weights << layer.query.weights * scale, layer.key.weights, layer.value.weights;
  all.bias << layer.query.bias * scale, layer.key.bias, layer.value.bias;
  return all;
}

absl::Status Unusable(absl::string_view why) { return absl::InvalidArgumentError(why); }

// Hands out the parts of a file one behind the other; what is behind the end is empty.
class Reader {
 public:
  explicit Reader(absl::string_view bytes) : bytes_(bytes) {}

  template <typename T>
  absl::Span<const T> Take(size_t size) {
    const size_t num_bytes = size * sizeof(T);
    if (at_ > bytes_.size() || num_bytes > bytes_.size() - at_) {
      at_ = SIZE_MAX;
      return {};
    }
    const absl::Span<const T> part(reinterpret_cast<const T*>(bytes_.data() + at_), size);
    at_ = Aligned(at_ + num_bytes);
    return part;
  }
  PackedNorm TakeNorm(size_t size) {
    const absl::Span<const float> scale = Take<float>(size);
    return {scale, Take<float>(size)};
  }
  PackedLinear TakeLinear(size_t outputs, size_t inputs) {
    PackedLinear linear{outputs, inputs};
    linear.scales = Take<float>(outputs);
    linear.bias = Take<float>(outputs);
    linear.weights = Take<int8_t>(outputs * inputs);
    return linear;
  }
  bool is_at_end() const { return at_ == bytes_.size(); }

 private:
  absl::string_view bytes_;
  size_t at_ = 0;
};

absl::Status CheckHeader(const EncoderHeader& header) {
  if (std::memcmp(header.magic, kMagic, sizeof kMagic) != 0) return Unusable("is no encoder");
  if (header.format_version != kFormatVersion) {
    return Unusable(absl::StrCat("has format ", header.format_version, ", not ", kFormatVersion,
                                 " of this build"));
  }
  const bool in_range = header.vocabulary >= 1 && header.vocabulary <= 1'000'000 &&
                        header.hidden >= 32 && header.hidden <= 2'048 && header.hidden % 32 == 0 &&
                        header.layers <= 48 && header.heads >= 1 &&
                        header.hidden % header.heads == 0 &&
                        header.hidden / header.heads % 16 == 0 && header.intermediate >= 32 &&
                        header.intermediate <= 8'192 && header.intermediate % 32 == 0 &&
                        header.max_pieces >= 8 && header.max_pieces <= 16'384;
  return in_range ? absl::OkStatus() : Unusable("has sizes that are out of range");
}

// What the products of integers rely on.
absl::Status SumWeights(PackedLinear& linear) {
  linear.weight_sums.assign(linear.outputs, 0);
  const size_t block_bytes = kBlockOutputs * linear.inputs;
  for (size_t i = 0; i < linear.weights.size(); ++i) {
    const int weight = linear.weights[i];
    if (weight < -kMaxWeight || weight > kMaxWeight) return Unusable("has a weight out of range");
    linear.weight_sums[i / block_bytes * kBlockOutputs + i / 4 % kBlockOutputs] += weight;
  }
  return absl::OkStatus();
}

}  // namespace

std::string PackEncoder(const EncoderWeights& weights) {
  const EncoderConfig& config = weights.config;
  EncoderHeader header = {};
  std::memcpy(header.magic, kMagic, sizeof kMagic);
  header.format_version = kFormatVersion;
  header.vocabulary = static_cast<uint32_t>(config.vocabulary);
  header.hidden = static_cast<uint32_t>(config.hidden);
  header.layers = static_cast<uint32_t>(config.layers);
  header.heads = static_cast<uint32_t>(config.heads);
  header.intermediate = static_cast<uint32_t>(config.intermediate);
  header.max_pieces = static_cast<uint32_t>(config.max_pieces());
  header.layer_norm_epsilon = config.layer_norm_epsilon;

  Writer writer;
  writer.Append(absl::Span<const EncoderHeader>(&header, 1));
  writer.Append(Row(Row::Zero(weights.words.cols())));
  writer.Append(Row(Row::Ones(weights.words.cols())));
  writer.AppendWords(weights.words);
  writer.Append(weights.positions);
  writer.Append(weights.embedding_norm);
  for (const LayerWeights& layer : weights.layers) {
    writer.Append(QueryKeyValue(layer, config.head_size()));
    writer.Append(layer.attention_output);
    writer.Append(layer.attention_norm);
    writer.Append(layer.intermediate);
    writer.Append(layer.output);
    writer.Append(layer.output_norm);
  }
  return std::move(writer).Finish();
}

void SetStandardisation(absl::Span<const float> means, absl::Span<const float> inverse_deviations,
                        std::string& bytes) {
  const size_t num_bytes = means.size() * sizeof(float);
  std::memcpy(bytes.data() + kAlignment, means.data(), num_bytes);
  std::memcpy(bytes.data() + kAlignment + Aligned(num_bytes), inverse_deviations.data(), num_bytes);
}

absl::StatusOr<PackedEncoder> ParseEncoder(absl::string_view bytes) {
  Reader reader(bytes);
  const absl::Span<const EncoderHeader> headers = reader.Take<EncoderHeader>(1);
  if (headers.empty()) return Unusable("is too short");
  PackedEncoder encoder{.header = headers[0]};
  WINNOW_RETURN_IF_ERROR(CheckHeader(encoder.header));
  const size_t hidden = encoder.header.hidden, intermediate = encoder.header.intermediate;
  encoder.means = reader.Take<float>(hidden);
  encoder.inverse_deviations = reader.Take<float>(hidden);
  encoder.word_scales = reader.Take<float>(encoder.header.vocabulary);
  encoder.words = reader.Take<int8_t>(encoder.header.vocabulary * hidden);
  encoder.positions = reader.Take<float>(encoder.header.max_pieces * hidden);
  encoder.embedding_norm = reader.TakeNorm(hidden);
  for (size_t i = 0; i < encoder.header.layers; ++i) {
    PackedLayer& layer = encoder.layers.emplace_back();
    layer.query_key_value = reader.TakeLinear(3 * hidden, hidden);
    layer.attention_output = reader.TakeLinear(hidden, hidden);
    layer.attention_norm = reader.TakeNorm(hidden);
    layer.intermediate = reader.TakeLinear(intermediate, hidden);
    layer.output = reader.TakeLinear(hidden, intermediate);
    layer.output_norm = reader.TakeNorm(hidden);
  }
  if (!reader.is_at_end()) return Unusable("does not have the size that its header says");
  for (PackedLayer& layer : encoder.layers) {
    for (PackedLinear* linear :
         {&layer.query_key_value, &layer.attention_output, &layer.intermediate, &layer.output}) {
      WINNOW_RETURN_IF_ERROR(SumWeights(*linear));
    }
  }
  return encoder;
}

}  // namespace winnow::encoder
