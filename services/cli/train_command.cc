// ner.batch-train: a new version from all answers, with honest figures before and after.
// pool-train: what raw texts know of words.
#include <algorithm>
#include <filesystem>
#include <memory>
#include <ostream>
#include <system_error>
#include <thread>
#include <utility>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/time/clock.h"
#include "common/base/status.h"
#include "common/ner/pool.h"
#include "common/ner/vectors_file.h"
#include "services/cli/commands.h"
#include "services/cli/highlight.h"
#include "services/cli/model_argument.h"
#include "services/cli/render.h"
#include "services/cli/upload.h"

namespace winnow::cli {
namespace {

using training::v1::TrainingJob;
using training::v1::TrainingService;

// True when OUTPUT is a directory to export into, not only a name.
bool IsOutputDirectory(const std::string& output) {
  std::error_code ignored;
  return absl::StrContains(output, '/') || output[0] == '.' ||
         std::filesystem::is_directory(output, ignored);
}

bool HasEnded(const TrainingJob& job) {
  return job.state() == training::v1::JOB_STATE_SUCCEEDED ||
         job.state() == training::v1::JOB_STATE_FAILED ||
         job.state() == training::v1::JOB_STATE_CANCELLED;
}

// Says once what a job is doing, once per epoch, and once per tenth of the words. Not thread-safe.
class ProgressNotes {
 public:
  explicit ProgressNotes(Environment& environment) : environment_(environment) {}

  void Note(const TrainingJob& job) {
    if (job.phase() != phase_) {
      if (!job.phase().empty()) environment_.Note(job.phase());
      phase_ = job.phase();
      noted_ = 0;
    }
    const bool hundredths = job.phase() == "learning words";
    if (job.epoch() < noted_ + (hundredths ? 10 : 1)) return;
    noted_ = job.epoch();
    environment_.Note(hundredths ? absl::StrCat(job.epoch(), " %")
                                 : absl::StrFormat("epoch %d of %d, loss %.4f nats per text",
                                                   job.epoch(), job.num_epochs(), job.loss()));
  }

 private:
  Environment& environment_;
  std::string phase_;
  uint32_t noted_ = 0;  // of the phase
};

// The job when it has ended: watched, and polled where the watch breaks off.
absl::StatusOr<TrainingJob> Await(const std::string& id, Session& session,
                                  Environment& environment) {
  ProgressNotes progress(environment);
  training::v1::GetTrainingJobRequest request;
  request.set_id(id);
  TrainingJob job;
  {
    grpc::ClientContext context;
    const auto reader = session.training().WatchTrainingJob(&context, request);
    while (reader->Read(&job)) progress.Note(job);
    reader->Finish();
  }
  while (true) {
    WINNOW_ASSIGN_OR_RETURN(
        job, Call(session.training(), &TrainingService::Stub::GetTrainingJob, request));
    progress.Note(job);
    if (HasEnded(job)) return job;
    absl::SleepFor(absl::Milliseconds(500));
  }
}

absl::Status ErrorOf(const TrainingJob& job) {
  if (job.state() == training::v1::JOB_STATE_SUCCEEDED) return absl::OkStatus();
  if (job.state() == training::v1::JOB_STATE_CANCELLED) {
    return absl::CancelledError(
        absl::StrCat("training ", job.id(), " was cancelled; it made nothing"));
  }
  const auto code = static_cast<absl::StatusCode>(job.error_code());
  return absl::Status(code == absl::StatusCode::kOk ? absl::StatusCode::kUnknown : code,
                      absl::StrCat("training ", job.id(), " failed: ", job.error()));
}

// Made here, since the file may be larger than anybody wants to send.
absl::StatusOr<std::string> ClassesOfVectors(const std::string& path, uint64_t seed,
                                             Environment& environment) {
  environment.Note("reading word vectors");
  WINNOW_ASSIGN_OR_RETURN(const ner::ImportedVectors vectors, ner::ReadVectors(path));
  environment.Note(absl::StrCat("classing ", Counted(vectors.word_hashes.size(), "word")));
  ner::PoolOptions options;
  options.vectors = &vectors;
  options.seed = seed;
  options.num_threads = std::max(1u, std::thread::hardware_concurrency());
  const std::vector<absl::string_view> no_texts;
  WINNOW_ASSIGN_OR_RETURN(const auto lexicon, ner::LearnLexicon(no_texts, options));
  return lexicon->Serialize();
}

absl::StatusOr<training::v1::TrainingSpec> SpecOf(const Invocation& invocation, Session& session,
                                                  Environment& environment) {
  training::v1::TrainingSpec spec;
  for (const std::string& dataset : SplitList(invocation.Argument("DATASET")))
    spec.add_datasets(dataset);
  WINNOW_ASSIGN_OR_RETURN(*spec.mutable_parent(),
                          ResolveModel(invocation.Argument("MODEL"), session, environment));
  const std::string output = invocation.Text("output");
  spec.set_output(IsOutputDirectory(output) ? NameOfPath(output, false) : output);
  for (const std::string& label : invocation.List("label")) spec.add_labels(label);
  if (invocation.Has("eval-split")) spec.set_eval_split(invocation.Number("eval-split"));
  for (const std::string& dataset : invocation.List("eval-id")) spec.add_eval_datasets(dataset);
  spec.set_seed(invocation.Count("seed"));
  spec.set_no_replay(invocation.Flag("no-replay"));
  if (invocation.Has("prior")) spec.set_prior(invocation.Number("prior"));
  if (invocation.Has("pool")) {
    WINNOW_ASSIGN_OR_RETURN(*spec.mutable_pool(),
                            ResolveSource(invocation.Text("pool"), session, environment));
  }
  if (invocation.Has("patterns")) {
    WINNOW_ASSIGN_OR_RETURN(*spec.mutable_patterns(),
                            ReadInput(invocation.Text("patterns"), environment));
  }
  if (invocation.Has("vectors")) {
    WINNOW_ASSIGN_OR_RETURN(
        *spec.mutable_lexicon(),
        ClassesOfVectors(invocation.Text("vectors"), invocation.Count("seed"), environment));
  }
  spec.set_entity_share(invocation.Number("entity-share"));
  spec.set_reject_error(invocation.Number("reject-error"));
  spec.set_accept_error(invocation.Number("accept-error"));
  spec.set_unasked_is_o(invocation.Flag("unasked-is-o"));
  spec.set_epochs(static_cast<uint32_t>(invocation.Count("n-iter")));
  spec.set_invert_answers(invocation.Flag("invert-answers"));
  return spec;
}

// Starts the job and waits for its end; an interruption cancels it.
absl::StatusOr<TrainingJob> Train(const training::v1::TrainingSpec& spec, Session& session,
                                  Environment& environment) {
  training::v1::CreateTrainingJobRequest request;
  request.set_request_id(NewRequestId());
  *request.mutable_spec() = spec;
  WINNOW_ASSIGN_OR_RETURN(
      const TrainingJob job,
      Call(session.training(), &TrainingService::Stub::CreateTrainingJob, request));
  environment.Note(absl::StrCat("training ", job.id()));
  Interrupts::Cleanup cancel(environment.interrupts, [&session, id = job.id()] {
    training::v1::CancelTrainingJobRequest cancel_request;
    cancel_request.set_id(id);
    grpc::ClientContext context;
    context.set_deadline(absl::ToChronoTime(absl::Now() + absl::Seconds(2)));
    TrainingJob cancelled;
    session.training().CancelTrainingJob(&context, cancel_request, &cancelled);
  });
  return Await(job.id(), session, environment);
}

absl::Status BatchTrain(const Invocation& invocation, Environment& environment) {
  constexpr uint64_t kMaxEpochs = 1000;
  const std::string output = invocation.Text("output");
  const bool is_directory = IsOutputDirectory(output);
  if (invocation.Count("n-iter") > kMaxEpochs) {
    return absl::InvalidArgumentError(
        absl::StrCat("-n: is more than ", kMaxEpochs, " passes over the data"));
  }
  if (invocation.Has("vectors") && invocation.Has("pool")) {
    return absl::InvalidArgumentError(
        "--vectors: give this or --pool; word classes are made of one of them");
  }
  if (is_directory) WINNOW_RETURN_IF_ERROR(CheckExportTarget(output, invocation.Flag("force")));
  WINNOW_ASSIGN_OR_RETURN(const auto session, environment.connect(invocation, environment));
  WINNOW_ASSIGN_OR_RETURN(const training::v1::TrainingSpec spec,
                          SpecOf(invocation, *session, environment));
  WINNOW_ASSIGN_OR_RETURN(const TrainingJob job, Train(spec, *session, environment));
  WINNOW_RETURN_IF_ERROR(ErrorOf(job));
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

absl::Status PoolTrain(const Invocation& invocation, Environment& environment) {
  WINNOW_ASSIGN_OR_RETURN(const auto session, environment.connect(invocation, environment));
  training::v1::TrainingSpec spec;
  WINNOW_ASSIGN_OR_RETURN(*spec.mutable_pool(),
                          ResolveSource(invocation.Argument("SOURCE"), *session, environment));
  spec.set_seed(invocation.Count("seed"));
  WINNOW_ASSIGN_OR_RETURN(const TrainingJob job, Train(spec, *session, environment));
  WINNOW_RETURN_IF_ERROR(ErrorOf(job));
  if (invocation.Flag("json")) {
    PrintJson({{"job", ToJson(job)}}, environment);
  } else {
    environment.out << "learnt from " << Counted(job.report().num_pool_texts(), "text")
                    << absl::StrFormat(" in %.1f s; kept for: winnow ner.batch-train --pool %s\n",
                                       job.report().pool_seconds(), Printable(spec.pool()));
  }
  return absl::OkStatus();
}

}  // namespace

std::vector<Command> TrainCommands() {
  return {
      {ClientSpec(
           {.name = "pool-train",
            .summary = "Learn from the raw texts of a source what kind of word each word is",
            .arguments =
                {{"SOURCE",
                  "300,000 words or more: a .jsonl or .txt file, the name of a source, or -"}},
            .options = {{{"--seed"}, ValueKind::kCount, "S", "(default: 0)"}},
            .example = "pool-train tweets.txt",
            .notes = "What is learnt is kept for every ner.batch-train with --pool SOURCE and the "
                     "same seed, which\n"
                     "would otherwise learn it, and is learnt anew when the source has grown. It "
                     "is part of the\n"
                     "models trained with it. Ctrl-C cancels the job."}),
       PoolTrain},
      {ClientSpec(
           {.name = "ner.batch-train",
            .summary = "Train a new version from all answers, and say whether it is better",
            .arguments = {{"DATASET", "data sets to learn from, separated by commas"},
                          {"MODEL",
                           "where to start: a name, name@N, an exported directory, or blank:en for "
                           "nothing"}},
            .options =
                {{{"-o", "--output"},
                  ValueKind::kText,
                  "OUTPUT",
                  "name of the model that gets the version, or a directory (with a '/') to write "
                  "it into",
                  true},
                 {{"-l", "--label"}, ValueKind::kList, "LABELS", "labels to learn", true},
                 {{"-es", "--eval-split"},
                  ValueKind::kShare,
                  "SHARE",
                  "share of texts held out to evaluate on (default: 0.2)"},
                 {{"-e", "--eval-id"},
                  ValueKind::kList,
                  "DATASETS",
                  "gold sets to evaluate on; their texts are never trained on"},
                 {{"-n", "--n-iter"}, ValueKind::kCount, "N", "passes over the data (default: 8)"},
                 {{"--seed"}, ValueKind::kCount, "S", "(default: 0)"},
                 {{"--no-replay"}, ValueKind::kFlag, "", "do not mix in what MODEL was trained on"},
                 {{"--pool"},
                  ValueKind::kText,
                  "SOURCE",
                  "raw texts, a file or a source, to learn from, too, what kind of word each is "
                  "(from 300,000 words "
                  "on)"},
                 {{"-pt", "--patterns"},
                  ValueKind::kText,
                  "FILE",
                  "Prodigy patterns, word lists among them, whose matches are features (default: "
                  "those of MODEL)"},
                 {{"--vectors"},
                  ValueKind::kText,
                  "FILE",
                  "word vectors (text of word2vec, fastText, GloVe) to make word classes of, "
                  "instead of a pool's"},
                 {{"--entity-share"},
                  ValueKind::kShare,
                  "X",
                  "where (nearly) no text is complete: share of the tokens that are in entities "
                  "(default: from the "
                  "accepts)"},
                 {{"--prior"},
                  ValueKind::kNumber,
                  "X",
                  "pull towards MODEL's weights (default: 0.03, or chosen on hold-out texts where "
                  "there are enough)"},
                 {{"--reject-error"},
                  ValueKind::kShare,
                  "X",
                  "share of right spans that were rejected (default: 0)"},
                 {{"--accept-error"},
                  ValueKind::kShare,
                  "X",
                  "share of wrong spans that were accepted (default: 0)"},
                 {{"--unasked-is-o"},
                  ValueKind::kFlag,
                  "",
                  "treat what was not asked as no entity; ruins models, for demonstrations"},
                 {{"--invert-answers"},
                  ValueKind::kFlag,
                  "",
                  "teach the opposite of every answer, for demonstrations"},
                 {{"--force"},
                  ValueKind::kFlag,
                  "",
                  "replace an OUTPUT directory that is not a model"}},
            .example = "ner.batch-train -l job_title -es 0.2 job_titles_1 ./job_titles/ -o "
                       "./job_titles_1/",
            .notes = "A directory OUTPUT names the model by its last part and is replaced as a "
                     "whole at the end. The exit\n"
                     "code says whether a version was made; the gate says whether it serves. "
                     "Ctrl-C cancels the job."}),
       BatchTrain}};
}

}  // namespace winnow::cli
