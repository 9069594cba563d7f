#include "common/kv/memory_store.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "common/base/status.h"

namespace winnow::kv {
namespace {

class MemoryIterator final : public Iterator {
 public:
  explicit MemoryIterator(std::vector<std::pair<std::string, std::string>> items)
      : items_(std::move(items)) {}

  bool Valid() const override { return position_ < items_.size(); }
  void Next() override { ++position_; }
  absl::string_view key() const override { return items_[position_].first; }
  absl::string_view value() const override { return items_[position_].second; }
  absl::Status status() const override { return absl::OkStatus(); }

 private:
  const std::vector<std::pair<std::string, std::string>> items_;
  size_t position_ = 0;
};

absl::StatusOr<std::string> Find(const std::map<std::string, std::string, std::less<>>& map,
                                 absl::string_view key) {
  const auto it = map.find(key);
  if (it == map.end()) return absl::NotFoundError("no such key");
  return it->second;
}

}  // namespace

absl::StatusOr<std::string> MemoryStore::Get(absl::string_view key) const {
  MutexLock lock(mutex_);
  return Find(map_, key);
}

std::unique_ptr<Iterator> MemoryStore::Scan(const Range& range, Direction direction) const {
  std::vector<std::pair<std::string, std::string>> items;
  {
    MutexLock lock(mutex_);
    for (auto it = map_.lower_bound(range.begin); it != map_.end() && range.Contains(it->first);
         ++it) {
      items.push_back(*it);
    }
  }
  if (direction == Direction::kBackward) std::reverse(items.begin(), items.end());
  return std::make_unique<MemoryIterator>(std::move(items));
}

absl::Status MemoryStore::Write(const Batch& batch) {
  MutexLock lock(mutex_);
  WINNOW_RETURN_IF_ERROR(batch.CheckConditions(
      [this](absl::string_view key) WINNOW_REQUIRES(mutex_) { return Find(map_, key); }));
  for (const Batch::Change& change : batch.changes()) {
    switch (change.kind) {
      case Batch::Kind::kPut:
        map_.insert_or_assign(change.key, change.value);
        break;
      case Batch::Kind::kDelete:
        map_.erase(change.key);
        break;
      case Batch::Kind::kDeleteRange:
        if (change.key < change.value)
          map_.erase(map_.lower_bound(change.key), map_.lower_bound(change.value));
        break;
    }
  }
  return absl::OkStatus();
}

}  // namespace winnow::kv
