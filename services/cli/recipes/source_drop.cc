// source drop: a source removed.
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "common/base/status.h"
#include "services/cli/recipes/confirmation.h"
#include "services/cli/recipes/recipes.h"
#include "services/cli/recipes/source_queues.h"
#include "services/cli/shell/connect.h"
#include "services/cli/shell/output.h"
#include "services/cli/terminal/table.h"

namespace winnow::cli {
namespace {

using annotation::v1::AnnotationService;

absl::Status Run(const Invocation& invocation, Environment& environment) {
  WINNOW_ASSIGN_OR_RETURN(const auto session, environment.connect(invocation, environment));
  annotation::v1::GetSourceRequest get;
  get.set_name(invocation.Argument("SOURCE"));
  WINNOW_ASSIGN_OR_RETURN(const annotation::v1::Source source,
                          Call(session->annotation(), &AnnotationService::Stub::GetSource, get));
  WINNOW_ASSIGN_OR_RETURN(const std::vector<std::string> queues, QueuesOf(source.name(), *session));
  const std::string what =
      absl::StrCat("source ", source.name(), " with ", Counted(source.num_examples(), "text"),
                   queues.empty() ? ""
                                  : absl::StrCat(", which ", Counted(queues.size(), "queue"),
                                                 queues.size() == 1 ? " draws" : " draw", " from"));
  WINNOW_RETURN_IF_ERROR(ConfirmRemoval(what, invocation, environment));
  annotation::v1::DeleteSourceRequest request;
  request.set_request_id(NewRequestId());
  request.set_name(source.name());
  WINNOW_ASSIGN_OR_RETURN(
      const annotation::v1::DeleteSourceResponse response,
      Call(session->annotation(), &AnnotationService::Stub::DeleteSource, request));
  PrintReply(invocation, response, absl::StrCat(what, ": removed\n"), environment);
  return absl::OkStatus();
}

}  // namespace

Command SourceDrop() {
  return {ClientSpec({.name = "source drop",
                      .summary = "Remove a source",
                      .arguments = {{"SOURCE", "source to remove"}},
                      .options = {YesOption()},
                      .example = "source drop sample-0123456789ab --yes",
                      .notes = "Answers stay in their datasets, with their texts. Queues that draw "
                               "from it ask nothing any more."}),
          Run};
}

}  // namespace winnow::cli
