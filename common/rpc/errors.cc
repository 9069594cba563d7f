#include "common/rpc/errors.h"

#include <string>

#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "common/base/status.h"
#include "winnow/common/v1/common.pb.h"

namespace winnow::rpc {
namespace {

constexpr absl::string_view kReasonPrefix = "ERROR_REASON_";

winnow::common::v1::ErrorDetail DetailOf(const absl::Status& status) {
  winnow::common::v1::ErrorDetail detail;
  winnow::common::v1::ErrorReason reason;
  if (winnow::common::v1::ErrorReason_Parse(absl::StrCat(kReasonPrefix, ReasonOf(status)), &reason))
    detail.set_reason(reason);
  for (const Violation& violation : Violations::Of(status)) {
    winnow::common::v1::Violation& item = *detail.add_violations();
    item.set_where(violation.where);
    item.set_what(violation.what);
  }
  return detail;
}

}  // namespace

grpc::Status ToGrpc(const absl::Status& status) {
  if (status.ok()) return grpc::Status::OK;
  const auto code = static_cast<grpc::StatusCode>(status.code());
  const winnow::common::v1::ErrorDetail detail = DetailOf(status);
  if (detail.reason() == winnow::common::v1::ERROR_REASON_UNSPECIFIED)
    return {code, std::string(status.message())};
  winnow::common::v1::StatusDetails details;
  details.set_code(code);
  details.set_message(std::string(status.message()));
  details.add_details()->PackFrom(detail);
  return {code, std::string(status.message()), details.SerializeAsString()};
}

absl::Status FromGrpc(const grpc::Status& status) {
  if (status.ok()) return absl::OkStatus();
  absl::Status result(static_cast<absl::StatusCode>(status.error_code()), status.error_message());
  winnow::common::v1::StatusDetails details;
  winnow::common::v1::ErrorDetail detail;
  if (details.ParseFromString(status.error_details()) && details.details_size() > 0 &&
      details.details(0).UnpackTo(&detail)) {
    const std::string name = winnow::common::v1::ErrorReason_Name(detail.reason());
    return WithReason(std::move(result), absl::StripPrefix(name, kReasonPrefix));
  }
  return result;
}

}  // namespace winnow::rpc
