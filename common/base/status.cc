#include "common/base/status.h"

#include <algorithm>
#include <utility>

#include "absl/strings/cord.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"

namespace winnow {
namespace {

constexpr absl::string_view kReasonUrl = "winnow/reason";
constexpr absl::string_view kRetryAfterUrl = "winnow/retry_after";
constexpr absl::string_view kViolationsUrl = "winnow/violations";
constexpr absl::string_view kViolationCountUrl = "winnow/violation_count";
// Neither can occur in a `where`; a `what` may quote input, so the separators are control
// characters.
constexpr char kFieldSeparator = '\x1f';
constexpr char kItemSeparator = '\x1e';

std::string PayloadOf(const absl::Status& status, absl::string_view url) {
  const absl::optional<absl::Cord> payload = status.GetPayload(url);
  return payload.has_value() ? std::string(*payload) : "";
}

// The first line, the listed violations, and the number of those that are left out.
std::string Message(absl::string_view first_line, absl::Span<const Violation> listed,
                    size_t count) {
  std::string message(first_line);
  for (const Violation& item : listed)
    absl::StrAppend(&message, "\n  ", item.where, ": ", item.what);
  if (listed.size() < count) absl::StrAppend(&message, "\n  and ", count - listed.size(), " more");
  return message;
}

}  // namespace

absl::Status WithReason(absl::Status status, absl::string_view reason) {
  status.SetPayload(kReasonUrl, absl::Cord(reason));
  return status;
}

std::string ReasonOf(const absl::Status& status) { return PayloadOf(status, kReasonUrl); }

absl::Status WithRetryAfter(absl::Status status, absl::Duration delay) {
  status.SetPayload(kRetryAfterUrl, absl::Cord(absl::FormatDuration(delay)));
  return status;
}

absl::optional<absl::Duration> RetryAfterOf(const absl::Status& status) {
  absl::Duration delay;
  if (absl::ParseDuration(PayloadOf(status, kRetryAfterUrl), &delay)) return delay;
  return absl::nullopt;
}

absl::Status WithMessage(const absl::Status& status, absl::string_view message) {
  absl::Status result(status.code(), message);
  status.ForEachPayload([&result](absl::string_view url, const absl::Cord& payload) {
    result.SetPayload(url, payload);
  });
  return result;
}

void Violations::Add(absl::string_view where, absl::string_view what) {
  if (++count_ <= kMaxListed) items_.push_back({std::string(where), std::string(what)});
}

void Violations::AddUnlessOk(absl::string_view where, const absl::Status& status) {
  if (!status.ok()) Add(where, status.message());
}

absl::Status Violations::ToStatus(absl::string_view summary) const {
  if (empty()) return absl::OkStatus();
  const std::string first_line =
      absl::StrCat(summary, " (", count_, count_ == 1 ? " problem)" : " problems)");
  absl::Status status = absl::InvalidArgumentError(Message(first_line, items_, count_));
  return Attach(WithReason(std::move(status), "INVALID_INPUT"), items_, count_);
}

std::vector<Violation> Violations::Of(const absl::Status& status) {
  std::vector<Violation> violations;
  const std::string payload = PayloadOf(status, kViolationsUrl);
  if (payload.empty()) return violations;
  for (absl::string_view item : absl::StrSplit(payload, kItemSeparator)) {
    const std::pair<absl::string_view, absl::string_view> fields =
        absl::StrSplit(item, absl::MaxSplits(kFieldSeparator, 1));
    violations.push_back({std::string(fields.first), std::string(fields.second)});
  }
  return violations;
}

size_t Violations::CountOf(const absl::Status& status) {
  size_t count = 0;
  return absl::SimpleAtoi(PayloadOf(status, kViolationCountUrl), &count) ? count : 0;
}

absl::Status Violations::Shorten(const absl::Status& status, std::vector<Violation> listed) {
  const size_t count = CountOf(status);
  if (count == 0) return status;
  const absl::string_view message = status.message();
  const std::string shorter = Message(message.substr(0, message.find('\n')), listed, count);
  return Attach(WithMessage(status, shorter), listed, count);
}

absl::Status Violations::Attach(absl::Status status, absl::Span<const Violation> listed,
                                size_t count) {
  std::string payload;
  for (const Violation& item : listed) {
    if (!payload.empty()) payload += kItemSeparator;
    absl::StrAppend(&payload, item.where, std::string(1, kFieldSeparator), item.what);
  }
  status.SetPayload(kViolationsUrl, absl::Cord(payload));
  status.SetPayload(kViolationCountUrl, absl::Cord(absl::StrCat(count)));
  return status;
}

}  // namespace winnow
