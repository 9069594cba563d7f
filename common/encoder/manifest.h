// manifest.json of an encoder: what it is made of, and what is in its directory.
#pragma once

#include <cstdint>
#include <map>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace winnow::encoder {

inline constexpr int kManifestFormat = 1;
inline constexpr absl::string_view kManifestFile = "manifest.json";
inline constexpr absl::string_view kWeightsFile = "encoder.bin";
inline constexpr absl::string_view kTokenizerFile = "tokenizer.json";
// In place of tokenizer.json, where the source has none; the configuration may be missing.
inline constexpr absl::string_view kVocabularyFile = "vocab.txt";
inline constexpr absl::string_view kTokenizerConfigFile = "tokenizer_config.json";

struct Manifest {
  struct File {
    uint64_t size_bytes = 0;
    std::string sha256;  // hexadecimal
  };

  std::string origin;      // where the source is from, as whoever added it says
  std::string licence;     // of the weights
  uint32_t layer = 0;      // whose output the vectors are
  uint32_t dimension = 0;  // values of a vector
  // The mean cosine of vectors by the rounded weights with those by the source's.
  double agreement = 0;
  std::map<std::string, File> files;

  // InvalidArgument (reason CORRUPT_MODEL) for what ToJson cannot have written.
  static absl::StatusOr<Manifest> Parse(absl::string_view json);
  std::string ToJson() const;

  // InvalidArgument (CORRUPT_MODEL) unless `content` has the size and the digest of file `name`.
  absl::Status CheckFile(absl::string_view name, absl::string_view content) const;
};

}  // namespace winnow::encoder
