// source list: the sources, with counts.
#include <ostream>

#include "absl/strings/str_cat.h"
#include "common/base/status.h"
#include "services/cli/recipes/all_pages.h"
#include "services/cli/recipes/recipes.h"
#include "services/cli/shell/connect.h"
#include "services/cli/shell/output.h"
#include "services/cli/terminal/table.h"
#include "services/cli/terminal/time_text.h"

namespace winnow::cli {
namespace {

using annotation::v1::AnnotationService;

absl::Status Run(const Invocation& invocation, Environment& environment) {
  WINNOW_ASSIGN_OR_RETURN(const auto session, environment.connect(invocation, environment));
  WINNOW_ASSIGN_OR_RETURN(const annotation::v1::ListSourcesResponse sources,
                          ListAll(session->annotation(), &AnnotationService::Stub::ListSources,
                                  [](auto& response) { return response.mutable_sources(); }));
  Table table({"source", "texts", "made"});
  for (const annotation::v1::Source& source : sources.sources()) {
    table.Add({source.name(), absl::StrCat(source.num_examples()), TimeText(source.create_time())});
  }
  PrintReply(invocation, sources, table.ToString(), environment);
  return absl::OkStatus();
}

}  // namespace

Command SourceList() {
  return {ClientSpec({.name = "source list",
                      .summary = "List the sources: texts that questions are drawn from",
                      .example = "source list"}),
          Run};
}

}  // namespace winnow::cli
