#include "common/base/status.h"

#include <algorithm>
#include <utility>

#include "absl/strings/cord.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"

namespace winnow {
namespace {

constexpr absl::string_view kReasonUrl = "winnow/reason";
constexpr absl::string_view kViolationsUrl = "winnow/violations";
// Neither can occur in a `where`; a `what` may quote input, so the separators are control
// characters.
constexpr char kFieldSeparator = '\x1f';
constexpr char kItemSeparator = '\x1e';

}  // namespace

absl::Status WithReason(absl::Status status, absl::string_view reason) {
  status.SetPayload(kReasonUrl, absl::Cord(reason));
  return status;
}

std::string ReasonOf(const absl::Status& status) {
  const absl::optional<absl::Cord> reason = status.GetPayload(kReasonUrl);
  return reason.has_value() ? std::string(*reason) : "";
}

void Violations::Add(absl::string_view where, absl::string_view what) {
  items_.push_back({std::string(where), std::string(what)});
}

absl::Status Violations::ToStatus(absl::string_view summary) const {
  if (items_.empty()) return absl::OkStatus();
  std::string message =
      absl::StrCat(summary, " (", items_.size(), items_.size() == 1 ? " problem)" : " problems)");
  const size_t listed = std::min(items_.size(), kMaxListed);
  for (size_t i = 0; i < listed; ++i) {
    absl::StrAppend(&message, "\n  ", items_[i].where, ": ", items_[i].what);
  }
  if (listed < items_.size())
    absl::StrAppend(&message, "\n  and ", items_.size() - listed, " more");
  absl::Status status = WithReason(absl::InvalidArgumentError(message), "INVALID_INPUT");
  std::string payload;
  for (size_t i = 0; i < listed; ++i) {
    absl::StrAppend(&payload, i > 0 ? std::string(1, kItemSeparator) : "", items_[i].where,
                    std::string(1, kFieldSeparator), items_[i].what);
  }
  status.SetPayload(kViolationsUrl, absl::Cord(payload));
  return status;
}

std::vector<Violation> Violations::Of(const absl::Status& status) {
  std::vector<Violation> violations;
  const absl::optional<absl::Cord> payload = status.GetPayload(kViolationsUrl);
  if (!payload.has_value()) return violations;
  const std::string flat(*payload);
  for (absl::string_view item : absl::StrSplit(flat, kItemSeparator)) {
    const std::pair<absl::string_view, absl::string_view> fields =
        absl::StrSplit(item, absl::MaxSplits(kFieldSeparator, 1));
    violations.push_back({std::string(fields.first), std::string(fields.second)});
  }
  return violations;
}

}  // namespace winnow
