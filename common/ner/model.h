// The trained model: weights of a linear-chain CRF over hashed features, in the form in which they lie in model.bin.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "common/ner/features.h"
#include "common/ner/lattice.h"
#include "common/ner/tags.h"

namespace winnow::ner {

// score(tokens, tags) = sum_t emission(t, tag_t) + sum_t transition(tag_{t-1}, tag_t), where O's emission is 0 and
// that of another tag is the sum of the weights [feature][tag - 1] over the token's features. A feature that was not
// in the training data has no row and adds nothing. p(tags) is proportional to exp(score / temperature).
//
// File layout, little endian, parts aligned to 64 bytes: header; label names (length as u32, bytes); transitions;
// row index (one cell per 64 hashed features: which of them have rows, and the number of rows before); rows of 4K floats.
//
// Immutable, hence thread-safe. Owns its bytes (or their memory map).
class Model {
 public:
  // Maps the file. InvalidArgument, naming what is wrong, for a file that is truncated, corrupt (checksum), not a model,
  // or of another format, feature version or tag scheme.
  static absl::StatusOr<std::shared_ptr<const Model>> Open(const std::filesystem::path& path);
  // The same from bytes in memory, which are copied.
  static absl::StatusOr<std::shared_ptr<const Model>> Parse(absl::string_view bytes);

  // A model of the given parts. `features`: the hashed features (below 2^hash_bits) that have rows, ascending.
  // `fill_rows` writes the rows [features.size()][4K] in their order.
  // InvalidArgument for no, too many, empty or repeated labels, and for weights that are not finite.
  // REQUIRES: 10 <= hash_bits <= 24; temperature > 0; sizes agree.
  static absl::StatusOr<std::shared_ptr<const Model>> Make(const std::vector<std::string>& labels, int hash_bits,
                                                           absl::Span<const uint32_t> features,
                                                           const Transitions& transitions,
                                                           absl::FunctionRef<void(float*)> fill_rows,
                                                           double temperature = 1);

  // The content of model.bin.
  std::string Serialize() const;

  // The same weights with another temperature; shares the memory. REQUIRES: temperature > 0, finite.
  std::shared_ptr<const Model> WithTemperature(double temperature) const;

  const std::vector<std::string>& labels() const { return labels_; }
  // Index of a label, or -1.
  int LabelIndex(absl::string_view label) const;
  TagSet tags() const { return TagSet(static_cast<int>(labels_.size())); }
  int hash_bits() const { return hash_bits_; }
  size_t num_rows() const { return num_rows_; }
  double temperature() const { return temperature_; }
  // Checksum of labels and weights: equal for equal models, whatever their temperature.
  uint64_t digest() const { return digest_; }

  const Transitions& transitions() const { return transitions_; }
  // exp(transitions / temperature), for the lattice.
  const TransitionFactors& transition_factors() const { return factors_; }

  // The emission scores, [num_tokens][4K], of the tags but O; not divided by the temperature.
  void Score(const TextFeatures& features, std::vector<float>& scores) const;

  // Row of a hashed feature (the upper hash_bits of a feature id), or nullptr; 4K floats.
  const float* Row(uint32_t hashed) const {
    const Cell& cell = cells_[hashed >> 6];
    const uint64_t bit = uint64_t{1} << (hashed & 63);
    if ((cell.present & bit) == 0) return nullptr;
    return rows_ + (cell.rows_before + static_cast<size_t>(__builtin_popcountll(cell.present & (bit - 1)))) * row_size_;
  }
  // The hashed features that have rows, ascending; and all rows, [num_rows][4K], in their order.
  std::vector<uint32_t> Features() const;
  absl::Span<const float> rows() const { return {rows_, num_rows_ * row_size_}; }

 private:
  struct Cell {
    uint64_t present;
    uint32_t rows_before;
    uint32_t unused;
  };
  class Bytes;

  Model() = default;
  static absl::StatusOr<std::shared_ptr<const Model>> FromBytes(std::shared_ptr<const Bytes> bytes);

  std::shared_ptr<const Bytes> bytes_;
  std::vector<std::string> labels_;
  int hash_bits_ = 0;
  size_t num_rows_ = 0;
  size_t row_size_ = 0;
  double temperature_ = 1;
  uint64_t digest_ = 0;
  Transitions transitions_;
  TransitionFactors factors_;
  const Cell* cells_ = nullptr;
  const float* rows_ = nullptr;
};

}  // namespace winnow::ner
