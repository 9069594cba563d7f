// The annotation service as an evaluation sees it: snapshots to read, and queues of questions to
// people. Speaks in records; the messages of the API stay inside.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <string>
#include <utility>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "common/rpc/snapshot_client.h"
#include "winnow/annotation/v1/annotation.grpc.pb.h"
#include "winnow/annotation/v1/snapshots.grpc.pb.h"
#include "winnow/storage/v1/records.pb.h"

namespace winnow::evaluation {

// "Which of these two outputs is better?"
struct ComparisonQuestion {
  std::string text;
  storage::v1::Comparison outputs;
};

// Thread-safe. The stubs must outlive it. Errors are those of the calls; Unavailable when
// annotation cannot be reached.
class AnnotationServiceClient {
 public:
  AnnotationServiceClient(annotation::v1::AnnotationService::StubInterface& stub,
                          annotation::v1::SnapshotService::StubInterface& snapshots,
                          std::filesystem::path corpus_root)
      : stub_(stub), snapshots_(snapshots), corpus_root_(std::move(corpus_root)) {}

  absl::StatusOr<rpc::CorpusSnapshot> TakeSnapshot() const;

  // Makes a queue of comparisons on texts of `source`, whose answers go to `dataset`; nothing
  // happens when it is there and the same. FailedPrecondition when another queue has the name.
  absl::Status CreateComparisonQueue(const std::string& name, const std::string& dataset,
                                     const std::string& source) const;

  // Adds the questions 0 to count - 1, in order, that the queue does not have yet. Each is asked of
  // `question` once; those of one call, some 16 MiB of them, are in memory at a time.
  absl::Status AddComparisons(
      const std::string& queue, size_t count,
      absl::FunctionRef<absl::StatusOr<ComparisonQuestion>(size_t index)> question) const;

  // The answers of a data set with a greater revision that nobody has taken back, ascending by
  // revision: revision, task id, verdict, queue and preference; other fields are empty. None for a
  // data set that does not exist: it is made by its first answer.
  absl::StatusOr<std::vector<storage::v1::Answer>> ListStandingAnswers(
      const std::string& dataset, uint64_t after_revision) const;

 private:
  annotation::v1::AnnotationService::StubInterface& stub_;
  annotation::v1::SnapshotService::StubInterface& snapshots_;
  const std::filesystem::path corpus_root_;
  const rpc::Client client_;
};

}  // namespace winnow::evaluation
