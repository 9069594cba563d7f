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

// Reads train.conll, dev.conll (may be missing) and test.conll; the name is the directory's. Errors
// as ReadConll.
absl::StatusOr<DataSet> ReadDataSet(const std::filesystem::path& directory);

}  // namespace winnow::bench
