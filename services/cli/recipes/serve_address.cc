#include "services/cli/recipes/serve_address.h"

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "common/rpc/listen_address.h"

namespace winnow::cli {

absl::Status CheckAddressForm(const std::string& listen) {
  if (rpc::IsUnixAddress(listen)) return absl::OkStatus();
  // Above are the ports that the system hands out to clients.
  constexpr int kMaxPort = 32767;
  const size_t colon = listen.rfind(':');
  int port = -1;
  if (colon == 0 || colon == std::string::npos ||
      !absl::SimpleAtoi(listen.substr(colon + 1), &port) || port < 0 || port > kMaxPort) {
    return absl::InvalidArgumentError(
        absl::StrCat("--listen: is '", listen, "', must be HOST:PORT with a port from 1 to ",
                     kMaxPort, ", or 0 for any free one, or unix:PATH"));
  }
  return absl::OkStatus();
}

}  // namespace winnow::cli
