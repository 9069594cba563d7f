#include "common/measure/figures.h"

#include <algorithm>
#include <set>
#include <tuple>
#include <utility>

#include "common/base/hash.h"
#include "common/base/status.h"
#include "common/corpus/ids.h"
#include "common/ner/tagger.h"
#include "common/text/split_key.h"

namespace winnow::measure {
namespace {

using storage::v1::Span;

// Spans compare by place and label.
std::tuple<uint32_t, uint32_t, const std::string&> KeyOf(const Span& span) {
  return {span.start(), span.end(), span.label()};
}

struct SpanLess {
  bool operator()(const Span& a, const Span& b) const { return KeyOf(a) < KeyOf(b); }
};
using SpanSet = std::set<Span, SpanLess>;

bool Contains(absl::Span<const std::string> labels, const std::string& label) {
  return std::find(labels.begin(), labels.end(), label) != labels.end();
}

Span ToSpan(const ner::ScoredSpan& scored, const ner::Model& model) {
  Span span;
  span.set_start(scored.start);
  span.set_end(scored.end);
  span.set_label(model.labels()[scored.label]);
  return span;
}

bool SameSpans(const std::vector<Span>& a, const std::vector<Span>& b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                    [](const Span& x, const Span& y) { return KeyOf(x) == KeyOf(y); });
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
  std::map<uint64_t, storage::v1::Answer> standing;
  WINNOW_RETURN_IF_ERROR(reader.ForEachAnswer(
      queue.dataset(), 0, up_to_revision, [&](const storage::v1::Answer& answer) {
        if (answer.kind() == storage::v1::TASK_KIND_TOMBSTONE) standing.erase(answer.undoes());
        if (answer.kind() == storage::v1::TASK_KIND_BINARY) standing[answer.revision()] = answer;
        return true;
      }));
  QueueAnswers answers;
  for (const auto& [revision, answer] : standing) {
    answers.by_task[answer.task_id()] = answer.verdict();
    if (answer.queue() == queue.name() && answer.strategy() == "audit")
      answers.audit.insert(answer.task_id());
  }
  return answers;
}

// One text of the frame: its items, the plan of which is asked, the task that asks it, and the
// answer.
struct FrameText {
  std::string example_id;
  storage::v1::AuditText items;
  std::optional<stats::AuditPlan> plan;
  std::string task_id;
  stats::AuditAnswer answer = stats::AuditAnswer::kNotAsked;
};

absl::StatusOr<std::vector<FrameText>> ReadFrame(const corpus::CorpusReader& reader,
                                                 const storage::v1::Queue& queue,
                                                 uint64_t up_to_revision,
                                                 const QueueAnswers& answers) {
  std::vector<FrameText> frame;
  const auto add = [&](uint64_t, const storage::v1::StoredTask& stored) {
    FrameText text;
    text.example_id = stored.example_id();
    text.items = stored.audit();
    std::vector<stats::FrameCandidate> candidates;
    for (const storage::v1::AuditItem& item : text.items.items()) {
      candidates.push_back({item.probability(), item.predicted()});
    }
    text.plan = stats::PlanAudit(candidates, text.example_id, queue.seed());
    if (text.plan.has_value()) {
      const Span& span = text.items.items(static_cast<int>(text.plan->candidate)).span();
      text.task_id = corpus::TaskIdOf(text.example_id, storage::v1::TASK_KIND_BINARY, {span});
      const auto answer = answers.by_task.find(text.task_id);
      if (answer != answers.by_task.end()) {
        text.answer = answer->second == storage::v1::VERDICT_ACCEPT ? stats::AuditAnswer::kYes
                      : answer->second == storage::v1::VERDICT_REJECT
                          ? stats::AuditAnswer::kNo
                          : stats::AuditAnswer::kIgnored;
      }
    }
    frame.push_back(std::move(text));
    return true;
  };
  WINNOW_RETURN_IF_ERROR(reader.ForEachTask(queue.name(), 0, up_to_revision, add));
  return frame;
}

// c of the sample (common/stats/audit.h). Texts are leased in asking order but answered in any: the
// sample ends before the first text without an answer, and answers behind it are set aside.
double EndSample(std::vector<FrameText>& frame) {
  std::vector<stats::AuditPlan> plans;
  std::vector<size_t> text_of;
  for (size_t i = 0; i < frame.size(); ++i) {
    if (!frame[i].plan.has_value()) continue;
    plans.push_back(*frame[i].plan);
    text_of.push_back(i);
  }
  const std::vector<size_t> order = stats::AskingOrder(plans);
  size_t asked = 0;
  while (asked < order.size() &&
         frame[text_of[order[asked]]].answer != stats::AuditAnswer::kNotAsked)
    ++asked;
  for (size_t i = asked; i < order.size(); ++i)
    frame[text_of[order[i]]].answer = stats::AuditAnswer::kNotAsked;
  return stats::AuditThreshold(plans, asked);
}

// The spans with at least this probability under the model, with it.
std::map<Span, double, SpanLess> Probabilities(const ner::Model& model, absl::string_view text,
                                               double minimum) {
  thread_local ner::Tagger tagger;
  std::vector<ner::ScoredSpan> candidates;
  tagger.FindCandidates(model, text, minimum, candidates);
  std::map<Span, double, SpanLess> probabilities;
  for (const ner::ScoredSpan& candidate : candidates) {
    probabilities[ToSpan(candidate, model)] = candidate.probability;
  }
  return probabilities;
}

// The question asked of the text, if it was answered yes or no, as an outcome of the model.
std::optional<ner::Outcome> OutcomeOf(const FrameText& text, double threshold,
                                      const ner::Model& model, absl::string_view content) {
  // A span below this has none of the mass that matters.
  constexpr double kMinimum = 1e-4;
  if (text.answer != stats::AuditAnswer::kYes && text.answer != stats::AuditAnswer::kNo)
    return std::nullopt;
  const std::map<Span, double, SpanLess> probabilities = Probabilities(model, content, kMinimum);
  const auto found =
      probabilities.find(text.items.items(static_cast<int>(text.plan->candidate)).span());
  return ner::Outcome{
      found == probabilities.end() ? 0 : found->second, text.answer == stats::AuditAnswer::kYes,
      1 / stats::InclusionProbability(threshold, text.plan->text_size, text.plan->span_size)};
}

stats::AuditText ItemsOf(const FrameText& text, double threshold, std::vector<Span> predicted_a,
                         std::vector<Span> predicted_b) {
  SpanSet a(predicted_a.begin(), predicted_a.end());
  SpanSet b(predicted_b.begin(), predicted_b.end());
  stats::AuditText items;
  for (int i = 0; i < text.items.items_size(); ++i) {
    const storage::v1::AuditItem& stored = text.items.items(i);
    stats::AuditItem item;
    item.p = stored.probability();
    item.predicted_a = a.erase(stored.span()) > 0;
    item.predicted_b = b.erase(stored.span()) > 0;
    if (text.answer != stats::AuditAnswer::kNotAsked &&
        text.plan->candidate == static_cast<size_t>(i)) {
      item.answer = text.answer;
      item.pi = stats::InclusionProbability(threshold, text.plan->text_size, text.plan->span_size);
    }
    items.push_back(item);
  }
  // Predicted, but no candidate of the frame: below its smallest probability there.
  SpanSet outside = a;
  outside.insert(b.begin(), b.end());
  for (const Span& span : outside) {
    stats::AuditItem item;
    item.p = stats::kAuditMinProbability / 2;
    item.predicted_a = a.count(span) > 0;
    item.predicted_b = b.count(span) > 0;
    items.push_back(item);
  }
  return items;
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

GoldCounts CountOnGold(const ner::Model& model, absl::Span<const GoldText> texts) {
  GoldCounts counts;
  for (const GoldText& gold : texts) {
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
         Probabilities(model, gold.text, stats::kAuditMinProbability)) {
      if (Contains(gold.labels, span.label()))
        outcomes.push_back({probability, right.count(span) > 0});
    }
  }
  return outcomes;
}

uint64_t CountChanged(const GoldCounts& a, const GoldCounts& b) {
  uint64_t changed = 0;
  for (size_t i = 0; i < a.predictions.size(); ++i)
    changed += !SameSpans(a.predictions[i], b.predictions[i]);
  return changed;
}

absl::StatusOr<std::optional<AuditSample>> ReadAuditSample(
    const corpus::CorpusReader& reader, absl::Span<const std::string> datasets,
    uint64_t up_to_revision, const ner::Model& model_a, const ner::Model& model_b,
    const models::TrainingKeys& leaked, const models::TrainingKeys& unused) {
  WINNOW_ASSIGN_OR_RETURN(const std::vector<storage::v1::Queue> queues, reader.ListQueues());
  const storage::v1::Queue* chosen = nullptr;
  QueueAnswers chosen_answers;
  std::set<std::string> other_answers;
  for (const storage::v1::Queue& queue : queues) {
    if (queue.kind() != storage::v1::TASK_KIND_BINARY || !Contains(datasets, queue.dataset()))
      continue;
    absl::StatusOr<QueueAnswers> answers = ReadAnswers(reader, queue, up_to_revision);
    if (absl::IsNotFound(answers.status())) continue;
    WINNOW_RETURN_IF_ERROR(answers.status());
    other_answers.insert(answers->audit.begin(), answers->audit.end());
    if (answers->audit.size() <= chosen_answers.audit.size()) continue;
    chosen = &queue;
    chosen_answers = *std::move(answers);
  }
  if (chosen == nullptr) return std::nullopt;

  WINNOW_ASSIGN_OR_RETURN(std::vector<FrameText> frame,
                          ReadFrame(reader, *chosen, up_to_revision, chosen_answers));
  for (const FrameText& text : frame) other_answers.erase(text.task_id);
  const double threshold = EndSample(frame);
  AuditSample sample;
  sample.queue = chosen->name();
  sample.num_other_answers = other_answers.size();
  sample.digest = Sha256Hex(chosen->SerializeAsString());
  const std::vector<std::string> labels(chosen->labels().begin(), chosen->labels().end());
  for (const FrameText& text : frame) {
    WINNOW_ASSIGN_OR_RETURN(const storage::v1::Example example, reader.GetExample(text.example_id));
    const uint64_t key = text::SplitKey(example.text());
    if (std::binary_search(unused.begin(), unused.end(), key)) continue;
    if (std::binary_search(leaked.begin(), leaked.end(), key)) {
      ++sample.num_leaked;
      continue;
    }
    const std::vector<Span> a = PredictSpans(model_a, example.text(), labels);
    const std::vector<Span> b = PredictSpans(model_b, example.text(), labels);
    sample.num_changed += !SameSpans(a, b);
    sample.texts.push_back(ItemsOf(text, threshold, a, b));
    const std::optional<ner::Outcome> outcome = OutcomeOf(text, threshold, model_b, example.text());
    if (outcome.has_value()) sample.outcomes.push_back(*outcome);
  }
  return sample;
}

}  // namespace winnow::measure
