#include "services/cli/recipes/team_options.h"

#include <algorithm>
#include <limits>

namespace winnow::cli {
namespace {

// Too large a number stays too large.
uint32_t CountOf(const Invocation& invocation, const std::string& key) {
  return static_cast<uint32_t>(
      std::min<uint64_t>(invocation.Count(key), std::numeric_limits<uint32_t>::max()));
}

}  // namespace

std::vector<OptionSpec> TeamOptions() {
  return {ValueOption({"--overlap"}, ValueKind::kCount, "N",
                      "different people who get each task (default: 1)"),
          ValueOption({"--overlap-share"}, ValueKind::kShare, "SHARE",
                      "share of the tasks that so many people get; the others get one (default: "
                      "1)"),
          ValueOption({"--people"}, ValueKind::kList, "NAMES",
                      "who may work on it, or '' for everybody (default: everybody)"),
          ValueOption({"--quota"}, ValueKind::kCount, "N",
                      "answers that it takes of one person in a day (default: any number)"),
          ValueOption({"--check-share"}, ValueKind::kShare, "SHARE",
                      "share of the tasks that check their person, at most 0.5: one of their own "
                      "from 100 answers ago, or a gold one (default: 0.04)"),
          ValueOption({"--min-agreement"}, ValueKind::kShare, "SHARE",
                      "whoever surely agrees less often with such checks gets no tasks (default: "
                      "0, nobody is kept out)")};
}

TeamSettings ReadTeam(const Invocation& invocation) {
  TeamSettings team;
  if (invocation.Has("overlap")) team.overlap = CountOf(invocation, "overlap");
  if (invocation.Has("overlap-share")) team.overlap_share = invocation.Number("overlap-share");
  if (invocation.Has("people")) team.people = invocation.List("people");
  if (invocation.Has("quota")) team.daily_quota = CountOf(invocation, "quota");
  if (invocation.Has("check-share")) team.check_share = invocation.Number("check-share");
  if (invocation.Has("min-agreement")) team.min_agreement = invocation.Number("min-agreement");
  return team;
}

void SetTeam(const Invocation& invocation, annotation::v1::QueueSpec& spec) {
  const TeamSettings team = ReadTeam(invocation);
  spec.set_overlap(team.overlap.value_or(1));
  if (team.overlap_share.has_value()) spec.set_overlap_share(*team.overlap_share);
  if (team.people.has_value()) {
    for (const std::string& person : *team.people) spec.add_people(person);
  }
  spec.set_daily_quota(team.daily_quota.value_or(0));
  if (team.check_share.has_value()) spec.set_check_share(*team.check_share);
  spec.set_min_agreement(team.min_agreement.value_or(0));
}

}  // namespace winnow::cli
