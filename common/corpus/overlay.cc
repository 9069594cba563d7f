#include "common/corpus/overlay.h"

#include <utility>

namespace winnow::corpus {

absl::StatusOr<std::string> Overlay::Get(absl::string_view key) const {
  const auto it = changes_.find(key);
  if (it != changes_.end()) {
    if (it->second.has_value()) return *it->second;
    return absl::NotFoundError("no such key");
  }
  for (const kv::Range& range : deleted_) {
    if (range.Contains(key)) return absl::NotFoundError("no such key");
  }
  return below_ != nullptr ? below_->Get(key) : store_->Get(key);
}

absl::StatusOr<bool> Overlay::Has(absl::string_view key) const {
  const absl::StatusOr<std::string> value = Get(key);
  if (absl::IsNotFound(value.status())) return false;
  if (!value.ok()) return value.status();
  return true;
}

void Overlay::Put(std::string key, std::string value) {
  num_bytes_ += key.size() + value.size();
  changes_.insert_or_assign(std::move(key), std::move(value));
}

void Overlay::Delete(std::string key) { changes_.insert_or_assign(std::move(key), std::nullopt); }

void Overlay::DeletePrefix(absl::string_view prefix) {
  kv::Range range = kv::Range::Prefix(prefix);
  changes_.erase(changes_.lower_bound(range.begin), changes_.lower_bound(range.end));
  deleted_.push_back(std::move(range));
}

void Overlay::MoveInto(Overlay& below) && {
  for (kv::Range& range : deleted_) below.DeletePrefix(range.begin);
  while (!changes_.empty()) {
    auto node = changes_.extract(changes_.begin());
    below.changes_.insert_or_assign(std::move(node.key()), std::move(node.mapped()));
  }
  below.num_bytes_ += num_bytes_;
}

void Overlay::MoveInto(kv::Batch& batch) && {
  for (kv::Range& range : deleted_) batch.DeleteRange(std::move(range.begin), std::move(range.end));
  while (!changes_.empty()) {
    auto node = changes_.extract(changes_.begin());
    if (node.mapped().has_value()) {
      batch.Put(std::move(node.key()), *std::move(node.mapped()));
    } else {
      batch.Delete(std::move(node.key()));
    }
  }
}

}  // namespace winnow::corpus
