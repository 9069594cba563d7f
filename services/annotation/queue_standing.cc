#include "services/annotation/queue_standing.h"

#include <memory>

#include "common/base/status.h"
#include "services/annotation/api.h"

namespace winnow::annotation {

absl::StatusOr<v1::Queue> StandingOf(const storage::v1::Queue& queue, const tasks::Queues& queues) {
  v1::Queue result = ToApiQueue(queue);
  const std::shared_ptr<tasks::Queue> open = queues.FindOpen(queue.name());
  if (open == nullptr) {
    *result.mutable_status() = ToApi(queues.Facts(queue.name()));
    return result;
  }
  WINNOW_ASSIGN_OR_RETURN(const tasks::QueueFacts facts, open->Facts());
  *result.mutable_status() = ToApi(facts);
  return result;
}

}  // namespace winnow::annotation
