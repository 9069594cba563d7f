#include "common/teach/frame_making.h"

#include <algorithm>
#include <map>
#include <set>
#include <utility>

#include "common/base/hash.h"
#include "common/base/status.h"
#include "common/teach/candidates.h"
#include "common/text/spans.h"

namespace winnow::teach {
namespace {

using storage::v1::FrameText;
using storage::v1::Queue;

using SpanSet = std::set<storage::v1::Span, text::SpanLess>;

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

void AddItem(const Candidate& candidate, const Queue& queue, FrameText& text) {
  storage::v1::AuditItem& item = *text.add_items();
  *item.mutable_span() = SpanOf(candidate, queue);
  item.set_probability(candidate.probability);
  item.set_predicted(candidate.predicted);
}

absl::StatusOr<FrameText> MakeFrameText(const PoolText& text, size_t frame, const Queue& queue,
                                        const ner::Model& model,
                                        const corpus::CorpusReader& reader) {
  FrameText result;
  result.set_example_id(std::string(text.example.bytes()));
  result.set_frame(static_cast<uint32_t>(frame));
  WINNOW_ASSIGN_OR_RETURN(const storage::v1::Example example,
                          reader.GetExample(text.example.bytes()));
  for (const Candidate& candidate : FindFrameCandidates(model, example.text(), queue).asked)
    AddItem(candidate, queue, result);
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

absl::Status MakeFrameBeside(const Queue& queue, size_t index, const storage::v1::AuditFrame& frame,
                             absl::Span<const ner::Model* const> models, corpus::Corpus& corpus,
                             const ProgressFn& progress) {
  std::map<std::string, SpanSet> known;
  WINNOW_RETURN_IF_ERROR(
      corpus.reader().ForEachFrameText(queue.name(), corpus::kLatest, [&](const FrameText& text) {
        SpanSet& spans = known[text.example_id()];
        for (const storage::v1::AuditItem& item : text.items()) spans.insert(item.span());
        return true;
      }));
  std::vector<FrameText> texts;
  size_t num_done = 0;
  for (auto& [example_id, spans] : known) {
    WINNOW_ASSIGN_OR_RETURN(const storage::v1::Example example,
                            corpus.reader().GetExample(example_id));
    FrameText text;
    text.set_example_id(example_id);
    text.set_frame(static_cast<uint32_t>(index));
    for (const ner::Model* model : models) {
      for (const Candidate& candidate : FindFrameCandidates(*model, example.text(), queue).asked) {
        if (candidate.predicted && spans.insert(SpanOf(candidate, queue)).second)
          AddItem(candidate, queue, text);
      }
    }
    if (!text.items().empty()) texts.push_back(std::move(text));
    if (!progress(++num_done, known.size()))
      return absl::CancelledError("making the audit frame was ended");
  }
  return corpus.Change([&](corpus::Transaction& transaction) -> absl::Status {
    WINNOW_RETURN_IF_ERROR(transaction.PutFrameTexts(queue.name(), texts));
    return transaction.PublishFrame(queue.name(), index, frame);
  });
}

}  // namespace winnow::teach
