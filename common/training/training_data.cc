#include "services/training/training_data.h"

#include <algorithm>
#include <map>
#include <utility>

#include "common/base/hash.h"
#include "common/text/split_key.h"
#include "services/training/training_spec.h"

namespace winnow::training {

using storage::v1::LabelledText;
using storage::v1::Span;
using storage::v1::TrainingSpec;

namespace {

constexpr uint64_t kReplaySalt = 0x7265706c6179;

// Only what is said of `labels`.
LabelledText Restrict(const LabelledText& labelled, const TrainingSpec& spec) {
  const auto wanted = [&](const std::string& label) {
    return std::find(spec.labels().begin(), spec.labels().end(), label) != spec.labels().end();
  };
  LabelledText result;
  result.set_text(labelled.text());
  for (const Span& span : labelled.accepted()) {
    if (wanted(span.label())) *result.add_accepted() = span;
  }
  for (const Span& span : labelled.rejected()) {
    if (wanted(span.label())) *result.add_rejected() = span;
  }
  for (const Span& span : labelled.disputed()) {
    if (wanted(span.label())) *result.add_disputed() = span;
  }
  for (const std::string& label : labelled.complete_labels()) {
    if (wanted(label)) result.add_complete_labels(label);
  }
  return result;
}

bool SaysNothing(const LabelledText& labelled) {
  return KnownByRejectsOnly(labelled) && labelled.rejected().empty();
}

}  // namespace

TrainingData SelectTrainingTexts(const TrainingSpec& spec, const measure::LabelledTexts& answers,
                                 const std::vector<LabelledText>& replay,
                                 const models::TrainingKeys& eval_keys) {
  TrainingData data;
  const double holdout = HoldoutShare(spec);
  const auto is_eval = [&](uint64_t key) {
    return std::binary_search(eval_keys.begin(), eval_keys.end(), key);
  };
  for (const measure::LabelledExample& example : answers.texts) {
    if (is_eval(example.split_key)) {
      ++data.num_eval;
      continue;
    }
    if (InShare(example.split_key, holdout)) {
      ++data.num_holdout;
      continue;
    }
    LabelledText labelled = Restrict(example.labelled, spec);
    if (SaysNothing(labelled)) continue;
    data.texts.push_back({example.split_key, std::move(labelled), false});
  }
  for (const LabelledText& labelled : replay) {
    const uint64_t key = text::SplitKey(labelled.text());
    if (InShare(key, kHoldout)) continue;
    data.texts.push_back({key, labelled, true});
  }
  return data;
}

bool KnownByRejectsOnly(const LabelledText& labelled) {
  return labelled.accepted().empty() && labelled.complete_labels().empty();
}

void AddLabels(const LabelledText& labelled, std::set<std::string>& labels) {
  for (const Span& span : labelled.accepted()) labels.insert(span.label());
  for (const Span& span : labelled.rejected()) labels.insert(span.label());
  labels.insert(labelled.complete_labels().begin(), labelled.complete_labels().end());
}

std::vector<LabelledText> DrawReplay(const std::vector<TrainingText>& texts,
                                     const std::vector<LabelledText>& carried) {
  // Rank -> record; what is trained on now replaces what was known of the same text before.
  std::map<std::pair<uint64_t, uint64_t>, LabelledText> drawn;
  const auto add = [&](uint64_t key, const LabelledText& labelled) {
    drawn[{MixHash(key, kReplaySalt), key}] = labelled;
  };
  for (const LabelledText& labelled : carried) add(text::SplitKey(labelled.text()), labelled);
  for (const TrainingText& text : texts) {
    if (!text.replayed) add(text.split_key, text.labelled);
  }
  std::vector<LabelledText> records;
  for (auto& [rank, labelled] : drawn) {
    if (records.size() == kMaxReplay) break;
    records.push_back(std::move(labelled));
  }
  return records;
}

}  // namespace winnow::training
