// source show: one source, and the queues that draw from it.
#include <ostream>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "common/base/status.h"
#include "nlohmann/json.hpp"
#include "services/cli/recipes/recipes.h"
#include "services/cli/recipes/source_queues.h"
#include "services/cli/shell/connect.h"
#include "services/cli/shell/output.h"
#include "services/cli/terminal/table.h"
#include "services/cli/terminal/time_text.h"

namespace winnow::cli {
namespace {

using annotation::v1::AnnotationService;

absl::Status Run(const Invocation& invocation, Environment& environment) {
  WINNOW_ASSIGN_OR_RETURN(const auto session, environment.connect(invocation, environment));
  annotation::v1::GetSourceRequest request;
  request.set_name(invocation.Argument("SOURCE"));
  WINNOW_ASSIGN_OR_RETURN(
      const annotation::v1::Source source,
      Call(session->annotation(), &AnnotationService::Stub::GetSource, request));
  WINNOW_ASSIGN_OR_RETURN(const std::vector<std::string> queues, QueuesOf(source.name(), *session));
  if (invocation.Flag("json")) {
    PrintJson({{"source", ToJson(source)}, {"queues", queues}}, environment);
    return absl::OkStatus();
  }
  environment.out << source.name() << ": " << Counted(source.num_examples(), "text") << ", made "
                  << TimeText(source.create_time()) << ", revision " << source.revision()
                  << "\nqueues: " << (queues.empty() ? "none" : absl::StrJoin(queues, ", "))
                  << "\n";
  return absl::OkStatus();
}

}  // namespace

Command SourceShow() {
  return {ClientSpec({.name = "source show",
                      .summary = "Show a source, and the queues that draw from it",
                      .arguments = {{"SOURCE", "source to show"}},
                      .example = "source show sample-0123456789ab"}),
          Run};
}

}  // namespace winnow::cli
