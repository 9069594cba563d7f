// People who sign in at an issuer, with the programs that people start and an issuer that the test
// runs.
#include <memory>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "common/base/file.h"
#include "common/base/status.h"
#include "common/oidc/testing_keys.h"
#include "common/oidc/testing_server.h"
#include "common/rpc/channel.h"
#include "common/rpc/client.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "nlohmann/json.hpp"
#include "tests/testing/programs.h"
#include "tests/testing/scratch_directory.h"
#include "winnow/access/v1/access.grpc.pb.h"

namespace winnow::integration {
namespace {

namespace v1 = access::v1;
using nlohmann::json;
using oidc::TestKey;
using ::testing::HasSubstr;

using Stub = v1::AccessService::Stub;

// What a server says of who calls.
absl::StatusOr<v1::WhoAmIResponse> WhoAmI(const std::string& address, const std::string& token) {
  const auto stub = v1::AccessService::NewStub(*rpc::Connect(address, {.token = token}));
  return rpc::Client().Call(*stub, &Stub::WhoAmI, v1::WhoAmIRequest());
}

// Tells where its keys are, and publishes them.
class Issuer {
 public:
  Issuer() {
    const json told = {{"issuer", server_.address()}, {"jwks_uri", server_.address() + "/keys"}};
    server_.Put("/.well-known/openid-configuration", told.dump());
    Publish({&key_});
  }

  void Publish(const std::vector<const TestKey*>& keys) {
    server_.Put("/keys", oidc::KeySetOf(keys));
  }
  std::string address() const { return server_.address(); }
  const TestKey& key() const { return key_; }
  // What a good token says, as Keycloak puts it.
  json Claims(const std::string& name, const std::vector<std::string>& roles) const {
    json claims = oidc::TestClaims(name, "", absl::Now());
    claims["iss"] = address();
    claims["aud"] = {"account", "winnow"};
    claims["realm_access"] = {{"roles", roles}};
    return claims;
  }
  std::string Token(const std::string& name, const std::vector<std::string>& roles) const {
    return key_.Sign("RS256", Claims(name, roles));
  }

 private:
  oidc::TestServer server_;
  const TestKey key_ = TestKey::Rsa("first");
};

class OidcTest : public testing::Test {
 protected:
  void SetUp() override {
    auto server = WinnowServer::Start(
        scratch_ / "data", {"--oidc-issuer", issuer_.address(), "--oidc-audience", "winnow",
                            "--oidc-role-claim", "realm_access.roles"});
    ASSERT_TRUE(server.ok()) << server.status();
    server_ = *std::move(server);
  }

  absl::StatusOr<v1::WhoAmIResponse> WhoAmI(const std::string& token) const {
    return integration::WhoAmI(server_->address(), token);
  }
  void ExpectRefused(const std::string& token, const std::string& reason) const {
    const absl::Status refused = WhoAmI(token).status();
    EXPECT_TRUE(absl::IsUnauthenticated(refused)) << refused;
    EXPECT_EQ(ReasonOf(refused), reason) << refused;
  }
  Finished Winnow(std::vector<std::string> words, const std::string& token) const {
    words.insert(words.end(), {"--server", server_->address(), "--token", token});
    return RunToEnd("winnow", words);
  }

  ScratchDirectory scratch_;
  Issuer issuer_;
  std::unique_ptr<WinnowServer> server_;
};

TEST_F(OidcTest, ATokenTellsWhoCallsAndWhatTheyMay) {
  const auto anna = WhoAmI(issuer_.Token("anna", {"offline_access", "annotator"}));
  ASSERT_TRUE(anna.ok()) << anna.status();
  EXPECT_EQ(anna->name(), "anna");
  EXPECT_EQ(anna->role(), v1::ROLE_ANNOTATOR);
  EXPECT_FALSE(anna->open()) << "although nobody is registered";
  EXPECT_EQ(WhoAmI(issuer_.Token("root", {"reviewer", "admin"}))->role(), v1::ROLE_ADMIN);
  EXPECT_EQ(ReasonOf(WhoAmI("").status()), "NO_TOKEN");
}

TEST_F(OidcTest, EachBadTokenIsRefusedForWhatItIs) {
  json claims = issuer_.Claims("anna", {"admin"});
  ExpectRefused(oidc::UnsignedToken(claims), "INVALID_TOKEN");
  ExpectRefused(TestKey::Secret("first", issuer_.key().Public().dump()).Sign("HS256", claims),
                "INVALID_TOKEN");
  ExpectRefused(TestKey::Rsa("first").Sign("RS256", claims), "BAD_SIGNATURE");
  claims["aud"] = "account";
  ExpectRefused(issuer_.key().Sign("RS256", claims), "WRONG_AUDIENCE");
  claims["iss"] = "https://issuer.example";
  ExpectRefused(issuer_.key().Sign("RS256", claims), "WRONG_ISSUER");
  json old = issuer_.Claims("anna", {"admin"});
  old["exp"] = absl::ToUnixSeconds(absl::Now() - absl::Minutes(2));
  ExpectRefused(issuer_.key().Sign("RS256", old), "TOKEN_EXPIRED");
  ExpectRefused("wnw_guess", "UNKNOWN_TOKEN");
  // As slowly as with other tokens that are no good, from then on; a good one is not.
  absl::Status refused;
  for (int i = 0; i < 30 && !absl::IsResourceExhausted(refused); ++i)
    refused = WhoAmI("a.b.c").status();
  EXPECT_EQ(ReasonOf(refused), "TOO_MANY_SIGN_INS");
  EXPECT_TRUE(WhoAmI(issuer_.Token("anna", {"annotator"})).ok());
}

TEST_F(OidcTest, ARoleIsNeededAndItMustSuffice) {
  const absl::Status none = WhoAmI(issuer_.Token("nora", {"offline_access", "service"})).status();
  EXPECT_TRUE(absl::IsPermissionDenied(none)) << none;
  EXPECT_EQ(ReasonOf(none), "NO_ROLE");
  const Finished low = Winnow({"people", "list"}, issuer_.Token("anna", {"manager"}));
  EXPECT_EQ(low.exit_code, 4) << low;
  EXPECT_THAT(low.err, HasSubstr("anna has the role manager"));
  EXPECT_EQ(Winnow({"people", "list"}, issuer_.Token("root", {"admin"})).exit_code, 0);
}

TEST_F(OidcTest, PeopleOfBothKindsAreWrittenDownAndNobodyIsAnother) {
  const std::string root = issuer_.Token("root", {"admin"});
  const Finished added = Winnow({"people", "add", "max", "--role", "admin"}, root);
  ASSERT_EQ(added.exit_code, 0) << added;
  const std::string max = added.out.substr(0, added.out.find('\n'));
  EXPECT_EQ(WhoAmI(max)->name(), "max");
  EXPECT_EQ(WhoAmI(root)->name(), "root");
  const absl::Status refused = WhoAmI(issuer_.Token("max", {"admin"})).status();
  EXPECT_TRUE(absl::IsPermissionDenied(refused)) << refused;
  EXPECT_EQ(ReasonOf(refused), "PERSON_EXISTS");
  const Finished audit = Winnow({"audit", "--json"}, max);
  ASSERT_EQ(audit.exit_code, 0) << audit;
  const json event = json::parse(audit.out)["events"].back();
  EXPECT_EQ(event["person"], "root") << audit.out;
  EXPECT_EQ(event["method"], "winnow.access.v1.AccessService/CreatePerson");
}

TEST_F(OidcTest, NewKeysAreFetchedWhenATokenNamesThem) {
  const TestKey next = TestKey::Ec("next");
  const std::string token = next.Sign("ES256", issuer_.Claims("anna", {"annotator"}));
  issuer_.Publish({&issuer_.key(), &next});
  absl::StatusOr<v1::WhoAmIResponse> anna = WhoAmI(token);
  EXPECT_EQ(ReasonOf(anna.status()), "UNKNOWN_KEY") << anna.status();
  const absl::Time deadline = absl::Now() + absl::Seconds(60);
  while (!anna.ok() && absl::Now() < deadline) {
    absl::SleepFor(absl::Milliseconds(20));
    anna = WhoAmI(token);
  }
  ASSERT_TRUE(anna.ok()) << anna.status();
  EXPECT_EQ(anna->name(), "anna");
  EXPECT_TRUE(WhoAmI(issuer_.Token("bert", {"annotator"})).ok());
}

TEST(OidcFlags, AServiceOnItsOwnFollowsAFileOfKeys) {
  ScratchDirectory scratch;
  const TestKey key = TestKey::Ec("a");
  const std::string file = *scratch.Write("keys.json", oidc::KeySetOf({&key}));
  ChildProcess service(
      {Program("winnow-annotation"), "--listen=127.0.0.1:0",
       absl::StrCat("--data=", scratch / "corpus"), absl::StrCat("--models=", scratch / "models"),
       absl::StrCat("--access=", scratch / "access"), "--oidc_issuer=https://issuer.example",
       "--oidc_audience=winnow", "--oidc_role_claim=roles", absl::StrCat("--oidc_keys=", file)});
  const auto port = service.AwaitLine("started service=winnow-annotation port=");
  ASSERT_TRUE(port.ok()) << port.status();
  const std::string token = key.Sign("ES256", oidc::TestClaims("anna", "manager", absl::Now()));
  const auto anna = WhoAmI(absl::StrCat("127.0.0.1:", *port), token);
  ASSERT_TRUE(anna.ok()) << anna.status();
  EXPECT_EQ(anna->role(), v1::ROLE_MANAGER);
}

TEST(OidcFlags, WhatCannotBeTrustedIsNotStarted) {
  ScratchDirectory scratch;
  const auto serve = [&](std::vector<std::string> words) {
    words.insert(words.begin(), {"serve", "--data", scratch / "data"});
    const Finished refused = RunToEnd("winnow", words);
    EXPECT_EQ(refused.exit_code, 2) << refused;
    return refused.err;
  };
  EXPECT_THAT(serve({"--oidc-issuer", "http://issuer.example"}),
              testing::AllOf(HasSubstr("oidc audience"), HasSubstr("oidc role claim"),
                             HasSubstr("https://")));
  // Nobody is registered, and still it is closed: only encryption lacks.
  EXPECT_THAT(serve({"--listen", "0.0.0.0:0", "--oidc-issuer", "https://issuer.example",
                     "--oidc-audience", "winnow", "--oidc-role-claim", "roles", "--oidc-keys",
                     *scratch.Write("keys.json", oidc::KeySetOf({}))}),
              HasSubstr("no key"));
  const TestKey key = TestKey::Ec("a");
  EXPECT_THAT(serve({"--listen", "0.0.0.0:0", "--oidc-issuer", "https://issuer.example",
                     "--oidc-audience", "winnow", "--oidc-role-claim", "roles", "--oidc-keys",
                     *scratch.Write("keys.json", oidc::KeySetOf({&key}))}),
              testing::AllOf(HasSubstr("for TLS"), testing::Not(HasSubstr("people add"))));
}

}  // namespace
}  // namespace winnow::integration
