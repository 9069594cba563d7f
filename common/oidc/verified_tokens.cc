#include "common/oidc/verified_tokens.h"

namespace winnow::oidc {

std::shared_ptr<const Identity> VerifiedTokens::Find(const Digest256& token, const KeySet* keys,
                                                     absl::Time now) {
  MutexLock lock(mutex_);
  if (keys != keys_.get()) return nullptr;
  const auto found = tokens_.find(token);
  if (found == tokens_.end() || now >= found->second->end) return nullptr;
  return found->second;
}

void VerifiedTokens::Insert(const Digest256& token, std::shared_ptr<const KeySet> keys,
                            std::shared_ptr<const Identity> identity) {
  MutexLock lock(mutex_);
  if (keys != keys_) {
    tokens_.clear();
    by_end_.clear();
    keys_ = std::move(keys);
  }
  const absl::Time end = identity->end;
  if (!tokens_.emplace(token, std::move(identity)).second) return;
  by_end_.emplace(end, token);
  if (tokens_.size() > kMaxTokens) {
    tokens_.erase(by_end_.begin()->second);
    by_end_.erase(by_end_.begin());
  }
}

size_t VerifiedTokens::size() const {
  MutexLock lock(mutex_);
  return tokens_.size();
}

}  // namespace winnow::oidc
