// From answers to what the learner sees: which texts are trained on, which are held out, what is
// replayed.
#pragma once

#include <cstdint>
#include <set>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "common/measure/labelled_texts.h"
#include "common/models/training_keys.h"
#include "common/ner/learner.h"
#include "common/ner/supervision.h"
#include "common/text/split_key.h"
#include "winnow/storage/v1/records.pb.h"
#include "winnow/training/v1/training.pb.h"

namespace winnow::training {

// One text that is trained on.
struct TrainingText {
  uint64_t split_key = 0;
  storage::v1::LabelledText labelled;
  // It comes from the parent's replay.bin.
  bool replayed = false;
};

struct TrainingData {
  // New texts in the order of the corpus, then replayed ones in their stored order.
  std::vector<TrainingText> texts;
  uint64_t num_holdout = 0;
  uint64_t num_eval = 0;
};

// Share of all texts that is held out of every training.
inline constexpr double kHoldout = static_cast<double>(text::kHoldoutBuckets) / text::kNumBuckets;
// Share of texts held out by the spec: buckets below 1000 times this are never trained on. At least
// kHoldout.
double HoldoutShare(const v1::TrainingSpec& spec);
// Share of texts that the figures are measured on.
double EvalShare(const v1::TrainingSpec& spec);
// The text lies in the first `share` of the buckets.
bool InShare(uint64_t split_key, double share);

// Leaves out hold-out texts and those with a key in `eval_keys` (sorted), from `replay` too, and
// what says nothing of the spec's labels; inverts the answers where the spec asks for it.
TrainingData SelectTrainingTexts(const v1::TrainingSpec& spec,
                                 const measure::LabelledTexts& answers,
                                 const std::vector<storage::v1::LabelledText>& replay,
                                 const models::TrainingKeys& eval_keys);

struct CompiledTexts {
  // One per text that can teach something; `text_of[i]` is the index of its text.
  std::vector<ner::Example> examples;
  std::vector<size_t> text_of;
  uint64_t num_off_token_spans = 0;
  // Accepted spans left out because they overlap a longer one; the first kMaxNamed of them for
  // people to read.
  uint64_t num_overlapping_spans = 0;
  std::vector<std::string> named_overlapping_spans;
  static constexpr size_t kMaxNamed = 5;
};

struct EntityTokens {
  uint64_t all = 0;
  uint64_t in_entities = 0;
};
// Of the texts that have accepted spans of the labels, the tokens, and those of them in such spans.
EntityTokens CountEntityTokens(absl::Span<const TrainingText> texts,
                               absl::Span<const std::string> labels);

// Adds the labels that the text says something about: a span of theirs, or that it is complete.
void AddLabels(const storage::v1::LabelledText& labelled, std::set<std::string>& labels);

// Texts as constrained lattices for a model with `labels`. Neither `unasked_is_o` nor kRejectWeight
// is for replayed ones. Their features are made with the knowledge; some of the tokens, which the
// seed chooses, go without what its lexicon knows, so that the model learns to do without, too.
absl::StatusOr<CompiledTexts> CompileTexts(absl::Span<const TrainingText> texts,
                                           absl::Span<const std::string> labels,
                                           const ner::SupervisionOptions& options = {},
                                           const ner::Knowledge& knowledge = {}, uint64_t seed = 0);

// At most kMaxReplay of the texts, drawn by a hash of their split keys: the same texts keep being
// drawn through the generations of a model.
std::vector<storage::v1::LabelledText> DrawReplay(
    const std::vector<TrainingText>& texts, const std::vector<storage::v1::LabelledText>& carried);
inline constexpr size_t kMaxReplay = 2000;

}  // namespace winnow::training
