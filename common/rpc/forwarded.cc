#include "common/rpc/forwarded.h"

#include <memory>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "grpcpp/security/auth_context.h"

namespace winnow::rpc {
namespace {

// Empty when there is none.
absl::string_view ForwardedFor(const grpc::ServerContextBase& context) {
  const auto found = context.client_metadata().find(kForwardedFor);
  if (found == context.client_metadata().end()) return "";
  return {found->second.data(), found->second.size()};
}

// gRPC's name of the other end of a channel that stays inside the process; every network has an
// address.
constexpr char kInProcess[] = "unknown";

bool IsKnownGateway(const grpc::ServerContextBase& context) {
  if (context.peer() == kInProcess) return true;
  const std::shared_ptr<const grpc::AuthContext> peer = context.auth_context();
  return peer != nullptr && peer->IsPeerAuthenticated();
}

}  // namespace

bool IsForwarded(const grpc::ServerContextBase& context) {
  return context.client_metadata().count(kForwardedFor) != 0;
}

std::string PeerOf(const grpc::ServerContextBase& context) {
  const absl::string_view address = ForwardedFor(context);
  if (address.empty() || !IsKnownGateway(context)) return context.peer();
  return absl::StrContains(address, ":") ? absl::StrCat("ipv6:[", address, "]:0")
                                         : absl::StrCat("ipv4:", address, ":0");
}

}  // namespace winnow::rpc
