#include "services/training/model_upload.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "common/base/names.h"
#include "common/base/status.h"

namespace winnow::training {
namespace {

absl::Status HeaderNotFirst() {
  return absl::InvalidArgumentError("the first message, and only the first, must be the header");
}

}  // namespace

absl::Status ModelUpload::CheckComplete() const {
  if (name_.empty() || files_.at(name_).size() == size_bytes_) return absl::OkStatus();
  return absl::InvalidArgumentError(absl::StrCat(name_, " has ", files_.at(name_).size(),
                                                 " bytes, but ", size_bytes_, " were announced"));
}

absl::Status ModelUpload::SetModel(const std::string& name) {
  if (has_model_) return HeaderNotFirst();
  has_model_ = true;
  model_ = name;
  return ValidateName("model", model_);
}

absl::Status ModelUpload::BeginFile(const std::string& name, uint64_t size_bytes) {
  if (!has_model_) return HeaderNotFirst();
  WINNOW_RETURN_IF_ERROR(CheckComplete());
  WINNOW_RETURN_IF_ERROR(ValidateName("file", name));
  if (!files_.try_emplace(name).second)
    return absl::InvalidArgumentError(absl::StrCat(name, " is sent twice"));
  name_ = name;
  size_bytes_ = size_bytes;
  total_bytes_ += size_bytes_;
  if (size_bytes_ > kMaxUploadBytes || total_bytes_ > kMaxUploadBytes) {
    return absl::ResourceExhaustedError(
        absl::StrCat("a model of more than ", kMaxUploadBytes, " bytes is not taken"));
  }
  return absl::OkStatus();
}

absl::Status ModelUpload::AddChunk(absl::string_view bytes) {
  if (!has_model_) return HeaderNotFirst();
  if (name_.empty()) return absl::InvalidArgumentError("a chunk came before its file");
  std::string& content = files_[name_];
  if (content.size() + bytes.size() > size_bytes_) {
    return absl::InvalidArgumentError(
        absl::StrCat(name_, " is longer than the ", size_bytes_, " bytes announced"));
  }
  absl::StrAppend(&content, bytes);
  return absl::OkStatus();
}

absl::StatusOr<models::Files> ModelUpload::Finish() {
  if (!has_model_) return absl::InvalidArgumentError("the stream was empty");
  WINNOW_RETURN_IF_ERROR(CheckComplete());
  return std::move(files_);
}

}  // namespace winnow::training
