// Models in memory, for services that answer requests with them: hot swap without a failed or
// delayed request.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <list>
#include <map>
#include <memory>
#include <string>
#include <thread>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "common/base/mutex.h"
#include "common/models/model_store.h"
#include "common/models/reaper.h"
#include "common/ner/model.h"

namespace winnow::models {

// One version, loaded. Immutable.
struct LoadedModel {
  VersionName version;
  std::shared_ptr<const ner::Model> model;
};

// Thread-safe. A request holds the shared pointer it was given until it is done; a swap does not
// disturb it.
class ModelCache {
 public:
  // `store` must outlive the cache. Aliases of models in use are looked at every `poll`; a new
  // `serving` version is loaded and checked on the watcher's thread, then swapped in. One that
  // cannot be loaded is logged, the old one keeps serving, and the new one is tried again after
  // `poll`, then twice that and so on, at most kMaxRetry: its files may come late.
  explicit ModelCache(const ModelStore* store, absl::Duration poll = absl::Milliseconds(200));
  ~ModelCache();

  // The model behind "name" (its `serving` version) or "name@N". The first use of a name loads it
  // here. NotFound (UNKNOWN_MODEL) or InvalidArgument (CORRUPT_MODEL).
  absl::StatusOr<std::shared_ptr<const LoadedModel>> Get(absl::string_view reference);

 private:
  // Identity of an aliases.json: a replaced file has another inode or time.
  struct FileStamp {
    uint64_t inode = 0;
    int64_t mtime_nanos = 0;
    friend bool operator==(const FileStamp&, const FileStamp&) = default;
  };
  struct Slot {
    std::shared_ptr<const LoadedModel> current;
    // Of the aliases that were followed last.
    FileStamp stamp;
    // Of aliases whose version cannot be loaded, and when to try again.
    FileStamp failed;
    std::chrono::milliseconds delay{0};
    std::chrono::steady_clock::time_point retry;
  };

  absl::StatusOr<std::shared_ptr<const LoadedModel>> Load(const VersionName& version);
  absl::StatusOr<std::shared_ptr<const LoadedModel>> GetPinned(const VersionName& version);
  FileStamp StampOf(absl::string_view model) const;
  void Watch();
  // Follows the aliases of a model where they have moved and are due.
  void Refresh(const std::string& model);
  bool IsDue(const Slot& slot, const FileStamp& stamp) const;

  static constexpr std::chrono::seconds kMaxRetry{30};
  // Versions pinned by name@N that stay in memory when unused.
  static constexpr size_t kMaxPinned = 8;

  const ModelStore* const store_;
  const absl::Duration poll_;
  Reaper reaper_;
  Mutex mutex_;
  CondVar stop_changed_;
  bool stopping_ WINNOW_GUARDED_BY(mutex_) = false;
  std::map<std::string, Slot, std::less<>> slots_ WINNOW_GUARDED_BY(mutex_);
  // Most recently used first.
  std::list<std::shared_ptr<const LoadedModel>> pinned_ WINNOW_GUARDED_BY(mutex_);
  std::thread watcher_;
};

}  // namespace winnow::models
