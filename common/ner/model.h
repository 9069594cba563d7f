// The trained model: weights of a linear-chain CRF over hashed features, in the form in which they
// lie in model.bin (model_file.h).
#pragma once

#include <bit>
#include <cmath>
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
#include "common/ner/decode.h"
#include "common/ner/features.h"
#include "common/ner/knowledge.h"
#include "common/ner/tags.h"
#include "common/ner/transitions.h"

namespace winnow::ner {

// The weights of features are multiples of this.
inline constexpr float kWeightUnit = 1.0f / 64;

// False for what is not a number.
inline bool RoundsToZero(float weight) { return std::abs(weight) < kWeightUnit / 2; }

// The cell of 64 hashed features in the index of rows.
struct RowCell {
  uint64_t present;      // bit i: the i-th of them has a row
  uint32_t rows_before;  // number of the rows of lower features
  uint32_t unused;
};

// score(tokens, tags) = sum_t emission(t, tag_t) + sum_t transition(tag_{t-1}, tag_t), where O's
// emission is 0 and that of another tag is the sum of the weights [feature][tag - 1] over the
// token's features. A feature without a row adds nothing. p(tags) is proportional to exp(score /
// temperature).
//
// A weight is an int8 times kWeightUnit: sums of weights are exact, in any order, and a row has 4K
// bytes. Against floats no F1 changed by more than what another seed changes (docs/benchmarks.md).
//
// Immutable, hence thread-safe. Owns its bytes (or their memory map).
class Model {
 public:
  // Maps the file. InvalidArgument, naming what is wrong, for a file that is truncated, corrupt
  // (checksum), not a model, or of another format, feature version or tag scheme.
  static absl::StatusOr<std::shared_ptr<const Model>> Open(const std::filesystem::path& path);
  // The same from bytes in memory, which are copied.
  static absl::StatusOr<std::shared_ptr<const Model>> Parse(absl::string_view bytes);

  // The weights [4K] of the i-th of a list of features.
  using RowOf = absl::FunctionRef<const float*(size_t i)>;

  // A model of the given parts. `features`: hashed features (below 2^hash_bits), ascending; those
  // whose weights all round to 0 get no row. Weights are rounded to units, and cut where an int8
  // ends. InvalidArgument for no, too many, empty or repeated labels, and for weights that are not
  // finite. REQUIRES: 10 <= hash_bits <= 24; temperature > 0; sizes agree.
  static absl::StatusOr<std::shared_ptr<const Model>> Make(const std::vector<std::string>& labels,
                                                           int hash_bits,
                                                           absl::Span<const uint32_t> features,
                                                           const Transitions& transitions,
                                                           RowOf row_of, double temperature = 1,
                                                           const Knowledge& knowledge = {});

  // This model with other rows of some features, ascending, and other transitions. Takes about as
  // long as a copy. InvalidArgument for weights that are not finite.
  absl::StatusOr<std::shared_ptr<const Model>> WithRows(absl::Span<const uint32_t> features,
                                                        const Transitions& transitions,
                                                        RowOf row_of) const;

  // Writes model.bin, which Open reads; a file that was there stays until the new one is complete.
  absl::Status Save(const std::filesystem::path& path) const;
  // The content of model.bin.
  std::string Serialize() const;

  // The same weights with another temperature or other thresholds; shares the memory. REQUIRES:
  // temperature > 0, finite; K thresholds between 0 and 1.
  std::shared_ptr<const Model> WithTemperature(double temperature) const;
  std::shared_ptr<const Model> WithThresholds(std::vector<double> thresholds) const;

  const std::vector<std::string>& labels() const { return labels_; }
  // Index of a label, or -1.
  int LabelIndex(absl::string_view label) const;
  TagSet tags() const { return TagSet(static_cast<int>(labels_.size())); }
  int hash_bits() const { return hash_bits_; }
  size_t num_rows() const { return num_rows_; }
  double temperature() const { return temperature_; }
  // A span is predicted if its probability exceeds the threshold of its label, see decode.h.
  const std::vector<double>& thresholds() const { return thresholds_; }
  // Checksum of labels, weights and knowledge: equal for equal models, whatever their temperature
  // and thresholds.
  uint64_t digest() const { return digest_; }

  const Transitions& transitions() const { return transitions_; }
  // exp(transitions / temperature), for the lattice.
  const TransitionFactors& transition_factors() const { return factors_; }

  // The features of the model's texts are made with it.
  const Knowledge& knowledge() const { return knowledge_; }

  // The emission scores, [num_tokens][4K], of the tags but O; not divided by the temperature. See
  // also scorer.h.
  void Score(const TextFeatures& features, std::vector<float>& scores) const;

  // Writes the rows of those of the feature ids that have one, and has them fetched from memory
  // meanwhile. Returns their end; behind it, where there is room for as many rows as ids, anything
  // may have been written. See row_sum.h for adding them.
  const int8_t** FindRows(absl::Span<const uint32_t> ids, const int8_t** rows) const;

  // Row of a hashed feature (the upper hash_bits of a feature id), or nullptr; 4K values in units
  // of kWeightUnit.
  const int8_t* Row(uint32_t hashed) const {
    return HasRow(hashed) ? rows_ + Rank(hashed) * row_size_ : nullptr;
  }
  // The hashed features that have rows, ascending; and all rows, [num_rows][4K], in their order.
  std::vector<uint32_t> Features() const;
  absl::Span<const int8_t> rows() const { return {rows_, num_rows_ * row_size_}; }

 private:
  class Bytes;

  bool HasRow(uint32_t hashed) const {
    return (cells_[hashed >> 6].present >> (hashed & 63) & 1) != 0;
  }

  // Number of the rows of lower features.
  size_t Rank(uint32_t hashed) const {
    const RowCell& cell = cells_[hashed >> 6];
    const uint64_t lower = (uint64_t{1} << (hashed & 63)) - 1;
    return cell.rows_before + static_cast<size_t>(std::popcount(cell.present & lower));
  }

  struct Content;
  struct NewRows;

  Model() = default;
  static absl::StatusOr<std::shared_ptr<const Model>> Assemble(const Content& content,
                                                               RowOf row_of);
  static absl::StatusOr<NewRows> RoundRows(const Content& content, RowOf row_of);
  static void WriteCells(const Content& content, const NewRows& added, RowCell* cells);
  static void MergeRows(const Content& content, const NewRows& added, int8_t* to);
  absl::Status CheckCells() const;
  // `patterns`: those in the bytes, where they are compiled already. REQUIRES: the checksums of the
  // bytes are right.
  static absl::StatusOr<std::shared_ptr<const Model>> FromBytes(
      std::shared_ptr<const Bytes> bytes, std::shared_ptr<const PatternSet> patterns = nullptr);

  std::shared_ptr<const Bytes> bytes_;
  std::vector<std::string> labels_;
  int hash_bits_ = 0;
  size_t num_rows_ = 0;
  size_t row_size_ = 0;
  double temperature_ = 1;
  std::vector<double> thresholds_;
  uint64_t digest_ = 0;
  Transitions transitions_;
  TransitionFactors factors_;
  const RowCell* cells_ = nullptr;
  const int8_t* rows_ = nullptr;
  Knowledge knowledge_;
};

}  // namespace winnow::ner
