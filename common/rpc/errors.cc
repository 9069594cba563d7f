#include "common/rpc/errors.h"

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "common/base/status.h"
#include "common/rpc/convert.h"
#include "winnow/common/v1/common.pb.h"
#include "winnow/common/v1/status_details.pb.h"

namespace winnow::rpc {
namespace {

namespace pb = winnow::common::v1;

constexpr absl::string_view kTypePrefix = "type.googleapis.com/";
constexpr absl::string_view kErrorInfo = "google.rpc.ErrorInfo";
constexpr absl::string_view kBadRequest = "google.rpc.BadRequest";
constexpr absl::string_view kRetryInfo = "google.rpc.RetryInfo";
constexpr char kDomain[] = "winnow";
constexpr char kLeftOut[] = "violations_left_out";
// One violation that quotes a whole line must not push out all others.
constexpr size_t kMaxViolationBytes = 300;

// The longest prefix of at most `max_bytes` that ends with a whole character, and dots if it is
// shorter than `text`.
std::string Cut(absl::string_view text, size_t max_bytes) {
  if (text.size() <= max_bytes) return std::string(text);
  size_t end = max_bytes;
  while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0) == 0x80) --end;
  return absl::StrCat(text.substr(0, end), "...");
}

void AddDetail(pb::StatusDetails& details, absl::string_view type,
               const google::protobuf::Message& message) {
  google::protobuf::Any& any = *details.add_details();
  any.set_type_url(absl::StrCat(kTypePrefix, type));
  any.set_value(message.SerializeAsString());
}

// Empty when there is nothing to tell but code and message.
std::string DetailsOf(const absl::Status& status) {
  pb::StatusDetails details;
  const std::vector<Violation> violations = Violations::Of(status);
  if (const std::string reason = ReasonOf(status); !reason.empty()) {
    pb::ErrorInfo info;
    info.set_reason(reason);
    info.set_domain(kDomain);
    const size_t count = Violations::CountOf(status);
    if (violations.size() < count)
      (*info.mutable_metadata())[kLeftOut] = absl::StrCat(count - violations.size());
    AddDetail(details, kErrorInfo, info);
  }
  if (!violations.empty()) {
    pb::BadRequest bad_request;
    for (const Violation& violation : violations) {
      pb::BadRequest::FieldViolation& item = *bad_request.add_field_violations();
      item.set_field(violation.where);
      item.set_description(violation.what);
    }
    AddDetail(details, kBadRequest, bad_request);
  }
  if (const absl::optional<absl::Duration> delay = RetryAfterOf(status)) {
    pb::RetryInfo retry;
    *retry.mutable_retry_delay() = ToDuration(*delay);
    AddDetail(details, kRetryInfo, retry);
  }
  if (details.details().empty()) return "";
  details.set_code(static_cast<int>(status.code()));
  details.set_message(std::string(status.message()));
  return details.SerializeAsString();
}

grpc::Status Convert(const absl::Status& status) {
  return {static_cast<grpc::StatusCode>(status.code()), std::string(status.message()),
          DetailsOf(status)};
}

size_t SentBytes(const grpc::Status& status) {
  const std::string message = status.error_message();
  const size_t escaped = std::count_if(message.begin(), message.end(), [](unsigned char c) {
    return !absl::ascii_isprint(c) || c == '%';
  });
  return message.size() + 2 * escaped + (status.error_details().size() + 2) / 3 * 4;
}

// The violations of `status`, none longer than kMaxViolationBytes.
std::vector<Violation> ShortViolations(const absl::Status& status) {
  std::vector<Violation> violations = Violations::Of(status);
  for (Violation& violation : violations) {
    violation.where = Cut(violation.where, kMaxViolationBytes);
    violation.what = Cut(violation.what, kMaxViolationBytes);
  }
  return violations;
}

// Reads the first detail of this type.
template <typename Message>
bool FindDetail(const pb::StatusDetails& details, absl::string_view type, Message& message) {
  for (const google::protobuf::Any& any : details.details()) {
    if (any.type_url() == absl::StrCat(kTypePrefix, type))
      return message.ParseFromString(any.value());
  }
  return false;
}

size_t LeftOut(const pb::ErrorInfo& info) {
  const auto found = info.metadata().find(kLeftOut);
  size_t count = 0;
  return found != info.metadata().end() && absl::SimpleAtoi(found->second, &count) ? count : 0;
}

}  // namespace

grpc::Status ToGrpc(const absl::Status& status) {
  if (status.ok()) return grpc::Status::OK;
  grpc::Status sent = Convert(status);
  std::vector<Violation> listed = ShortViolations(status);
  for (; SentBytes(sent) > kMaxStatusBytes && !listed.empty(); listed.pop_back())
    sent = Convert(Violations::Shorten(status, listed));
  for (size_t bytes = kMaxStatusBytes; SentBytes(sent) > kMaxStatusBytes; bytes -= bytes / 8)
    sent = Convert(WithMessage(Violations::Shorten(status, {}), Cut(status.message(), bytes)));
  return sent;
}

absl::Status FromGrpc(const grpc::Status& status) {
  if (status.ok()) return absl::OkStatus();
  absl::Status result(static_cast<absl::StatusCode>(status.error_code()), status.error_message());
  pb::StatusDetails details;
  if (!details.ParseFromString(status.error_details())) return result;
  pb::ErrorInfo info;
  if (FindDetail(details, kErrorInfo, info)) result = WithReason(std::move(result), info.reason());
  pb::BadRequest bad_request;
  if (FindDetail(details, kBadRequest, bad_request)) {
    std::vector<Violation> violations;
    for (const auto& item : bad_request.field_violations())
      violations.push_back({item.field(), item.description()});
    result = Violations::Attach(std::move(result), violations, violations.size() + LeftOut(info));
  }
  pb::RetryInfo retry;
  if (FindDetail(details, kRetryInfo, retry))
    result = WithRetryAfter(std::move(result), FromDuration(retry.retry_delay()));
  return result;
}

}  // namespace winnow::rpc
