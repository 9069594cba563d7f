#include "common/models/model_cache.h"

#include <sys/stat.h>

#include <algorithm>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "common/base/log.h"
#include "common/base/status.h"

namespace winnow::models {

ModelCache::ModelCache(const ModelStore* store, absl::Duration poll)
    : store_(store), poll_(poll), watcher_([this] { Watch(); }) {}

ModelCache::~ModelCache() {
  {
    MutexLock lock(mutex_);
    stopping_ = true;
  }
  stop_changed_.NotifyAll();
  watcher_.join();
}

absl::StatusOr<std::shared_ptr<const LoadedModel>> ModelCache::Load(const VersionName& version) {
  auto loaded = std::make_unique<LoadedModel>();
  loaded->version = version;
  WINNOW_ASSIGN_OR_RETURN(loaded->model, store_->OpenModel(version));
  return reaper_.Adopt(std::move(loaded));
}

ModelCache::FileStamp ModelCache::StampOf(absl::string_view model) const {
  struct stat info;
  if (stat(store_->AliasesPath(model).c_str(), &info) != 0) return {};
  return {info.st_ino, info.st_mtim.tv_sec * 1'000'000'000LL + info.st_mtim.tv_nsec};
}

absl::StatusOr<std::shared_ptr<const LoadedModel>> ModelCache::Get(absl::string_view text) {
  WINNOW_ASSIGN_OR_RETURN(const Reference reference, Reference::Parse(text));
  if (reference.number.has_value()) return GetPinned({reference.model, *reference.number});
  {
    MutexLock lock(mutex_);
    const auto it = slots_.find(reference.model);
    if (it != slots_.end()) return it->second.current;
  }
  // Stamped before it is read: a move in between is seen at the next poll.
  const FileStamp stamp = StampOf(reference.model);
  WINNOW_ASSIGN_OR_RETURN(const VersionName version, store_->Resolve(reference.model));
  WINNOW_ASSIGN_OR_RETURN(std::shared_ptr<const LoadedModel> loaded, Load(version));
  MutexLock lock(mutex_);
  return slots_.try_emplace(reference.model, Slot{std::move(loaded), stamp}).first->second.current;
}

absl::StatusOr<std::shared_ptr<const LoadedModel>> ModelCache::GetPinned(
    const VersionName& version) {
  {
    MutexLock lock(mutex_);
    const auto it = std::find_if(pinned_.begin(), pinned_.end(),
                                 [&](const auto& loaded) { return loaded->version == version; });
    if (it != pinned_.end()) {
      pinned_.splice(pinned_.begin(), pinned_, it);
      return pinned_.front();
    }
  }
  WINNOW_RETURN_IF_ERROR(store_->Resolve(version.ToString()).status());
  WINNOW_ASSIGN_OR_RETURN(std::shared_ptr<const LoadedModel> loaded, Load(version));
  MutexLock lock(mutex_);
  pinned_.push_front(loaded);
  if (pinned_.size() > kMaxPinned) pinned_.pop_back();
  return loaded;
}

void ModelCache::Watch() {
  while (true) {
    std::vector<std::string> watched;
    {
      MutexLock lock(mutex_);
      if (!stopping_) stop_changed_.WaitFor(mutex_, absl::ToChronoMilliseconds(poll_));
      if (stopping_) return;
      for (const auto& [model, slot] : slots_) watched.push_back(model);
    }
    for (const std::string& model : watched) Refresh(model);
  }
}

bool ModelCache::IsDue(const Slot& slot, const FileStamp& stamp) const {
  if (stamp == slot.stamp) return false;
  return stamp != slot.failed || std::chrono::steady_clock::now() >= slot.retry;
}

void ModelCache::Refresh(const std::string& model) {
  const FileStamp stamp = StampOf(model);
  {
    MutexLock lock(mutex_);
    if (!IsDue(slots_[model], stamp)) return;
  }
  const auto load = [&]() -> absl::StatusOr<std::shared_ptr<const LoadedModel>> {
    WINNOW_ASSIGN_OR_RETURN(const VersionName version, store_->Resolve(model));
    {
      MutexLock lock(mutex_);
      const Slot& slot = slots_[model];
      if (slot.current->version == version) return slot.current;
    }
    return Load(version);
  };
  absl::StatusOr<std::shared_ptr<const LoadedModel>> loaded = load();
  MutexLock lock(mutex_);
  Slot& slot = slots_[model];
  if (!loaded.ok()) {
    const std::chrono::milliseconds first = absl::ToChronoMilliseconds(poll_);
    slot.delay = slot.failed == stamp
                     ? std::min<std::chrono::milliseconds>(2 * slot.delay, kMaxRetry)
                     : first;
    slot.failed = stamp;
    slot.retry = std::chrono::steady_clock::now() + slot.delay;
    LogEvent(LogLevel::kError, "version_not_swapped",
             {{"serving", slot.current->version.ToString()}, {"error", loaded.status().message()}});
    return;
  }
  slot.stamp = stamp;
  if (slot.current->version != (*loaded)->version) {
    LogEvent(LogLevel::kInfo, "version_swapped",
             {{"from", slot.current->version.ToString()}, {"to", (*loaded)->version.ToString()}});
  }
  slot.current.swap(*loaded);
}

}  // namespace winnow::models
