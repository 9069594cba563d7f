// From answers to the texts that are trained on: which are held out, and what is replayed.
#pragma once

#include <cstddef>
#include <cstdint>
#include <set>
#include <string>
#include <vector>

#include "absl/types/span.h"
#include "common/measure/labelled_texts.h"
#include "common/models/training_keys.h"
#include "winnow/storage/v1/records.pb.h"
#include "winnow/storage/v1/training_records.pb.h"

namespace winnow::training {

// One text that is trained on.
struct TrainingText {
  uint64_t split_key = 0;
  storage::v1::LabelledText labelled;
  // It comes from the parent's replay.bin, and nothing else is known of it.
  bool replayed = false;
  // The parent, or a version that it comes of, has learnt from the text.
  bool learnt = false;
};

struct TrainingData {
  // New texts in the order of the corpus, then replayed ones in their stored order.
  std::vector<TrainingText> texts;
  uint64_t num_holdout = 0;
  uint64_t num_eval = 0;
};

// What a parent has learnt from: texts to replay, and the keys of all, sorted.
struct LearntTexts {
  absl::Span<const storage::v1::LabelledText> replay;
  absl::Span<const uint64_t> keys;
};

// Leaves out new texts that are held out, or have a key in `eval_keys` (sorted), and what says
// nothing of the spec's labels. Of the replay only texts of the fixed hold-out are left out, which
// no training has: the parent has learnt the others, so they are in no figure of either version. A
// text that is both new and replayed is one new text, of which both are known; where they disagree
// the new answers count.
TrainingData SelectTrainingTexts(const storage::v1::TrainingSpec& spec,
                                 const measure::LabelledTexts& answers, const LearntTexts& learnt,
                                 const models::TrainingKeys& eval_keys);

// Adds the labels that the text says something about: a span of theirs, or that it is complete.
void AddLabels(const storage::v1::LabelledText& labelled, std::set<std::string>& labels);

// At most kMaxReplay of the texts, drawn by a hash of their split keys: the same texts keep being
// drawn through the generations of a model.
std::vector<storage::v1::LabelledText> DrawReplay(
    const std::vector<TrainingText>& texts, const std::vector<storage::v1::LabelledText>& carried);
inline constexpr size_t kMaxReplay = 2000;

}  // namespace winnow::training
