// Owners of what cjose makes, the library of JSON Web Signatures (RFC 7515).
#pragma once

#include <cjose/jwk.h>
#include <cjose/jws.h>

#include <memory>

namespace winnow::oidc {

struct JoseRelease {
  void operator()(cjose_jwk_t* key) const { cjose_jwk_release(key); }
  void operator()(cjose_jws_t* signed_bytes) const { cjose_jws_release(signed_bytes); }
};
using Jwk = std::unique_ptr<cjose_jwk_t, JoseRelease>;
using Jws = std::unique_ptr<cjose_jws_t, JoseRelease>;

}  // namespace winnow::oidc
