#include "common/teach/candidates.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "common/ner/tagger.h"
#include "common/stats/asking.h"
#include "common/text/letters.h"
#include "common/text/spans.h"
#include "common/text/utf8.h"

namespace winnow::teach {
namespace {

ner::Tagger& TaggerOfThread() {
  thread_local ner::Tagger tagger;
  return tagger;
}

// Index of the label in the queue; its number of labels where it has none such.
uint32_t QueueLabel(const std::string& label, const storage::v1::Queue& queue) {
  const auto& labels = queue.labels();
  return static_cast<uint32_t>(std::find(labels.begin(), labels.end(), label) - labels.begin());
}

// What the tagger of this thread has just found, as candidates of the queue's labels.
Candidates OfQueue(const ner::Model& model, absl::string_view text, const storage::v1::Queue& queue,
                   const std::vector<ner::ScoredSpan>& scored) {
  Candidates found;
  found.num_tokens = static_cast<uint32_t>(TaggerOfThread().tokens().size());
  if (scored.empty()) return found;

  const text::OffsetMap offsets(text);
  for (const ner::ScoredSpan& span : scored) {
    const uint32_t label = QueueLabel(model.labels()[span.label], queue);
    if (label == static_cast<uint32_t>(queue.labels_size())) continue;
    const absl::string_view string = text::SpanText(text, offsets, span.start, span.end);
    if (!queue.ask_without_letters() && !text::HasLetter(string)) {
      ++found.num_hidden;
      continue;
    }
    found.asked.push_back({span.start, span.end, label, std::min(span.probability, 1.0),
                           /*predicted=*/false,
                           StringKey(string, queue.labels(static_cast<int>(label)))});
  }
  return found;
}

}  // namespace

Candidates FindCandidates(const ner::Model& model, absl::string_view text,
                          const storage::v1::Queue& queue) {
  std::vector<ner::ScoredSpan> scored;
  TaggerOfThread().FindCandidates(model, text, stats::kMinAskedProbability, scored);
  return OfQueue(model, text, queue, scored);
}

Candidates FindFrameCandidates(const ner::Model& model, absl::string_view text,
                               const storage::v1::Queue& queue) {
  std::vector<ner::ScoredSpan> scored, best;
  TaggerOfThread().FindCandidates(model, text, stats::kMinAskedProbability, scored, &best);
  Candidates found = OfQueue(model, text, queue, scored);
  for (Candidate& candidate : found.asked) {
    candidate.predicted = std::any_of(best.begin(), best.end(), [&](const ner::ScoredSpan& span) {
      return span.start == candidate.start && span.end == candidate.end &&
             QueueLabel(model.labels()[span.label], queue) == candidate.label;
    });
  }
  return found;
}

std::string StringKey(absl::string_view span_text, absl::string_view label) {
  return absl::StrCat(text::Lower(span_text), "\n", label);
}

storage::v1::Span SpanOf(const Candidate& candidate, const storage::v1::Queue& queue) {
  return text::MakeSpan(candidate.start, candidate.end,
                        queue.labels(static_cast<int>(candidate.label)));
}

}  // namespace winnow::teach
