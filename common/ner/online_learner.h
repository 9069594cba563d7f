// Learning while the model is in use: an answer at a time.
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "common/ner/example.h"
#include "common/ner/model.h"
#include "common/ner/training.h"

namespace winnow::ner {

class AdaGrad;

// A model that learns while it is in use: a few examples at a time, each once. Its state is a
// function of where it started and the sequence of steps. Not thread-safe; the snapshots are.
class OnlineLearner {
 public:
  // Starts from all of `parent` (whose model is not null); its labels are those of all examples.
  // The seed, the epochs, the parent's share, the hash bits, the threads and the knowledge of
  // `options` are not used. InvalidArgument as Train.
  static absl::StatusOr<OnlineLearner> Create(const Parent& parent, const LearnerOptions& options);
  OnlineLearner(OnlineLearner&&) noexcept;
  OnlineLearner& operator=(OnlineLearner&&) noexcept;
  ~OnlineLearner();

  // One update per example, in the given order. Returns the number of those that were left out
  // because their constraint leaves no path. InvalidArgument, and no change, when sizes of an
  // example disagree.
  absl::StatusOr<size_t> Step(absl::Span<const Example* const> examples);

  // The model as it is now, with the parent's temperature and knowledge. Takes about as long as a
  // copy of it. InvalidArgument if the learning diverged (a weight is not finite).
  absl::StatusOr<std::shared_ptr<const Model>> Snapshot();

 private:
  OnlineLearner(std::unique_ptr<AdaGrad> adagrad, std::shared_ptr<const Model> model);

  std::unique_ptr<AdaGrad> adagrad_;
  std::shared_ptr<const Model> model_;  // the last snapshot
  std::vector<uint32_t> touched_;       // hashed features of the examples since, each once
  std::vector<bool> is_touched_;        // by row
};

}  // namespace winnow::ner
