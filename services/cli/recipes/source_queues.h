// The queues that draw from a source.
#pragma once

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "services/cli/recipes/all_pages.h"
#include "services/cli/shell/session.h"

namespace winnow::cli {

// Their names, sorted.
inline absl::StatusOr<std::vector<std::string>> QueuesOf(const std::string& source,
                                                         Session& session) {
  WINNOW_ASSIGN_OR_RETURN(
      const annotation::v1::ListQueuesResponse queues,
      ListAll(session.annotation(), &annotation::v1::AnnotationService::Stub::ListQueues,
              [](auto& response) { return response.mutable_queues(); }));
  std::vector<std::string> names;
  for (const annotation::v1::Queue& queue : queues.queues()) {
    if (queue.spec().source() == source) names.push_back(queue.spec().name());
  }
  return names;
}

}  // namespace winnow::cli
