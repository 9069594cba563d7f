#include "services/annotation/queue_settings.h"

#include <algorithm>
#include <set>
#include <string>
#include <vector>

#include "absl/algorithm/container.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "common/base/names.h"
#include "common/base/status.h"
#include "common/measure/labelled_texts.h"
#include "common/models/version_name.h"
#include "common/ner/acquisition.h"
#include "common/ner/blank_model.h"
#include "common/rpc/patterns.h"
#include "common/stats/asking.h"
#include "common/tasks/gold_tasks.h"
#include "common/tasks/kinds.h"
#include "common/teach/cold_start.h"
#include "common/teach/markup_finder.h"
#include "common/teach/pool.h"

namespace winnow::annotation {
namespace {

using storage::v1::Queue;

constexpr uint32_t kMaxOverlap = 100;
constexpr double kMaxCheckShare = 0.5;

void CheckNames(const Queue& queue, Violations& violations) {
  violations.AddUnlessOk("name", ValidateName("queue", queue.name()));
  violations.AddUnlessOk("dataset", ValidateName("dataset", queue.dataset()));
  for (const std::string& dataset : queue.exclude_datasets())
    violations.AddUnlessOk("exclude_datasets", ValidateName("dataset", dataset));
  for (const std::string& dataset : queue.gold_datasets())
    violations.AddUnlessOk("gold_datasets", ValidateName("dataset", dataset));
}

void CheckChecks(const Queue& queue, Violations& violations) {
  if (!(queue.check_share() >= 0 && queue.check_share() <= kMaxCheckShare)) {
    violations.Add("check_share", absl::StrCat("must lie between 0 and ", kMaxCheckShare, ", not ",
                                               queue.check_share()));
  }
  if (!(queue.min_agreement() >= 0 && queue.min_agreement() <= 1)) {
    violations.Add("min_agreement",
                   absl::StrCat("must lie between 0 and 1, not ", queue.min_agreement()));
  }
  if (queue.kind() == storage::v1::TASK_KIND_TEACH || tasks::IsMarkup(queue.kind())) return;
  constexpr absl::string_view kOfSpans = "is for TEACH, MANUAL and CORRECT";
  if (queue.check_share() > 0) violations.Add("check_share", kOfSpans);
  if (!queue.gold_datasets().empty()) violations.Add("gold_datasets", kOfSpans);
  if (queue.min_agreement() > 0) violations.Add("min_agreement", kOfSpans);
}

void CheckTeam(const Queue& queue, Violations& violations) {
  if (queue.overlap() == 0 || queue.overlap() > kMaxOverlap) {
    violations.Add("overlap",
                   absl::StrCat("must be 1 to ", kMaxOverlap, ", not ", queue.overlap()));
  }
  if (queue.has_overlap_share() && !(queue.overlap_share() >= 0 && queue.overlap_share() <= 1)) {
    violations.Add("overlap_share",
                   absl::StrCat("must lie between 0 and 1, not ", queue.overlap_share()));
  }
  for (const std::string& person : queue.people())
    violations.AddUnlessOk("people", ValidatePerson(person));
  const auto named = static_cast<uint32_t>(queue.people_size());
  if (named > 0 && named < queue.overlap()) {
    violations.Add("overlap", absl::StrCat("is ", queue.overlap(), ", and only ", named,
                                           " people may work on the queue"));
  }
}

void CheckPatterns(const Queue& queue, Violations& violations) {
  const auto patterns = rpc::ReadPatterns(queue.patterns(), violations);
  if (patterns == nullptr) return;
  const std::vector<std::string>& labels = patterns->labels();
  const bool any = std::any_of(labels.begin(), labels.end(), [&](const std::string& label) {
    return std::find(queue.labels().begin(), queue.labels().end(), label) != queue.labels().end();
  });
  if (any) return;
  violations.Add("patterns", absl::StrCat("have the labels ", absl::StrJoin(labels, ", "),
                                          ", none of the queue's"));
}

void CheckInputs(const Queue& queue, Violations& violations) {
  std::set<std::string> seen;
  for (const std::string& dataset : queue.input_datasets()) {
    violations.AddUnlessOk("input_datasets", ValidateName("dataset", dataset));
    if (dataset == queue.dataset()) {
      violations.Add("input_datasets",
                     absl::StrCat("hold '", dataset, "', which the answers are added to"));
    }
    if (!seen.insert(dataset).second)
      violations.Add("input_datasets", absl::StrCat("name '", dataset, "' twice"));
  }
  if (!queue.source().empty())
    violations.Add("source", "must be empty: the texts are those of the input data sets");
}

// What every queue has that asks about texts.
void CheckTexts(const Queue& queue, Empty empty, Violations& violations) {
  if (!queue.input_datasets().empty()) {
    CheckInputs(queue, violations);
  } else if (empty == Empty::kIsMissing || !queue.source().empty()) {
    violations.AddUnlessOk("source", ValidateName("source", queue.source()));
  }
  // People may judge texts as a whole.
  if (queue.labels().empty() && queue.kind() != storage::v1::TASK_KIND_MANUAL)
    violations.Add("labels", "must name at least one label");
  for (const std::string& label : queue.labels())
    violations.AddUnlessOk("labels", ValidateLabel(label));
  if (!queue.patterns().empty()) CheckPatterns(queue, violations);
}

void CheckModel(const Queue& queue, Empty empty, Violations& violations) {
  if (empty == Empty::kIsMissing || !queue.model().empty())
    violations.AddUnlessOk("model", models::Reference::Parse(queue.model()).status());
}

void CheckNoModel(const Queue& queue, Violations& violations) {
  if (!queue.model().empty()) violations.Add("model", "must be empty: no model asks");
}

void CheckTeach(const Queue& queue, Empty empty, Violations& violations) {
  const bool only_patterns = queue.strategy() == teach::kPatternStrategy;
  if (only_patterns) {
    CheckNoModel(queue, violations);
  } else if (!ner::IsBlankName(queue.model())) {
    CheckModel(queue, empty, violations);
  }
  if (queue.patterns().empty() && (only_patterns || ner::IsBlankName(queue.model())))
    violations.Add("patterns", "must be given where there is no model yet");
  if (!(queue.audit_share() >= 0 && queue.audit_share() <= 1)) {
    violations.Add("audit_share",
                   absl::StrCat("must lie between 0 and 1, not ", queue.audit_share()));
  } else if (only_patterns && queue.audit_share() > 0) {
    violations.Add("audit_share", "must be 0 where only patterns ask");
  }
  if (only_patterns) return;
  const auto acquisition = ner::FindAcquisitionFunction(queue.strategy());
  if (!acquisition.ok()) violations.Add("strategy", acquisition.status().message());
}

void CheckMarkup(const Queue& queue, Empty empty, Violations& violations) {
  std::vector<absl::string_view> orders = {teach::kSourceOrder, teach::kRandomOrder};
  if (queue.kind() == storage::v1::TASK_KIND_CORRECT) {
    CheckModel(queue, empty, violations);
    orders.push_back(teach::kUncertaintyOrder);
    if (!queue.patterns().empty()) violations.Add("patterns", "are for TEACH and MANUAL");
  } else {
    CheckNoModel(queue, violations);
  }
  if (absl::c_linear_search(orders, queue.strategy())) return;
  violations.Add("strategy", absl::StrCat("'", queue.strategy(),
                                          "' is not one of: ", absl::StrJoin(orders, ", ")));
}

absl::Status CheckGold(const Queue& queue, const corpus::CorpusReader& reader) {
  WINNOW_ASSIGN_OR_RETURN(const std::vector<storage::v1::Task> gold,
                          tasks::ReadGoldTasks(queue, reader));
  if (queue.gold_datasets().empty() || !gold.empty()) return absl::OkStatus();
  Violations violations;
  violations.Add(
      "gold_datasets",
      absl::StrCat("have no answer to check people by: the labels are ",
                   absl::StrJoin(queue.labels(), ", "),
                   tasks::IsMarkup(queue.kind()) ? ", all of which must be complete" : ""));
  return violations.ToStatus("cannot make the queue");
}

void CheckReview(const Queue& queue, Violations& violations) {
  if (queue.input_datasets().empty())
    violations.Add("input_datasets", "must name the data sets whose answers are reviewed");
  CheckNoModel(queue, violations);
  if (!queue.patterns().empty()) violations.Add("patterns", "are for TEACH and MANUAL");
  if (queue.overlap() != 1) violations.Add("overlap", "must be 1: what is decided is decided once");
}

// Settings of other kinds.
void CheckOnlyReview(const Queue& queue, Violations& violations) {
  if (queue.auto_accept()) violations.Add("auto_accept", "is for REVIEW");
  if (queue.hide_names()) violations.Add("hide_names", "is for REVIEW");
  if (queue.kind() != storage::v1::TASK_KIND_CORRECT && !queue.input_datasets().empty())
    violations.Add("input_datasets", "are for REVIEW and CORRECT");
}

// A label that nobody was asked about in the data sets is a slip.
absl::Status CheckReviewedLabels(const Queue& queue, const corpus::CorpusReader& reader) {
  std::vector<std::string> known;
  for (const std::string& name : queue.input_datasets()) {
    WINNOW_ASSIGN_OR_RETURN(const storage::v1::Dataset dataset, reader.GetDataset(name));
    for (const auto& count : dataset.labels()) known.push_back(count.label());
  }
  for (const std::string& label : queue.labels()) {
    if (absl::c_linear_search(known, label)) continue;
    return WithReason(absl::InvalidArgumentError(absl::StrCat(
                          "no answer in ", teach::OriginOf(queue), " is about the label '", label,
                          "'.", DidYouMean(label, known))),
                      "UNKNOWN_LABEL");
  }
  return absl::OkStatus();
}

absl::Status CheckLabels(const Queue& queue, const models::LoadedModel& version) {
  std::vector<std::string> asked;
  if (!queue.patterns().empty()) {
    WINNOW_ASSIGN_OR_RETURN(const auto patterns, rpc::ReadPatterns(queue.patterns()));
    asked = patterns->labels();
  }
  for (const std::string& label : queue.labels()) {
    if (version.model->LabelIndex(label) >= 0 || absl::c_linear_search(asked, label)) continue;
    return WithReason(absl::InvalidArgumentError(absl::StrCat(
                          version.version.ToString(), " does not know the label '", label, "'",
                          queue.patterns().empty() ? "" : ", nor does a pattern ask about it", ".",
                          DidYouMean(label, version.model->labels()),
                          " To teach a new label give patterns that "
                          "ask about it, or train it first on complete annotations")),
                      "UNKNOWN_LABEL");
  }
  return absl::OkStatus();
}

}  // namespace

absl::Status CheckSettings(const Queue& queue, Empty empty) {
  Violations violations;
  CheckNames(queue, violations);
  CheckTeam(queue, violations);
  CheckChecks(queue, violations);
  switch (queue.kind()) {
    case storage::v1::TASK_KIND_TEACH:
      CheckTexts(queue, empty, violations);
      CheckTeach(queue, empty, violations);
      break;
    case storage::v1::TASK_KIND_MANUAL:
    case storage::v1::TASK_KIND_CORRECT:
      CheckTexts(queue, empty, violations);
      CheckMarkup(queue, empty, violations);
      break;
    case storage::v1::TASK_KIND_COMPARE:
      if (!queue.source().empty())
        violations.AddUnlessOk("source", ValidateName("source", queue.source()));
      break;
    case storage::v1::TASK_KIND_REVIEW:
      CheckTexts(queue, empty, violations);
      CheckReview(queue, violations);
      break;
    default:
      violations.Add("kind", "must be TEACH, MANUAL, CORRECT, REVIEW or COMPARE");
  }
  if (queue.kind() != storage::v1::TASK_KIND_REVIEW) CheckOnlyReview(queue, violations);
  return violations.ToStatus("cannot make the queue");
}

absl::Status Prepare(const corpus::Corpus& corpus, models::ModelCache& models, Empty empty,
                     Queue& queue) {
  if (queue.kind() == storage::v1::TASK_KIND_COMPARE) return absl::OkStatus();
  const corpus::CorpusReader& reader = corpus.reader();
  for (const std::string& dataset : queue.exclude_datasets())
    WINNOW_RETURN_IF_ERROR(reader.GetDataset(dataset).status());
  WINNOW_RETURN_IF_ERROR(CheckGold(queue, reader));
  const std::vector<std::string> inputs(queue.input_datasets().begin(),
                                        queue.input_datasets().end());
  WINNOW_RETURN_IF_ERROR(measure::CheckDatasets(reader, inputs));
  if (queue.kind() == storage::v1::TASK_KIND_REVIEW) return CheckReviewedLabels(queue, reader);
  storage::v1::Source source;
  if (inputs.empty() && (empty == Empty::kIsMissing || !queue.source().empty())) {
    WINNOW_ASSIGN_OR_RETURN(source, reader.GetSource(queue.source()));
  }
  // Nothing asks but patterns and people, or the model is yet to come.
  if (queue.model().empty()) return absl::OkStatus();
  WINNOW_ASSIGN_OR_RETURN(const std::shared_ptr<const models::LoadedModel> version,
                          teach::VersionOf(queue, models));
  WINNOW_RETURN_IF_ERROR(CheckLabels(queue, *version));
  if (queue.kind() != storage::v1::TASK_KIND_TEACH || ner::IsBlankName(queue.model()) ||
      !teach::KnowsAnyLabel(*version->model, queue)) {
    return absl::OkStatus();
  }
  storage::v1::AuditFrame& frame = *queue.add_frames();
  frame.set_model_version(version->version.ToString());
  frame.set_source_revision(source.revision());
  frame.set_min_probability(stats::kMinAskedProbability);
  return absl::OkStatus();
}

}  // namespace winnow::annotation
