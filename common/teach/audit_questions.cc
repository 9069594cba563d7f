#include "common/teach/audit_questions.h"

#include <utility>

#include "common/base/status.h"
#include "common/measure/audit_sample.h"
#include "common/stats/asking.h"
#include "common/stats/audit.h"

namespace winnow::teach {
namespace {

using storage::v1::Task;

Task TaskOf(const AuditQuestion& question) {
  Task task;
  task.set_id(std::string(question.task.bytes()));
  task.set_example_id(std::string(question.example.bytes()));
  task.set_kind(storage::v1::TASK_KIND_TEACH);
  *task.mutable_question()->mutable_span() = question.span;
  task.mutable_question()->set_score(question.probability);
  task.mutable_selection()->set_strategy(std::string(stats::kAuditStrategy));
  task.mutable_selection()->set_model_version(question.model_version);
  return task;
}

}  // namespace

absl::StatusOr<std::vector<std::vector<AuditQuestion>>> ReadAuditQuestions(
    const corpus::CorpusReader& reader, const storage::v1::Queue& queue) {
  const auto num_frames = static_cast<size_t>(queue.frames_size());
  std::vector<std::vector<AuditQuestion>> questions(num_frames);
  std::vector<std::vector<stats::AuditPlan>> plans(num_frames);
  WINNOW_RETURN_IF_ERROR(reader.ForEachFrameText(
      queue.name(), corpus::kLatest, [&](const storage::v1::FrameText& text) {
        if (text.frame() >= num_frames) return true;
        const std::optional<measure::PlannedQuestion> planned = measure::PlanQuestion(queue, text);
        if (!planned.has_value()) return true;
        const storage::v1::AuditItem& item = text.items(static_cast<int>(planned->plan.candidate));
        questions[text.frame()].push_back(
            {corpus::Id(planned->task_id), corpus::Id(text.example_id()), item.span(),
             item.probability(), queue.frames(static_cast<int>(text.frame())).model_version()});
        plans[text.frame()].push_back(planned->plan);
        return true;
      }));

  std::vector<std::vector<AuditQuestion>> ordered(num_frames);
  for (size_t frame = 0; frame < num_frames; ++frame) {
    for (const size_t i : stats::AskingOrder(plans[frame]))
      ordered[frame].push_back(std::move(questions[frame][i]));
  }
  return ordered;
}

void AuditQuestions::Set(std::vector<FrameQuestions> frames) {
  frames_.clear();
  for (FrameQuestions& frame : frames) frames_.push_back({std::move(frame)});
}

std::optional<Task> AuditQuestions::Next(absl::FunctionRef<bool(const corpus::Id& task)> is_known) {
  const AuditQuestion* next = nullptr;
  double smallest = 1;
  for (Frame& frame : frames_) {
    const std::vector<AuditQuestion>& questions = frame.asks.questions;
    while (frame.num_known < questions.size() && is_known(questions[frame.num_known].task))
      ++frame.num_known;
    if (frame.num_known == questions.size()) continue;
    const bool is_first = frame.num_known < frame.asks.num_first;
    const double share =
        is_first ? -1
                 : static_cast<double>(frame.num_known) / static_cast<double>(questions.size());
    if (share >= smallest) continue;
    smallest = share;
    next = &questions[frame.num_known];
  }
  if (next == nullptr) return std::nullopt;
  return TaskOf(*next);
}

void AuditQuestions::Restart() {
  for (Frame& frame : frames_) frame.num_known = 0;
}

size_t AuditQuestions::size() const {
  size_t size = 0;
  for (const Frame& frame : frames_) size += frame.asks.questions.size();
  return size;
}

}  // namespace winnow::teach
