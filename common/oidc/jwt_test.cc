#include "common/oidc/jwt.h"

#include <string>
#include <vector>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "common/base/status.h"
#include "common/oidc/testing_keys.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace winnow::oidc {
namespace {

using nlohmann::json;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

const absl::Time kNow = absl::FromUnixSeconds(1'700'000'000);

class JwtTest : public testing::Test {
 protected:
  // Slow to make.
  static void SetUpTestSuite() { rsa_ = new TestKey(TestKey::Rsa("rsa")); }
  static void TearDownTestSuite() {
    delete rsa_;
    rsa_ = nullptr;
  }

  absl::StatusOr<Identity> Verify(absl::string_view token, absl::Time now = kNow) const {
    return VerifyToken(token, options_, keys_, now);
  }
  absl::StatusOr<Identity> VerifyClaims(const json& claims, absl::Time now = kNow) const {
    return Verify(p256_.Sign("ES256", claims), now);
  }
  void ExpectRefused(const absl::StatusOr<Identity>& verified, const std::string& reason) const {
    EXPECT_TRUE(absl::IsUnauthenticated(verified.status())) << verified.status();
    EXPECT_EQ(ReasonOf(verified.status()), reason) << verified.status();
  }
  json Claims() const { return TestClaims("anna", "manager", kNow); }
  // The claims with one that is another, or, for null, is not there.
  json ClaimsWith(const std::string& name, const json& value) const {
    json claims = Claims();
    claims.merge_patch({{name, value}});
    return claims;
  }

  static TestKey* rsa_;
  const TestKey p256_ = TestKey::Ec("p256");
  const TestKey p384_ = TestKey::Ec("p384", CJOSE_JWK_EC_P_384);
  const KeySet keys_ = *KeySet::Parse(KeySetOf({rsa_, &p256_, &p384_}));
  IssuerOptions options_ = TestIssuer();
};
TestKey* JwtTest::rsa_ = nullptr;

TEST_F(JwtTest, EveryAcceptedAlgorithmIsVerified) {
  for (const char* algorithm : {"RS256", "RS384", "RS512", "PS256", "PS384", "PS512"})
    EXPECT_EQ(Verify(rsa_->Sign(algorithm, Claims()))->name, "anna") << algorithm;
  EXPECT_EQ(Verify(p256_.Sign("ES256", Claims()))->name, "anna");
  EXPECT_EQ(Verify(p384_.Sign("ES384", Claims()))->name, "anna");
}

TEST_F(JwtTest, TellsWhomATokenIsAbout) {
  const Identity anna = *VerifyClaims(Claims());
  EXPECT_EQ(anna.name, "anna");
  EXPECT_THAT(anna.roles, ElementsAre("manager"));
  EXPECT_EQ(anna.end, kNow + absl::Minutes(5) + kLeeway);
}

TEST_F(JwtTest, NoSignatureIsNoToken) {
  ExpectRefused(Verify(UnsignedToken(Claims())), "INVALID_TOKEN");
  const std::string token = p256_.Sign("ES256", Claims());
  const std::vector<std::string> parts = absl::StrSplit(token, '.');
  ExpectRefused(Verify(absl::StrCat(parts[0], ".", parts[1], ".")), "BAD_SIGNATURE");
  ExpectRefused(Verify(absl::StrCat(parts[0], ".", parts[1])), "INVALID_TOKEN");
  // "alg" is "none", and a signature is there all the same.
  const std::vector<std::string> none = absl::StrSplit(UnsignedToken(Claims()), '.');
  ExpectRefused(Verify(absl::StrCat(none[0], ".", none[1], ".", parts[2])), "INVALID_TOKEN");
}

TEST_F(JwtTest, APublicKeyIsNoSecret) {
  for (const std::string& secret : {rsa_->Public().dump(), p256_.Public().dump()}) {
    for (const char* id : {"rsa", "p256", "other"}) {
      const TestKey forger = TestKey::Secret(id, secret);
      ExpectRefused(Verify(forger.Sign("HS256", Claims())), "INVALID_TOKEN");
    }
  }
}

TEST_F(JwtTest, OtherAlgorithmsAreRefused) {
  const TestKey p521 = TestKey::Ec("p256", CJOSE_JWK_EC_P_521);
  ExpectRefused(Verify(p521.Sign("ES512", Claims())), "INVALID_TOKEN");
  const TestKey secret = TestKey::Secret("rsa", "0123456789abcdef0123456789abcdef");
  ExpectRefused(Verify(secret.Sign("HS512", Claims())), "INVALID_TOKEN");
}

TEST_F(JwtTest, WhatWasChangedIsRefused) {
  const std::string token = p256_.Sign("ES256", Claims());
  const std::vector<std::string> parts = absl::StrSplit(token, '.');
  const std::string claims = ClaimsWith("roles", {"admin"}).dump();
  ExpectRefused(
      Verify(absl::StrCat(parts[0], ".", absl::WebSafeBase64Escape(claims), ".", parts[2])),
      "BAD_SIGNATURE");
  const std::string header = R"({"alg":"ES256","kid":"p256","typ":"x"})";
  ExpectRefused(
      Verify(absl::StrCat(absl::WebSafeBase64Escape(header), ".", parts[1], ".", parts[2])),
      "BAD_SIGNATURE");
  // Of another key with the same name.
  ExpectRefused(Verify(TestKey::Ec("p256").Sign("ES256", Claims())), "BAD_SIGNATURE");
}

TEST_F(JwtTest, TheKeyIsFoundByItsIdAndAlgorithm) {
  ExpectRefused(Verify(TestKey::Ec("new").Sign("ES256", Claims())), "UNKNOWN_KEY");
  // The key that is named is for another algorithm.
  ExpectRefused(Verify(p256_.Sign("ES256", Claims(), {{"kid", "p384"}})), "UNKNOWN_KEY");
  ExpectRefused(Verify(p256_.Sign("ES256", Claims(), {{"kid", "rsa"}})), "UNKNOWN_KEY");
  // Without an id every key may be it.
  EXPECT_TRUE(Verify(p256_.Sign("ES256", Claims(), {{"kid", nullptr}})).ok());
  ExpectRefused(Verify(TestKey::Ec("new").Sign("ES256", Claims(), {{"kid", nullptr}})),
                "BAD_SIGNATURE");
}

TEST_F(JwtTest, WhatATokenDemandsMustBeUnderstood) {
  EXPECT_TRUE(Verify(p256_.Sign("ES256", Claims(), {{"typ", "JWT"}})).ok());
  ExpectRefused(Verify(p256_.Sign("ES256", Claims(), {{"crit", {"exp"}}, {"exp", "x"}})),
                "INVALID_TOKEN");
}

TEST_F(JwtTest, NonsenseIsNoToken) {
  for (const std::string& token :
       {std::string("."), std::string(".."), std::string("..."), std::string("a.b.c"),
        std::string("e30.e30.e30"), std::string(kMaxTokenBytes + 1, 'a'),
        absl::StrCat(std::string(10'000, '['), ".", std::string(5'000, '.'))}) {
    ExpectRefused(Verify(token), "INVALID_TOKEN");
  }
  for (const json& claims : {json("text"), json::array(), json(7)})
    ExpectRefused(VerifyClaims(claims), "INVALID_TOKEN");
}

TEST_F(JwtTest, TheIssuerMustBeOurs) {
  ExpectRefused(VerifyClaims(ClaimsWith("iss", "https://issuer.example/")), "WRONG_ISSUER");
  ExpectRefused(VerifyClaims(ClaimsWith("iss", {"https://issuer.example"})), "WRONG_ISSUER");
  ExpectRefused(VerifyClaims(ClaimsWith("iss", nullptr)), "INVALID_TOKEN");
}

TEST_F(JwtTest, TheAudienceIsOneOrOneOfMany) {
  EXPECT_TRUE(VerifyClaims(ClaimsWith("aud", {"account", "winnow"})).ok());
  const auto other = VerifyClaims(ClaimsWith("aud", "winnow2"));
  ExpectRefused(other, "WRONG_AUDIENCE");
  EXPECT_THAT(other.status().message(), HasSubstr("for 'winnow2', and not for 'winnow'"));
  ExpectRefused(VerifyClaims(ClaimsWith("aud", {"account", 7})), "WRONG_AUDIENCE");
  ExpectRefused(VerifyClaims(ClaimsWith("aud", json::array())), "WRONG_AUDIENCE");
  ExpectRefused(VerifyClaims(ClaimsWith("aud", nullptr)), "INVALID_TOKEN");
}

TEST_F(JwtTest, ATokenHasItsTime) {
  json claims = Claims();
  const absl::Time end = kNow + absl::Minutes(5);
  EXPECT_TRUE(VerifyClaims(claims, end + kLeeway - absl::Seconds(1)).ok());
  ExpectRefused(VerifyClaims(claims, end + kLeeway), "TOKEN_EXPIRED");
  claims["nbf"] = absl::ToUnixSeconds(kNow);
  EXPECT_TRUE(VerifyClaims(claims, kNow - kLeeway).ok());
  ExpectRefused(VerifyClaims(claims, kNow - kLeeway - absl::Seconds(1)), "TOKEN_NOT_YET_VALID");
  EXPECT_TRUE(VerifyClaims(ClaimsWith("exp", 1'700'000'000.5)).ok());
  EXPECT_TRUE(VerifyClaims(ClaimsWith("exp", 1e300)).ok());
  ExpectRefused(VerifyClaims(ClaimsWith("exp", -1e300)), "TOKEN_EXPIRED");
  ExpectRefused(VerifyClaims(ClaimsWith("exp", "1700000300")), "INVALID_TOKEN");
  ExpectRefused(VerifyClaims(ClaimsWith("exp", nullptr)), "INVALID_TOKEN");
  ExpectRefused(VerifyClaims(ClaimsWith("nbf", "now")), "INVALID_TOKEN");
}

TEST_F(JwtTest, TheNameIsTheFirstThatIsTold) {
  json claims = Claims();
  claims["email"] = "anna@example.com";
  EXPECT_EQ(VerifyClaims(claims)->name, "anna");
  claims.erase("preferred_username");
  EXPECT_EQ(VerifyClaims(claims)->name, "anna@example.com");
  claims["email_verified"] = true;
  EXPECT_EQ(VerifyClaims(claims)->name, "anna@example.com");
  claims["email_verified"] = false;
  EXPECT_EQ(VerifyClaims(claims)->name, "id-of-anna");
  claims.erase("sub");
  ExpectRefused(VerifyClaims(claims), "INVALID_TOKEN");
  ExpectRefused(VerifyClaims(ClaimsWith("preferred_username", "a\nb")), "INVALID_TOKEN");
  ExpectRefused(VerifyClaims(ClaimsWith("preferred_username", std::string(200, 'a'))),
                "INVALID_TOKEN");
}

TEST_F(JwtTest, RolesAreFoundAlongTheWay) {
  const auto roles = [&](const std::string& path, const json& claims) {
    options_.role_claim = path;
    return VerifyClaims(claims)->roles;
  };
  const json keycloak = ClaimsWith("realm_access", {{"roles", {"offline", "admin", 7}}});
  EXPECT_THAT(roles("realm_access.roles", keycloak), ElementsAre("offline", "admin"));
  EXPECT_THAT(roles("realm_access.role", keycloak), IsEmpty());
  EXPECT_THAT(roles("realm_access.roles.x", keycloak), IsEmpty());
  EXPECT_THAT(roles("realm_access", keycloak), IsEmpty());
  EXPECT_THAT(roles("role", ClaimsWith("role", "reviewer")), ElementsAre("reviewer"));
  EXPECT_THAT(roles("https://a.example/roles", ClaimsWith("https://a.example/roles", {"admin"})),
              ElementsAre("admin"));
  const json client = ClaimsWith("resource_access", {{"my.client", {{"roles", {"admin"}}}}});
  EXPECT_THAT(roles("resource_access.my.client.roles", client), ElementsAre("admin"));
}

}  // namespace
}  // namespace winnow::oidc
