// manifest.json of a version: what is in the directory, and whether this build can read it.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "common/base/status.h"
#include "common/ner/model.h"

namespace winnow::models {

// File name -> content.
using Files = std::map<std::string, std::string>;

inline constexpr int kManifestFormat = 1;
inline constexpr absl::string_view kManifestFile = "manifest.json";
// Files of a version. Only the model itself is required; a stripped export may lack the others.
inline constexpr absl::string_view kModelFile = "model.bin";
inline constexpr absl::string_view kOptimizerFile = "optimizer.bin";
inline constexpr absl::string_view kReplayFile = "replay.bin";
inline constexpr absl::string_view kTrainingKeysFile = "training_keys.bin";
inline constexpr absl::string_view kLineageFile = "lineage.json";
inline constexpr absl::string_view kMetricsFile = "metrics.json";

struct Manifest {
  struct File {
    uint64_t size_bytes = 0;
    std::string sha256;  // hexadecimal
  };

  int format = kManifestFormat;
  int feature_version = 0;
  int tokenizer_version = 0;
  std::string tag_scheme;  // "BIOES"
  std::vector<std::string> labels;
  int64_t created_unix_micros = 0;
  std::map<std::string, File> files;

  // The manifest of a version with these files, of which `model` is kModelFile. Sizes and digests
  // are computed here. REQUIRES: kModelFile is long enough for its header.
  static Manifest Describe(const ner::Model& model, absl::Time created, const Files& files);
  // InvalidArgument (reason CORRUPT_MODEL) when `json` is not a manifest this build understands.
  static absl::StatusOr<Manifest> Parse(absl::string_view json);
  std::string ToJson() const;

  // Every file listed is there with its size and digest, nothing else is, and model.bin is among
  // them; adds what is wrong, file by file.
  void CheckFiles(const Files& files, Violations& violations) const;
  // Labels and tag scheme are those of the model.
  void CheckModel(const ner::Model& model, Violations& violations) const;
};

}  // namespace winnow::models
