#include "services/gateway/gateway.h"

#include <openssl/bio.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>

#include <filesystem>
#include <memory>
#include <string>

#include "absl/strings/str_cat.h"
#include "common/base/file.h"
#include "common/rpc/testing_certificates.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "nlohmann/json.hpp"
#include "services/gateway/sessions.h"
#include "services/gateway/testing.h"

namespace winnow::gateway {
namespace {

using http::Get;
using http::Post;
using http::Reply;
using nlohmann::json;
using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

constexpr char kWhoAmI[] = "/rpc/winnow.access.v1.AccessService/WhoAmI";

// "name=value" of a Set-Cookie.
std::string CookieIn(const Reply& reply) {
  const std::string cookie = reply.headers.at("set-cookie");
  return cookie.substr(0, cookie.find(';'));
}

std::string WithCookie(const std::string& cookie) {
  return absl::StrCat("Cookie: other=1; ", cookie, "\r\n");
}

class SessionTest : public GatewayTest {
 protected:
  Reply SignIn(absl::string_view token) {
    return Ask(Post("/session", "application/json", json{{"token", std::string(token)}}.dump()));
  }
  Reply SignOut(const std::string& cookie, absl::string_view query = "") {
    return Ask(absl::StrCat("DELETE /session", query, " HTTP/1.1\r\nHost: localhost\r\n",
                            "Origin: http://localhost\r\n", WithCookie(cookie), "\r\n"));
  }
  Reply WhoAmI(const std::string& headers) {
    return Ask(Post(kWhoAmI, "application/json", "{}", headers));
  }
};

TEST_F(SessionTest, SignsInByACookieThatPagesCannotRead) {
  const Reply signed_in = SignIn(kGoodToken);
  EXPECT_EQ(signed_in.status, 200);
  EXPECT_EQ(json::parse(signed_in.body)["name"], "anna");
  EXPECT_EQ(json::parse(signed_in.body)["role"], "annotator");
  EXPECT_THAT(
      signed_in.headers.at("set-cookie"),
      AllOf(StartsWith("winnow_session="), HasSubstr("; HttpOnly"), HasSubstr("; SameSite=Strict"),
            HasSubstr("; Path=/"), HasSubstr("; Max-Age=43200"), Not(HasSubstr(kGoodToken))));

  const std::string cookie = CookieIn(signed_in);
  const Reply session = Ask(Get("/session", WithCookie(cookie)));
  EXPECT_EQ(session.status, 200);
  EXPECT_EQ(json::parse(session.body)["name"], "anna");
  EXPECT_TRUE(json::parse(session.body)["expires"].is_string());
  EXPECT_EQ(json::parse(WhoAmI(WithCookie(cookie)).body)["name"], "anna");
}

TEST_F(SessionTest, TakesTheTokenOfACallFirst) {
  const std::string good = absl::StrCat("Authorization: Bearer ", kGoodToken, "\r\n");
  EXPECT_EQ(WhoAmI(good).status, 200);
  const std::string cookie = CookieIn(SignIn(kGoodToken));
  EXPECT_EQ(WhoAmI("Authorization: Bearer wnw_other\r\n" + WithCookie(cookie)).status, 401);
  // What would end gRPC's process.
  EXPECT_EQ(WhoAmI("Authorization: Bearer \xc3\xa4\r\n").status, 401);
}

TEST_F(SessionTest, RefusesOtherTokens) {
  for (const char* token : {"", "wnw_wrong", "wnw_\xc3\xa4", "a\nb"}) {
    const Reply refused = SignIn(token);
    EXPECT_EQ(refused.status, 401) << token;
    EXPECT_EQ(json::parse(refused.body)["code"], "unauthenticated");
    EXPECT_EQ(refused.headers.count("set-cookie"), 0u);
  }
  EXPECT_EQ(Ask(Get("/session")).status, 401);
  for (const char* body : {"", "{}", "[]", R"({"token": 3})"})
    EXPECT_EQ(Ask(Post("/session", "application/json", body)).status, 400) << body;
  EXPECT_EQ(Ask(Post("/session", "text/plain", "{}")).status, 415);
}

TEST_F(SessionTest, SlowsDownWhoeverGuesses) {
  Reply reply;
  for (int i = 0; i < 15 && reply.status != 429; ++i) reply = SignIn(absl::StrCat("wnw_", i));
  EXPECT_EQ(reply.status, 429);
  EXPECT_EQ(json::parse(reply.body)["code"], "resource_exhausted");
  // But not whoever has the right one.
  EXPECT_EQ(SignIn(kGoodToken).status, 200);
}

TEST_F(SessionTest, KnowsNoCookieThatWasAltered) {
  const std::string cookie = CookieIn(SignIn(kGoodToken));
  for (size_t i = sizeof "winnow_session"; i < cookie.size(); i += 7) {
    std::string altered = cookie;
    altered[i] = altered[i] == 'A' ? 'B' : 'A';
    EXPECT_EQ(WhoAmI(WithCookie(altered)).status, 401) << i;
  }
  for (const char* value : {"", "x", "AAAA", "\"\"", "%00"})
    EXPECT_EQ(WhoAmI(WithCookie(absl::StrCat("winnow_session=", value))).status, 401) << value;
}

TEST_F(SessionTest, KeepsPeopleSignedInWhenItStartsAgain) {
  const std::string cookie = CookieIn(SignIn(kGoodToken));
  StartGateway();
  EXPECT_EQ(WhoAmI(WithCookie(cookie)).status, 200);
  const auto mode = std::filesystem::status(directory() / "gateway" / "cookie.key").permissions();
  EXPECT_EQ(mode, std::filesystem::perms::owner_read | std::filesystem::perms::owner_write);
}

TEST_F(SessionTest, EndsWhenTheTokenDoes) {
  const std::string cookie = CookieIn(SignIn(kGoodToken));
  access_.is_revoked = true;
  EXPECT_EQ(WhoAmI(WithCookie(cookie)).status, 401);
  EXPECT_EQ(Ask(Get("/session", WithCookie(cookie))).status, 401);
}

TEST_F(SessionTest, SignsOutThisBrowserOrAll) {
  const std::string one = CookieIn(SignIn(kGoodToken));
  const std::string other = CookieIn(SignIn(kGoodToken));
  const Reply out = SignOut(one);
  EXPECT_EQ(out.status, 200);
  EXPECT_THAT(out.headers.at("set-cookie"),
              AllOf(StartsWith("winnow_session=;"), HasSubstr("Max-Age=0")));
  EXPECT_EQ(WhoAmI(WithCookie(other)).status, 200);

  EXPECT_EQ(SignOut(one, "?everywhere=1").status, 200);
  EXPECT_EQ(WhoAmI(WithCookie(one)).status, 401);
  EXPECT_EQ(WhoAmI(WithCookie(other)).status, 401);
  StartGateway();
  EXPECT_EQ(WhoAmI(WithCookie(other)).status, 401);
  EXPECT_EQ(WhoAmI(WithCookie(CookieIn(SignIn(kGoodToken)))).status, 200);
}

TEST_F(SessionTest, SaysThatTheSystemIsOpen) {
  access_.is_open = true;
  EXPECT_EQ(Ask(Get("/session")).body, R"({"name":"","role":"admin","open":true})");
  EXPECT_EQ(SignIn("whatever").headers.count("set-cookie"), 0u);
}

TEST_F(GatewayTest, RefusesRequestsOfOtherSites) {
  const auto post = [&](absl::string_view headers) {
    return Ask(absl::StrCat("POST ", kWhoAmI, " HTTP/1.1\r\nContent-Type: application/json\r\n",
                            "Content-Length: 2\r\n", headers, "\r\n{}"))
        .status;
  };
  access_.is_open = true;
  EXPECT_EQ(post("Host: localhost:99\r\nOrigin: http://localhost:99\r\n"), 200);
  EXPECT_EQ(post("Host: localhost\r\nSec-Fetch-Site: same-origin\r\n"), 200);
  EXPECT_EQ(post("Host: localhost\r\n"), 403);
  EXPECT_EQ(post("Host: localhost\r\nOrigin: null\r\n"), 403);
  EXPECT_EQ(post("Host: localhost\r\nOrigin: http://evil.example\r\n"), 403);
  EXPECT_EQ(post("Host: localhost\r\nOrigin: http://localhost:99\r\n"), 403);
  EXPECT_EQ(post("Host: localhost\r\nOrigin: http://localhost.evil.example\r\n"), 403);
  EXPECT_EQ(post("Host: localhost\r\nSec-Fetch-Site: cross-site\r\n"), 403);
  EXPECT_EQ(post("Host: localhost\r\nSec-Fetch-Site: same-site\r\n"), 403);
  EXPECT_EQ(Ask("DELETE /session HTTP/1.1\r\nHost: localhost\r\n\r\n").status, 403);
  // A name of somebody else's that was made to lead here.
  EXPECT_EQ(post("Host: evil.example\r\nOrigin: http://evil.example\r\n"), 421);
  EXPECT_EQ(Ask("GET /session HTTP/1.1\r\nHost: evil.example\r\n\r\n").status, 421);
  EXPECT_EQ(Ask("OPTIONS /session HTTP/1.1\r\nHost: localhost\r\n"
                "Origin: http://evil.example\r\n\r\n")
                .status,
            405);
}

TEST_F(GatewayTest, SaysWithEveryReplyWhatPagesMayDo) {
  for (const char* path : {"/", "/session", "/healthz", "/metrics", "/assets/none.js"}) {
    const Reply reply = Ask(Get(path));
    EXPECT_THAT(reply.headers.at("content-security-policy"),
                AllOf(HasSubstr("default-src 'none'"), HasSubstr("frame-ancestors 'none'"),
                      HasSubstr("worker-src 'self';"), Not(HasSubstr("unsafe"))))
        << path;
    EXPECT_EQ(reply.headers.at("x-content-type-options"), "nosniff") << path;
    EXPECT_EQ(reply.headers.count("access-control-allow-origin"), 0u) << path;
  }
}

TEST_F(GatewayTest, SaysThatItWasBuiltWithoutAnApplication) {
  const Reply reply = Ask(Get("/"));
  EXPECT_EQ(reply.status, 200);
  EXPECT_THAT(reply.headers.at("content-type"), StartsWith("text/plain"));
  EXPECT_THAT(reply.body, HasSubstr("without the web application"));
}

TEST_F(GatewayTest, ServesFilesAndNothingElseOfTheDisk) {
  std::filesystem::create_directories(directory() / "web" / "assets");
  ASSERT_TRUE(WriteFileDurably(directory() / "web" / "index.html", "<!doctype html>").ok());
  ASSERT_TRUE(WriteFileDurably(directory() / "web" / "assets" / "a-1.js", "code").ok());
  ASSERT_TRUE(WriteFileDurably(directory() / "secret", "secret").ok());
  StartGateway();
  EXPECT_EQ(Ask(Get("/assets/a-1.js")).body, "code");
  for (const char* path : {"/", "/annotate/titles", "/models/x.y", "/index.html?x=1"})
    EXPECT_EQ(Ask(Get(path)).body, "<!doctype html>") << path;
  for (const char* path :
       {"/../secret", "/assets/../../secret", "/%2e%2e/secret", "/..%2fsecret",
        "/assets//../secret", "/web/../secret", "//etc/passwd", "/\\..\\secret"}) {
    EXPECT_THAT(Ask(Get(path)).body, Not(HasSubstr("secret"))) << path;
  }
}

TEST_F(GatewayTest, TellsHealthAndMetrics) {
  // No service here is one that grpc.health.v1 knows of.
  const Reply health = Ask(Get("/healthz"));
  EXPECT_EQ(health.status, 503);
  EXPECT_THAT(health.body, HasSubstr("winnow.annotation.v1.AnnotationService"));
  const Reply metrics = Ask(Get("/metrics"));
  EXPECT_THAT(metrics.headers.at("content-type"), StartsWith("text/plain"));
  EXPECT_THAT(
      metrics.body,
      AllOf(HasSubstr("\nwinnow_gateway_requests_total{route=\"health\",status=\"503\"} 1\n"),
            HasSubstr("\nwinnow_http_connections ")));
}

struct Encrypted {
  // Of the certificate that was shown; empty when it is not one of the authority's.
  std::string name;
  std::string reply;
};

// Sends a request over TLS, and reads for as long as the server keeps the connection.
Encrypted AskEncrypted(int port, const std::string& authority, const std::string& request) {
  Encrypted result;
  const std::unique_ptr<SSL_CTX, decltype(&SSL_CTX_free)> context(SSL_CTX_new(TLS_client_method()),
                                                                  SSL_CTX_free);
  SSL_CTX_load_verify_locations(context.get(), authority.c_str(), nullptr);
  SSL_CTX_set_verify(context.get(), SSL_VERIFY_PEER, nullptr);
  const std::unique_ptr<BIO, decltype(&BIO_free_all)> bio(BIO_new_ssl_connect(context.get()),
                                                          BIO_free_all);
  BIO_set_conn_hostname(bio.get(), absl::StrCat("127.0.0.1:", port).c_str());
  if (BIO_do_connect(bio.get()) != 1) return result;
  SSL* ssl = nullptr;
  BIO_get_ssl(bio.get(), &ssl);
  const std::unique_ptr<X509, decltype(&X509_free)> shown(SSL_get1_peer_certificate(ssl),
                                                          X509_free);
  char name[100];
  X509_NAME_get_text_by_NID(X509_get_subject_name(shown.get()), NID_commonName, name, sizeof name);
  result.name = name;
  BIO_write(bio.get(), request.data(), static_cast<int>(request.size()));
  char buffer[4096];
  for (int got = 0; (got = BIO_read(bio.get(), buffer, sizeof buffer)) > 0;)
    result.reply.append(buffer, got);
  return result;
}

TEST_F(GatewayTest, EncryptsWithACertificateThatIsRenewed) {
  std::filesystem::create_directories(directory());
  rpc::TestAuthority authority(directory());
  const rpc::TlsFiles files = authority.Issue("web", "first");
  const auto channel = services_.channel();
  const auto gateway = Gateway::Start({.address = "127.0.0.1:0",
                                       .identity = {files.certificate, files.key},
                                       .data_dir = directory() / "gateway"},
                                      {channel, channel, channel}, registry_);
  ASSERT_TRUE(gateway.ok()) << gateway.status();
  EXPECT_THAT((*gateway)->url(), StartsWith("https://127.0.0.1:"));
  const std::string sign_in = Post("/session", "application/json",
                                   json{{"token", kGoodToken}}.dump(), "Connection: close\r\n");
  const Encrypted first = AskEncrypted((*gateway)->port(), authority.file(), sign_in);
  EXPECT_EQ(first.name, "first");
  // Kept by browsers for this origin alone, and never sent in the clear.
  EXPECT_THAT(first.reply, AllOf(HasSubstr("Set-Cookie: __Host-winnow_session="),
                                 HasSubstr("; Secure"), HasSubstr("\"name\":\"anna\"")));

  authority.Issue("web", "second");
  EXPECT_TRUE(Eventually([&] {
    return AskEncrypted((*gateway)->port(), authority.file(), sign_in).name == "second";
  }));
  // Who does not encrypt is not answered.
  http::TestClient plain((*gateway)->port());
  plain.Send(Get("/"));
  EXPECT_TRUE(plain.IsClosedWithin(5'000));
}

TEST_F(GatewayTest, RefusesACertificateThatCannotBeUsed) {
  const auto channel = services_.channel();
  const auto gateway = Gateway::Start({.address = "127.0.0.1:0",
                                       .identity = {"/nowhere.pem", "/nowhere.key"},
                                       .data_dir = directory() / "gateway"},
                                      {channel, channel, channel}, registry_);
  EXPECT_FALSE(gateway.ok());
  EXPECT_THAT(std::string(gateway.status().message()), HasSubstr("/nowhere.pem"));
}

}  // namespace
}  // namespace winnow::gateway
