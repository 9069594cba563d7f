// Status helpers. Errors travel as absl::Status / absl::StatusOr; no exception crosses a folder.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "absl/types/optional.h"
#include "absl/types/span.h"

#define WINNOW_CONCAT_INNER(a, b) a##b
#define WINNOW_CONCAT(a, b) WINNOW_CONCAT_INNER(a, b)

// Returns from the current function when `expr` is not OK.
#define WINNOW_RETURN_IF_ERROR(expr)                    \
  do {                                                  \
    if (absl::Status _status = (expr); !_status.ok()) { \
      return _status;                                   \
    }                                                   \
  } while (false)

// WINNOW_ASSIGN_OR_RETURN(auto value, Compute());
#define WINNOW_ASSIGN_OR_RETURN(lhs, expr) \
  WINNOW_ASSIGN_OR_RETURN_INNER(WINNOW_CONCAT(_status_or_, __LINE__), lhs, expr)
#define WINNOW_ASSIGN_OR_RETURN_INNER(var, lhs, expr) \
  auto var = (expr);                                  \
  if (!var.ok()) return std::move(var).status();      \
  lhs = *std::move(var)

namespace winnow {

// Attaches a machine-readable reason, the name of a winnow.common.v1.ErrorReason without its prefix
// ("UNKNOWN_MODEL"), to a status that is not OK.
absl::Status WithReason(absl::Status status, absl::string_view reason);
// The reason attached, or an empty string.
std::string ReasonOf(const absl::Status& status);

// Attaches how long to wait before the same call is worth another try, to a status that is not OK.
absl::Status WithRetryAfter(absl::Status status, absl::Duration delay);
// The delay attached.
absl::optional<absl::Duration> RetryAfterOf(const absl::Status& status);

// The same status with another message; what is attached stays.
absl::Status WithMessage(const absl::Status& status, absl::string_view message);

// One thing that is wrong with an input: where ("line 3: spans[0].end") and what.
struct Violation {
  std::string where;
  std::string what;
};

// Collects what is wrong with one input, so that a person repairs it in one go: the first
// kMaxListed violations, and counts the others, so that no input is too bad to be refused.
// Not thread-safe.
class Violations {
 public:
  void Add(absl::string_view where, absl::string_view what);
  // `number` further ones that are not listed.
  void AddUnlisted(size_t number) { count_ += number; }
  // The message of a status that is not OK; nothing for one that is.
  void AddUnlessOk(absl::string_view where, const absl::Status& status);
  bool empty() const { return count_ == 0; }
  // The first kMaxListed, and the number of all.
  const std::vector<Violation>& items() const { return items_; }
  size_t count() const { return count_; }

  // OK when empty; else InvalidArgument "SUMMARY (n problems)\n  WHERE: WHAT\n ..." naming the
  // first `kMaxListed` violations and the number of the rest, with reason INVALID_INPUT.
  absl::Status ToStatus(absl::string_view summary) const;
  // The violations that a status made by ToStatus or Attach lists; empty for any other.
  static std::vector<Violation> Of(const absl::Status& status);
  // The number of violations it was made of, listed or not; 0 for any other.
  static size_t CountOf(const absl::Status& status);
  // A status as it was made by ToStatus, but listing only `listed` of its violations; the
  // first line of the message stays. Any other status is returned as it is. For whoever carries
  // statuses through a narrow place.
  static absl::Status Shorten(const absl::Status& status, std::vector<Violation> listed);
  // `status` with violations attached and its message as it is: the other end of that place.
  static absl::Status Attach(absl::Status status, absl::Span<const Violation> listed, size_t count);

  static constexpr size_t kMaxListed = 100;

 private:
  std::vector<Violation> items_;
  size_t count_ = 0;
};

}  // namespace winnow
