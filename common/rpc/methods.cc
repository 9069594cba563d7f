#include "common/rpc/methods.h"

#include <string>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "common/base/status.h"

namespace winnow::rpc {

const MethodRow* FindMethodOfRequest(absl::string_view request_type) {
  for (const MethodRow& row : kMethods) {
    const absl::string_view service = row.service;
    const absl::string_view package = service.substr(0, service.rfind('.'));
    if (request_type == absl::StrCat(package, ".", row.name, "Request")) return &row;
  }
  return nullptr;
}

absl::Status CheckRequestId(absl::string_view request_id) {
  std::string shape(request_id);
  for (char& c : shape) c = absl::ascii_isxdigit(c) ? 'x' : c;
  if (shape == "xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx" || shape == std::string(32, 'x'))
    return absl::OkStatus();
  Violations violations;
  violations.Add("request_id",
                 "must be a UUID, made anew for each change and kept for its retries");
  return violations.ToStatus("cannot tell this request from others");
}

}  // namespace winnow::rpc
