// lineage.json of a version: where it came from, so that anybody can make it again.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace winnow::models {

struct Lineage {
  std::string job_id;
  // Of the corpus, and the revision that was read.
  std::string database_id;
  uint64_t revision = 0;
  std::vector<std::string> datasets;
  std::vector<std::string> labels;
  // SHA-256 of what was trained on, in order.
  std::string input_digest;
  // "name@N" and manifest digest; empty for blank:en.
  std::string parent;
  std::string parent_digest;
  // The job's spec as JSON: configuration and seed.
  std::string spec_json;
  // Digest of the sample that the gate read; counts repeated tries.
  std::string gate_sample;

  std::string ToJson() const;
  // InvalidArgument (CORRUPT_MODEL) for anything that ToJson does not write.
  static absl::StatusOr<Lineage> Parse(absl::string_view json);
};

}  // namespace winnow::models
