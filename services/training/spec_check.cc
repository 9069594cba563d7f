#include "services/training/spec_check.h"

#include <set>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "common/base/names.h"
#include "common/base/status.h"
#include "common/models/version_name.h"
#include "common/ner/knowledge.h"
#include "common/ner/lexicon.h"
#include "common/ner/training.h"
#include "common/rpc/patterns.h"
#include "common/training/training_spec.h"

namespace winnow::training {

using storage::v1::TrainingFiles;
using storage::v1::TrainingSpec;

namespace {

constexpr size_t kMaxLexiconBytes = size_t{2} << 20;
// There is room for the pool.
constexpr size_t kMaxVectors = ner::kMaxLexicons - 1;

void CheckLexicons(const TrainingFiles& files, Violations& violations) {
  const std::vector<absl::string_view> lexicons = LexiconsOf(files);
  if (lexicons.size() > kMaxVectors) {
    violations.Add("more_lexicons",
                   absl::StrCat("are of ", lexicons.size(),
                                " files of vectors with lexicon, more than ", kMaxVectors));
    return;
  }
  std::set<uint64_t> digests;
  for (size_t i = 0; i < lexicons.size(); ++i) {
    const absl::string_view field =
        i == 0 && !files.lexicon().empty() ? "lexicon" : "more_lexicons";
    if (lexicons[i].size() > kMaxLexiconBytes) {
      violations.Add(
          field, absl::StrCat("has ", lexicons[i].size(), " bytes, more than ", kMaxLexiconBytes));
      continue;
    }
    const auto parsed = ner::Lexicon::Parse(lexicons[i]);
    if (!parsed.ok()) {
      violations.Add(field, parsed.status().message());
    } else if (!digests.insert((*parsed)->digest()).second) {
      violations.Add(field, "has the same word classes as another one");
    }
  }
}

void CheckNames(const TrainingSpec& spec, Violations& violations) {
  if (spec.datasets().empty()) violations.Add("datasets", "must name at least one data set");
  if (spec.labels().empty()) violations.Add("labels", "must name at least one label");
  for (const std::string& label : spec.labels())
    violations.AddUnlessOk("labels", ValidateLabel(label));
  CheckLabelsDiffer({}, spec, violations);
  violations.AddUnlessOk("output", ValidateName("model", spec.output()));
  if (spec.parent().empty()) {
    violations.Add("parent", "must name a model, or blank:en to start from nothing");
  } else if (!IsFromNothing(spec)) {
    violations.AddUnlessOk("parent", models::Reference::Parse(spec.parent()).status());
  }
  for (const std::string& dataset : spec.datasets())
    violations.AddUnlessOk("datasets", ValidateName("dataset", dataset));
  for (const std::string& dataset : spec.eval_datasets())
    violations.AddUnlessOk("eval_datasets", ValidateName("dataset", dataset));
  if (!spec.pool().empty()) violations.AddUnlessOk("pool", ValidateName("source", spec.pool()));
  if (spec.self_training() && spec.pool().empty())
    violations.Add("self_training", "needs the texts of a pool");
}

// The conditions are written so that NaN breaks them.
void CheckNumbers(const TrainingSpec& spec, Violations& violations) {
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
  if (spec.weigh_people() && (spec.reject_error() != 0 || spec.accept_error() != 0))
    violations.Add("weigh_people", "estimates the errors: leave reject_error and accept_error out");
  if (spec.has_entity_share() && !(spec.entity_share() > 0 && spec.entity_share() < 1)) {
    violations.Add("entity_share",
                   absl::StrCat("must lie between 0 and 1, not ", spec.entity_share()));
  }
  if (spec.has_epochs() && (spec.epochs() == 0 || spec.epochs() > 1000))
    violations.Add("epochs", absl::StrCat("must be 1 to 1000, not ", spec.epochs()));
  if (spec.has_bag() && (spec.bag() == 0 || spec.bag() > ner::kMaxBag))
    violations.Add("bag", absl::StrCat("must be 1 to ", ner::kMaxBag, ", not ", spec.bag()));
}

absl::Status CheckJudged(const TrainingSpec& spec, const TrainingFiles& files) {
  Violations violations;
  const auto reference = models::Reference::Parse(spec.judged_version());
  violations.AddUnlessOk("judged_version", reference.status());
  if (reference.ok() && !reference->number.has_value())
    violations.Add("judged_version", "must be of the form name@N");
  for (const std::string& dataset : spec.eval_datasets())
    violations.AddUnlessOk("eval_datasets", ValidateName("dataset", dataset));
  TrainingSpec rest = spec;
  rest.clear_judged_version();
  rest.clear_eval_datasets();
  if (rest.ByteSizeLong() > 0 || files.ByteSizeLong() > 0)
    violations.Add("judged_version", "goes with eval_datasets and nothing else");
  return violations.ToStatus("cannot judge");
}

}  // namespace

absl::Status CheckSpec(const TrainingSpec& spec, const TrainingFiles& files) {
  if (!spec.judged_version().empty()) return CheckJudged(spec, files);
  if (IsPoolAlone(spec, files)) {
    Violations violations;
    violations.AddUnlessOk("pool", ValidateName("source", spec.pool()));
    return violations.ToStatus("cannot learn words");
  }
  Violations violations;
  CheckNames(spec, violations);
  CheckNumbers(spec, violations);
  CheckLexicons(files, violations);
  if (!files.patterns().empty()) rpc::ReadPatterns(files.patterns(), violations);
  return violations.ToStatus("cannot train");
}

}  // namespace winnow::training
