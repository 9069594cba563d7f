// The certificate that a server of HTTPS shows.
#pragma once

#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "boost/asio/ssl/context.hpp"

namespace winnow::http {

// Paths of PEM files.
struct Identity {
  std::string certificate;
  std::string key;

  bool empty() const { return certificate.empty() && key.empty(); }
};

// TLS 1.2 and 1.3 with what is in the files, which are looked at again when they are renewed.
// Not thread-safe.
class TlsContext {
 public:
  // InvalidArgument for files that cannot be used.
  static absl::StatusOr<std::unique_ptr<TlsContext>> Open(const Identity& identity);

  // For a connection that begins now. While the files cannot be used it is what it was before, and
  // the log says so once.
  std::shared_ptr<boost::asio::ssl::context> Current();

 private:
  explicit TlsContext(const Identity& identity) : identity_(identity) {}
  absl::Status Read();

  const Identity identity_;
  std::string content_;
  std::shared_ptr<boost::asio::ssl::context> context_;
  absl::Time looked_ = absl::InfinitePast();
};

}  // namespace winnow::http
