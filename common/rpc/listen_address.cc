#include "common/rpc/listen_address.h"

#include <arpa/inet.h>
#include <netdb.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <memory>

#include "absl/status/statusor.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "common/base/status.h"

namespace winnow::rpc {
namespace {

bool IsLoopback(const sockaddr& address) {
  if (address.sa_family == AF_INET) {
    const auto& v4 = reinterpret_cast<const sockaddr_in&>(address);
    return ntohl(v4.sin_addr.s_addr) >> 24 == IN_LOOPBACKNET;
  }
  if (address.sa_family != AF_INET6) return false;
  const in6_addr& v6 = reinterpret_cast<const sockaddr_in6&>(address).sin6_addr;
  return IN6_IS_ADDR_LOOPBACK(&v6);
}

// Whether all that the name stands for is loopback.
absl::StatusOr<bool> ResolvesToLoopback(const std::string& host) {
  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  addrinfo* found = nullptr;
  if (const int error = getaddrinfo(host.c_str(), nullptr, &hints, &found); error != 0)
    return absl::InvalidArgumentError(gai_strerror(error));
  const std::unique_ptr<addrinfo, decltype(&freeaddrinfo)> owned(found, freeaddrinfo);
  for (; found != nullptr; found = found->ai_next) {
    if (!IsLoopback(*found->ai_addr)) return false;
  }
  return true;
}

}  // namespace

bool IsUnixAddress(absl::string_view address) { return absl::StartsWith(address, "unix:"); }

absl::StatusOr<bool> IsLoopbackAddress(const std::string& address) {
  absl::string_view host = absl::string_view(address).substr(0, address.rfind(':'));
  if (absl::ConsumePrefix(&host, "[")) absl::ConsumeSuffix(&host, "]");
  return ResolvesToLoopback(std::string(host));
}

absl::Status CheckListenAddress(const std::string& address, const Protection& protection,
                                absl::string_view option) {
  if (protection.insecure || IsUnixAddress(address)) return absl::OkStatus();
  if (protection.encrypted && protection.closed) return absl::OkStatus();
  const absl::StatusOr<bool> loopback = IsLoopbackAddress(address);
  if (!loopback.ok()) {
    return absl::InvalidArgumentError(absl::StrCat(
        option, " ", address, ": the host cannot be resolved: ", loopback.status().message()));
  }
  if (*loopback) return absl::OkStatus();
  return absl::InvalidArgumentError(absl::StrCat(
      option, " ", address, " is not loopback: ",
      protection.closed ? "tokens and texts would travel for everybody to read. Give a certificate "
                          "and its key for TLS"
                        : "anybody who reaches it could read and change everything. Register an "
                          "admin first (`winnow people add NAME --role admin`), and give a "
                          "certificate and its key for TLS",
      "; or use 127.0.0.1 or unix:PATH, or --insecure if the network itself keeps "
      "others out"));
}

}  // namespace winnow::rpc
