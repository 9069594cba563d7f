// pool-train: the kinds of words, learnt from raw texts.
#include <ostream>
#include <string>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "common/base/status.h"
#include "nlohmann/json.hpp"
#include "services/cli/recipes/recipes.h"
#include "services/cli/recipes/source_argument.h"
#include "services/cli/recipes/training_job.h"
#include "services/cli/shell/connect.h"
#include "services/cli/shell/output.h"
#include "services/cli/terminal/printable.h"
#include "services/cli/terminal/table.h"
#include "services/cli/terminal/time_text.h"

namespace winnow::cli {
namespace {

using training::v1::TrainingJob;

absl::Status Run(const Invocation& invocation, Environment& environment) {
  WINNOW_ASSIGN_OR_RETURN(const auto session, environment.connect(invocation, environment));
  WINNOW_ASSIGN_OR_RETURN(
      const SourceArgument source,
      SourceArgument::Read(invocation.Argument("SOURCE"), *session, environment));
  WINNOW_RETURN_IF_ERROR(source.Import(*session, environment));
  training::v1::TrainingSpec spec;
  spec.set_pool(source.name());
  spec.set_seed(invocation.Count("seed"));
  WINNOW_ASSIGN_OR_RETURN(const TrainingJob job, RunTrainingJob(spec, *session, environment));
  if (invocation.Flag("json")) {
    PrintJson({{"job", ToJson(job)}}, environment);
  } else {
    environment.out << "learnt from " << Counted(job.report().num_pool_texts(), "text")
                    << absl::StrFormat(" in %.1f s; kept for: winnow ner.batch-train --pool %s\n",
                                       SecondsOf(job.report().pool_duration()),
                                       Printable(spec.pool()));
  }
  return absl::OkStatus();
}

}  // namespace

Command PoolTrain() {
  return {
      ClientSpec(
          {.name = "pool-train",
           .summary = "Learn from many raw texts what kind of word each word is",
           .arguments = {{"SOURCE",
                          "300,000 words or more: a .jsonl or .txt file, the name of a source, "
                          "or - for standard input"}},
           .options = {ValueOption({"--seed"}, ValueKind::kCount, "S", "random seed (default: 0)")},
           .example = "pool-train tweets.txt",
           .notes =
               "The result is kept for every ner.batch-train with --pool SOURCE and the "
               "same seed, which would otherwise learn it itself, and is learnt anew when "
               "the file or the source has changed. It becomes part of the models trained with it. "
               "Ctrl-C cancels it."}),
      Run};
}

}  // namespace winnow::cli
