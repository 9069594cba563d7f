// Who gets the tasks of a queue, as options of the recipes that make and change queues.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "services/cli/shell/options.h"
#include "winnow/annotation/v1/annotation.pb.h"

namespace winnow::cli {

// --overlap, --overlap-share, --people, --quota, --check-share and --min-agreement.
std::vector<OptionSpec> TeamOptions();

// What of them was given.
struct TeamSettings {
  std::optional<uint32_t> overlap;
  std::optional<double> overlap_share;
  std::optional<std::vector<std::string>> people;
  std::optional<uint32_t> daily_quota;
  std::optional<double> check_share;
  std::optional<double> min_agreement;
};
TeamSettings ReadTeam(const Invocation& invocation);
// The same in the spec of a queue, with an overlap of 1 where none was given.
void SetTeam(const Invocation& invocation, annotation::v1::QueueSpec& spec);

}  // namespace winnow::cli
