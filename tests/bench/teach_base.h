// What the arms of a simulated teaching begin with: a base model in a store, and a pool.
#pragma once

#include <cstddef>
#include <cstdlib>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "common/base/status.h"
#include "common/measure/figures.h"
#include "common/models/model_store.h"
#include "common/ner/model.h"
#include "common/ner/training.h"
#include "tests/bench/teach_data.h"

namespace winnow::bench {

// F1 of exact spans, in points from 0 to 100: of all labels, or of these alone.
double MeasureF1(const ner::Model& model, const std::vector<measure::GoldText>& texts);
double MeasureF1(const ner::Model& model, const std::vector<measure::GoldText>& texts,
                 const std::vector<std::string>& labels);

// F1 at the threshold, common to all labels, that is the best one for these texts.
double HindsightF1(const ner::Model& model, const std::vector<measure::GoldText>& texts);

// A model store in a directory that goes with it.
class TemporaryStore {
 public:
  static absl::StatusOr<std::unique_ptr<TemporaryStore>> Make() {
    std::string path = (std::filesystem::temp_directory_path() / "teach_bench_XXXXXX").string();
    if (mkdtemp(path.data()) == nullptr)
      return absl::UnavailableError(absl::StrCat("cannot make a directory like ", path));
    std::unique_ptr<TemporaryStore> store(new TemporaryStore(path));
    WINNOW_ASSIGN_OR_RETURN(store->publisher_, models::ModelPublisher::Open(path));
    return store;
  }
  ~TemporaryStore() {
    publisher_.reset();
    std::error_code ignored;
    std::filesystem::remove_all(root_, ignored);
  }

  models::ModelPublisher& publisher() { return *publisher_; }
  const models::ModelStore& store() const { return publisher_->store(); }

 private:
  explicit TemporaryStore(std::filesystem::path root) : root_(std::move(root)) {}

  const std::filesystem::path root_;
  std::unique_ptr<models::ModelPublisher> publisher_;
};

// The name of the base model in its store.
inline constexpr char kBaseModel[] = "base";

// Common to the arms of a data set and seed.
struct Base {
  std::unique_ptr<TemporaryStore> store;
  ner::TrainingResult trained;
  // What it was trained on, and the other texts, in random order: those to learn from, and those
  // that the product holds out.
  std::vector<storage::v1::LabelledText> texts, pool, holdout;
  std::vector<std::string> labels_taught, labels_untaught;
  double dev = 0, test = 0, untaught = 0;
};

// Trains a base model on `num_base` texts. InvalidArgument: the base takes all; the data set has
// none of the labels to teach.
absl::StatusOr<Base> MakeBase(size_t num_base, const std::vector<std::string>& labels_taught,
                              const DataSet& set, size_t seed);

}  // namespace winnow::bench
