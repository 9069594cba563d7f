// Data sets of simulated teaching: texts with all their entities.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "common/measure/figures.h"
#include "winnow/storage/v1/records.pb.h"

namespace winnow::bench {

struct DataSet {
  std::string name;
  // Those of train.
  std::vector<std::string> labels;
  // Sentences as texts, their tokens joined by blanks; completely annotated.
  std::vector<storage::v1::LabelledText> train;
  // Without the sentences that train has. Dev may be empty. Spans may have labels beyond those of
  // train, which no model predicts: they count as missed.
  std::vector<measure::GoldText> dev, test;
};

// Reads the files of train, dev (may be missing) and test, without spans off the tokens; the name
// is the directory's. Files and errors as of ReadAnnotated.
absl::StatusOr<DataSet> ReadDataSet(const std::filesystem::path& directory);

}  // namespace winnow::bench
