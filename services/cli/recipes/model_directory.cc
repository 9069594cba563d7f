#include "services/cli/recipes/model_directory.h"

#include <algorithm>
#include <filesystem>
#include <system_error>
#include <utility>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "common/base/file.h"
#include "common/base/status.h"
#include "common/rpc/errors.h"
#include "grpcpp/client_context.h"
#include "services/cli/recipes/input_file.h"
#include "services/cli/recipes/upload.h"
#include "services/cli/terminal/interrupts.h"

namespace winnow::cli {
namespace {

namespace fs = std::filesystem;

constexpr char kManifest[] = "manifest.json";

// The files of an exported directory by name; hidden ones are not part of a model.
absl::StatusOr<std::vector<fs::path>> ModelFiles(const std::string& directory) {
  std::error_code error;
  std::vector<fs::path> files;
  for (fs::directory_iterator entry(directory, error), end; !error && entry != end;
       entry.increment(error)) {
    if (entry->is_regular_file(error) &&
        !absl::StartsWith(entry->path().filename().string(), ".")) {
      files.push_back(entry->path());
    }
  }
  if (error)
    return absl::NotFoundError(absl::StrCat("model directory ", directory, ": ", error.message()));
  std::sort(files.begin(), files.end());
  if (std::none_of(files.begin(), files.end(),
                   [](const fs::path& file) { return file.filename() == kManifest; })) {
    return absl::InvalidArgumentError(
        absl::StrCat("model directory ", directory, ": has no ", kManifest,
                     "; `winnow models export MODEL DIR` and `winnow ner.batch-train ... -o DIR` "
                     "make model directories"));
  }
  return files;
}

// Receives the files of an export into a directory.
class Receiver {
 public:
  explicit Receiver(fs::path directory) : directory_(std::move(directory)) {}

  absl::Status Take(const training::v1::ExportModelResponse& part) {
    if (!part.has_file()) {
      content_ += part.chunk();
      return absl::OkStatus();
    }
    WINNOW_RETURN_IF_ERROR(FinishFile());
    file_ = part.file();
    if (file_.name().empty() || file_.name()[0] == '.' || absl::StrContains(file_.name(), '/')) {
      return absl::DataLossError(
          absl::StrCat("the server sent a file with the name '", file_.name(), "'"));
    }
    return absl::OkStatus();
  }

  // Writes the file that has come in last.
  absl::Status FinishFile() {
    if (file_.name().empty()) return absl::OkStatus();
    if (content_.size() != file_.size_bytes()) {
      return absl::DataLossError(absl::StrCat("the server sent ", content_.size(), " bytes of ",
                                              file_.name(), " instead of ", file_.size_bytes()));
    }
    WINNOW_RETURN_IF_ERROR(WriteFileDurably(directory_ / file_.name(), content_));
    content_.clear();
    return absl::OkStatus();
  }

 private:
  const fs::path directory_;
  training::v1::ModelFile file_;
  std::string content_;
};

absl::Status Receive(const std::string& version, const fs::path& directory, Session& session) {
  training::v1::ExportModelRequest request;
  request.set_name(version);
  grpc::ClientContext context;
  const auto reader = session.training().ExportModel(&context, request);
  Receiver receiver(directory);
  training::v1::ExportModelResponse part;
  absl::Status received;
  while (received.ok() && reader->Read(&part)) received = receiver.Take(part);
  if (!received.ok()) context.TryCancel();
  const absl::Status finished = rpc::FromGrpc(reader->Finish());
  WINNOW_RETURN_IF_ERROR(received);
  WINNOW_RETURN_IF_ERROR(finished);
  return receiver.FinishFile();
}

// Puts `fresh` where `target` is. A directory that was there is moved aside first and removed last.
absl::Status Replace(const fs::path& fresh, const fs::path& target) {
  std::error_code error;
  fs::path aside = fresh;
  aside += ".old";
  const bool replaces = fs::exists(target, error);
  if (replaces) fs::rename(target, aside, error);
  if (!error) fs::rename(fresh, target, error);
  if (error) {
    std::error_code ignored;
    if (replaces && !fs::exists(target, ignored)) fs::rename(aside, target, ignored);
    return absl::InternalError(
        absl::StrCat("cannot put the model into ", target.string(), ": ", error.message()));
  }
  fs::remove_all(aside, error);
  return SyncDirectory(target.parent_path());
}

// Without a trailing '/', and absolute, so that there is a directory beside it.
fs::path Normalized(const std::string& directory) {
  const fs::path normal = fs::absolute(directory).lexically_normal();
  return normal.has_filename() ? normal : normal.parent_path();
}

}  // namespace

bool IsModelDirectory(const std::string& argument) {
  std::error_code ignored;
  return absl::StrContains(argument, '/') ||
         fs::is_regular_file(fs::path(argument) / kManifest, ignored);
}

absl::StatusOr<training::v1::ModelVersion> ImportModel(const std::string& directory,
                                                       const std::string& name, ImportMode mode,
                                                       Session& session) {
  WINNOW_ASSIGN_OR_RETURN(const std::vector<fs::path> files, ModelFiles(directory));
  grpc::ClientContext context;
  training::v1::ModelVersion version;
  const auto writer = session.training().ImportModel(&context, &version);
  training::v1::ImportModelRequest request;
  request.mutable_header()->set_request_id(NewRequestId());
  request.mutable_header()->set_model(name);
  request.mutable_header()->set_validate_only(mode == ImportMode::kCheck);
  bool reading = writer->Write(request);
  for (auto file = files.begin(); reading && file != files.end(); ++file) {
    absl::StatusOr<MappedFile> content = MappedFile::Open(*file);
    if (!content.ok()) {
      context.TryCancel();
      return absl::InvalidArgumentError(content.status().message());
    }
    request.mutable_file()->set_name(file->filename().string());
    request.mutable_file()->set_size_bytes(content->bytes().size());
    reading = writer->Write(request) && WriteChunks(content->bytes(), *writer);
  }
  writer->WritesDone();
  WINNOW_RETURN_IF_ERROR(InFile(directory, rpc::FromGrpc(writer->Finish())));
  return version;
}

absl::Status CheckExportTarget(const std::string& directory, bool force) {
  const fs::path target = Normalized(directory);
  std::error_code error;
  if (!fs::exists(target, error)) return absl::OkStatus();
  if (!fs::is_directory(target, error)) {
    return absl::FailedPreconditionError(absl::StrCat(directory, ": is a file, not a directory"));
  }
  if (force || fs::is_empty(target, error) || fs::is_regular_file(target / kManifest, error))
    return absl::OkStatus();
  return absl::FailedPreconditionError(
      absl::StrCat(directory, ": is not empty and not a model directory; --force replaces it"));
}

absl::Status ExportModel(const std::string& version, const std::string& directory, Session& session,
                         Environment& environment) {
  const fs::path target = Normalized(directory);
  const fs::path fresh = target.parent_path() / absl::StrCat(".", target.filename().string(), ".",
                                                             NewRequestId().substr(0, 8));
  std::error_code error;
  fs::create_directories(fresh, error);
  if (error)
    return absl::InvalidArgumentError(
        absl::StrCat("cannot create ", fresh.string(), ": ", error.message()));
  const auto remove_fresh = [&] {
    std::error_code ignored;
    fs::remove_all(fresh, ignored);
  };
  Interrupts::Cleanup cleanup(environment.interrupts, remove_fresh);
  absl::Status status = Receive(version, fresh, session);
  if (status.ok()) status = SyncDirectory(fresh);
  if (status.ok()) status = Replace(fresh, target);
  if (!status.ok()) remove_fresh();
  return status;
}

}  // namespace winnow::cli
