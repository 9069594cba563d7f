// The texts of a source that a queue may ask about, and the candidate questions in them.
#pragma once

#include <cstdint>
#include <set>
#include <string>
#include <tuple>
#include <vector>

#include "absl/status/statusor.h"
#include "common/corpus/reader.h"
#include "common/ner/model.h"
#include "winnow/annotation/v1/annotation.pb.h"
#include "winnow/storage/v1/records.pb.h"

namespace winnow::annotation {

// Candidates below this probability are not asked about.
inline constexpr double kMinProbability = 0.02;

struct PoolText {
  // 16 bytes.
  std::string example_id;
  std::string text;
  std::string meta_json;
  uint64_t split_key = 0;
};

struct QuestionPool {
  // Texts that answers are learnt from, in the order of the source.
  std::vector<PoolText> teaching;
  // Hold-out texts, for the audit sample.
  std::vector<PoolText> audit;
  // Left out because an excluded data set has them, or the queue's own has them completely
  // annotated.
  uint64_t num_excluded = 0;
};

// Reads the source up to a revision. Of texts with the same split key the first counts.
absl::StatusOr<QuestionPool> ReadPool(const corpus::CorpusReader& reader,
                                      const storage::v1::Queue& queue, uint64_t up_to_revision);

// One candidate span of a text.
struct PoolCandidate {
  storage::v1::Span span;
  double probability = 0;
  // It is in the model's best labelling.
  bool predicted = false;
};

// The candidates of one text for a queue.
struct TextCandidates {
  std::vector<PoolCandidate> candidates;
  // Candidates without a letter, hidden unless the queue asks for them.
  std::vector<storage::v1::Span> hidden;
  uint32_t num_tokens = 0;
};

// Candidates of the queue's labels with at least kMinProbability, ascending by span.
TextCandidates FindTextCandidates(const ner::Model& model, absl::string_view text,
                                  const storage::v1::Queue& queue);

// The audit frame of a queue (common/stats/audit.h): candidates of its hold-out texts under
// `model`, as stored tasks. At most kMaxFrameTexts texts, drawn by their split keys. Texts in
// `trained_on` (sorted split keys) are left out.
std::vector<storage::v1::StoredTask> MakeAuditFrame(const QuestionPool& pool,
                                                    const ner::Model& model,
                                                    const storage::v1::Queue& queue,
                                                    const std::vector<uint64_t>& trained_on);
inline constexpr size_t kMaxFrameTexts = 5000;

// A question about one span, without a lease.
v1::Task MakeQuestion(const storage::v1::Queue& queue, const PoolText& text,
                      const PoolCandidate& candidate, absl::string_view strategy);

}  // namespace winnow::annotation
