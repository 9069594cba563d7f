// Data sets of simulated teaching: gold sentences and their features.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "common/ner/features.h"
#include "tests/bench/conll.h"

namespace winnow::bench {

// A sentence and all that is derived from it.
struct Text {
  ConllSentence sentence;
  ner::TextFeatures features;
};

struct DataSet {
  std::string name;
  // Those of train. Spans of dev and test may have labels beyond them, which no model predicts:
  // they count as missed.
  std::vector<std::string> labels;
  // Dev and test have no sentence that train has. Dev may be empty.
  std::vector<Text> train, dev, test;
};

// Reads train.conll, dev.conll (may be missing) and test.conll; the name is the directory's. Errors
// as ReadConll.
absl::StatusOr<DataSet> ReadDataSet(const std::filesystem::path& directory);

}  // namespace winnow::bench
