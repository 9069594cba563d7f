// Calls that a gateway makes for somebody else.
#pragma once

#include <string>

#include "grpcpp/server_context.h"

namespace winnow::rpc {

// Metadata of such a call: the IP address of whom it is made for. It takes the gateway's own rights
// from the call: only a token signs it in, never a certificate.
inline constexpr char kForwardedFor[] = "x-forwarded-for";

bool IsForwarded(const grpc::ServerContextBase& context);

// Where a call comes from, in gRPC's form: "ipv4:192.0.2.1:50412". For a forwarded one the address
// that the gateway tells (with port 0), if the gateway cannot be anybody: it is in this process or
// has shown a certificate.
std::string PeerOf(const grpc::ServerContextBase& context);

}  // namespace winnow::rpc
