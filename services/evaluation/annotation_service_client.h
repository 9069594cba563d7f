// The annotation service as an evaluation sees it: snapshots to read, and queues of questions to
// people.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "common/rpc/snapshot_client.h"
#include "winnow/annotation/v1/annotation.grpc.pb.h"

namespace winnow::evaluation {

// Thread-safe. The stub must outlive it. Errors are those of the calls; Unavailable when annotation
// cannot be reached.
class AnnotationClient {
 public:
  AnnotationClient(annotation::v1::AnnotationService::StubInterface& stub,
                   std::filesystem::path corpus_root)
      : stub_(stub), corpus_root_(std::move(corpus_root)) {}

  absl::StatusOr<rpc::CorpusSnapshot> TakeSnapshot() const;

  // Makes the queue; nothing happens when it is there and the same.
  absl::Status CreateQueue(const annotation::v1::QueueSpec& spec) const;

  // Adds the tasks that the queue does not have yet, in order.
  absl::Status AddComparisons(const std::string& queue,
                              absl::Span<const annotation::v1::ComparisonTask> tasks) const;

  // Answers and tombstones of a data set with a greater revision, in the order of their revisions.
  // None for a data set that does not exist: it is made by its first answer.
  absl::StatusOr<std::vector<annotation::v1::Answer>> ListAnswers(const std::string& dataset,
                                                                  uint64_t after_revision) const;

 private:
  annotation::v1::AnnotationService::StubInterface& stub_;
  const std::filesystem::path corpus_root_;
};

}  // namespace winnow::evaluation
