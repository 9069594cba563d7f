// A pattern file as a field of a request.
#pragma once

#include <cstddef>
#include <memory>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "common/base/status.h"
#include "common/ner/patterns.h"

namespace winnow::rpc {

inline constexpr size_t kMaxPatternBytes = 1 << 20;

// The content of a Prodigy pattern file (formats/patterns.h), ready to match. InvalidArgument with
// every violation.
absl::StatusOr<std::shared_ptr<const ner::PatternSet>> ReadPatterns(absl::string_view content);

// The same of the field "patterns" of a request: null, and what is wrong added, where it cannot be
// used.
std::shared_ptr<const ner::PatternSet> ReadPatterns(absl::string_view content,
                                                    Violations& violations);

}  // namespace winnow::rpc
