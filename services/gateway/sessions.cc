#include "services/gateway/sessions.h"

#include <algorithm>
#include <system_error>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "common/base/status.h"
#include "common/rpc/errors.h"
#include "common/rpc/forwarded.h"
#include "nlohmann/json.hpp"
#include "services/gateway/protocol.h"
#include "winnow/access/v1/access.pb.h"

namespace winnow::gateway {
namespace {

using http::Exchange;
using http::Request;
using http::Response;

constexpr size_t kMaxBodyBytes = 16 << 10;
// A browser drops a longer one.
constexpr size_t kMaxCookieBytes = 4000;
constexpr absl::Duration kWhoAmITimeout = absl::Seconds(10);
constexpr char kWhoAmI[] = "/winnow.access.v1.AccessService/WhoAmI";

absl::string_view CookieName(const Request& request) {
  return request.encrypted ? "__Host-winnow_session" : "winnow_session";
}

// What gRPC takes as a value; it ends the process over any other.
bool IsMetadataValue(absl::string_view value) {
  return std::all_of(value.begin(), value.end(), [](char c) { return absl::ascii_isprint(c); });
}

absl::string_view RoleName(access::v1::Role role) {
  switch (role) {
    case access::v1::ROLE_ANNOTATOR:
      return "annotator";
    case access::v1::ROLE_REVIEWER:
      return "reviewer";
    case access::v1::ROLE_MANAGER:
      return "manager";
    case access::v1::ROLE_SERVICE:
      return "service";
    default:
      return "admin";
  }
}

Response JsonResponse(int status, std::string body) {
  return {.status = status,
          .headers = {{"Content-Type", "application/json"}, {"Cache-Control", "no-store"}},
          .body = std::move(body)};
}

Response Failure(const grpc::Status& status) {
  return JsonResponse(HttpStatusOf(status.error_code()), ConnectError(status));
}

Response Failure(const absl::Status& status) { return Failure(rpc::ToGrpc(status)); }

// In an open system there is no end: nobody has signed in.
Response Session(const access::v1::WhoAmIResponse& who, absl::Time expires) {
  nlohmann::ordered_json json = {{"name", who.name()},
                                 {"role", who.open() ? "admin" : RoleName(who.role())},
                                 {"open", who.open()}};
  if (!who.open() && expires != absl::InfiniteFuture())
    json["expires"] = absl::FormatTime(absl::RFC3339_sec, expires, absl::UTCTimeZone());
  return JsonResponse(200, json.dump());
}

struct WhoAmIReply {
  grpc::Status status;
  access::v1::WhoAmIResponse who;
};

http::Awaitable<WhoAmIReply> WhoAmI(CallQueue& queue, Exchange& exchange, CallSpec spec) {
  spec.path = kWhoAmI;
  spec.timeout = kWhoAmITimeout;
  UnaryCall call(queue, exchange.executor(), std::move(spec), "");
  exchange.WhenGone([&call] { call.Cancel(); });
  const UnaryReply reply = co_await call.Finish();
  exchange.WhenGone(nullptr);
  WhoAmIReply result{reply.status, {}};
  result.who.ParseFromString(reply.message);
  co_return result;
}

absl::StatusOr<std::string> TokenIn(const std::string& body) {
  const nlohmann::json json = nlohmann::json::parse(body, nullptr, false);
  if (!json.is_object() || !json.contains("token") || !json["token"].is_string())
    return absl::InvalidArgumentError("this must be {\"token\": \"...\"}");
  std::string token(absl::StripAsciiWhitespace(json["token"].get<std::string>()));
  if (!IsMetadataValue(token))
    return WithReason(absl::UnauthenticatedError("nobody has this token"), "UNKNOWN_TOKEN");
  return token;
}

}  // namespace

absl::StatusOr<std::unique_ptr<Sessions>> Sessions::Open(const std::filesystem::path& directory,
                                                         std::shared_ptr<grpc::Channel> access,
                                                         CallQueue& queue, const Clock& clock) {
  std::error_code error;
  std::filesystem::create_directories(directory, error);
  if (error) {
    return absl::FailedPreconditionError(
        absl::StrCat("cannot make ", directory.string(), ": ", error.message()));
  }
  WINNOW_ASSIGN_OR_RETURN(CookieSealer sealer, CookieSealer::Open(directory / "cookie.key"));
  WINNOW_ASSIGN_OR_RETURN(std::unique_ptr<SignOuts> sign_outs,
                          SignOuts::Open(directory / "signed_out.json", kSessionLength));
  return std::unique_ptr<Sessions>(
      new Sessions(std::move(sealer), std::move(sign_outs), std::move(access), queue, clock));
}

Sessions::Sessions(CookieSealer sealer, std::unique_ptr<SignOuts> sign_outs,
                   std::shared_ptr<grpc::Channel> access, CallQueue& queue, const Clock& clock)
    : sealer_(std::move(sealer)),
      sign_outs_(std::move(sign_outs)),
      access_(std::move(access)),
      queue_(queue),
      clock_(clock),
      throttle_(clock) {}

http::Awaitable<void> Sessions::Handle(Exchange& exchange) {
  const std::string& method = exchange.request().method;
  Response response;
  if (method == "POST") {
    response = co_await SignInBy(exchange);
  } else if (method == "DELETE") {
    response = co_await SignOut(exchange);
  } else {
    response = co_await Tell(exchange);
  }
  co_await exchange.Send(std::move(response));
}

http::Awaitable<Response> Sessions::SignInBy(Exchange& exchange) {
  const Request& request = exchange.request();
  const std::optional<Protocol> protocol = ProtocolOf(request.Header("content-type"));
  if (!protocol.has_value() || protocol->framing != Framing::kConnectUnary ||
      protocol->codec != Codec::kJson) {
    Response refusal = Failure(absl::InvalidArgumentError("this must be application/json"));
    refusal.status = 415;
    co_return refusal;
  }
  const absl::StatusOr<std::string> body = co_await exchange.ReadBody(kMaxBodyBytes);
  if (!body.ok()) co_return Failure(body.status());
  const absl::StatusOr<std::string> token = TokenIn(*body);
  if (!token.ok()) co_return Failure(token.status());

  CallSpec spec{.channel = access_};
  spec.metadata = {{"authorization", absl::StrCat("Bearer ", *token)},
                   {rpc::kForwardedFor, request.address}};
  const WhoAmIReply reply = co_await WhoAmI(queue_, exchange, std::move(spec));
  if (reply.status.error_code() == grpc::StatusCode::UNAUTHENTICATED) {
    const absl::Duration wait = throttle_.Fail(request.address);
    if (wait == absl::ZeroDuration()) co_return Failure(reply.status);
    co_return Failure(WithRetryAfter(
        WithReason(absl::ResourceExhaustedError("there were too many failed sign-ins from here"),
                   "TOO_MANY_SIGN_INS"),
        wait));
  }
  if (!reply.status.ok()) co_return Failure(reply.status);
  const absl::Time now = clock_.Now();
  Response response = Session(reply.who, now + kSessionLength);
  if (reply.who.open()) co_return response;
  const std::string sealed = sealer_.Seal({*token, reply.who.name(), now, now + kSessionLength});
  if (sealed.size() > kMaxCookieBytes)
    co_return Failure(absl::InvalidArgumentError("this token is too long for a browser to keep"));
  response.headers.emplace_back("Set-Cookie", SetCookie(request, sealed, kSessionLength));
  co_return response;
}

http::Awaitable<Response> Sessions::Tell(Exchange& exchange) {
  const Request& request = exchange.request();
  absl::StatusOr<std::vector<std::pair<std::string, std::string>>> metadata = MetadataOf(request);
  if (!metadata.ok()) co_return Failure(metadata.status());
  CallSpec spec{.channel = access_};
  spec.metadata = *std::move(metadata);
  const WhoAmIReply reply = co_await WhoAmI(queue_, exchange, std::move(spec));
  if (!reply.status.ok()) co_return Failure(reply.status);
  const std::optional<SignIn> sign_in = SignInOf(request);
  co_return Session(reply.who, sign_in.has_value() ? sign_in->expires : absl::InfiniteFuture());
}

http::Awaitable<Response> Sessions::SignOut(Exchange& exchange) {
  const Request& request = exchange.request();
  const std::optional<SignIn> sign_in = SignInOf(request);
  if (sign_in.has_value() && request.query == "everywhere=1") {
    if (const absl::Status added = sign_outs_->Add(sign_in->name, clock_.Now()); !added.ok())
      co_return Failure(added);
  }
  Response response = JsonResponse(200, "{}");
  response.headers.emplace_back("Set-Cookie", SetCookie(request, "", absl::ZeroDuration()));
  co_return response;
}

absl::StatusOr<std::vector<std::pair<std::string, std::string>>> Sessions::MetadataOf(
    const Request& request) const {
  std::vector<std::pair<std::string, std::string>> metadata = {
      {rpc::kForwardedFor, request.address}};
  if (const absl::string_view own = request.Header("authorization"); !own.empty()) {
    if (!IsMetadataValue(own)) {
      return WithReason(absl::UnauthenticatedError("this Authorization is that of nobody"),
                        "UNKNOWN_TOKEN");
    }
    metadata.emplace_back("authorization", own);
  } else if (const std::optional<SignIn> sign_in = SignInOf(request); sign_in.has_value()) {
    metadata.emplace_back("authorization", absl::StrCat("Bearer ", sign_in->token));
  }
  return metadata;
}

std::optional<SignIn> Sessions::SignInOf(const Request& request) const {
  const std::string prefix = absl::StrCat(CookieName(request), "=");
  for (absl::string_view cookie : absl::StrSplit(request.Header("cookie"), ';')) {
    cookie = absl::StripAsciiWhitespace(cookie);
    if (!absl::ConsumePrefix(&cookie, prefix)) continue;
    std::optional<SignIn> sign_in = sealer_.Unseal(cookie);
    if (!sign_in.has_value() || sign_in->expires <= clock_.Now() ||
        sign_outs_->Includes(sign_in->name, sign_in->issued))
      return std::nullopt;
    return sign_in;
  }
  return std::nullopt;
}

std::string Sessions::SetCookie(const Request& request, const std::string& value,
                                absl::Duration age) const {
  return absl::StrCat(CookieName(request), "=", value, "; HttpOnly; SameSite=Strict; Path=/; ",
                      "Max-Age=", absl::ToInt64Seconds(age), request.encrypted ? "; Secure" : "");
}

}  // namespace winnow::gateway
