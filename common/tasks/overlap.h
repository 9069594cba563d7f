// How many different people get a task.
#pragma once

#include <algorithm>
#include <cstdint>

#include "common/base/hash.h"
#include "common/base/random.h"
#include "common/corpus/ids.h"
#include "winnow/storage/v1/tasks.pb.h"

namespace winnow::tasks {

// Immutable.
class Overlap {
 public:
  // `people` >= 1; `share` in [0, 1].
  explicit Overlap(uint32_t people, double share = 1) : people_(people), share_(share) {}
  // That of a queue, in which 0 stands for 1.
  explicit Overlap(const storage::v1::Queue& queue)
      : Overlap(std::max(queue.overlap(), 1u),
                queue.has_overlap_share() ? queue.overlap_share() : 1) {}

  // A hash of the task alone decides whether it is one of the share, so that the share is exact on
  // average, the same after a restart, and of a larger share a smaller one is a part.
  uint32_t Of(const corpus::Id& task) const {
    return UnitInterval(Hash64(task.bytes(), kSalt)) < share_ ? people_ : 1;
  }

 private:
  static constexpr uint64_t kSalt = 0x6f7665726c6170;

  uint32_t people_;
  double share_;
};

}  // namespace winnow::tasks
