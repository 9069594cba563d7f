// Makes an encoder of files as they are published.
#pragma once

#include <cstddef>
#include <filesystem>
#include <string>

#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "common/encoder/manifest.h"

namespace winnow::encoder {

struct BuildOptions {
  // Whose output the vectors are, from 1; those behind are left out. 0: two thirds of them, since
  // the middle layers tell most about entities.
  size_t layer = 0;
  // For whoever asks later where the weights are from, and what is allowed with them.
  std::string origin = "unknown";
  std::string licence = "unknown";
};

inline constexpr size_t kMinSampleTokens = 500;

// Makes the directory `destination` of the files config.json, model.safetensors and tokenizer.json
// (or vocab.txt and tokenizer_config.json) in `source`: cut behind a layer, rounded to integers,
// and standardised on the tokens of `sample` (at most the first 50,000), which should be such texts
// as will be encoded. Written beside, synced and renamed: there whole or not at all. The same files
// and sample give the same bytes of encoder.bin on every CPU.
//
// NotFound: a file of the source is missing. AlreadyExists: there is a `destination`.
// InvalidArgument, naming file and tensor where it is one: what the readers refuse, a layer that
// the source lacks, a tokeniser that has more pieces than the model, a sample of fewer than
// kMinSampleTokens tokens, weights that rounding changes too much (agreement below 0.9).
absl::StatusOr<Manifest> Build(const std::filesystem::path& source, const BuildOptions& options,
                               absl::Span<const std::string> sample,
                               const std::filesystem::path& destination);

}  // namespace winnow::encoder
