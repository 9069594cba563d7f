#include "common/oidc/verified_tokens.h"

#include "absl/strings/str_cat.h"
#include "common/oidc/testing_keys.h"
#include "gtest/gtest.h"

namespace winnow::oidc {
namespace {

const absl::Time kNow = absl::FromUnixSeconds(1'700'000'000);

class VerifiedTokensTest : public testing::Test {
 protected:
  static std::shared_ptr<const KeySet> MakeKeys() {
    const TestKey key = TestKey::Ec("a");
    return std::make_shared<const KeySet>(*KeySet::Parse(KeySetOf({&key})));
  }
  void Insert(const std::string& token, absl::Time end) {
    tokens_.Insert(Sha256(token), keys_,
                   std::make_shared<const Identity>(Identity{token, {}, end}));
  }
  bool Has(const std::string& token, absl::Time now = kNow) {
    const auto found = tokens_.Find(Sha256(token), keys_.get(), now);
    return found != nullptr && found->name == token;
  }

  const std::shared_ptr<const KeySet> keys_ = MakeKeys();
  VerifiedTokens tokens_;
};

TEST_F(VerifiedTokensTest, AreKnownUntilTheyEnd) {
  Insert("a", kNow + absl::Seconds(10));
  EXPECT_TRUE(Has("a", kNow + absl::Seconds(9)));
  EXPECT_FALSE(Has("a", kNow + absl::Seconds(10)));
  EXPECT_FALSE(Has("b"));
}

TEST_F(VerifiedTokensTest, AreKnownAsLongAsTheKeys) {
  Insert("a", kNow + absl::Hours(1));
  const auto other = MakeKeys();
  EXPECT_EQ(tokens_.Find(Sha256("a"), other.get(), kNow), nullptr);
  tokens_.Insert(Sha256("b"), other, std::make_shared<const Identity>());
  EXPECT_FALSE(Has("a"));
  EXPECT_EQ(tokens_.size(), 1u);
}

TEST_F(VerifiedTokensTest, OfTooManyThoseThatEndFirstAreForgotten) {
  Insert("first", kNow + absl::Seconds(5));
  for (size_t i = 0; i < VerifiedTokens::kMaxTokens; ++i)
    Insert(absl::StrCat(i), kNow + absl::Seconds(10));
  EXPECT_EQ(tokens_.size(), VerifiedTokens::kMaxTokens);
  EXPECT_FALSE(Has("first"));
  EXPECT_TRUE(Has("0"));
  EXPECT_TRUE(Has(absl::StrCat(VerifiedTokens::kMaxTokens - 1)));
}

}  // namespace
}  // namespace winnow::oidc
