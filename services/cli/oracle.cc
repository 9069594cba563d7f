#include "services/cli/oracle.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "common/base/status.h"

namespace winnow::cli {
namespace {

using annotation::v1::Answer;

absl::StatusOr<std::vector<Answer>> ListAllAnswers(Session& session, const std::string& dataset) {
  annotation::v1::ListAnswersRequest request;
  request.set_dataset(dataset);
  request.set_page_size(10'000);
  std::vector<Answer> answers;
  while (true) {
    WINNOW_ASSIGN_OR_RETURN(
        annotation::v1::ListAnswersResponse page,
        Call(session.annotation(), &annotation::v1::AnnotationService::Stub::ListAnswers, request));
    for (Answer& answer : *page.mutable_answers()) answers.push_back(std::move(answer));
    if (!page.more() || page.answers().empty()) return answers;
    request.set_after_revision(answers.back().revision());
  }
}

std::tuple<uint32_t, uint32_t, std::string> KeyOf(const common::v1::Span& span) {
  return {span.start(), span.end(), span.label()};
}

}  // namespace

Gold::Gold(const std::vector<Answer>& answers) {
  std::set<uint64_t> undone;
  for (const Answer& answer : answers) {
    if (answer.undoes() != 0) undone.insert(answer.undoes());
  }
  for (const Answer& answer : answers) {
    if (answer.undoes() != 0 || undone.contains(answer.revision()) ||
        answer.coverage() != annotation::v1::COVERAGE_COMPLETE ||
        answer.verdict() != common::v1::VERDICT_ACCEPT) {
      continue;
    }
    Text& text = texts_[answer.text()];
    for (const std::string& label : answer.complete_labels()) {
      text.labels.insert(label);
      std::erase_if(text.spans, [&](const Key& span) { return std::get<2>(span) == label; });
    }
    for (const common::v1::Span& span : answer.spans()) text.spans.insert(KeyOf(span));
  }
}

absl::StatusOr<Gold> Gold::Load(Session& session, const std::string& dataset) {
  WINNOW_ASSIGN_OR_RETURN(const std::vector<Answer> answers, ListAllAnswers(session, dataset));
  Gold gold(answers);
  if (gold.texts_.empty()) {
    return absl::FailedPreconditionError(
        absl::StrCat("--oracle: data set ", dataset,
                     " has no complete annotations to answer from; import some with `winnow db-in ",
                     dataset, " FILE --complete`"));
  }
  return gold;
}

const Gold::Text* Gold::Find(absl::string_view text, absl::string_view label) const {
  const auto found = texts_.find(text);
  return found == texts_.end() || !found->second.labels.contains(std::string(label))
             ? nullptr
             : &found->second;
}

common::v1::Verdict Gold::Judge(absl::string_view text, const common::v1::Span& span) const {
  const Text* gold = Find(text, span.label());
  if (gold == nullptr) return common::v1::VERDICT_IGNORE;
  return gold->spans.contains(KeyOf(span)) ? common::v1::VERDICT_ACCEPT
                                           : common::v1::VERDICT_REJECT;
}

annotation::v1::Choice Gold::Compare(const annotation::v1::Task& task,
                                     const std::vector<std::string>& labels) const {
  std::set<Key> gold_spans;
  for (const std::string& label : labels) {
    const Text* gold = Find(task.text(), label);
    if (gold == nullptr) return annotation::v1::CHOICE_UNSPECIFIED;
    std::copy_if(gold->spans.begin(), gold->spans.end(),
                 std::inserter(gold_spans, gold_spans.end()),
                 [&](const Key& span) { return std::get<2>(span) == label; });
  }
  const auto errors = [&](const auto& output) {
    std::set<Key> spans;
    for (const common::v1::Span& span : output) {
      if (std::find(labels.begin(), labels.end(), span.label()) != labels.end())
        spans.insert(KeyOf(span));
    }
    std::vector<Key> wrong;
    std::set_symmetric_difference(spans.begin(), spans.end(), gold_spans.begin(), gold_spans.end(),
                                  std::back_inserter(wrong));
    return wrong.size();
  };
  const size_t first = errors(task.first());
  const size_t second = errors(task.second());
  if (first == second) return annotation::v1::CHOICE_TIE;
  return first < second ? annotation::v1::CHOICE_FIRST : annotation::v1::CHOICE_SECOND;
}

}  // namespace winnow::cli
