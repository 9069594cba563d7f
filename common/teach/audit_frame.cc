#include "common/teach/audit_frame.h"

#include <algorithm>
#include <utility>

#include "common/base/hash.h"
#include "common/base/status.h"
#include "common/corpus/ids.h"
#include "common/stats/audit.h"
#include "common/teach/candidates.h"

namespace winnow::teach {
namespace {

using storage::v1::FrameText;
using storage::v1::Queue;

constexpr uint64_t kFrameSalt = 0x6672616d65;
// A piece is small, so that the writer has time for people in between.
constexpr size_t kPieceTexts = 200;

// The texts of the frame: drawn by their split keys alone.
std::vector<PoolText> DrawTexts(absl::Span<const PoolText> holdout,
                                const models::TrainingKeys& trained_on) {
  std::vector<PoolText> texts;
  for (const PoolText& text : holdout) {
    if (!std::binary_search(trained_on.begin(), trained_on.end(), text.split_key))
      texts.push_back(text);
  }
  std::sort(texts.begin(), texts.end(), [](const PoolText& a, const PoolText& b) {
    return std::pair(MixHash(a.split_key, kFrameSalt), a.split_key) <
           std::pair(MixHash(b.split_key, kFrameSalt), b.split_key);
  });
  if (texts.size() > kMaxFrameTexts) texts.resize(kMaxFrameTexts);
  return texts;
}

absl::StatusOr<FrameText> MakeFrameText(const PoolText& text, size_t frame, const Queue& queue,
                                        const ner::Model& model,
                                        const corpus::CorpusReader& reader) {
  FrameText result;
  result.set_example_id(std::string(text.example.bytes()));
  result.set_frame(static_cast<uint32_t>(frame));
  WINNOW_ASSIGN_OR_RETURN(const storage::v1::Example example,
                          reader.GetExample(text.example.bytes()));
  for (const Candidate& candidate : FindFrameCandidates(model, example.text(), queue).asked) {
    storage::v1::AuditItem& item = *result.add_items();
    *item.mutable_span() = SpanOf(candidate, queue);
    item.set_probability(candidate.probability);
    item.set_predicted(candidate.predicted);
  }
  return result;
}

absl::Status StorePiece(const Queue& queue, std::vector<FrameText>& piece, corpus::Corpus& corpus) {
  WINNOW_RETURN_IF_ERROR(corpus.Change([&](corpus::Transaction& transaction) {
    return transaction.PutFrameTexts(queue.name(), piece);
  }));
  piece.clear();
  return absl::OkStatus();
}

}  // namespace

absl::Status MakeAuditFrame(const Queue& queue, size_t index, const storage::v1::AuditFrame& frame,
                            absl::Span<const PoolText> holdout, const ner::Model& model,
                            const models::TrainingKeys& trained_on, corpus::Corpus& corpus,
                            const ProgressFn& progress) {
  const std::vector<PoolText> texts = DrawTexts(holdout, trained_on);
  std::vector<FrameText> piece;
  for (size_t i = 0; i < texts.size(); ++i) {
    WINNOW_ASSIGN_OR_RETURN(piece.emplace_back(),
                            MakeFrameText(texts[i], index, queue, model, corpus.reader()));
    if (piece.size() == kPieceTexts) WINNOW_RETURN_IF_ERROR(StorePiece(queue, piece, corpus));
    if (!progress(i + 1, texts.size()))
      return absl::CancelledError("making the audit frame was ended");
  }
  WINNOW_RETURN_IF_ERROR(StorePiece(queue, piece, corpus));

  return corpus.Change([&](corpus::Transaction& transaction) {
    return transaction.PublishFrame(queue.name(), index, frame);
  });
}

absl::StatusOr<std::vector<std::vector<AuditQuestion>>> ReadAuditQuestions(
    const corpus::CorpusReader& reader, const Queue& queue) {
  const auto num_frames = static_cast<size_t>(queue.frames_size());
  std::vector<std::vector<AuditQuestion>> questions(num_frames);
  std::vector<std::vector<stats::AuditPlan>> plans(num_frames);
  WINNOW_RETURN_IF_ERROR(
      reader.ForEachFrameText(queue.name(), corpus::kLatest, [&](const FrameText& text) {
        if (text.frame() >= num_frames) return true;
        std::vector<stats::FrameCandidate> candidates;
        for (const storage::v1::AuditItem& item : text.items())
          candidates.push_back({item.probability(), item.predicted()});
        const std::optional<stats::AuditPlan> plan =
            stats::PlanAudit(candidates, text.example_id(), queue.seed());
        if (!plan.has_value()) return true;

        const storage::v1::AuditItem& item = text.items(static_cast<int>(plan->candidate));
        AuditQuestion& question = questions[text.frame()].emplace_back();
        question.task = corpus::Id(
            corpus::TaskIdOf(text.example_id(), storage::v1::TASK_KIND_TEACH, {item.span()}));
        question.example = corpus::Id(text.example_id());
        question.span = item.span();
        question.probability = item.probability();
        question.model_version = queue.frames(static_cast<int>(text.frame())).model_version();
        plans[text.frame()].push_back(*plan);
        return true;
      }));

  std::vector<std::vector<AuditQuestion>> ordered(num_frames);
  for (size_t frame = 0; frame < num_frames; ++frame) {
    for (const size_t i : stats::AskingOrder(plans[frame]))
      ordered[frame].push_back(std::move(questions[frame][i]));
  }
  return ordered;
}

}  // namespace winnow::teach
