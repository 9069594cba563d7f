#include "common/teach/match_finder.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "common/base/status.h"
#include "common/corpus/ids.h"
#include "common/teach/cold_start.h"
#include "common/text/spans.h"

namespace winnow::teach {

using storage::v1::Task;

absl::StatusOr<std::unique_ptr<MatchFinder>> MatchFinder::Make(const corpus::CorpusReader& reader,
                                                               const storage::v1::Queue& queue) {
  WINNOW_ASSIGN_OR_RETURN(std::shared_ptr<const ner::PatternSet> patterns, PatternsOf(queue));
  return std::unique_ptr<MatchFinder>(new MatchFinder(reader, queue, std::move(patterns)));
}

absl::StatusOr<size_t> MatchFinder::Find(const corpus::Id& example, std::vector<FoundTask>& found) {
  WINNOW_ASSIGN_OR_RETURN(const absl::string_view text, texts_.Get(example));
  for (const Candidate& match : FindPatternCandidates(*patterns_, text, queue_))
    found.push_back({example, match.start, match.end, match.label});
  return text.size();
}

Task MatchFinder::TaskOf(const FoundTask& found) const {
  Task task;
  task.set_example_id(std::string(found.example.bytes()));
  task.set_kind(storage::v1::TASK_KIND_TEACH);
  storage::v1::Span& span = *task.mutable_question()->mutable_span();
  span = text::MakeSpan(found.start, found.end, queue_.labels(static_cast<int>(found.label)));
  task.set_id(corpus::TaskIdOf(task.example_id(), task.kind(), {span}));
  task.mutable_selection()->set_strategy(std::string(kPatternStrategy));
  return task;
}

std::string MatchFinder::WhyExhausted() const {
  return absl::StrCat("no match of a pattern is left to ask about in source '", queue_.source(),
                      "'; add texts to it, or use another source");
}

}  // namespace winnow::teach
