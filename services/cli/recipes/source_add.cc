// source add: texts added to a source by name.
#include <string>

#include "absl/strings/str_cat.h"
#include "common/base/status.h"
#include "services/cli/recipes/recipes.h"
#include "services/cli/recipes/source_argument.h"
#include "services/cli/shell/connect.h"
#include "services/cli/shell/output.h"
#include "services/cli/terminal/table.h"

namespace winnow::cli {
namespace {

absl::Status Run(const Invocation& invocation, Environment& environment) {
  WINNOW_ASSIGN_OR_RETURN(const SourceArgument texts,
                          SourceArgument::ReadFor(invocation.Argument("SOURCE"),
                                                  invocation.Argument("FILE"), environment));
  WINNOW_ASSIGN_OR_RETURN(const auto session, environment.connect(invocation, environment));
  WINNOW_ASSIGN_OR_RETURN(const annotation::v1::ImportSourceResponse added, texts.Add(*session));
  PrintReply(invocation, added,
             absl::StrCat(texts.name(), ": ", Counted(added.num_added(), "new text"), ", ",
                          added.num_duplicates(), " known or repeated, ",
                          added.source().num_examples(), " in all\n"),
             environment);
  return absl::OkStatus();
}

}  // namespace

Command SourceAdd() {
  return {
      ClientSpec({.name = "source add",
                  .summary = "Add texts to a source, for queues that go on as it grows",
                  .arguments = {{"SOURCE", "source that gets the texts; made if need be"},
                                {"FILE", "texts: .jsonl or .txt, or - for standard input"}},
                  .example = "source add ads today.jsonl",
                  .notes = "A file given to ner.teach is a source of its own, which has what is "
                           "in the file. For texts that come day by day name a source: `winnow "
                           "ner.teach -l job_title answers ./job_titles/ ads`."}),
      Run};
}

}  // namespace winnow::cli
