// Tokens whose signatures need not be verified again.
#pragma once

#include <cstddef>
#include <map>
#include <memory>
#include <set>
#include <utility>

#include "absl/time/time.h"
#include "common/base/hash.h"
#include "common/base/mutex.h"
#include "common/oidc/claims.h"
#include "common/oidc/key_set.h"

namespace winnow::oidc {

// Until they end, and as long as the keys are the same that verified them. Of more than kMaxTokens
// those are forgotten that end first. Thread-safe.
class VerifiedTokens {
 public:
  static constexpr size_t kMaxTokens = 10'000;

  // The token by its SHA-256. Null when it is not known, or has ended.
  std::shared_ptr<const Identity> Find(const Digest256& token, const KeySet* keys, absl::Time now);
  void Insert(const Digest256& token, std::shared_ptr<const KeySet> keys,
              std::shared_ptr<const Identity> identity);
  size_t size() const;

 private:
  mutable Mutex mutex_;
  std::shared_ptr<const KeySet> keys_ WINNOW_GUARDED_BY(mutex_);
  std::map<Digest256, std::shared_ptr<const Identity>> tokens_ WINNOW_GUARDED_BY(mutex_);
  // The same.
  std::set<std::pair<absl::Time, Digest256>> by_end_ WINNOW_GUARDED_BY(mutex_);
};

}  // namespace winnow::oidc
