// queue set: what may change of a queue under way.
#include <string>

#include "absl/strings/str_cat.h"
#include "common/base/status.h"
#include "services/cli/recipes/recipes.h"
#include "services/cli/recipes/team_options.h"
#include "services/cli/shell/connect.h"
#include "services/cli/shell/output.h"
#include "services/cli/terminal/printable.h"

namespace winnow::cli {
namespace {

using annotation::v1::AnnotationService;
using annotation::v1::UpdateQueueRequest;

absl::StatusOr<annotation::v1::QueueMode> ModeOf(const Invocation& invocation) {
  const int given =
      invocation.Flag("pause") + invocation.Flag("resume") + invocation.Flag("archive");
  if (given > 1)
    return absl::InvalidArgumentError("--pause, --resume and --archive exclude each other");
  if (invocation.Flag("pause")) return annotation::v1::QUEUE_MODE_PAUSED;
  if (invocation.Flag("resume")) return annotation::v1::QUEUE_MODE_ACTIVE;
  if (invocation.Flag("archive")) return annotation::v1::QUEUE_MODE_ARCHIVED;
  return annotation::v1::QUEUE_MODE_UNSPECIFIED;
}

absl::Status Run(const Invocation& invocation, Environment& environment) {
  UpdateQueueRequest request;
  request.set_name(invocation.Argument("QUEUE"));
  WINNOW_ASSIGN_OR_RETURN(const annotation::v1::QueueMode mode, ModeOf(invocation));
  request.set_mode(mode);
  const TeamSettings team = ReadTeam(invocation);
  if (team.overlap.has_value()) request.set_overlap(*team.overlap);
  if (team.overlap_share.has_value()) request.set_overlap_share(*team.overlap_share);
  if (team.daily_quota.has_value()) request.set_daily_quota(*team.daily_quota);
  if (team.check_share.has_value()) request.set_check_share(*team.check_share);
  if (team.min_agreement.has_value()) request.set_min_agreement(*team.min_agreement);
  if (team.people.has_value()) {
    request.mutable_people();
    for (const std::string& person : *team.people) request.mutable_people()->add_names(person);
  }
  if (invocation.Has("audit-share")) request.set_audit_share(invocation.Number("audit-share"));
  WINNOW_ASSIGN_OR_RETURN(const auto session, environment.connect(invocation, environment));
  request.set_request_id(NewRequestId());
  WINNOW_ASSIGN_OR_RETURN(
      const annotation::v1::Queue queue,
      Call(session->annotation(), &AnnotationService::Stub::UpdateQueue, request));
  PrintReply(invocation, queue, absl::StrCat(Printable(queue.spec().name()), " changed\n"),
             environment);
  return absl::OkStatus();
}

std::vector<OptionSpec> Options() {
  std::vector<OptionSpec> options = {
      FlagOption({"--pause"}, "hand nothing out; what people have in hand is still taken"),
      FlagOption({"--resume"}, "go on, after --pause or --archive"),
      FlagOption({"--archive"}, "the same as --pause, for good: whoever asks is told so"),
      ValueOption({"--audit-share"}, ValueKind::kShare, "SHARE", "share of audit questions")};
  for (OptionSpec& option : TeamOptions()) options.push_back(std::move(option));
  return options;
}

}  // namespace

Command QueueSet() {
  return {ClientSpec({.name = "queue set",
                      .summary = "Change a queue under way: who gets its tasks, and how many",
                      .arguments = {{"QUEUE", "a queue that `winnow progress` lists"}},
                      .options = Options(),
                      .example = "queue set job_titles_1.teach-0a1b2c3d4e5f --overlap 2 "
                                 "--overlap-share 0.3",
                      .notes = "Tasks in people's hands and answers stay as they are."}),
          Run};
}

}  // namespace winnow::cli
