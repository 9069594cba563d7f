// The audit questions of a queue, in the order in which they are asked.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/status/statusor.h"
#include "common/corpus/ids.h"
#include "common/corpus/reader.h"
#include "winnow/storage/v1/tasks.pb.h"

namespace winnow::teach {

// The question that an audit frame asks about one of its texts.
struct AuditQuestion {
  corpus::Id task;
  corpus::Id example;
  storage::v1::Span span;
  double probability = 0;
  std::string model_version;
};

// By frame, the questions in the order in which they are asked. The order of a frame never changes,
// so what was asked is its beginning.
absl::StatusOr<std::vector<std::vector<AuditQuestion>>> ReadAuditQuestions(
    const corpus::CorpusReader& reader, const storage::v1::Queue& queue);

// Of one frame.
struct FrameQuestions {
  std::vector<AuditQuestion> questions;
  // So many of them are asked before those of other frames.
  size_t num_first = 0;
};

// Those of them that are left. Not thread-safe.
class AuditQuestions {
 public:
  // Takes these in place of the ones before.
  void Set(std::vector<FrameQuestions> frames);
  // The next task that is not known, of a frame that is asked first, else of the one of which the
  // smallest share was asked.
  std::optional<storage::v1::Task> Next(absl::FunctionRef<bool(const corpus::Id& task)> is_known);
  // Offers every question again.
  void Restart();
  // Asked or not.
  size_t size() const;

 private:
  struct Frame {
    FrameQuestions asks;
    // How many of its questions are known.
    size_t num_known = 0;
  };
  std::vector<Frame> frames_;
};

}  // namespace winnow::teach
