// audit: who did what.
#include <cstdint>
#include <string>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "common/base/status.h"
#include "common/rpc/convert.h"
#include "grpcpp/support/status_code_enum.h"
#include "services/cli/recipes/people.h"
#include "services/cli/recipes/recipes.h"
#include "services/cli/recipes/since_option.h"
#include "services/cli/shell/connect.h"
#include "services/cli/shell/output.h"
#include "services/cli/terminal/printable.h"
#include "services/cli/terminal/table.h"
#include "services/cli/terminal/time_text.h"

namespace winnow::cli {
namespace {

using access::v1::AccessService;
using access::v1::AuditEvent;

constexpr uint64_t kDefaultEvents = 50;

std::string MethodName(const std::string& method) { return method.substr(method.rfind('/') + 1); }

std::string EventTable(const access::v1::ListAuditEventsResponse& events) {
  Table table({"time", "person", "role", "from", "did", "what", "outcome"});
  std::string damaged;
  for (const AuditEvent& event : events.events()) {
    if (!event.problem().empty()) {
      absl::StrAppend(&damaged, Printable(event.problem()), "\n");
      continue;
    }
    table.Add({TimeText(event.time()), Printable(event.person()), RoleWord(event.role()),
               Printable(event.address()), MethodName(event.method()), Printable(event.object()),
               event.code() == 0 ? "done" : absl::StrCat("refused (", event.code(), ")")});
  }
  return absl::StrCat(table.ToString(), damaged);
}

absl::Status Run(const Invocation& invocation, Environment& environment) {
  access::v1::ListAuditEventsRequest request;
  request.set_person(invocation.Text("person"));
  request.set_method(invocation.Text("method"));
  if (invocation.Has("since")) {
    WINNOW_ASSIGN_OR_RETURN(const absl::Time since,
                            ReadSince(invocation.Text("since"), absl::Now()));
    *request.mutable_after_time() = rpc::ToTimestamp(since);
  }
  WINNOW_ASSIGN_OR_RETURN(const auto session, environment.connect(invocation, environment));
  const uint64_t limit = invocation.Count("limit", kDefaultEvents);
  access::v1::ListAuditEventsResponse all;
  do {
    WINNOW_ASSIGN_OR_RETURN(
        const access::v1::ListAuditEventsResponse page,
        Call(session->access(), &AccessService::Stub::ListAuditEvents, request));
    for (const AuditEvent& event : page.events()) {
      if (static_cast<uint64_t>(all.events_size()) < limit) *all.add_events() = event;
    }
    request.set_page_token(page.next_page_token());
  } while (!request.page_token().empty() && static_cast<uint64_t>(all.events_size()) < limit);
  PrintReply(invocation, all, EventTable(all), environment);
  return absl::OkStatus();
}

}  // namespace

Command Audit() {
  return {ClientSpec({.name = "audit",
                      .summary = "Show who changed, exported or erased what, and who was denied it",
                      .options = {ValueOption({"--person"}, ValueKind::kText, "NAME",
                                              "only what NAME did"),
                                  ValueOption({"--method"}, ValueKind::kText, "METHOD",
                                              "only calls of this method: PromoteModel"),
                                  SinceOption("only what came later"),
                                  ValueOption({"-n", "--limit"}, ValueKind::kCount, "N",
                                              "at most so many, the newest first (default: 50)")},
                      .example = "audit --method PromoteModel --since 2026-03-01"}),
          Run};
}

}  // namespace winnow::cli
