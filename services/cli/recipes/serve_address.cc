#include "services/cli/recipes/serve_address.h"

#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "common/rpc/listen_address.h"

namespace winnow::cli {
namespace {

// Above are the ports that the system hands out to clients.
constexpr int kMaxPort = 32767;

bool IsHostAndPort(const std::string& listen) {
  const size_t colon = listen.rfind(':');
  int port = -1;
  return colon != 0 && colon != std::string::npos &&
         absl::SimpleAtoi(listen.substr(colon + 1), &port) && port >= 0 && port <= kMaxPort;
}

}  // namespace

absl::Status CheckAddressForm(const std::string& listen) {
  if (rpc::IsUnixAddress(listen) || IsHostAndPort(listen)) return absl::OkStatus();
  return absl::InvalidArgumentError(
      absl::StrCat("--listen: is '", listen, "', must be HOST:PORT with a port from 1 to ",
                   kMaxPort, ", or 0 for any free one, or unix:PATH"));
}

absl::StatusOr<std::string> WebAddressOf(const std::string& web, const std::string& listen) {
  if (web == "none") return "";
  if (web.empty()) return absl::StrCat(kWebHost, ":", absl::EndsWith(listen, ":0") ? 0 : kWebPort);
  if (IsHostAndPort(web) && !rpc::IsUnixAddress(web)) return web;
  return absl::InvalidArgumentError(absl::StrCat("--web: is '", web,
                                                 "', must be HOST:PORT with a port from 1 to ",
                                                 kMaxPort, ", or 0 for any free one, or none"));
}

}  // namespace winnow::cli
