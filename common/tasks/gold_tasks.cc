#include "common/tasks/gold_tasks.h"

#include <algorithm>
#include <map>
#include <string>
#include <utility>

#include "common/base/hash.h"
#include "common/base/status.h"
#include "common/corpus/ids.h"
#include "common/corpus/standing.h"
#include "common/tasks/kinds.h"
#include "common/text/spans.h"
#include "common/text/tokenizer.h"

namespace winnow::tasks {
namespace {

using storage::v1::Answer;
using storage::v1::Queue;
using storage::v1::Span;
using storage::v1::Task;
using storage::v1::Verdict;

bool Asks(const Queue& queue, const std::string& label) {
  return std::find(queue.labels().begin(), queue.labels().end(), label) != queue.labels().end();
}

bool CoversAll(const Answer& answer, const Queue& queue) {
  return !queue.labels().empty() && answer.coverage() == storage::v1::COVERAGE_COMPLETE &&
         answer.verdict() == storage::v1::VERDICT_ACCEPT &&
         std::all_of(queue.labels().begin(), queue.labels().end(), [&](const std::string& label) {
           return std::find(answer.complete_labels().begin(), answer.complete_labels().end(),
                            label) != answer.complete_labels().end();
         });
}

// By example and what tells them apart.
using GoldTasks = std::map<std::string, std::map<std::string, Task>>;

Task MakeTask(const Queue& queue, const std::string& dataset, const std::string& example_id) {
  Task task;
  task.set_example_id(example_id);
  task.set_kind(queue.kind());
  task.mutable_selection()->set_strategy(queue.strategy());
  task.mutable_check()->set_gold_dataset(dataset);
  return task;
}

void AddMarkup(const Queue& queue, const std::string& dataset, const Answer& answer,
               GoldTasks& gold) {
  if (!CoversAll(answer, queue)) return;
  Task task = MakeTask(queue, dataset, answer.example_id());
  task.set_id(
      corpus::MarkupTaskIdOf(answer.example_id(), {queue.labels().begin(), queue.labels().end()}));
  *task.mutable_markup()->mutable_labels() = queue.labels();
  task.mutable_check()->set_verdict(storage::v1::VERDICT_ACCEPT);
  for (const storage::v1::Decision& decision : answer.decisions())
    if (Asks(queue, decision.span().label())) *task.mutable_check()->add_spans() = decision.span();
  Task& kept = gold[task.example_id()][task.id()];
  kept = std::move(task);
}

void AddQuestion(const Queue& queue, const std::string& dataset, const std::string& example_id,
                 const Span& span, Verdict verdict, GoldTasks& gold) {
  if (!Asks(queue, span.label())) return;
  Task task = MakeTask(queue, dataset, example_id);
  task.set_id(corpus::TaskIdOf(example_id, queue.kind(), {span}));
  *task.mutable_question()->mutable_span() = span;
  task.mutable_check()->set_verdict(verdict);
  Task& kept = gold[task.example_id()][task.id()];
  kept = std::move(task);
}

// The span a token longer or shorter, at one of its ends; empty where there is none that is not
// right, too. Which one, a hash tells.
Span WrongNeighbour(const std::vector<text::Token>& tokens, const Span& span,
                    const std::vector<Span>& right) {
  const auto first = std::find_if(tokens.begin(), tokens.end(),
                                  [&](const auto& token) { return token.start == span.start(); });
  const auto last =
      std::find_if(first, tokens.end(), [&](const auto& token) { return token.end == span.end(); });
  if (last == tokens.end()) return Span();
  std::vector<Span> wrong;
  const auto add = [&](uint32_t start, uint32_t end) {
    const Span made = text::MakeSpan(start, end, span.label());
    const bool is_right = std::any_of(right.begin(), right.end(),
                                      [&](const Span& r) { return text::SameSpan(r, made); });
    if (!is_right) wrong.push_back(made);
  };
  if (first != tokens.begin()) add(std::prev(first)->start, span.end());
  if (std::next(last) != tokens.end()) add(span.start(), std::next(last)->end);
  if (first != last) {
    add(std::next(first)->start, span.end());
    add(span.start(), std::prev(last)->end);
  }
  return wrong.empty() ? Span() : wrong[MixHash(span.start(), span.end()) % wrong.size()];
}

absl::Status AddQuestions(const Queue& queue, const std::string& dataset, const Answer& answer,
                          const corpus::CorpusReader& reader, GoldTasks& gold) {
  const std::string& example_id = answer.example_id();
  if (answer.coverage() == storage::v1::COVERAGE_BINARY) {
    for (const storage::v1::Decision& decision : answer.decisions()) {
      const Verdict verdict = corpus::VerdictOf(decision, answer);
      if (verdict != storage::v1::VERDICT_IGNORE)
        AddQuestion(queue, dataset, example_id, decision.span(), verdict, gold);
    }
    return absl::OkStatus();
  }
  if (answer.coverage() != storage::v1::COVERAGE_COMPLETE ||
      answer.verdict() != storage::v1::VERDICT_ACCEPT) {
    return absl::OkStatus();
  }
  gold.erase(example_id);
  std::vector<Span> right;
  for (const storage::v1::Decision& decision : answer.decisions()) right.push_back(decision.span());
  if (right.empty()) return absl::OkStatus();
  WINNOW_ASSIGN_OR_RETURN(const storage::v1::Example example, reader.GetExample(example_id));
  const std::vector<text::Token> tokens = text::Tokenize(example.text());
  for (const Span& span : right) {
    AddQuestion(queue, dataset, example_id, span, storage::v1::VERDICT_ACCEPT, gold);
    const Span wrong = WrongNeighbour(tokens, span, right);
    if (wrong.end() > 0)
      AddQuestion(queue, dataset, example_id, wrong, storage::v1::VERDICT_REJECT, gold);
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<std::vector<Task>> ReadGoldTasks(const Queue& queue,
                                                const corpus::CorpusReader& reader) {
  GoldTasks gold;
  for (const std::string& dataset : queue.gold_datasets()) {
    WINNOW_RETURN_IF_ERROR(reader.GetDataset(dataset).status());
    const auto visit = [&](const Answer& answer) -> absl::StatusOr<bool> {
      if (IsMarkup(queue.kind())) {
        AddMarkup(queue, dataset, answer, gold);
      } else {
        WINNOW_RETURN_IF_ERROR(AddQuestions(queue, dataset, answer, reader, gold));
      }
      return true;
    };
    WINNOW_RETURN_IF_ERROR(corpus::ForEachStandingAnswer(reader, dataset, corpus::kLatest, visit));
  }
  std::vector<Task> tasks;
  for (auto& [example, of_example] : gold)
    for (auto& [id, task] : of_example) tasks.push_back(std::move(task));
  // Ids are hashes, so that the first ones are a sample.
  std::sort(tasks.begin(), tasks.end(),
            [](const Task& a, const Task& b) { return a.id() < b.id(); });
  tasks.resize(std::min(tasks.size(), kMaxGoldTasks));
  return tasks;
}

}  // namespace winnow::tasks
