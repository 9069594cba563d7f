#include "services/training/model_upload.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "common/base/names.h"
#include "common/base/status.h"

namespace winnow::training {

absl::Status ModelUpload::CheckComplete() const {
  if (name_.empty() || files_.at(name_).size() == size_bytes_) return absl::OkStatus();
  return absl::InvalidArgumentError(absl::StrCat(name_, " has ", files_.at(name_).size(),
                                                 " bytes, but ", size_bytes_, " were announced"));
}

absl::Status ModelUpload::Add(const v1::ImportModelRequest& part) {
  // A header is wanted exactly as long as there was none.
  if (part.has_header() == has_header_) {
    return absl::InvalidArgumentError("the first message, and only the first, must be the header");
  }
  if (part.has_header()) {
    has_header_ = true;
    model_ = part.header().model();
    return ValidateName("model", model_);
  }
  if (part.has_file()) {
    WINNOW_RETURN_IF_ERROR(CheckComplete());
    WINNOW_RETURN_IF_ERROR(ValidateName("file", part.file().name()));
    if (!files_.try_emplace(part.file().name()).second) {
      return absl::InvalidArgumentError(absl::StrCat(part.file().name(), " is sent twice"));
    }
    name_ = part.file().name();
    size_bytes_ = part.file().size_bytes();
    total_bytes_ += size_bytes_;
    if (size_bytes_ > kMaxUploadBytes || total_bytes_ > kMaxUploadBytes) {
      return absl::ResourceExhaustedError(
          absl::StrCat("a model of more than ", kMaxUploadBytes, " bytes is not taken"));
    }
    return absl::OkStatus();
  }
  if (name_.empty()) return absl::InvalidArgumentError("a chunk came before its file");
  std::string& content = files_[name_];
  if (content.size() + part.chunk().size() > size_bytes_) {
    return absl::InvalidArgumentError(
        absl::StrCat(name_, " is longer than the ", size_bytes_, " bytes announced"));
  }
  content += part.chunk();
  return absl::OkStatus();
}

absl::StatusOr<models::Files> ModelUpload::Finish() {
  if (!has_header_) return absl::InvalidArgumentError("the stream was empty");
  WINNOW_RETURN_IF_ERROR(CheckComplete());
  return std::move(files_);
}

}  // namespace winnow::training
