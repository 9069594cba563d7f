#include "common/measure/figures.h"

#include <algorithm>
#include <optional>
#include <set>
#include <utility>

#include "absl/algorithm/container.h"
#include "common/base/hash.h"
#include "common/base/status.h"
#include "common/corpus/ids.h"
#include "common/corpus/standing.h"
#include "common/ner/tagger.h"
#include "common/stats/asking.h"
#include "common/text/spans.h"
#include "common/text/split_key.h"
#include "common/text/tokenizer.h"

namespace winnow::measure {
namespace {

using storage::v1::Span;

using SpanSet = std::set<Span, text::SpanLess>;

bool Contains(absl::Span<const std::string> labels, const std::string& label) {
  return std::find(labels.begin(), labels.end(), label) != labels.end();
}

Span ToSpan(const ner::ScoredSpan& scored, const ner::Model& model) {
  return text::MakeSpan(scored.start, scored.end, model.labels()[scored.label]);
}

stats::SpanCounts CountSpans(const std::vector<Span>& predicted, const std::vector<Span>& gold,
                             const std::string* label) {
  const SpanSet gold_set(gold.begin(), gold.end());
  stats::SpanCounts counts;
  for (const Span& span : gold_set) counts.gold += label == nullptr || span.label() == *label;
  for (const Span& span : predicted) {
    if (label != nullptr && span.label() != *label) continue;
    ++counts.predicted;
    counts.tp += gold_set.count(span) > 0;
  }
  return counts;
}

struct QueueAnswers {
  // Verdicts on the yes/no questions that the queue's data set answers, by task id.
  std::map<std::string, storage::v1::Verdict> by_task;
  // Audit questions that the queue asked, of those.
  std::set<std::string> audit;
};

absl::StatusOr<QueueAnswers> ReadAnswers(const corpus::CorpusReader& reader,
                                         const storage::v1::Queue& queue, uint64_t up_to_revision) {
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

// One text of a frame: its items, the plan of which is asked, the task that asks it, and the
// answer.
struct FrameText {
  storage::v1::FrameText stored;
  std::optional<stats::AuditPlan> plan;
  std::string task_id;
  stats::AuditAnswer answer = stats::AuditAnswer::kNotAsked;
  // c of its frame's sample.
  double threshold = 0;
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

absl::StatusOr<std::vector<FrameText>> ReadFrame(const corpus::CorpusReader& reader,
                                                 const storage::v1::Queue& queue,
                                                 uint64_t up_to_revision,
                                                 const QueueAnswers& answers) {
  std::vector<FrameText> frame;
  const auto add = [&](const storage::v1::FrameText& stored) {
    FrameText& text = frame.emplace_back();
    text.stored = stored;
    std::vector<stats::FrameCandidate> candidates;
    for (const storage::v1::AuditItem& item : stored.items())
      candidates.push_back({item.probability(), item.predicted()});
    text.plan = stats::PlanAudit(candidates, stored.example_id(), queue.seed());
    if (!text.plan.has_value()) return true;
    const Span& span = stored.items(static_cast<int>(text.plan->candidate)).span();
    text.task_id = corpus::TaskIdOf(stored.example_id(), storage::v1::TASK_KIND_TEACH, {span});
    const auto answer = answers.by_task.find(text.task_id);
    if (answer != answers.by_task.end()) text.answer = ToAuditAnswer(answer->second);
    return true;
  };
  WINNOW_RETURN_IF_ERROR(reader.ForEachFrameText(queue.name(), up_to_revision, add));
  return frame;
}

// Sets c of the sample of one frame (common/stats/audit.h). Texts are leased in asking order but
// answered in any: the sample ends before the first text without an answer, and answers behind it
// are set aside.
void EndSample(absl::Span<FrameText* const> frame) {
  std::vector<stats::AuditPlan> plans;
  for (const FrameText* text : frame) plans.push_back(*text->plan);
  const std::vector<size_t> order = stats::AskingOrder(plans);
  size_t asked = 0;
  while (asked < order.size() && frame[order[asked]]->answer != stats::AuditAnswer::kNotAsked)
    ++asked;
  for (size_t i = asked; i < order.size(); ++i)
    frame[order[i]]->answer = stats::AuditAnswer::kNotAsked;
  const double threshold = stats::AuditThreshold(plans, asked);
  for (FrameText* text : frame) text->threshold = threshold;
}

// Each frame of a queue is a sample of its own, drawn from other texts.
void EndSamples(std::vector<FrameText>& texts) {
  std::map<uint32_t, std::vector<FrameText*>> frames;
  for (FrameText& text : texts) {
    if (text.plan.has_value()) frames[text.stored.frame()].push_back(&text);
  }
  for (const auto& [index, frame] : frames) EndSample(frame);
}

// The spans with at least this probability under the model, with it.
// A span below this has none of the mass that matters.
constexpr double kSmallProbability = 1e-4;

using SpanProbabilities = std::map<Span, double, text::SpanLess>;

SpanProbabilities Probabilities(const ner::Model& model, absl::string_view text, double minimum) {
  thread_local ner::Tagger tagger;
  std::vector<ner::ScoredSpan> candidates;
  tagger.FindCandidates(model, text, minimum, candidates);
  SpanProbabilities probabilities;
  for (const ner::ScoredSpan& candidate : candidates) {
    probabilities[ToSpan(candidate, model)] = candidate.probability;
  }
  return probabilities;
}

double ProbabilityOf(const SpanProbabilities& probabilities, const Span& span) {
  const auto found = probabilities.find(span);
  return found == probabilities.end() ? 0 : found->second;
}

// The question asked of the text, if it was answered yes or no, as an outcome of the model.
std::optional<ner::Outcome> OutcomeOf(const FrameText& text,
                                      const SpanProbabilities& probabilities) {
  if (text.answer != stats::AuditAnswer::kYes && text.answer != stats::AuditAnswer::kNo)
    return std::nullopt;
  const Span& asked = text.stored.items(static_cast<int>(text.plan->candidate)).span();
  return ner::Outcome{
      ProbabilityOf(probabilities, asked), text.answer == stats::AuditAnswer::kYes,
      1 / stats::InclusionProbability(text.threshold, text.plan->text_size, text.plan->span_size)};
}

// The auxiliary probability of an item is the mean of what the two models say. Any would do that is
// chosen without looking at the answers, and neither model has learnt from hold-out texts; that of
// the frame alone is low where the newer model has learnt something, so that all it is worth would
// hang on a few heavy corrections.
stats::AuditText ItemsOf(const FrameText& text, const SpanProbabilities& p_a,
                         const SpanProbabilities& p_b, std::vector<Span> predicted_a,
                         std::vector<Span> predicted_b) {
  SpanSet a(predicted_a.begin(), predicted_a.end());
  SpanSet b(predicted_b.begin(), predicted_b.end());
  stats::AuditText items;
  for (int i = 0; i < text.stored.items_size(); ++i) {
    const storage::v1::AuditItem& stored = text.stored.items(i);
    stats::AuditItem item;
    item.p = (ProbabilityOf(p_a, stored.span()) + ProbabilityOf(p_b, stored.span())) / 2;
    item.predicted_a = a.erase(stored.span()) > 0;
    item.predicted_b = b.erase(stored.span()) > 0;
    if (text.answer != stats::AuditAnswer::kNotAsked &&
        text.plan->candidate == static_cast<size_t>(i)) {
      item.answer = text.answer;
      item.pi =
          stats::InclusionProbability(text.threshold, text.plan->text_size, text.plan->span_size);
    }
    items.push_back(item);
  }
  // Predicted, but no candidate of the frame.
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

// The queue whose audit sample is measured on.
struct AuditQueue {
  // None where no queue of the data sets has audit answers.
  std::optional<storage::v1::Queue> queue;
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
  WINNOW_ASSIGN_OR_RETURN(const std::vector<storage::v1::Queue> queues, reader.ListQueues());
  for (const storage::v1::Queue& queue : queues) {
    if (queue.kind() != storage::v1::TASK_KIND_TEACH || !Contains(datasets, queue.dataset()))
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

}  // namespace

std::vector<GoldText> GoldTexts(absl::Span<const LabelledExample> texts,
                                absl::Span<const std::string> labels) {
  std::vector<GoldText> result;
  for (const LabelledExample& example : texts) {
    GoldText gold;
    gold.labels = CompleteLabels(example.labelled, labels);
    if (gold.labels.empty()) continue;
    gold.text = example.labelled.text();
    gold.split_key = example.split_key;
    for (const Span& span : example.labelled.accepted()) {
      if (Contains(gold.labels, span.label())) gold.spans.push_back(span);
    }
    result.push_back(std::move(gold));
  }
  return result;
}

uint64_t RemoveTrainedOn(const models::TrainingKeys& keys, std::vector<GoldText>& texts) {
  return std::erase_if(texts, [&](const GoldText& text) {
    return std::binary_search(keys.begin(), keys.end(), text.split_key);
  });
}

std::vector<Span> PredictSpans(const ner::Model& model, absl::string_view text,
                               absl::Span<const std::string> labels) {
  thread_local ner::Tagger tagger;
  std::vector<ner::ScoredSpan> scored;
  tagger.Tag(model, text, scored);
  std::vector<Span> spans;
  for (const ner::ScoredSpan& found : scored) {
    if (labels.empty() || Contains(labels, model.labels()[found.label]))
      spans.push_back(ToSpan(found, model));
  }
  return spans;
}

std::vector<Span> UnpredictableSpans(absl::string_view text, absl::Span<const Span> spans) {
  std::set<uint32_t> starts, ends;
  for (const text::Token& token : text::Tokenize(text)) {
    starts.insert(token.start);
    ends.insert(token.end);
  }
  std::vector<Span> unpredictable, kept;
  std::vector<Span> longest_first(spans.begin(), spans.end());
  absl::c_stable_sort(longest_first, [](const Span& a, const Span& b) {
    return a.end() - a.start() > b.end() - b.start();
  });
  for (const Span& span : longest_first) {
    const bool on_tokens = starts.count(span.start()) > 0 && ends.count(span.end()) > 0;
    const bool is_free =
        absl::c_none_of(kept, [&](const Span& other) { return text::Overlaps(span, other); });
    (on_tokens && is_free ? kept : unpredictable).push_back(span);
  }
  return unpredictable;
}

GoldCounts CountOnGold(const ner::Model& model, absl::Span<const GoldText> texts,
                       absl::FunctionRef<bool()> is_cancelled) {
  GoldCounts counts;
  for (const GoldText& gold : texts) {
    if (is_cancelled()) return counts;
    const std::vector<Span> lost = UnpredictableSpans(gold.text, gold.spans);
    if (counts.num_unpredictable == 0 && !lost.empty())
      counts.unpredictable_example = text::DescribeSpan(gold.text, lost[0]);
    counts.num_unpredictable += lost.size();
    std::vector<Span> predicted = PredictSpans(model, gold.text, gold.labels);
    counts.texts.push_back(CountSpans(predicted, gold.spans, nullptr));
    for (const std::string& label : gold.labels) {
      counts.by_label[label].push_back(CountSpans(predicted, gold.spans, &label));
    }
    counts.predictions.push_back(std::move(predicted));
  }
  return counts;
}

std::vector<ner::Outcome> CandidateOutcomes(const ner::Model& model,
                                            absl::Span<const GoldText> texts) {
  std::vector<ner::Outcome> outcomes;
  for (const GoldText& gold : texts) {
    const SpanSet right(gold.spans.begin(), gold.spans.end());
    for (const auto& [span, probability] :
         Probabilities(model, gold.text, stats::kMinAskedProbability)) {
      if (Contains(gold.labels, span.label()))
        outcomes.push_back({probability, right.count(span) > 0});
    }
  }
  return outcomes;
}

uint64_t CountChanged(const GoldCounts& a, const GoldCounts& b) {
  uint64_t changed = 0;
  for (size_t i = 0; i < a.predictions.size(); ++i)
    changed += !text::SameSpans(a.predictions[i], b.predictions[i]);
  return changed;
}

absl::StatusOr<std::optional<AuditSample>> ReadAuditSample(
    const corpus::CorpusReader& reader, absl::Span<const std::string> datasets,
    uint64_t up_to_revision, const ner::Model& model_a, const ner::Model& model_b,
    const models::TrainingKeys& leaked, const models::TrainingKeys& unused) {
  WINNOW_ASSIGN_OR_RETURN(AuditQueue audit, ChooseAuditQueue(reader, datasets, up_to_revision));
  if (!audit.queue.has_value()) return std::nullopt;
  WINNOW_ASSIGN_OR_RETURN(std::vector<FrameText> frame,
                          ReadFrame(reader, *audit.queue, up_to_revision, audit.answers));
  for (const FrameText& text : frame) audit.all_tasks.erase(text.task_id);
  EndSamples(frame);

  AuditSample sample;
  sample.queue = audit.queue->name();
  sample.num_other_answers = audit.all_tasks.size();
  sample.digest = Sha256Hex(audit.queue->SerializeAsString());
  const std::vector<std::string> labels(audit.queue->labels().begin(), audit.queue->labels().end());
  for (const FrameText& text : frame) {
    WINNOW_ASSIGN_OR_RETURN(const storage::v1::Example example,
                            reader.GetExample(text.stored.example_id()));
    const uint64_t key = text::SplitKey(example.text());
    if (std::binary_search(unused.begin(), unused.end(), key)) continue;
    if (std::binary_search(leaked.begin(), leaked.end(), key)) {
      ++sample.num_leaked;
      continue;
    }
    const std::vector<Span> a = PredictSpans(model_a, example.text(), labels);
    const std::vector<Span> b = PredictSpans(model_b, example.text(), labels);
    sample.num_changed += !text::SameSpans(a, b);
    const SpanProbabilities p_a = Probabilities(model_a, example.text(), kSmallProbability);
    const SpanProbabilities p_b = Probabilities(model_b, example.text(), kSmallProbability);
    sample.texts.push_back(ItemsOf(text, p_a, p_b, a, b));
    const std::optional<ner::Outcome> outcome = OutcomeOf(text, p_b);
    if (outcome.has_value()) sample.outcomes.push_back(*outcome);
  }
  return sample;
}

}  // namespace winnow::measure
