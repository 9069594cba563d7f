// The files of a model, put together again from a stream of pieces.
#pragma once

#include <cstdint>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "common/models/manifest.h"

namespace winnow::training {

// Largest sum of file sizes taken.
inline constexpr uint64_t kMaxUploadBytes = uint64_t{2} << 30;

// Not thread-safe.
class ModelUpload {
 public:
  // The name of the model, first and once; then each file, followed by its pieces. InvalidArgument
  // for what comes out of order, names that are no file names, and files longer than announced;
  // ResourceExhausted for more than kMaxUploadBytes.
  absl::Status SetModel(const std::string& name);
  absl::Status BeginFile(const std::string& name, uint64_t size_bytes);
  absl::Status AddChunk(absl::string_view bytes);
  // The files, when all are complete.
  absl::StatusOr<models::Files> Finish();

  const std::string& model() const { return model_; }

 private:
  absl::Status CheckComplete() const;

  bool has_model_ = false;
  std::string model_;
  models::Files files_;
  uint64_t total_bytes_ = 0;
  // The file that arrives now.
  std::string name_;
  uint64_t size_bytes_ = 0;
};

}  // namespace winnow::training
