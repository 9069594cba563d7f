// The model store on disk: immutable version directories and movable aliases.
//
//   <root>/<name>/<N>/          manifest.json and the files it lists; never changes once it has
//   this name <root>/<name>/aliases.json  {"serving": 3, "previous": 2, "candidate": 4}; replaced
//   by rename
//
// Any number of processes read; one writes (ModelPublisher).
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "common/base/file.h"
#include "common/base/mutex.h"
#include "common/models/manifest.h"
#include "common/models/version_name.h"
#include "common/ner/model.h"

namespace winnow::models {

inline constexpr absl::string_view kServing = "serving";
inline constexpr absl::string_view kPrevious = "previous";
inline constexpr absl::string_view kCandidate = "candidate";

// Alias -> version number.
using Aliases = std::map<std::string, uint64_t>;

// Reads a store. Thread-safe; sees what the writer has published, at once.
class ModelStore {
 public:
  explicit ModelStore(std::filesystem::path root) : root_(std::move(root)) {}

  // Names with at least one version, sorted.
  std::vector<std::string> ListModels() const;
  // Ascending; empty for an unknown model.
  std::vector<uint64_t> ListVersions(absl::string_view model) const;
  // Empty when none is set; DataLoss (CORRUPT_MODEL) for a damaged aliases.json.
  absl::StatusOr<Aliases> GetAliases(absl::string_view model) const;
  // NotFound (reason UNKNOWN_MODEL) with the nearest names, or with what to do when nothing serves.
  absl::StatusOr<VersionName> Resolve(absl::string_view reference) const;

  // REQUIRES for the following: a version that Resolve has returned. A damaged directory gives
  // reason CORRUPT_MODEL.
  absl::StatusOr<Manifest> GetManifest(const VersionName& version) const;
  // Its model, mapped and checked.
  absl::StatusOr<std::shared_ptr<const ner::Model>> OpenModel(const VersionName& version) const;
  // SHA-256 of manifest.json, hexadecimal: the identity of the version's content.
  absl::StatusOr<std::string> GetDigest(const VersionName& version) const;
  // NotFound when the version has no such file.
  absl::StatusOr<std::string> ReadVersionFile(const VersionName& version,
                                              absl::string_view file) const;
  std::filesystem::path Directory(const VersionName& version) const;
  std::filesystem::path AliasesPath(absl::string_view model) const;

 private:
  const std::filesystem::path root_;
};

// Files that can be imported.
struct CheckedImport {
  std::vector<std::string> labels;
  // The version of the model that has these files already.
  std::optional<VersionName> version;
};

// The one writer of a store. Thread-safe.
class ModelPublisher {
 public:
  // Makes the root if need be and takes its lock. FailedPrecondition when another process has it.
  static absl::StatusOr<std::unique_ptr<ModelPublisher>> Open(const std::filesystem::path& root);

  const ModelStore& store() const { return store_; }

  // Makes the next version of `model` from `files`, without manifest.json, which is made here.
  // Written to a temporary directory, synced, renamed: there whole or not at all. Moves no alias.
  // InvalidArgument (CORRUPT_MODEL) for files that nobody could use (version_check.h).
  absl::StatusOr<VersionName> Publish(absl::string_view model, absl::Time created,
                                      const Files& files);

  // The same with an exported directory's files, manifest.json among them. A version of `model`
  // with the same digest is returned instead of made again.
  absl::StatusOr<VersionName> Import(absl::string_view model, Files files);
  // Checks the files as Import does, and makes nothing.
  absl::StatusOr<CheckedImport> CheckImport(absl::string_view model, Files files);

  // Takes the texts that have one of these split keys out of the replays of all versions: the one
  // change that a version may undergo. Returns the versions that had some, and how many. A break in
  // between leaves a version that cannot be imported elsewhere until this is done again.
  absl::StatusOr<std::vector<std::pair<VersionName, uint64_t>>> EraseFromReplays(
      const std::set<uint64_t>& split_keys);

  // Hears of aliases that are about to be written, while nobody else can write them. They are not,
  // when it returns an error.
  using Announce = absl::FunctionRef<absl::Status(const Aliases& aliases)>;
  static absl::Status ToNobody(const Aliases&) { return absl::OkStatus(); }

  // serving := version, previous := what served; a candidate that is promoted is no candidate any
  // more. A version whose model cannot be opened is refused (CORRUPT_MODEL), and no alias moves.
  absl::StatusOr<Aliases> Promote(const VersionName& version, Announce announce = ToNobody);
  // Promotes `previous`. FailedPrecondition without one.
  absl::StatusOr<Aliases> Rollback(absl::string_view model, Announce announce = ToNobody);
  absl::StatusOr<Aliases> SetCandidate(const VersionName& version);
  // The version is no candidate any more, if it was one.
  absl::Status DropCandidate(const VersionName& version);
  // Writes what was announced before the process died.
  absl::Status SetAliases(absl::string_view model, const Aliases& aliases);

 private:
  ModelPublisher(std::filesystem::path root, FileLock lock)
      : root_(root), lock_(std::move(lock)), store_(root) {}
  absl::StatusOr<uint64_t> EraseFromReplay(const VersionName& version,
                                           const std::set<uint64_t>& split_keys)
      WINNOW_REQUIRES(mutex_);
  // The version of `model` that has these files.
  std::optional<VersionName> FindSame(absl::string_view model, const Files& files) const;
  absl::StatusOr<VersionName> PublishLocked(absl::string_view model, const Files& files)
      WINNOW_REQUIRES(mutex_);
  absl::StatusOr<Aliases> PromoteLocked(const VersionName& version, Announce announce)
      WINNOW_REQUIRES(mutex_);
  absl::Status WriteAliases(absl::string_view model, const Aliases& aliases)
      WINNOW_REQUIRES(mutex_);

  const std::filesystem::path root_;
  const FileLock lock_;
  const ModelStore store_;
  Mutex mutex_;
};

}  // namespace winnow::models
