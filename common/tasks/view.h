// The part of a text that a person sees of a task.
#pragma once

#include "absl/strings/string_view.h"
#include "winnow/storage/v1/tasks.pb.h"

namespace winnow::tasks {

// Sets the task's view: the sentences around the span of a question, or the whole text where the
// queue is unsegmented and for every other kind.
void SetView(absl::string_view text, bool unsegmented, storage::v1::Task& task);

}  // namespace winnow::tasks
