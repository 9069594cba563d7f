#include "common/rpc/tls.h"

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "common/base/file.h"
#include "common/base/status.h"
#include "grpcpp/security/tls_certificate_provider.h"
#include "grpcpp/security/tls_credentials_options.h"

namespace winnow::rpc {
namespace {

using grpc::experimental::FileWatcherCertificateProvider;

constexpr unsigned kWatchSeconds = 1;

void CheckFile(absl::string_view what, const std::string& path, absl::string_view holds,
               Violations& violations) {
  const absl::StatusOr<std::string> content = ReadFile(path);
  if (!content.ok()) {
    violations.Add(what, absl::StrCat(path, " cannot be read: ", content.status().message()));
  } else if (!absl::StrContains(*content, holds)) {
    violations.Add(what, absl::StrCat(path, " has no line with \"", holds,
                                      "\": it must be a file in PEM format"));
  }
}

absl::Status Check(const TlsFiles& files, bool wants_identity) {
  Violations violations;
  const bool has_identity = !files.certificate.empty() || !files.key.empty();
  if (has_identity && (files.certificate.empty() || files.key.empty()))
    violations.Add("tls", "a certificate and its key go together, and one of them is missing");
  if (wants_identity && !has_identity)
    violations.Add("tls", "a server needs a certificate and its key");
  if (!files.certificate.empty())
    CheckFile("tls certificate", files.certificate, "BEGIN CERTIFICATE", violations);
  if (!files.key.empty()) CheckFile("tls key", files.key, "PRIVATE KEY", violations);
  if (!files.authority.empty() && files.authority != kSystemAuthorities)
    CheckFile("tls authority", files.authority, "BEGIN CERTIFICATE", violations);
  return violations.ToStatus("cannot encrypt connections");
}

}  // namespace

absl::StatusOr<std::shared_ptr<grpc::ServerCredentials>> ServerTls(const TlsFiles& files) {
  WINNOW_RETURN_IF_ERROR(Check(files, /*wants_identity=*/true));
  grpc::experimental::TlsServerCredentialsOptions options(
      std::make_shared<FileWatcherCertificateProvider>(files.key, files.certificate,
                                                       files.authority, kWatchSeconds));
  options.watch_identity_key_cert_pairs();
  if (!files.authority.empty()) {
    options.watch_root_certs();
    options.set_cert_request_type(GRPC_SSL_REQUEST_CLIENT_CERTIFICATE_AND_VERIFY);
  }
  return grpc::experimental::TlsServerCredentials(options);
}

absl::StatusOr<std::shared_ptr<grpc::ChannelCredentials>> ClientTls(const TlsFiles& files) {
  WINNOW_RETURN_IF_ERROR(Check(files, /*wants_identity=*/false));
  const bool trusts_system = files.authority == kSystemAuthorities;
  grpc::experimental::TlsChannelCredentialsOptions options;
  if (!trusts_system || !files.certificate.empty()) {
    options.set_certificate_provider(std::make_shared<FileWatcherCertificateProvider>(
        files.key, files.certificate, trusts_system ? "" : files.authority, kWatchSeconds));
  }
  if (!trusts_system) options.watch_root_certs();
  if (!files.certificate.empty()) options.watch_identity_key_cert_pairs();
  return grpc::experimental::TlsCredentials(options);
}

}  // namespace winnow::rpc
