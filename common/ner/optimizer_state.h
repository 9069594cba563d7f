// The optimiser's memory, kept beside the weights (optimizer.bin) so that training can go on where
// it stopped.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace winnow::ner {

// AdaGrad's sums of squared gradients. A value; const use is thread-safe.
struct OptimizerState {
  // Model::digest of the weights it belongs to.
  uint64_t model_digest = 0;
  uint32_t num_labels = 0;
  // [num_rows][5K + 1], rows as in the model: 4K for the weights, K for what the four tags of a
  // label share, 1 for what all share; each as CompressSquares gives it.
  std::vector<uint8_t> rows;
  // In the order of Transitions.
  std::vector<float> outside;
  std::vector<float> inside;
  // What a calibration (calibration.h) has added to the model's scores, [4K] as in a row: another
  // training begins without it. Zeros from files of before there was any.
  std::vector<float> entity_bias;

  // The content of optimizer.bin.
  std::string Serialize() const;
  // InvalidArgument, naming what is wrong, for bytes that are truncated, corrupt or of another
  // format.
  static absl::StatusOr<OptimizerState> Parse(absl::string_view bytes);
};

// A sum of squares in 8 bits: 0 below 1e-6, then four steps per octave, i.e. within an eighth of
// the value. AdaGrad divides by the square root, whose error is half of that.
uint8_t CompressSquares(float squares);
float ExpandSquares(uint8_t compressed);

}  // namespace winnow::ner
