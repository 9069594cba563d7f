#include "services/evaluation/make_comparison.h"

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "common/base/status.h"
#include "common/tournament/differences.h"

namespace winnow::evaluation {
namespace {

using storage::v1::ComparisonRun;
using tournament::Differences;

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

std::vector<std::string> CaveatsOf(const Differences& found, const std::string& dataset) {
  std::vector<std::string> caveats;
  if (found.num_trained_on > 0) {
    caveats.push_back(
        absl::StrCat("texts left out because A or B was trained on them: ", found.num_trained_on));
  }
  for (const std::string& version : found.unknown_lineage) {
    caveats.push_back(absl::StrCat("a leak cannot be excluded: the texts that ", version,
                                   " was trained on are not known"));
  }
  if (found.num_answered_before > 0) {
    caveats.push_back(
        absl::StrCat("differing texts not asked because data set ", dataset,
                     " had answered the same question before: ", found.num_answered_before));
  }
  return caveats;
}

absl::Status NothingToCompare(const ComparisonRun& run, const Differences& found) {
  if (found.num_trained_on == 0) {
    return absl::FailedPreconditionError(
        absl::StrCat("source \"", run.source(), "\" has no texts to compare on"));
  }
  return absl::FailedPreconditionError(absl::StrCat(
      "nothing is left to compare on: ", run.version_a(), " or ", run.version_b(),
      " was trained on all ", found.num_trained_on, " texts of source \"", run.source(), "\""));
}

absl::Status Report(jobs::JobContext& context, ComparisonPhase phase, uint64_t done,
                    uint64_t total) {
  storage::v1::JobProgress progress;
  progress.set_phase(phase);
  progress.set_done(done);
  progress.set_total(total);
  return context.Report(progress);
}

absl::StatusOr<std::optional<ComparisonRun>> Find(const ComparisonStore& stored,
                                                  const std::string& name) {
  absl::StatusOr<ComparisonRun> run = stored.Get(name);
  if (absl::IsNotFound(run.status())) return std::nullopt;
  WINNOW_RETURN_IF_ERROR(run.status());
  return *std::move(run);
}

absl::StatusOr<Differences> CompareOutputs(const ComparisonEnvironment& environment,
                                           const ComparisonRun& run,
                                           const corpus::CorpusReader& reader,
                                           jobs::JobContext& context) {
  WINNOW_ASSIGN_OR_RETURN(const auto a, environment.models.Get(run.version_a()));
  WINNOW_ASSIGN_OR_RETURN(const auto b, environment.models.Get(run.version_b()));
  const auto report = [&](uint64_t done, uint64_t total) {
    return Report(context, kComparingOutputs, done, total);
  };
  return tournament::FindDifferences(run, *a, *b, environment.store, reader, report);
}

// Completes the record, makes its queue and stores it. False when somebody else stored one of that
// name meanwhile.
absl::StatusOr<bool> Begin(const ComparisonEnvironment& environment, const Differences& found,
                           ComparisonRun& run) {
  if (found.num_texts == 0) return NothingToCompare(run, found);
  run.set_num_texts(found.num_texts);
  run.set_num_differing(found.differences.size());
  run.set_num_answered_before(found.num_answered_before);
  for (const std::string& caveat : CaveatsOf(found, run.dataset())) run.add_caveats(caveat);
  if (found.differences.empty()) {
    run.set_filled(true);
    return environment.stored.Create(run);
  }
  run.set_queue(run.name());
  // First, so that a name that another queue has is refused with nothing stored.
  WINNOW_RETURN_IF_ERROR(
      environment.annotation.CreateComparisonQueue(run.queue(), run.dataset(), run.source()));
  return environment.stored.Create(run);
}

absl::Status Fill(const ComparisonEnvironment& environment, const Differences& found,
                  const corpus::CorpusReader& reader, jobs::JobContext& context,
                  ComparisonRun& run) {
  const size_t count = found.differences.size();
  const auto question = [&](size_t index) -> absl::StatusOr<ComparisonQuestion> {
    WINNOW_RETURN_IF_ERROR(Report(context, kAsking, index, count));
    const tournament::Difference& difference = found.differences[index];
    WINNOW_ASSIGN_OR_RETURN(storage::v1::Example example, reader.GetExample(difference.example_id));
    return ComparisonQuestion{std::move(*example.mutable_text()),
                              tournament::ComparisonOf(run, difference)};
  };
  WINNOW_RETURN_IF_ERROR(environment.annotation.AddComparisons(run.queue(), count, question));
  run.set_filled(true);
  return environment.stored.Put(run);
}

}  // namespace

absl::StatusOr<ComparisonRun> MakeComparison(const ComparisonEnvironment& environment,
                                             const ComparisonRun& wanted,
                                             jobs::JobContext& context) {
  while (true) {
    WINNOW_ASSIGN_OR_RETURN(const std::optional<ComparisonRun> stored,
                            Find(environment.stored, wanted.name()));
    if (stored.has_value()) {
      WINNOW_RETURN_IF_ERROR(CheckSame(*stored, wanted));
      if (stored->filled()) return *stored;
    }

    WINNOW_ASSIGN_OR_RETURN(const rpc::CorpusSnapshot snapshot,
                            environment.annotation.TakeSnapshot());
    ComparisonRun run = stored.value_or(wanted);
    if (!stored.has_value()) run.set_start_revision(snapshot.revision());
    WINNOW_ASSIGN_OR_RETURN(const Differences found,
                            CompareOutputs(environment, run, snapshot.reader(), context));
    if (!stored.has_value()) {
      WINNOW_ASSIGN_OR_RETURN(const bool begun, Begin(environment, found, run));
      if (!begun) continue;
    }
    if (!run.filled())
      WINNOW_RETURN_IF_ERROR(Fill(environment, found, snapshot.reader(), context, run));
    return run;
  }
}

}  // namespace winnow::evaluation
