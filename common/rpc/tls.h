// Encryption of connections (TLS 1.2 and 1.3), and what stands in files for it.
#pragma once

#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "grpcpp/security/credentials.h"
#include "grpcpp/security/server_credentials.h"

namespace winnow::rpc {

// Paths of PEM files, which are looked at every second: connections made later use what is in them
// then.
struct TlsFiles {
  // Who this side is; both or neither.
  std::string certificate;
  std::string key;
  // Who vouches for the other side.
  std::string authority;

  bool empty() const { return certificate.empty() && key.empty() && authority.empty(); }
};

// Stands for the authorities that the system trusts, in TlsFiles::authority of a client.
inline constexpr char kSystemAuthorities[] = "system";

// With `authority` clients may show a certificate, and are then services (handlers.h). All that is
// wrong with the files is told at once: InvalidArgument.
absl::StatusOr<std::shared_ptr<grpc::ServerCredentials>> ServerTls(const TlsFiles& files);

// REQUIRES: files.authority is not empty. A certificate is shown to servers that ask for one.
absl::StatusOr<std::shared_ptr<grpc::ChannelCredentials>> ClientTls(const TlsFiles& files);

}  // namespace winnow::rpc
