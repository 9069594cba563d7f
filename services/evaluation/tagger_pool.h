// Scratch memory of the tagger, kept between requests: a server's threads come and go too often to
// own it.
#pragma once

#include <memory>
#include <utility>
#include <vector>

#include "common/base/mutex.h"
#include "common/ner/tagger.h"

namespace winnow::evaluation {

// Thread-safe. Grows to as many taggers as requests run at once.
class TaggerPool {
 public:
  // A tagger of one's own until the end of its life. The pool must outlive it.
  class Lease {
   public:
    Lease(TaggerPool& pool, std::unique_ptr<ner::Tagger> tagger)
        : pool_(pool), tagger_(std::move(tagger)) {}
    Lease(const Lease&) = delete;
    Lease& operator=(const Lease&) = delete;
    ~Lease() {
      MutexLock lock(pool_.mutex_);
      pool_.idle_.push_back(std::move(tagger_));
    }
    ner::Tagger* operator->() { return tagger_.get(); }

   private:
    TaggerPool& pool_;
    std::unique_ptr<ner::Tagger> tagger_;
  };

  Lease Borrow() {
    {
      MutexLock lock(mutex_);
      if (!idle_.empty()) {
        std::unique_ptr<ner::Tagger> tagger = std::move(idle_.back());
        idle_.pop_back();
        return Lease(*this, std::move(tagger));
      }
    }
    return Lease(*this, std::make_unique<ner::Tagger>());
  }

 private:
  Mutex mutex_;
  std::vector<std::unique_ptr<ner::Tagger>> idle_ WINNOW_GUARDED_BY(mutex_);
};

}  // namespace winnow::evaluation
