#include "common/models/model_store.h"

#include <algorithm>
#include <system_error>
#include <utility>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "common/base/directory.h"
#include "common/base/file.h"
#include "common/base/hash.h"
#include "common/base/names.h"
#include "common/base/status.h"
#include "common/models/bounded_json.h"
#include "common/models/version_check.h"

namespace winnow::models {
namespace {

namespace fs = std::filesystem;

constexpr absl::string_view kAliasesFile = "aliases.json";
constexpr absl::string_view kLockFile = ".lock";
constexpr absl::string_view kTemporary = ".new";
// Nobody makes as many; a directory with a larger number would leave no next one.
constexpr uint64_t kMaxVersion = 1'000'000'000;

absl::Status UnknownModel(absl::string_view message) {
  return WithReason(absl::NotFoundError(message), "UNKNOWN_MODEL");
}

absl::StatusOr<Aliases> ParseAliases(absl::string_view json) {
  const auto damaged = [](absl::string_view why) {
    return WithReason(absl::DataLossError(why), "CORRUPT_MODEL");
  };
  const absl::StatusOr<Json> root = ParseJson(kAliasesFile, json);
  if (!root.ok()) return damaged(root.status().message());
  if (!root->is_object()) return damaged("aliases.json: is no object");
  Aliases aliases;
  for (const auto& [alias, number] : root->items()) {
    if (!number.is_number_unsigned())
      return damaged(absl::StrCat("aliases.json: ", alias, " is no version number"));
    aliases[alias] = number.get<uint64_t>();
  }
  return aliases;
}

// The number of the version that a directory is; 0 for any other.
uint64_t VersionNumber(const std::string& directory) {
  uint64_t number = 0;
  if (!absl::SimpleAtoi(directory, &number) || number > kMaxVersion) return 0;
  return std::to_string(number) == directory ? number : 0;
}

absl::Status CorruptVersion(const VersionName& version, const absl::Status& why) {
  return WithReason(absl::Status(why.code(), absl::StrCat(version.ToString(), ": ", why.message())),
                    "CORRUPT_MODEL");
}

// The manifest among the files, if a model can be made of them.
absl::StatusOr<Manifest> CheckFiles(absl::string_view model, Files& files) {
  WINNOW_RETURN_IF_ERROR(ValidateName("model", model));
  auto manifest_file = files.extract(std::string(kManifestFile));
  if (manifest_file.empty())
    return CorruptFile(kManifestFile, "is missing: this is no model directory");
  WINNOW_ASSIGN_OR_RETURN(Manifest manifest, Manifest::Parse(manifest_file.mapped()));
  WINNOW_RETURN_IF_ERROR(CheckVersion(manifest, files));
  files.insert(std::move(manifest_file));
  return manifest;
}

// False when the version is no candidate.
bool EraseCandidate(const VersionName& version, Aliases& aliases) {
  const auto candidate = aliases.find(std::string(kCandidate));
  if (candidate == aliases.end() || candidate->second != version.number) return false;
  aliases.erase(candidate);
  return true;
}

}  // namespace

std::vector<std::string> ModelStore::ListModels() const {
  std::vector<std::string> names;
  std::error_code error;
  for (const fs::directory_entry& entry : fs::directory_iterator(root_, error)) {
    const std::string name = entry.path().filename().string();
    if (ValidateName("model", name).ok() && !ListVersions(name).empty()) names.push_back(name);
  }
  std::sort(names.begin(), names.end());
  return names;
}

std::vector<uint64_t> ModelStore::ListVersions(absl::string_view model) const {
  std::vector<uint64_t> numbers;
  std::error_code error;
  for (const fs::directory_entry& entry :
       fs::directory_iterator(root_ / std::string(model), error)) {
    const uint64_t number = VersionNumber(entry.path().filename().string());
    if (number > 0) numbers.push_back(number);
  }
  std::sort(numbers.begin(), numbers.end());
  return numbers;
}

absl::StatusOr<Aliases> ModelStore::GetAliases(absl::string_view model) const {
  absl::StatusOr<std::string> json = ReadFile(AliasesPath(model));
  if (absl::IsNotFound(json.status())) return Aliases();
  if (!json.ok()) return json.status();
  return ParseAliases(*json);
}

absl::StatusOr<VersionName> ModelStore::Resolve(absl::string_view text) const {
  WINNOW_ASSIGN_OR_RETURN(const Reference reference, Reference::Parse(text));
  const std::vector<uint64_t> versions = ListVersions(reference.model);
  if (versions.empty()) {
    return UnknownModel(absl::StrCat("there is no model '", reference.model, "'.",
                                     DidYouMean(reference.model, ListModels())));
  }
  if (!reference.number.has_value()) {
    WINNOW_ASSIGN_OR_RETURN(const Aliases aliases, GetAliases(reference.model));
    const auto serving = aliases.find(std::string(kServing));
    if (serving != aliases.end()) return VersionName{reference.model, serving->second};
    return UnknownModel(absl::StrCat("no version of model '", reference.model,
                                     "' is serving. Name one (", reference.model, "@",
                                     versions.back(), ") or promote it"));
  }
  if (!std::binary_search(versions.begin(), versions.end(), *reference.number)) {
    return UnknownModel(absl::StrCat("model '", reference.model, "' has no version ",
                                     *reference.number,
                                     "; it has: ", absl::StrJoin(versions, ", ")));
  }
  return VersionName{reference.model, *reference.number};
}

fs::path ModelStore::Directory(const VersionName& version) const {
  return root_ / version.model / std::to_string(version.number);
}

fs::path ModelStore::AliasesPath(absl::string_view model) const {
  return root_ / std::string(model) / std::string(kAliasesFile);
}

absl::StatusOr<std::string> ModelStore::ReadVersionFile(const VersionName& version,
                                                        absl::string_view file) const {
  return ReadFile(Directory(version) / std::string(file));
}

absl::StatusOr<Manifest> ModelStore::GetManifest(const VersionName& version) const {
  const absl::StatusOr<std::string> json = ReadVersionFile(version, kManifestFile);
  if (!json.ok()) return CorruptVersion(version, json.status());
  absl::StatusOr<Manifest> manifest = Manifest::Parse(*json);
  if (!manifest.ok()) return CorruptVersion(version, manifest.status());
  return manifest;
}

absl::StatusOr<std::shared_ptr<const ner::Model>> ModelStore::OpenModel(
    const VersionName& version) const {
  absl::StatusOr<std::shared_ptr<const ner::Model>> model =
      ner::Model::Open(Directory(version) / std::string(kModelFile));
  if (model.ok()) return model;
  return CorruptVersion(version, model.status());
}

absl::StatusOr<std::string> ModelStore::GetDigest(const VersionName& version) const {
  WINNOW_ASSIGN_OR_RETURN(const std::string json, ReadVersionFile(version, kManifestFile));
  return Sha256Hex(json);
}

absl::StatusOr<std::unique_ptr<ModelPublisher>> ModelPublisher::Open(const fs::path& root) {
  std::error_code error;
  fs::create_directories(root, error);
  if (error)
    return absl::FailedPreconditionError(
        absl::StrCat("cannot make ", root.string(), ": ", error.message()));
  WINNOW_ASSIGN_OR_RETURN(FileLock lock,
                          FileLock::Take(root / std::string(kLockFile),
                                         absl::StrCat("the model store ", root.string())));
  return std::unique_ptr<ModelPublisher>(new ModelPublisher(root, std::move(lock)));
}

absl::StatusOr<VersionName> ModelPublisher::Publish(absl::string_view model, absl::Time created,
                                                    const Files& files) {
  WINNOW_RETURN_IF_ERROR(ValidateName("model", model));
  const auto bytes = files.find(std::string(kModelFile));
  if (bytes == files.end()) return CorruptFile(kModelFile, "is missing");
  WINNOW_ASSIGN_OR_RETURN(const std::shared_ptr<const ner::Model> parsed,
                          ner::Model::Parse(bytes->second));
  const std::string json = Manifest::Describe(*parsed, created, files).ToJson();
  WINNOW_ASSIGN_OR_RETURN(const Manifest manifest, Manifest::Parse(json));
  WINNOW_RETURN_IF_ERROR(CheckVersion(manifest, files));
  Files all = files;
  all[std::string(kManifestFile)] = json;
  MutexLock lock(mutex_);
  return PublishLocked(model, all);
}

absl::StatusOr<VersionName> ModelPublisher::Import(absl::string_view model, Files files) {
  WINNOW_RETURN_IF_ERROR(CheckFiles(model, files).status());
  MutexLock lock(mutex_);
  if (const auto existing = FindSame(model, files); existing.has_value()) return *existing;
  return PublishLocked(model, files);
}

absl::StatusOr<CheckedImport> ModelPublisher::CheckImport(absl::string_view model, Files files) {
  WINNOW_ASSIGN_OR_RETURN(const Manifest manifest, CheckFiles(model, files));
  return CheckedImport{manifest.labels, FindSame(model, files)};
}

std::optional<VersionName> ModelPublisher::FindSame(absl::string_view model,
                                                    const Files& files) const {
  const std::string digest = Sha256Hex(files.at(std::string(kManifestFile)));
  for (const uint64_t number : store_.ListVersions(model)) {
    const VersionName version{std::string(model), number};
    const absl::StatusOr<std::string> existing = store_.GetDigest(version);
    if (existing.ok() && *existing == digest) return version;
  }
  return std::nullopt;
}

absl::StatusOr<VersionName> ModelPublisher::PublishLocked(absl::string_view model,
                                                          const Files& files) {
  const std::vector<uint64_t> versions = store_.ListVersions(model);
  const VersionName version{std::string(model), versions.empty() ? 1 : versions.back() + 1};
  const fs::path temporary = root_ / version.model / std::string(kTemporary);
  WINNOW_RETURN_IF_ERROR(WriteDirectory(temporary, store_.Directory(version), files));
  WINNOW_RETURN_IF_ERROR(SyncDirectory(root_));
  return version;
}

absl::Status ModelPublisher::WriteAliases(absl::string_view model, const Aliases& aliases) {
  return WriteFileAtomically(store_.AliasesPath(model), Json(aliases).dump(2) + "\n");
}

absl::StatusOr<Aliases> ModelPublisher::PromoteLocked(const VersionName& version,
                                                      Announce announce) {
  WINNOW_RETURN_IF_ERROR(store_.Resolve(version.ToString()).status());
  WINNOW_RETURN_IF_ERROR(store_.OpenModel(version).status());
  WINNOW_ASSIGN_OR_RETURN(Aliases aliases, store_.GetAliases(version.model));
  const auto serving = aliases.find(std::string(kServing));
  if (serving != aliases.end() && serving->second == version.number) return aliases;
  if (serving != aliases.end()) aliases[std::string(kPrevious)] = serving->second;
  aliases[std::string(kServing)] = version.number;
  EraseCandidate(version, aliases);
  WINNOW_RETURN_IF_ERROR(announce(aliases));
  WINNOW_RETURN_IF_ERROR(WriteAliases(version.model, aliases));
  return aliases;
}

absl::StatusOr<Aliases> ModelPublisher::Promote(const VersionName& version, Announce announce) {
  MutexLock lock(mutex_);
  return PromoteLocked(version, announce);
}

absl::StatusOr<Aliases> ModelPublisher::Rollback(absl::string_view model, Announce announce) {
  MutexLock lock(mutex_);
  if (store_.ListVersions(model).empty()) return store_.Resolve(model).status();
  WINNOW_ASSIGN_OR_RETURN(const Aliases aliases, store_.GetAliases(model));
  const auto previous = aliases.find(std::string(kPrevious));
  if (previous == aliases.end()) {
    return absl::FailedPreconditionError(
        absl::StrCat("model '", model, "' has no previous version to go back to"));
  }
  return PromoteLocked({std::string(model), previous->second}, announce);
}

absl::Status ModelPublisher::SetAliases(absl::string_view model, const Aliases& aliases) {
  MutexLock lock(mutex_);
  return WriteAliases(model, aliases);
}

absl::StatusOr<Aliases> ModelPublisher::SetCandidate(const VersionName& version) {
  MutexLock lock(mutex_);
  WINNOW_RETURN_IF_ERROR(store_.Resolve(version.ToString()).status());
  WINNOW_ASSIGN_OR_RETURN(Aliases aliases, store_.GetAliases(version.model));
  aliases[std::string(kCandidate)] = version.number;
  WINNOW_RETURN_IF_ERROR(WriteAliases(version.model, aliases));
  return aliases;
}

absl::Status ModelPublisher::DropCandidate(const VersionName& version) {
  MutexLock lock(mutex_);
  WINNOW_ASSIGN_OR_RETURN(Aliases aliases, store_.GetAliases(version.model));
  if (!EraseCandidate(version, aliases)) return absl::OkStatus();
  return WriteAliases(version.model, aliases);
}

}  // namespace winnow::models
