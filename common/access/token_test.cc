#include "common/access/token.h"

#include <set>

#include "absl/strings/escaping.h"
#include "absl/strings/match.h"
#include "gtest/gtest.h"

namespace winnow::access {
namespace {

TEST(Token, Is256BitsBehindAPrefix) {
  const std::string token = *MakeToken();
  EXPECT_EQ(token.size(), 4u + 43u);
  EXPECT_TRUE(absl::StartsWith(token, "wnw_"));
  std::string bits;
  ASSERT_TRUE(absl::WebSafeBase64Unescape(token.substr(4), &bits));
  EXPECT_EQ(bits.size(), 32u);
}

// Each of the 256 bits is 0 in some token and 1 in another: 2^-99 per bit that it is not.
TEST(Token, EveryBitIsRandom) {
  std::set<std::string> tokens;
  std::string ever_one(32, '\0'), always_one(32, '\xff');
  for (int i = 0; i < 100; ++i) {
    const std::string token = *MakeToken();
    EXPECT_TRUE(tokens.insert(token).second);
    std::string bits;
    ASSERT_TRUE(absl::WebSafeBase64Unescape(token.substr(4), &bits));
    for (size_t b = 0; b < bits.size(); ++b) {
      ever_one[b] = static_cast<char>(ever_one[b] | bits[b]);
      always_one[b] = static_cast<char>(always_one[b] & bits[b]);
    }
  }
  EXPECT_EQ(ever_one, std::string(32, '\xff'));
  EXPECT_EQ(always_one, std::string(32, '\0'));
}

TEST(Token, HashesAreComparedInAllTheirBytes) {
  const Digest256 hash = HashToken("wnw_a");
  EXPECT_EQ(hash, Sha256("wnw_a"));
  EXPECT_TRUE(SameHash(hash, HashToken("wnw_a")));
  for (size_t i = 0; i < hash.size(); ++i) {
    Digest256 other = hash;
    other[i] ^= 1;
    EXPECT_FALSE(SameHash(hash, other)) << i;
  }
}

}  // namespace
}  // namespace winnow::access
