#include "common/tasks/view.h"

#include "common/text/sentences.h"
#include "common/text/utf8.h"

namespace winnow::tasks {

void SetView(absl::string_view text, bool unsegmented, storage::v1::Task& task) {
  storage::v1::View& view = *task.mutable_view();
  view.set_start(0);
  view.set_end(static_cast<uint32_t>(text::NumCodePoints(text)));
  if (unsegmented || !task.has_question()) return;
  const storage::v1::Span& span = task.question().span();
  const text::View around = text::SentencesAround(text, span.start(), span.end());
  view.set_start(around.start);
  view.set_end(around.end);
}

}  // namespace winnow::tasks
