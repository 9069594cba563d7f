// The files of a model, put together again from a stream of pieces.
#pragma once

#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "common/models/manifest.h"
#include "winnow/training/v1/training.pb.h"

namespace winnow::training {

// Largest sum of file sizes taken.
inline constexpr uint64_t kMaxUploadBytes = uint64_t{2} << 30;

// Not thread-safe.
class ModelUpload {
 public:
  // InvalidArgument for pieces out of order, names that are no file names, and files longer than
  // announced.
  absl::Status Add(const v1::ImportModelRequest& part);
  // The files, when all are complete.
  absl::StatusOr<models::Files> Finish();

  const std::string& model() const { return model_; }

 private:
  absl::Status CheckComplete() const;

  bool has_header_ = false;
  std::string model_;
  models::Files files_;
  uint64_t total_bytes_ = 0;
  // The file that is arriving.
  std::string name_;
  uint64_t size_bytes_ = 0;
};

}  // namespace winnow::training
