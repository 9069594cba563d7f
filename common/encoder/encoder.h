// A pretrained encoder: what a text's tokens look like to a language model that has read much, as a
// vector of a few bits a dimension for each.
#pragma once

#include <cstddef>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "common/base/file.h"
#include "common/encoder/manifest.h"
#include "common/encoder/packed_encoder.h"
#include "common/encoder/packed_vectors.h"
#include "common/encoder/token_vectors.h"

namespace winnow::encoder {

// A directory that Build has made, loaded. Immutable, hence thread-safe.
class Encoder {
 public:
  // Maps the weights and reads the tokeniser. NotFound: there is no such directory. InvalidArgument
  // (reason CORRUPT_MODEL) that names the file for one that is missing from the manifest, does not
  // have its digest, or cannot have been written by Build.
  static absl::StatusOr<std::unique_ptr<const Encoder>> Load(
      const std::filesystem::path& directory);

  // The vectors of the tokens of each text: each the mean of its pieces' vectors behind the last
  // layer, standardised by the means and deviations of the encoder, rounded to `bits`. A token
  // without pieces has the vector of zeros. Bytes depend on the encoder's digest, the text and its
  // tokens alone: not on the other texts, the CPU or the build. Takes one thread; memory as
  // ComputeTokenVectors. Texts of any length are read in windows of up to 254 pieces.
  std::vector<PackedVectors> Encode(absl::Span<const TextTokens> texts, Bits bits) const;

  const Manifest& manifest() const { return manifest_; }
  size_t dimension() const { return encoder_.header.hidden; }
  // SHA-256 of manifest.json, hexadecimal: what a cache of vectors is for.
  const std::string& digest() const { return digest_; }

 private:
  Encoder() = default;

  Manifest manifest_;
  std::string digest_;
  MappedFile file_;
  PackedEncoder encoder_;  // refers to `file_`
  std::unique_ptr<const PieceTokenizer> tokenizer_;
};

}  // namespace winnow::encoder
