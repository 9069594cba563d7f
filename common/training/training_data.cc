#include "common/training/training_data.h"

#include <algorithm>
#include <map>
#include <set>
#include <utility>

#include "absl/algorithm/container.h"
#include "absl/strings/string_view.h"
#include "common/base/hash.h"
#include "common/ner/supervision.h"
#include "common/text/spans.h"
#include "common/text/split_key.h"
#include "common/training/training_spec.h"

namespace winnow::training {

using storage::v1::Evidence;
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
  for (const Evidence& evidence : labelled.evidence()) {
    if (wanted(evidence.span().label())) *result.add_evidence() = evidence;
  }
  for (const std::string& label : labelled.complete_labels()) {
    if (wanted(label)) result.add_complete_labels(label);
  }
  return result;
}

bool SaysNothing(const LabelledText& labelled) {
  return ner::KnownByRejectsOnly(labelled) && labelled.rejected().empty();
}

// Adds to a new text what its replay knows besides.
void AddReplayed(const LabelledText& replayed, LabelledText& text) {
  const LabelledText known = text;
  const auto is_complete = [&](const std::string& label) {
    return absl::c_linear_search(known.complete_labels(), label);
  };
  const auto add = [&](const Span& span, auto& spans) {
    *spans.Add() = span;
    if (const Evidence* evidence = ner::FindEvidence(replayed, span))
      *text.add_evidence() = *evidence;
  };
  for (const Span& span : replayed.accepted()) {
    const auto overlaps = [&](const Span& other) { return text::Overlaps(span, other); };
    const auto is_same = [&](const Span& other) { return text::SameSpan(span, other); };
    if (!is_complete(span.label()) && absl::c_none_of(known.accepted(), overlaps) &&
        absl::c_none_of(known.rejected(), is_same) && absl::c_none_of(known.disputed(), is_same))
      add(span, *text.mutable_accepted());
  }
  for (const Span& span : replayed.rejected()) {
    const auto is_same = [&](const Span& other) { return text::SameSpan(span, other); };
    if (!is_complete(span.label()) && absl::c_none_of(known.accepted(), is_same) &&
        absl::c_none_of(known.rejected(), is_same))
      add(span, *text.mutable_rejected());
  }
  for (const std::string& label : replayed.complete_labels()) {
    if (!is_complete(label)) text.add_complete_labels(label);
  }
}

}  // namespace

TrainingData SelectTrainingTexts(const TrainingSpec& spec, const measure::LabelledTexts& answers,
                                 const LearntTexts& learnt, const models::TrainingKeys& eval_keys) {
  TrainingData data;
  const auto is_learnt = [&](uint64_t key) {
    return std::binary_search(learnt.keys.begin(), learnt.keys.end(), key);
  };
  // Where the new texts are in `data`, by their text.
  std::map<absl::string_view, size_t> places;
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
    places.emplace(example.labelled.text(), data.texts.size());
    data.texts.push_back(
        {example.split_key, std::move(labelled), false, is_learnt(example.split_key)});
  }
  for (const LabelledText& labelled : learnt.replay) {
    const uint64_t key = text::SplitKey(labelled.text());
    if (InShare(key, kHoldout)) continue;
    if (const auto place = places.find(labelled.text()); place != places.end()) {
      AddReplayed(labelled, data.texts[place->second].labelled);
    } else {
      data.texts.push_back({key, labelled, true, true});
    }
  }
  return data;
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
