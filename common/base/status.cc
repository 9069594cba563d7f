#include "common/base/status.h"

#include <algorithm>

#include "absl/strings/str_cat.h"

namespace winnow {

void Violations::Add(absl::string_view where, absl::string_view what) {
  items_.push_back({std::string(where), std::string(what)});
}

absl::Status Violations::ToStatus(absl::string_view summary) const {
  if (items_.empty()) return absl::OkStatus();
  std::string message = absl::StrCat(summary, " (", items_.size(), items_.size() == 1 ? " problem)" : " problems)");
  const size_t listed = std::min(items_.size(), kMaxListed);
  for (size_t i = 0; i < listed; ++i) {
    absl::StrAppend(&message, "\n  ", items_[i].where, ": ", items_[i].what);
  }
  if (listed < items_.size()) absl::StrAppend(&message, "\n  and ", items_.size() - listed, " more");
  return absl::InvalidArgumentError(message);
}

}  // namespace winnow
