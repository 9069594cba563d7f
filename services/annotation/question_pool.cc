#include "services/annotation/question_pool.h"

#include <algorithm>
#include <utility>

#include "common/base/hash.h"
#include "common/base/status.h"
#include "common/corpus/ids.h"
#include "common/ner/tagger.h"
#include "common/rpc/convert.h"
#include "common/text/split_key.h"
#include "common/text/utf8.h"
#include "services/annotation/tasks.h"
#include "utf8proc.h"

namespace winnow::annotation {
namespace {

using storage::v1::Answer;
using storage::v1::Queue;
using storage::v1::Span;

constexpr uint64_t kFrameSalt = 0x6672616d65;

bool HasLetter(absl::string_view bytes) {
  for (size_t position = 0; position < bytes.size();) {
    const utf8proc_category_t category =
        utf8proc_category(static_cast<utf8proc_int32_t>(text::DecodeUtf8(bytes, position)));
    if (category >= UTF8PROC_CATEGORY_LU && category <= UTF8PROC_CATEGORY_LO) return true;
  }
  return false;
}

// Split keys of the texts in a data set; with `complete_only` those annotated completely.
absl::Status AddKeys(const corpus::CorpusReader& reader, const std::string& dataset,
                     uint64_t up_to_revision, bool complete_only, std::set<uint64_t>& keys) {
  absl::Status status = absl::OkStatus();
  WINNOW_RETURN_IF_ERROR(
      reader.ForEachAnswer(dataset, 0, up_to_revision, [&](const Answer& answer) {
        if (answer.kind() == storage::v1::TASK_KIND_TOMBSTONE) return true;
        if (complete_only && answer.kind() != storage::v1::TASK_KIND_COMPLETE) return true;
        const absl::StatusOr<storage::v1::Example> example = reader.GetExample(answer.example_id());
        status = example.status();
        if (status.ok()) keys.insert(text::SplitKey(example->text()));
        return status.ok();
      }));
  return status;
}

}  // namespace

absl::StatusOr<QuestionPool> ReadPool(const corpus::CorpusReader& reader, const Queue& queue,
                                      uint64_t up_to_revision) {
  std::set<uint64_t> excluded;
  for (const std::string& dataset : queue.exclude_datasets()) {
    WINNOW_RETURN_IF_ERROR(
        AddKeys(reader, dataset, up_to_revision, /*complete_only=*/false, excluded));
  }
  const absl::Status own =
      AddKeys(reader, queue.dataset(), up_to_revision, /*complete_only=*/true, excluded);
  // Before the first answer there is no data set.
  if (!own.ok() && !absl::IsNotFound(own)) return own;

  QuestionPool pool;
  std::set<uint64_t> seen;
  WINNOW_RETURN_IF_ERROR(reader.ForEachSourceExample(
      queue.source(), 0, up_to_revision, [&](const corpus::SourceExample& item) {
        PoolText text{item.example_id, item.example.text(), item.example.meta_json(),
                      text::SplitKey(item.example.text())};
        if (!seen.insert(text.split_key).second) return true;
        if (excluded.count(text.split_key) > 0) {
          ++pool.num_excluded;
        } else if (text::IsHoldout(text::Bucket(text.split_key))) {
          pool.audit.push_back(std::move(text));
        } else {
          pool.teaching.push_back(std::move(text));
        }
        return true;
      }));
  return pool;
}

TextCandidates FindTextCandidates(const ner::Model& model, absl::string_view text,
                                  const Queue& queue) {
  thread_local ner::Tagger tagger;
  std::vector<ner::ScoredSpan> scored, best;
  tagger.Tag(model, text, best);
  tagger.FindCandidates(model, text, kMinProbability, scored);
  TextCandidates result;
  result.num_tokens = static_cast<uint32_t>(tagger.tokens().size());
  const text::OffsetMap offsets(text);
  for (const ner::ScoredSpan& found : scored) {
    const std::string& label = model.labels()[found.label];
    if (std::find(queue.labels().begin(), queue.labels().end(), label) == queue.labels().end())
      continue;
    PoolCandidate candidate;
    candidate.span.set_start(found.start);
    candidate.span.set_end(found.end);
    candidate.span.set_label(label);
    candidate.probability = std::min(found.probability, 1.0);
    candidate.predicted = std::any_of(best.begin(), best.end(), [&](const ner::ScoredSpan& span) {
      return span.start == found.start && span.end == found.end && span.label == found.label;
    });
    const uint32_t begin = offsets.CodePointToByte(found.start).value_or(0);
    const uint32_t end = offsets.CodePointToByte(found.end).value_or(begin);
    if (queue.ask_without_letters() || HasLetter(text.substr(begin, end - begin))) {
      result.candidates.push_back(std::move(candidate));
    } else {
      result.hidden.push_back(candidate.span);
    }
  }
  return result;
}

std::vector<storage::v1::StoredTask> MakeAuditFrame(const QuestionPool& pool,
                                                    const ner::Model& model, const Queue& queue,
                                                    const std::vector<uint64_t>& trained_on) {
  std::vector<const PoolText*> texts;
  for (const PoolText& text : pool.audit) {
    if (!std::binary_search(trained_on.begin(), trained_on.end(), text.split_key))
      texts.push_back(&text);
  }
  std::sort(texts.begin(), texts.end(), [](const PoolText* a, const PoolText* b) {
    return std::pair(MixHash(a->split_key, kFrameSalt), a->split_key) <
           std::pair(MixHash(b->split_key, kFrameSalt), b->split_key);
  });
  if (texts.size() > kMaxFrameTexts) texts.resize(kMaxFrameTexts);
  std::vector<storage::v1::StoredTask> frame;
  for (const PoolText* text : texts) {
    storage::v1::StoredTask& task = frame.emplace_back();
    task.set_example_id(text->example_id);
    task.set_task_id(corpus::TaskIdOf(text->example_id, storage::v1::TASK_KIND_BINARY, {}));
    for (const PoolCandidate& candidate : FindTextCandidates(model, text->text, queue).candidates) {
      storage::v1::AuditItem& item = *task.mutable_audit()->add_items();
      *item.mutable_span() = candidate.span;
      item.set_probability(candidate.probability);
      item.set_predicted(candidate.predicted);
    }
  }
  return frame;
}

v1::Task MakeQuestion(const Queue& queue, const PoolText& text, const PoolCandidate& candidate,
                      absl::string_view strategy) {
  v1::Task task;
  task.set_task_id(corpus::IdToHex(
      corpus::TaskIdOf(text.example_id, storage::v1::TASK_KIND_BINARY, {candidate.span})));
  task.set_example_id(corpus::IdToHex(text.example_id));
  task.set_kind(v1::QUEUE_KIND_BINARY);
  task.set_text(text.text);
  task.set_meta_json(text.meta_json);
  *task.mutable_span() = rpc::ToApi(candidate.span);
  task.mutable_span()->set_score(candidate.probability);
  task.set_strategy(std::string(strategy));
  SetView(queue.unsegmented(), task);
  return task;
}

}  // namespace winnow::annotation
