// Changes that are not written yet, and the store as it will be with them.
#pragma once

#include <cstddef>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "common/kv/store.h"

namespace winnow::corpus {

// Not thread-safe.
class Overlay {
 public:
  // Lies over `store`, with the changes of `below` (may be null) in between; both must outlive it.
  explicit Overlay(const kv::Store& store, const Overlay* below = nullptr)
      : store_(&store), below_(below) {}

  // As kv::Store::Get.
  absl::StatusOr<std::string> Get(absl::string_view key) const;
  absl::StatusOr<bool> Has(absl::string_view key) const;

  void Put(std::string key, std::string value);
  void Delete(std::string key);
  // All keys that start with `prefix`, which must not be empty or all 0xff.
  void DeletePrefix(absl::string_view prefix);

  bool empty() const { return changes_.empty() && deleted_.empty(); }
  // Of the keys and values put; a key put twice counts twice.
  size_t num_bytes() const { return num_bytes_; }

  // Hands the changes over; this overlay must not be used afterwards.
  void MoveInto(Overlay& below) &&;
  void MoveInto(kv::Batch& batch) &&;

 private:
  const kv::Store* store_;
  const Overlay* below_;
  // Ranges deleted before `changes_` were made.
  std::vector<kv::Range> deleted_;
  // No value: deleted.
  std::map<std::string, std::optional<std::string>, std::less<>> changes_;
  size_t num_bytes_ = 0;
};

}  // namespace winnow::corpus
