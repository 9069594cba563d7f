// Answers on their way into a data set, a few in memory at a time.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "common/corpus/corpus.h"
#include "winnow/storage/v1/records.pb.h"

namespace winnow::annotation {

// They go into a data set that is new in pieces, which are seen when the last one is stored, and
// into another in one step. One store at a time for each data set. Not thread-safe.
class AnswerStore {
 public:
  // `corpus` must outlive it.
  AnswerStore(corpus::Corpus& corpus, std::string dataset, bool is_new);

  // `text` is of the answer's example, where the corpus may not have it. ResourceExhausted when
  // there are too many for one step.
  absl::Status Add(storage::v1::Answer answer, std::optional<std::string> text = std::nullopt);
  // Stores what is held where no reader sees it, so that Publish fails (FailedPrecondition) where
  // somebody else has made the data set meanwhile. REQUIRES: it is new.
  absl::Status Stage();
  // Shows all, and returns the reply: of this or of an earlier request with `key`.
  absl::StatusOr<std::string> Publish(
      const corpus::RequestKey& key,
      absl::FunctionRef<absl::StatusOr<std::string>(corpus::Transaction&)> make_reply);

 private:
  corpus::Corpus& corpus_;
  const std::string dataset_;
  const bool is_new_;
  std::vector<storage::v1::Answer> answers_;
  std::vector<storage::v1::Example> examples_;
  size_t num_bytes_ = 0;
  storage::v1::Dataset staged_;
};

}  // namespace winnow::annotation
