#include "services/evaluation/comparisons.h"

#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "common/base/hash.h"
#include "common/base/names.h"
#include "common/base/status.h"
#include "services/evaluation/verdict.h"

namespace winnow::evaluation {
namespace {

using storage::v1::ComparisonRun;

void CheckName(absl::string_view what, absl::string_view name, RequestCheck& check) {
  const absl::Status status = ValidateName(what, name);
  if (!status.ok()) check.Add(absl::StrCat("spec.", what), status.message());
}

// Without what only the texts can tell.
ComparisonRun RunOf(const v1::ComparisonSpec& spec, const models::VersionName& a,
                    const models::VersionName& b) {
  ComparisonRun run;
  run.set_name(spec.name());
  run.set_model_a(spec.model_a());
  run.set_model_b(spec.model_b());
  run.set_source(spec.source());
  run.set_dataset(spec.dataset());
  *run.mutable_labels() = spec.labels();
  run.set_seed(spec.seed());
  run.set_max_judgements(spec.max_judgements() == 0 ? kDefaultMaxJudgements
                                                    : spec.max_judgements());
  run.set_version_a(a.ToString());
  run.set_version_b(b.ToString());
  return run;
}

// FailedPrecondition, with everything that differs, unless both ask for the same.
absl::Status CheckSame(const ComparisonRun& stored, const ComparisonRun& wanted) {
  std::vector<std::string> differences;
  const auto compare = [&](absl::string_view field, const auto& is, const auto& wants) {
    if (is != wants) differences.push_back(absl::StrCat(field, " is ", is, ", not ", wants));
  };
  compare("A", stored.version_a(), wanted.version_a());
  compare("B", stored.version_b(), wanted.version_b());
  compare("source", stored.source(), wanted.source());
  compare("dataset", stored.dataset(), wanted.dataset());
  compare("labels", absl::StrJoin(stored.labels(), ","), absl::StrJoin(wanted.labels(), ","));
  compare("seed", stored.seed(), wanted.seed());
  compare("max_judgements", stored.max_judgements(), wanted.max_judgements());
  if (differences.empty()) return absl::OkStatus();
  return absl::FailedPreconditionError(
      absl::StrCat("there is another comparison \"", stored.name(), "\": its ",
                   absl::StrJoin(differences, ", its "), "; choose another name"));
}

std::vector<std::string> CaveatsOf(const Differences& differences, const std::string& dataset) {
  std::vector<std::string> caveats;
  if (differences.num_trained_on > 0) {
    caveats.push_back(absl::StrCat("texts left out because A or B was trained on them: ",
                                   differences.num_trained_on));
  }
  for (const std::string& version : differences.unknown_lineage) {
    caveats.push_back(absl::StrCat("a leak cannot be excluded: the texts that ", version,
                                   " was trained on are not known"));
  }
  if (differences.num_answered_before > 0) {
    caveats.push_back(
        absl::StrCat("differing texts not asked because data set ", dataset,
                     " had answered the same question before: ", differences.num_answered_before));
  }
  return caveats;
}

absl::Status NothingToCompare(const ComparisonRun& run, const Differences& differences) {
  if (differences.num_trained_on == 0) {
    return absl::FailedPreconditionError(
        absl::StrCat("source \"", run.source(), "\" has no texts to compare on"));
  }
  return absl::FailedPreconditionError(
      absl::StrCat("nothing is left to compare on: ", run.version_a(), " or ", run.version_b(),
                   " was trained on all ", differences.num_trained_on, " texts of source \"",
                   run.source(), "\""));
}

}  // namespace

absl::StatusOr<v1::Comparison> Comparisons::Create(const v1::CreateComparisonRequest& request,
                                                   const IsCancelled& is_cancelled) {
  const RequestIdentity identity{request.request_id(),
                                 Sha256Hex(request.spec().SerializeAsString())};
  WINNOW_ASSIGN_OR_RETURN(const std::string name, stored_.FindRequest(identity));
  WINNOW_ASSIGN_OR_RETURN(
      ComparisonRun run,
      name.empty() ? FindOrBegin(request.spec(), identity, is_cancelled) : stored_.Get(name));
  if (!run.filled()) WINNOW_RETURN_IF_ERROR(Resume(run, is_cancelled));
  return Describe(run);
}

absl::StatusOr<v1::Comparison> Comparisons::Get(const std::string& name) const {
  WINNOW_ASSIGN_OR_RETURN(const ComparisonRun run, stored_.Get(name));
  return Describe(run);
}

absl::StatusOr<ComparisonRun> Comparisons::FindOrBegin(const v1::ComparisonSpec& spec,
                                                       const RequestIdentity& request,
                                                       const IsCancelled& is_cancelled) {
  RequestCheck check;
  CheckName("name", spec.name(), check);
  CheckName("source", spec.source(), check);
  CheckName("dataset", spec.dataset(), check);
  if (spec.labels().empty()) check.Add("spec.labels", "must name at least one label");
  const Model a = check.FindModel(models_, "spec.model_a", spec.model_a());
  const Model b = check.FindModel(models_, "spec.model_b", spec.model_b());
  if (a != nullptr) check.CheckLabels(spec.labels(), *a);
  if (b != nullptr && b != a) check.CheckLabels(spec.labels(), *b);
  WINNOW_RETURN_IF_ERROR(check.ToStatus("cannot compare"));

  const ComparisonRun wanted = RunOf(spec, a->version, b->version);
  while (true) {
    const absl::StatusOr<ComparisonRun> stored = stored_.Get(spec.name());
    if (stored.ok()) {
      WINNOW_RETURN_IF_ERROR(CheckSame(*stored, wanted));
      WINNOW_RETURN_IF_ERROR(stored_.PutRequest(request, spec.name()));
      return *stored;
    }
    if (!absl::IsNotFound(stored.status())) return stored.status();
    ComparisonRun run = wanted;
    // False: somebody else made one of that name meanwhile.
    WINNOW_ASSIGN_OR_RETURN(const bool begun, Begin(run, a, b, request, is_cancelled));
    if (begun) return run;
  }
}

absl::StatusOr<bool> Comparisons::Begin(ComparisonRun& run, const Model& a, const Model& b,
                                        const RequestIdentity& request,
                                        const IsCancelled& is_cancelled) {
  WINNOW_ASSIGN_OR_RETURN(const rpc::CorpusSnapshot snapshot, annotation_.TakeSnapshot());
  run.set_start_revision(snapshot.revision());
  WINNOW_ASSIGN_OR_RETURN(const Differences differences,
                          FindDifferences(run, a, b, store_, snapshot.reader(), is_cancelled));
  if (differences.num_texts == 0) return NothingToCompare(run, differences);
  run.set_num_texts(differences.num_texts);
  run.set_num_differing(differences.tasks.size());
  run.set_num_answered_before(differences.num_answered_before);
  for (const std::string& caveat : CaveatsOf(differences, run.dataset())) run.add_caveats(caveat);
  if (differences.tasks.empty()) {
    run.set_filled(true);
    return stored_.Create(run, request);
  }
  run.set_queue(run.name());
  // First, so that a name that another queue has is refused with nothing stored.
  annotation::v1::QueueSpec queue;
  queue.set_name(run.queue());
  queue.set_kind(annotation::v1::QUEUE_KIND_COMPARISON);
  queue.set_dataset(run.dataset());
  WINNOW_RETURN_IF_ERROR(annotation_.CreateQueue(queue));
  WINNOW_ASSIGN_OR_RETURN(const bool created, stored_.Create(run, request));
  if (created) WINNOW_RETURN_IF_ERROR(Fill(run, differences));
  return created;
}

absl::Status Comparisons::Resume(ComparisonRun& run, const IsCancelled& is_cancelled) {
  WINNOW_ASSIGN_OR_RETURN(const Model a, models_.Get(run.version_a()));
  WINNOW_ASSIGN_OR_RETURN(const Model b, models_.Get(run.version_b()));
  WINNOW_ASSIGN_OR_RETURN(const rpc::CorpusSnapshot snapshot, annotation_.TakeSnapshot());
  WINNOW_ASSIGN_OR_RETURN(const Differences differences,
                          FindDifferences(run, a, b, store_, snapshot.reader(), is_cancelled));
  return Fill(run, differences);
}

absl::Status Comparisons::Fill(ComparisonRun& run, const Differences& differences) {
  WINNOW_RETURN_IF_ERROR(annotation_.AddComparisons(run.queue(), differences.tasks));
  run.set_filled(true);
  return stored_.Put(run);
}

absl::StatusOr<v1::Comparison> Comparisons::Describe(const ComparisonRun& run) const {
  if (run.num_differing() == 0) return Judge(run, {});
  WINNOW_ASSIGN_OR_RETURN(const std::vector<annotation::v1::Answer> answers,
                          annotation_.ListAnswers(run.dataset(), run.start_revision()));
  return Judge(run, answers);
}

}  // namespace winnow::evaluation
