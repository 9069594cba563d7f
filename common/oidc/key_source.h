// Where the keys of an issuer stand.
#pragma once

#include <functional>
#include <stop_token>
#include <string>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "common/oidc/issuer_options.h"

namespace winnow::oidc {

struct KeySource {
  // The JSON Web Key Set as it is now. Not OK, saying which file or address, when it cannot be
  // read, or when `stop` is requested meanwhile. Called by one thread at a time.
  std::function<absl::StatusOr<std::string>(const std::stop_token& stop)> read;
  // How often it is read.
  absl::Duration interval;
  // At least so much lies between two readings that were asked for, and between one that failed and
  // the next.
  absl::Duration pause;
};

// A file is read every second; an address, or what the issuer's /.well-known/openid-configuration
// (OpenID Connect Discovery 1.0) tells, every five minutes; with a pause of ten seconds, in the
// bounds of Fetch. REQUIRES: CheckIssuer is OK, and the options
// are not empty.
KeySource KeySourceOf(const IssuerOptions& options);

}  // namespace winnow::oidc
