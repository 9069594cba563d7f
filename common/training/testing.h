// Helpers that the tests of training share.
#pragma once

#include <algorithm>
#include <string>
#include <vector>

#include "common/measure/testing.h"
#include "common/models/training_keys.h"
#include "winnow/storage/v1/records.pb.h"
#include "winnow/storage/v1/training_records.pb.h"

namespace winnow::training {

// Trains "jobs" from blank:en on the data set "d".
inline storage::v1::TrainingSpec MakeSpec(const std::vector<std::string>& labels = {"job"}) {
  storage::v1::TrainingSpec spec;
  spec.add_datasets("d");
  spec.set_parent("blank:en");
  spec.set_output("jobs");
  for (const std::string& label : labels) spec.add_labels(label);
  return spec;
}

inline storage::v1::LabelledText Labelled(const std::string& text,
                                          const std::vector<storage::v1::Span>& accepted,
                                          const std::vector<storage::v1::Span>& rejected = {}) {
  storage::v1::LabelledText labelled;
  labelled.set_text(text);
  for (const auto& span : accepted) *labelled.add_accepted() = span;
  for (const auto& span : rejected) *labelled.add_rejected() = span;
  return labelled;
}

// The split keys of texts, sorted.
inline models::TrainingKeys KeysOf(const std::vector<measure::Annotated>& ads) {
  models::TrainingKeys keys;
  for (const measure::Annotated& ad : ads) keys.push_back(text::SplitKey(ad.text));
  std::sort(keys.begin(), keys.end());
  return keys;
}

}  // namespace winnow::training
