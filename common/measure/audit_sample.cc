#include "common/measure/audit_sample.h"

#include <algorithm>
#include <map>
#include <set>
#include <utility>

#include "absl/container/flat_hash_map.h"
#include "common/base/hash.h"
#include "common/base/status.h"
#include "common/corpus/ids.h"
#include "common/corpus/standing.h"
#include "common/measure/figures.h"
#include "common/stats/asking.h"
#include "common/text/spans.h"
#include "common/text/split_key.h"

namespace winnow::measure {
namespace {

using storage::v1::Queue;
using storage::v1::Span;

using SpanSet = std::set<Span, text::SpanLess>;

// A span below this has none of the mass that matters.
constexpr double kSmallProbability = 1e-4;

bool IsBeside(const Queue& queue, uint32_t frame) {
  return frame < static_cast<uint32_t>(queue.frames_size()) &&
         queue.frames(static_cast<int>(frame)).beside();
}

struct QueueAnswers {
  // Verdicts on the yes/no questions that the queue's data set answers, by task id.
  std::map<std::string, storage::v1::Verdict> by_task;
  // Audit questions that the queue asked, of those.
  std::set<std::string> audit;
};

absl::StatusOr<QueueAnswers> ReadAnswers(const corpus::CorpusReader& reader, const Queue& queue,
                                         uint64_t up_to_revision) {
  QueueAnswers answers;
  WINNOW_RETURN_IF_ERROR(corpus::ForEachStandingAnswer(
      reader, queue.dataset(), up_to_revision, [&](const storage::v1::Answer& answer) {
        if (answer.coverage() != storage::v1::COVERAGE_BINARY) return true;
        answers.by_task[answer.task_id()] = answer.verdict();
        if (answer.queue() == queue.name() &&
            answer.selection().strategy() == stats::kAuditStrategy)
          answers.audit.insert(answer.task_id());
        return true;
      }));
  return answers;
}

// The queue whose audit sample is measured on.
struct AuditQueue {
  // None where no queue of the data sets has audit answers.
  std::optional<Queue> queue;
  QueueAnswers answers;
  // The audit tasks of all queues of the data sets.
  std::set<std::string> all_tasks;
};

// The samples of two queues cannot be joined, since they were drawn from different frames; the one
// with the most answers is chosen, the first by name of several.
absl::StatusOr<AuditQueue> ChooseAuditQueue(const corpus::CorpusReader& reader,
                                            absl::Span<const std::string> datasets,
                                            uint64_t up_to_revision) {
  AuditQueue chosen;
  WINNOW_ASSIGN_OR_RETURN(const std::vector<Queue> queues, reader.ListQueues());
  for (const Queue& queue : queues) {
    if (queue.kind() != storage::v1::TASK_KIND_TEACH ||
        std::find(datasets.begin(), datasets.end(), queue.dataset()) == datasets.end())
      continue;
    absl::StatusOr<QueueAnswers> answers = ReadAnswers(reader, queue, up_to_revision);
    if (absl::IsNotFound(answers.status())) continue;
    WINNOW_RETURN_IF_ERROR(answers.status());
    chosen.all_tasks.insert(answers->audit.begin(), answers->audit.end());
    if (answers->audit.size() <= chosen.answers.audit.size()) continue;
    chosen.queue = queue;
    chosen.answers = *std::move(answers);
  }
  return chosen;
}

// What one frame has of a text, and what became of its question.
struct Stratum {
  storage::v1::FrameText stored;
  std::optional<PlannedQuestion> question;
  stats::AuditAnswer answer = stats::AuditAnswer::kNotAsked;
  // c of its frame's sample.
  double threshold = 0;
  // Enough of its frame was asked.
  bool counts = true;

  double Inclusion() const {
    return stats::InclusionProbability(threshold, question->plan.text_size,
                                       question->plan.span_size);
  }
  const Span& Asked() const {
    return stored.items(static_cast<int>(question->plan.candidate)).span();
  }
};

stats::AuditAnswer ToAuditAnswer(storage::v1::Verdict verdict) {
  switch (verdict) {
    case storage::v1::VERDICT_ACCEPT:
      return stats::AuditAnswer::kYes;
    case storage::v1::VERDICT_REJECT:
      return stats::AuditAnswer::kNo;
    default:
      return stats::AuditAnswer::kIgnored;
  }
}

absl::StatusOr<std::vector<Stratum>> ReadStrata(const corpus::CorpusReader& reader,
                                                const Queue& queue, uint64_t up_to_revision,
                                                const QueueAnswers& answers) {
  std::vector<Stratum> strata;
  WINNOW_RETURN_IF_ERROR(reader.ForEachFrameText(
      queue.name(), up_to_revision, [&](const storage::v1::FrameText& stored) {
        Stratum& stratum = strata.emplace_back();
        stratum.stored = stored;
        stratum.question = PlanQuestion(queue, stored);
        if (!stratum.question.has_value()) return true;
        const auto answer = answers.by_task.find(stratum.question->task_id);
        if (answer != answers.by_task.end()) stratum.answer = ToAuditAnswer(answer->second);
        return true;
      }));
  return strata;
}

// Sets c of the sample of one frame (common/stats/audit.h). Texts are leased in asking order but
// answered in any: the sample ends before the first text without an answer, and answers behind it
// are set aside.
void EndSample(absl::Span<Stratum* const> frame, bool is_beside) {
  std::vector<stats::AuditPlan> plans;
  for (const Stratum* stratum : frame) plans.push_back(stratum->question->plan);
  const std::vector<size_t> order = stats::AskingOrder(plans);
  size_t asked = 0;
  while (asked < order.size() && frame[order[asked]]->answer != stats::AuditAnswer::kNotAsked)
    ++asked;
  for (size_t i = asked; i < order.size(); ++i)
    frame[order[i]]->answer = stats::AuditAnswer::kNotAsked;
  const double threshold = stats::AuditThreshold(plans, asked);
  const bool counts = !is_beside || asked >= std::min<size_t>(stats::kMinAnswers, order.size());
  for (Stratum* stratum : frame) {
    stratum->threshold = threshold;
    stratum->counts = counts;
    if (!counts) stratum->answer = stats::AuditAnswer::kNotAsked;
  }
}

// Each frame of a queue is a sample of its own.
void EndSamples(const Queue& queue, std::vector<Stratum>& strata) {
  std::map<uint32_t, std::vector<Stratum*>> frames;
  for (Stratum& stratum : strata) {
    if (stratum.question.has_value()) frames[stratum.stored.frame()].push_back(&stratum);
  }
  for (const auto& [index, frame] : frames) EndSample(frame, IsBeside(queue, index));
}

// Everything that frames have of one text: of one, and of those beside it.
using FrameText = std::vector<const Stratum*>;

std::vector<FrameText> GroupByText(const std::vector<Stratum>& strata) {
  std::vector<FrameText> texts;
  absl::flat_hash_map<std::string, size_t> index;
  for (const Stratum& stratum : strata) {
    const auto [found, is_new] = index.try_emplace(stratum.stored.example_id(), texts.size());
    if (is_new) texts.emplace_back();
    texts[found->second].push_back(&stratum);
  }
  return texts;
}

double ProbabilityOf(const SpanProbabilities& probabilities, const Span& span) {
  const auto found = probabilities.find(span);
  return found == probabilities.end() ? 0 : found->second;
}

// Adds the questions asked of the text that were answered yes or no, as outcomes of the model.
void AddOutcomes(const FrameText& text, const SpanProbabilities& probabilities,
                 std::vector<ner::Outcome>& outcomes) {
  for (const Stratum* stratum : text) {
    if (stratum->answer != stats::AuditAnswer::kYes && stratum->answer != stats::AuditAnswer::kNo)
      continue;
    outcomes.push_back({ProbabilityOf(probabilities, stratum->Asked()),
                        stratum->answer == stats::AuditAnswer::kYes, 1 / stratum->Inclusion()});
  }
}

// What a model says of a text.
struct View {
  SpanProbabilities probabilities;
  std::vector<Span> predicted;
};

View ViewOf(const ner::Model& model, absl::string_view text, absl::Span<const std::string> labels) {
  return {FindProbabilities(model, text, kSmallProbability), PredictSpans(model, text, labels)};
}

// The auxiliary probability of an item is the mean of what the two models say. Any would do that is
// chosen without looking at the answers, and neither model has learnt from hold-out texts; that of
// the frame alone is low where the newer model has learnt something, so that all it is worth would
// hang on a few heavy corrections.
stats::AuditText ItemsOf(const FrameText& text, const View& view_a, const View& view_b) {
  SpanSet a(view_a.predicted.begin(), view_a.predicted.end());
  SpanSet b(view_b.predicted.begin(), view_b.predicted.end());
  stats::AuditText items;
  for (const Stratum* stratum : text) {
    if (!stratum->counts) continue;
    for (int i = 0; i < stratum->stored.items_size(); ++i) {
      const Span& span = stratum->stored.items(i).span();
      stats::AuditItem item;
      item.p =
          (ProbabilityOf(view_a.probabilities, span) + ProbabilityOf(view_b.probabilities, span)) /
          2;
      item.predicted_a = a.erase(span) > 0;
      item.predicted_b = b.erase(span) > 0;
      if (stratum->answer != stats::AuditAnswer::kNotAsked &&
          stratum->question->plan.candidate == static_cast<size_t>(i)) {
        item.answer = stratum->answer;
        item.pi = stratum->Inclusion();
      }
      items.push_back(item);
    }
  }
  // Predicted, but no candidate of a frame.
  SpanSet outside = a;
  outside.insert(b.begin(), b.end());
  for (const Span& span : outside) {
    stats::AuditItem item;
    item.askable = false;
    item.predicted_a = a.count(span) > 0;
    item.predicted_b = b.count(span) > 0;
    items.push_back(item);
  }
  return items;
}

// Of nothing that can be changed under way: a try after such a change is another on the same texts.
std::string DigestOf(const Queue& queue) {
  Queue sampled;
  sampled.set_name(queue.name());
  sampled.set_created_unix_micros(queue.created_unix_micros());
  for (const storage::v1::AuditFrame& frame : queue.frames()) {
    if (!frame.beside()) *sampled.add_frames() = frame;
  }
  return Sha256Hex(sampled.SerializeAsString());
}

}  // namespace

std::optional<PlannedQuestion> PlanQuestion(const Queue& queue,
                                            const storage::v1::FrameText& text) {
  std::vector<stats::FrameCandidate> candidates;
  for (const storage::v1::AuditItem& item : text.items())
    candidates.push_back({item.probability(), item.predicted()});
  // The samples of a frame and of one beside it are drawn independently.
  const uint64_t seed =
      IsBeside(queue, text.frame()) ? MixHash(queue.seed(), text.frame()) : queue.seed();
  const std::optional<stats::AuditPlan> plan =
      stats::PlanAudit(candidates, text.example_id(), seed);
  if (!plan.has_value()) return std::nullopt;
  const Span& span = text.items(static_cast<int>(plan->candidate)).span();
  return PlannedQuestion{*plan,
                         corpus::TaskIdOf(text.example_id(), storage::v1::TASK_KIND_TEACH, {span})};
}

absl::StatusOr<std::optional<AuditSample>> ReadAuditSample(
    const corpus::CorpusReader& reader, absl::Span<const std::string> datasets,
    uint64_t up_to_revision, const ner::Model& model_a, const ner::Model& model_b,
    const models::TrainingKeys& leaked, const models::TrainingKeys& unused) {
  WINNOW_ASSIGN_OR_RETURN(AuditQueue audit, ChooseAuditQueue(reader, datasets, up_to_revision));
  if (!audit.queue.has_value()) return std::nullopt;
  const Queue& queue = *audit.queue;
  WINNOW_ASSIGN_OR_RETURN(std::vector<Stratum> strata,
                          ReadStrata(reader, queue, up_to_revision, audit.answers));
  for (const Stratum& stratum : strata) {
    if (stratum.question.has_value()) audit.all_tasks.erase(stratum.question->task_id);
  }
  EndSamples(queue, strata);

  AuditSample sample;
  sample.queue = queue.name();
  sample.num_other_answers = audit.all_tasks.size();
  sample.digest = DigestOf(queue);
  const std::vector<std::string> labels(queue.labels().begin(), queue.labels().end());
  for (const FrameText& text : GroupByText(strata)) {
    WINNOW_ASSIGN_OR_RETURN(const storage::v1::Example example,
                            reader.GetExample(text[0]->stored.example_id()));
    const uint64_t key = text::SplitKey(example.text());
    if (std::binary_search(unused.begin(), unused.end(), key)) continue;
    if (std::binary_search(leaked.begin(), leaked.end(), key)) {
      ++sample.num_leaked;
      continue;
    }
    const View a = ViewOf(model_a, example.text(), labels);
    const View b = ViewOf(model_b, example.text(), labels);
    sample.num_changed += !text::SameSpans(a.predicted, b.predicted);
    sample.texts.push_back(ItemsOf(text, a, b));
    AddOutcomes(text, b.probabilities, sample.outcomes);
  }
  return sample;
}

}  // namespace winnow::measure
