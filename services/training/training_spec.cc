#include "services/training/training_spec.h"

#include <algorithm>
#include <map>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "common/base/names.h"
#include "common/ner/learner.h"
#include "common/ner/lexicon.h"
#include "common/rpc/patterns.h"
#include "common/text/split_key.h"

namespace winnow::training {
namespace {

constexpr size_t kMaxLexiconBytes = size_t{2} << 20;

// Adds those of `labels` that differ from one of `known`, or from one before them, in case or white
// space only.
template <typename Labels>
void CheckLabelsDiffer(const std::vector<std::string>& known, const Labels& labels,
                       Violations& violations) {
  std::map<uint64_t, std::string> by_key;
  for (const std::string& label : known) by_key.emplace(text::SplitKey(label), label);
  for (const std::string& label : labels) {
    const auto [it, is_new] = by_key.emplace(text::SplitKey(label), label);
    if (is_new || it->second == label ||
        std::find(known.begin(), known.end(), label) != known.end())
      continue;
    violations.Add("labels",
                   absl::StrCat("\"", it->second, "\" and \"", label,
                                "\" differ in case or white space only: use one of them"));
  }
}

void CheckLexicon(const v1::TrainingSpec& spec, Violations& violations) {
  if (spec.lexicon().empty()) return;
  if (!spec.pool().empty())
    violations.Add("lexicon", "excludes pool: word classes are of vectors or of raw texts");
  if (spec.lexicon().size() > kMaxLexiconBytes) {
    violations.Add("lexicon", absl::StrCat("has ", spec.lexicon().size(), " bytes, more than ",
                                           kMaxLexiconBytes));
    return;
  }
  const auto lexicon = ner::Lexicon::Parse(spec.lexicon());
  if (!lexicon.ok()) violations.Add("lexicon", lexicon.status().message());
}

}  // namespace

absl::Status CheckSpec(const v1::TrainingSpec& spec) {
  if (IsPoolAlone(spec)) return absl::OkStatus();
  Violations violations;
  if (spec.datasets().empty()) violations.Add("datasets", "must name at least one data set");
  if (spec.labels().empty()) violations.Add("labels", "must name at least one label (-l)");
  for (const std::string& label : spec.labels()) {
    if (label.empty()) violations.Add("labels", "must not be empty");
  }
  CheckLabelsDiffer({}, spec.labels(), violations);
  if (const absl::Status name = ValidateName("model", spec.output()); !name.ok()) {
    violations.Add("output", name.message());
  }
  if (spec.parent().empty())
    violations.Add("parent", "must name a model, or blank:en to start from nothing");
  if (spec.has_eval_split() && !(spec.eval_split() > 0 && spec.eval_split() < 1)) {
    violations.Add("eval_split", absl::StrCat("must lie between 0 and 1, not ", spec.eval_split()));
  }
  if (spec.has_prior() && !(spec.prior() >= 0 && spec.prior() <= 100)) {
    violations.Add("prior", absl::StrCat("must lie between 0 and 100, not ", spec.prior()));
  }
  for (const auto& [field, rate] : {std::pair("reject_error", spec.reject_error()),
                                    std::pair("accept_error", spec.accept_error())}) {
    if (!(rate >= 0 && rate < 0.5))
      violations.Add(field, absl::StrCat("must be at least 0 and below 0.5, not ", rate));
  }
  if (!(spec.entity_share() >= 0 && spec.entity_share() < 1)) {
    violations.Add("entity_share",
                   absl::StrCat("must be at least 0 and below 1, not ", spec.entity_share()));
  }
  CheckLexicon(spec, violations);
  if (!spec.patterns().empty()) rpc::ReadPatterns(spec.patterns(), violations);
  if (spec.epochs() > 1000) violations.Add("epochs", "must be at most 1000");
  return violations.ToStatus("cannot train");
}

absl::Status CheckLabelsAgainst(const std::vector<std::string>& known,
                                const v1::TrainingSpec& spec) {
  Violations violations;
  CheckLabelsDiffer(known, spec.labels(), violations);
  return violations.ToStatus("cannot train");
}

bool IsPoolAlone(const v1::TrainingSpec& spec) {
  v1::TrainingSpec rest = spec;
  rest.clear_pool();
  rest.clear_seed();
  return !spec.pool().empty() && rest.ByteSizeLong() == 0;
}

v1::TrainingSpec Told(v1::TrainingSpec spec) {
  spec.clear_patterns();
  spec.clear_lexicon();
  return spec;
}

bool IsFromNothing(const v1::TrainingSpec& spec) {
  return absl::StartsWith(spec.parent(), "blank:");
}

int Epochs(const v1::TrainingSpec& spec) {
  return spec.epochs() == 0 ? ner::LearnerOptions().epochs : static_cast<int>(spec.epochs());
}

}  // namespace winnow::training
