#include "common/rpc/patterns.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "common/formats/patterns.h"

namespace winnow::rpc {

absl::StatusOr<std::shared_ptr<const ner::PatternSet>> ReadPatterns(absl::string_view content) {
  WINNOW_ASSIGN_OR_RETURN(storage::v1::PatternSet patterns, formats::ParsePatterns(content));
  return ner::PatternSet::Make(std::move(patterns));
}

std::shared_ptr<const ner::PatternSet> ReadPatterns(absl::string_view content,
                                                    Violations& violations) {
  if (content.size() > kMaxPatternBytes) {
    violations.Add("patterns",
                   absl::StrCat("have ", content.size(), " bytes, more than ", kMaxPatternBytes));
    return nullptr;
  }
  auto patterns = ReadPatterns(content);
  if (patterns.ok()) return *std::move(patterns);
  for (const Violation& violation : Violations::Of(patterns.status())) {
    violations.Add(absl::StrCat("patterns: ", violation.where), violation.what);
  }
  if (Violations::Of(patterns.status()).empty())
    violations.Add("patterns", patterns.status().message());
  return nullptr;
}

}  // namespace winnow::rpc
