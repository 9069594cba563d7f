#include "common/rpc/request_key.h"

#include <memory>

#include "absl/strings/str_cat.h"
#include "common/base/hash.h"

namespace winnow::rpc {
namespace {

kv::RequestKey MakeKey(const MethodRow& row, absl::string_view request_id, absl::string_view body,
                       absl::string_view caller) {
  const Digest256 digest = Sha256(body);
  return {std::string(caller), absl::StrCat(row.service, ".", row.name), std::string(request_id),
          std::string(digest.begin(), digest.end())};
}

}  // namespace

kv::RequestKey MakeRequestKey(Method method, absl::string_view request_id, absl::string_view body) {
  return MakeKey(method.row(), request_id, body, /*caller=*/"");
}

kv::RequestKey KeyOf(const google::protobuf::Message& request, absl::string_view caller) {
  const auto* descriptor = request.GetDescriptor();
  const auto* field = descriptor->FindFieldByName("request_id");
  const std::unique_ptr<google::protobuf::Message> body(request.New());
  body->CopyFrom(request);
  body->GetReflection()->ClearField(body.get(), field);
  return MakeKey(*FindMethodOfRequest(descriptor->full_name()),
                 request.GetReflection()->GetString(request, field), body->SerializeAsString(),
                 caller);
}

}  // namespace winnow::rpc
