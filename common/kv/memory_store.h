// The in-memory twin of the database: same contract, no durability. For tests.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>

#include "common/base/mutex.h"
#include "common/kv/store.h"

namespace winnow::kv {

// Thread-safe. A scan copies its range when it is opened.
class MemoryStore final : public Store {
 public:
  absl::StatusOr<std::string> Get(absl::string_view key) const override;
  std::unique_ptr<Iterator> Scan(const Range& range,
                                 Direction direction = Direction::kForward) const override;
  absl::Status Write(const Batch& batch) override;

 private:
  using Map = std::map<std::string, std::string, std::less<>>;

  mutable Mutex mutex_;
  Map map_ WINNOW_GUARDED_BY(mutex_);
};

}  // namespace winnow::kv
