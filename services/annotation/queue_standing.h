// How a queue stands, for whoever looks.
#pragma once

#include "absl/status/statusor.h"
#include "common/tasks/queues.h"
#include "winnow/annotation/v1/annotation.pb.h"
#include "winnow/storage/v1/tasks.pb.h"

namespace winnow::annotation {

// The queue with its status. Without any effect: it opens no queue, and keeps none open.
absl::StatusOr<v1::Queue> StandingOf(const storage::v1::Queue& queue, const tasks::Queues& queues);

}  // namespace winnow::annotation
