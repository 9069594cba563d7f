#include "common/oidc/key_set.h"

#include "common/oidc/testing_keys.h"
#include "gtest/gtest.h"

namespace winnow::oidc {
namespace {

using nlohmann::json;

std::string ListOf(const std::vector<json>& keys) { return json{{"keys", keys}}.dump(); }

TEST(KeySetTest, KnowsWhichSignaturesNeedAPrivateKey) {
  EXPECT_TRUE(IsAccepted("RS256"));
  EXPECT_TRUE(IsAccepted("PS512"));
  EXPECT_TRUE(IsAccepted("ES384"));
  for (const char* name : {"", "none", "None", "HS256", "HS384", "HS512", "ES512", "rs256", "RS1"})
    EXPECT_FALSE(IsAccepted(name)) << name;
}

TEST(KeySetTest, FindsByIdAndAlgorithm) {
  const TestKey a = TestKey::Ec("a");
  const TestKey b = TestKey::Ec("b");
  json only = b.Public();
  only["alg"] = "ES384";
  const KeySet keys = *KeySet::Parse(ListOf({a.Public(), only}));
  EXPECT_EQ(keys.size(), 2u);
  EXPECT_EQ(keys.Find("a", "ES256").size(), 1u);
  EXPECT_EQ(keys.Find("", "ES256").size(), 1u) << "b is for another algorithm";
  EXPECT_TRUE(keys.Find("a", "ES384").empty()) << "of another curve";
  EXPECT_TRUE(keys.Find("a", "RS256").empty());
  EXPECT_TRUE(keys.Find("a", "HS256").empty());
  EXPECT_TRUE(keys.Find("c", "ES256").empty());
}

TEST(KeySetTest, LeavesOutWhatVerifiesNothing) {
  const TestKey good = TestKey::Ec("good");
  json encrypts = TestKey::Ec("encrypts").Public();
  encrypts["use"] = "enc";
  json damaged = TestKey::Ec("damaged").Public();
  damaged["x"] = "AAAA";
  const json secret = {{"kty", "oct"}, {"kid", "secret"}, {"k", "c2VjcmV0"}};
  const KeySet keys = *KeySet::Parse(ListOf({encrypts,
                                             damaged,
                                             secret,
                                             7,
                                             {{"kty", "new"}},
                                             TestKey::Rsa("short", 1024).Public(),
                                             TestKey::Ec("p521", CJOSE_JWK_EC_P_521).Public(),
                                             good.Public()}));
  EXPECT_EQ(keys.size(), 1u);
  EXPECT_EQ(keys.Find("good", "ES256").size(), 1u);
}

TEST(KeySetTest, RefusesWhatIsNoKeySet) {
  const json key = TestKey::Ec("a").Public();
  for (const std::string& text :
       {std::string(), std::string("keys"), std::string("[]"), std::string(R"({"keys":{}})"),
        std::string(R"({"keys":[]})"), key.dump(), std::string(100'000, '['),
        ListOf(std::vector<json>(KeySet::kMaxKeys + 1, key))}) {
    EXPECT_TRUE(absl::IsDataLoss(KeySet::Parse(text).status())) << text.substr(0, 100);
  }
}

}  // namespace
}  // namespace winnow::oidc
