// ner.batch-train: a new version from all answers, with honest figures before and after.
#include <cstdint>
#include <filesystem>
#include <optional>
#include <ostream>
#include <string>
#include <system_error>
#include <utility>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "common/base/status.h"
#include "nlohmann/json.hpp"
#include "services/cli/recipes/dataset_argument.h"
#include "services/cli/recipes/input_file.h"
#include "services/cli/recipes/model_argument.h"
#include "services/cli/recipes/model_directory.h"
#include "services/cli/recipes/recipes.h"
#include "services/cli/recipes/source_argument.h"
#include "services/cli/recipes/training_job.h"
#include "services/cli/recipes/training_report.h"
#include "services/cli/recipes/word_classes.h"
#include "services/cli/shell/connect.h"
#include "services/cli/shell/output.h"

namespace winnow::cli {
namespace {

using training::v1::TrainingJob;

// True when OUTPUT is a directory to export into, not only a name.
bool IsOutputDirectory(const std::string& output) {
  std::error_code ignored;
  return absl::StrContains(output, '/') || output[0] == '.' ||
         std::filesystem::is_directory(output, ignored);
}

// All but the parent and the pool.
absl::StatusOr<training::v1::TrainingSpec> SettingsOf(const Invocation& invocation,
                                                      Environment& environment) {
  training::v1::TrainingSpec spec;
  for (const std::string& dataset : SplitList(invocation.Argument("DATASET")))
    spec.add_datasets(dataset);
  const std::string output = invocation.Text("output");
  spec.set_output(IsOutputDirectory(output) ? NameOfPath(output, false) : output);
  for (const std::string& label : invocation.List("label")) spec.add_labels(label);
  if (invocation.Has("eval-split")) spec.set_eval_split(invocation.Number("eval-split"));
  for (const std::string& dataset : invocation.List("eval-id")) spec.add_eval_datasets(dataset);
  spec.set_seed(invocation.Count("seed"));
  spec.set_no_replay(invocation.Flag("no-replay"));
  if (invocation.Has("prior")) spec.set_prior(invocation.Number("prior"));
  if (invocation.Has("patterns")) {
    WINNOW_ASSIGN_OR_RETURN(*spec.mutable_patterns(),
                            ReadInput(invocation.Text("patterns"), environment));
  }
  if (invocation.Has("entity-share")) spec.set_entity_share(invocation.Number("entity-share"));
  spec.set_reject_error(invocation.Number("reject-error"));
  spec.set_accept_error(invocation.Number("accept-error"));
  spec.set_weigh_people(invocation.Flag("weigh-people"));
  if (invocation.Has("n-iter")) spec.set_epochs(static_cast<uint32_t>(invocation.Count("n-iter")));
  if (invocation.Flag("no-self-training")) spec.set_self_training(false);
  if (invocation.Has("bag")) spec.set_bag(static_cast<uint32_t>(invocation.Count("bag")));
  return spec;
}

// Checks everything that can be refused before it imports what the training needs.
absl::StatusOr<training::v1::TrainingSpec> SpecOf(const Invocation& invocation, Session& session,
                                                  Environment& environment) {
  WINNOW_ASSIGN_OR_RETURN(training::v1::TrainingSpec spec, SettingsOf(invocation, environment));
  WINNOW_RETURN_IF_ERROR(CheckDatasets(spec.datasets(), session));
  WINNOW_RETURN_IF_ERROR(CheckDatasets(spec.eval_datasets(), session));
  WINNOW_ASSIGN_OR_RETURN(ModelArgument parent,
                          ModelArgument::Check(invocation.Argument("MODEL"), session));
  std::optional<SourceArgument> pool;
  if (invocation.Has("pool")) {
    WINNOW_ASSIGN_OR_RETURN(pool,
                            SourceArgument::Read(invocation.Text("pool"), session, environment));
    spec.set_pool(pool->name());
  }
  for (const std::string& vectors : invocation.List("vectors")) {
    std::string& lexicon =
        spec.lexicon().empty() ? *spec.mutable_lexicon() : *spec.add_more_lexicons();
    WINNOW_ASSIGN_OR_RETURN(
        lexicon, ClassesOfVectors(vectors, invocation.Count("seed"), session, environment));
  }
  training::v1::CreateTrainingJobRequest request;
  request.set_request_id(NewRequestId());
  request.set_validate_only(true);
  *request.mutable_spec() = spec;
  request.mutable_spec()->set_parent(
      parent.name().empty() ? NameOfPath(invocation.Argument("MODEL"), false) : parent.name());
  WINNOW_RETURN_IF_ERROR(
      Call(session.training(), &training::v1::TrainingService::Stub::CreateTrainingJob, request)
          .status());

  // First what may still be refused.
  if (pool.has_value()) WINNOW_RETURN_IF_ERROR(pool->Import(session, environment));
  WINNOW_RETURN_IF_ERROR(parent.Import(session, environment));
  spec.set_parent(parent.name());
  return spec;
}

// Everything that can be refused before a service is asked.
absl::Status Check(const Invocation& invocation) {
  constexpr uint64_t kMaxEpochs = 1000;
  if (invocation.Count("n-iter") > kMaxEpochs) {
    return absl::InvalidArgumentError(
        absl::StrCat("-n: is more than ", kMaxEpochs, " passes over the data"));
  }
  constexpr uint64_t kMaxBag = 16;
  if (invocation.Count("bag") > kMaxBag)
    return absl::InvalidArgumentError(absl::StrCat("--bag: is more than ", kMaxBag, " trainings"));
  constexpr size_t kMaxVectors = 3;
  if (invocation.List("vectors").size() > kMaxVectors)
    return absl::InvalidArgumentError(absl::StrCat("--vectors: is more than ", kMaxVectors));
  const std::string output = invocation.Text("output");
  if (!IsOutputDirectory(output)) return absl::OkStatus();
  return CheckExportTarget(output, invocation.Flag("force"));
}

absl::Status Run(const Invocation& invocation, Environment& environment) {
  WINNOW_RETURN_IF_ERROR(Check(invocation));
  const std::string output = invocation.Text("output");
  const bool is_directory = IsOutputDirectory(output);
  WINNOW_ASSIGN_OR_RETURN(const auto session, environment.connect(invocation, environment));
  WINNOW_ASSIGN_OR_RETURN(const training::v1::TrainingSpec spec,
                          SpecOf(invocation, *session, environment));
  WINNOW_ASSIGN_OR_RETURN(const TrainingJob job, RunTrainingJob(spec, *session, environment));
  // A version that does not serve is written, too: OUTPUT is what the person asked for, and the
  // report says what to think of it.
  if (is_directory) {
    WINNOW_RETURN_IF_ERROR(
        ExportModel(job.report().model_version(), output, *session, environment));
    environment.Note(absl::StrCat(job.report().model_version(), " written to ", output));
  }
  if (invocation.Flag("json")) {
    nlohmann::ordered_json directory;
    if (is_directory) directory = output;
    PrintJson({{"job", ToJson(job)}, {"directory", directory}}, environment);
  } else {
    environment.out << ReportText(job.report());
  }
  return absl::OkStatus();
}

// Options that most trainings use; the other two groups refine what is learnt, and how.
std::vector<OptionSpec> MainOptions() {
  return {
      Required(ValueOption({"-o", "--output"}, ValueKind::kText, "OUTPUT",
                           "directory (with a '/') to write the new version into, or the name of "
                           "the model that gets it")),
      Required(LabelsOption("labels to learn")),
      ValueOption({"-es", "--eval-split"}, ValueKind::kShare, "SHARE",
                  "share of the texts that is held out to evaluate on (default: 0.2)"),
      ValueOption({"-e", "--eval-id"}, ValueKind::kList, "DATASETS",
                  "datasets with complete annotations to evaluate on; their texts are never "
                  "trained on"),
      ValueOption({"-n", "--n-iter"}, ValueKind::kCount, "N", "passes over the data (default: 8)"),
      ValueOption({"--seed"}, ValueKind::kCount, "S", "random seed (default: 0)"),
      FlagOption({"--force"}, "replace an OUTPUT directory that is not a model"),
  };
}

std::vector<OptionSpec> KnowledgeOptions() {
  return {
      ValueOption({"-pt", "--patterns"}, ValueKind::kText, "FILE",
                  "match patterns and word lists (Prodigy JSONL) as a hint to the model (default: "
                  "those of MODEL)"),
      ValueOption({"--pool"}, ValueKind::kText, "SOURCE",
                  "raw texts, 300,000 words or more, from which it learns what kind of word each "
                  "word is: a file or a source"),
      FlagOption({"--no-self-training"},
                 "do not learn from the texts of the pool what a first training finds in them, as "
                 "is done from 5,000 texts on"),
      ValueOption({"--vectors"}, ValueKind::kList, "FILES",
                  "word vectors in text format (word2vec, fastText, GloVe), at most 3, alone or "
                  "beside a pool (default, without a pool: the words that MODEL knows)"),
  };
}

std::vector<OptionSpec> LearningOptions() {
  return {
      ValueOption({"--bag"}, ValueKind::kCount, "N",
                  "make the version the mean of N trainings, 1 to 16: better than one and as fast, "
                  "up to a third larger, up to N times as long to make (default: 4)"),
      FlagOption({"--no-replay"}, "do not mix in the texts that MODEL was trained on"),
      ValueOption({"--prior"}, ValueKind::kNumber, "X",
                  "pull towards the weights of MODEL (default: 0.03, or chosen on hold-out texts "
                  "where there are enough)"),
      ValueOption({"--entity-share"}, ValueKind::kShare, "X",
                  "share of the tokens that are in entities, where hardly any text is complete "
                  "(default: estimated from the accepted spans)"),
      ValueOption({"--reject-error"}, ValueKind::kShare, "X",
                  "share of right spans that were rejected by mistake (default: 0)"),
      ValueOption({"--accept-error"}, ValueKind::kShare, "X",
                  "share of wrong spans that were accepted by mistake (default: 0)"),
      FlagOption({"--weigh-people"},
                 "weigh yes and no by how often each person errs, as gold checks and questions "
                 "that three people answered tell, instead of following the majority"),
  };
}

std::vector<OptionSpec> Options() {
  std::vector<OptionSpec> options = MainOptions();
  for (std::vector<OptionSpec>& more : std::vector{KnowledgeOptions(), LearningOptions()})
    options.insert(options.end(), more.begin(), more.end());
  return options;
}

}  // namespace

Command NerBatchTrain() {
  return {ClientSpec(
              {.name = "ner.batch-train",
               .summary = "Train a new version from all answers, and say whether it is better",
               .arguments = {{"DATASET", "datasets to learn from"},
                             {"MODEL", absl::StrCat("model to start from: ", kModelHelp,
                                                    "; blank:en starts from nothing")}},
               .options = Options(),
               .example = "ner.batch-train -l job_title -es 0.2 job_titles_1 ./job_titles/ -o "
                          "./job_titles_1/",
               .notes = "A directory OUTPUT names the model by its last part and is replaced as a "
                        "whole at the end. The exit code says whether a version was made; the gate "
                        "says whether it serves. Ctrl-C cancels the training."}),
          Run};
}

}  // namespace winnow::cli
