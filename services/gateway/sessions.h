// Who is signed in, in browsers.
#pragma once

#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "common/access/throttle.h"
#include "common/base/clock.h"
#include "grpcpp/channel.h"
#include "services/gateway/backend_call.h"
#include "services/gateway/http/exchange.h"
#include "services/gateway/sealed_cookie.h"
#include "services/gateway/sign_outs.h"

namespace winnow::gateway {

// How long a sign-in lasts.
inline constexpr absl::Duration kSessionLength = absl::Hours(12);

// Answers /session:
//   POST   {"token": "wnw_..."}: signs in, that is, sets a cookie
//   GET    tells who is signed in
//   DELETE signs this browser out; with ?everywhere=1 all browsers of this person
// and gives calls the token of their cookie. What a token may do is for the services to say.
// Thread-safe.
class Sessions {
 public:
  // Keeps a key and the sign-outs in `directory`. `access` leads to the service that knows the
  // people. `queue` and `clock` must outlive it. Errors of CookieSealer::Open and SignOuts::Open.
  static absl::StatusOr<std::unique_ptr<Sessions>> Open(const std::filesystem::path& directory,
                                                        std::shared_ptr<grpc::Channel> access,
                                                        CallQueue& queue,
                                                        const Clock& clock = SystemClock::Get());

  http::Awaitable<void> Handle(http::Exchange& exchange);

  // The metadata of a call that the request asks for: its token, which is that of its header
  // Authorization, else of its cookie, and from where it comes. InvalidArgument for an
  // Authorization that no metadata can hold.
  absl::StatusOr<std::vector<std::pair<std::string, std::string>>> MetadataOf(
      const http::Request& request) const;

 private:
  Sessions(CookieSealer sealer, std::unique_ptr<SignOuts> sign_outs,
           std::shared_ptr<grpc::Channel> access, CallQueue& queue, const Clock& clock);

  http::Awaitable<http::Response> SignInBy(http::Exchange& exchange);
  http::Awaitable<http::Response> Tell(http::Exchange& exchange);
  http::Awaitable<http::Response> SignOut(http::Exchange& exchange);
  // Of the cookie; none when it is none of ours, has expired, or was signed out.
  std::optional<SignIn> SignInOf(const http::Request& request) const;
  std::string SetCookie(const http::Request& request, const std::string& value,
                        absl::Duration age) const;

  const CookieSealer sealer_;
  const std::unique_ptr<SignOuts> sign_outs_;
  const std::shared_ptr<grpc::Channel> access_;
  CallQueue& queue_;
  const Clock& clock_;
  access::Throttle throttle_;
};

}  // namespace winnow::gateway
