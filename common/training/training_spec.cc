#include "common/training/training_spec.h"

#include <algorithm>
#include <map>

#include "absl/strings/str_cat.h"
#include "common/ner/blank_model.h"

namespace winnow::training {

using storage::v1::TrainingFiles;
using storage::v1::TrainingSpec;

void CheckLabelsDiffer(const std::vector<std::string>& known, const TrainingSpec& spec,
                       Violations& violations) {
  std::map<uint64_t, std::string> by_key;
  for (const std::string& label : known) by_key.emplace(text::SplitKey(label), label);
  for (const std::string& label : spec.labels()) {
    const auto [it, is_new] = by_key.emplace(text::SplitKey(label), label);
    if (is_new || it->second == label ||
        std::find(known.begin(), known.end(), label) != known.end())
      continue;
    violations.Add("labels",
                   absl::StrCat("\"", it->second, "\" and \"", label,
                                "\" differ in case or white space only: use one of them"));
  }
}

absl::Status CheckLabelsAgainst(const std::vector<std::string>& known, const TrainingSpec& spec) {
  Violations violations;
  CheckLabelsDiffer(known, spec, violations);
  return violations.ToStatus("cannot train");
}

bool IsPoolAlone(const TrainingSpec& spec, const TrainingFiles& files) {
  TrainingSpec rest = spec;
  rest.clear_pool();
  rest.clear_seed();
  return !spec.pool().empty() && rest.ByteSizeLong() == 0 && files.ByteSizeLong() == 0;
}

bool IsFromNothing(const TrainingSpec& spec) { return ner::IsBlankName(spec.parent()); }

std::vector<absl::string_view> LexiconsOf(const TrainingFiles& files) {
  std::vector<absl::string_view> lexicons;
  if (!files.lexicon().empty()) lexicons.push_back(files.lexicon());
  lexicons.insert(lexicons.end(), files.more_lexicons().begin(), files.more_lexicons().end());
  return lexicons;
}

std::vector<std::string> LabelsOf(const TrainingSpec& spec) {
  return {spec.labels().begin(), spec.labels().end()};
}

std::vector<std::string> DatasetsOf(const TrainingSpec& spec) {
  return {spec.datasets().begin(), spec.datasets().end()};
}

std::vector<std::string> EvalDatasetsOf(const TrainingSpec& spec) {
  return {spec.eval_datasets().begin(), spec.eval_datasets().end()};
}

double EvalShare(const TrainingSpec& spec) {
  return spec.has_eval_split() ? spec.eval_split() : kHoldout;
}

double HoldoutShare(const TrainingSpec& spec) { return std::max(kHoldout, EvalShare(spec)); }

bool InShare(uint64_t split_key, double share) {
  return text::Bucket(split_key) < share * text::kNumBuckets;
}

}  // namespace winnow::training
