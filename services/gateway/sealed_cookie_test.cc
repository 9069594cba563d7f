#include "services/gateway/sealed_cookie.h"

#include "common/access/testing.h"
#include "common/base/file.h"
#include "gtest/gtest.h"
#include "services/gateway/sign_outs.h"

namespace winnow::gateway {
namespace {

class SealedCookieTest : public access::AccessTest {
 protected:
  SealedCookieTest() { std::filesystem::create_directories(directory()); }
  const absl::Time now_ = absl::FromUnixMicros(1'700'000'000'000'001);
};

TEST_F(SealedCookieTest, GivesBackWhatWasSealed) {
  const auto sealer = CookieSealer::Open(file("key"));
  ASSERT_TRUE(sealer.ok()) << sealer.status();
  const SignIn sign_in{"wnw_x", "Änne \"the\" first", now_, now_ + absl::Hours(12)};
  const std::string sealed = sealer->Seal(sign_in);
  EXPECT_NE(sealed, sealer->Seal(sign_in));
  const auto opened = CookieSealer::Open(file("key"))->Unseal(sealed);
  ASSERT_TRUE(opened.has_value());
  EXPECT_EQ(opened->token, sign_in.token);
  EXPECT_EQ(opened->name, sign_in.name);
  EXPECT_EQ(opened->issued, sign_in.issued);
  EXPECT_EQ(opened->expires, sign_in.expires);
}

TEST_F(SealedCookieTest, OpensNothingOfAnotherKey) {
  const std::string sealed = CookieSealer::Open(file("key"))->Seal({"wnw_x", "anna", now_, now_});
  EXPECT_FALSE(CookieSealer::Open(file("other"))->Unseal(sealed).has_value());
}

TEST_F(SealedCookieTest, RefusesAFileThatIsNoKey) {
  ASSERT_TRUE(WriteFileDurably(file("key"), "short").ok());
  EXPECT_EQ(CookieSealer::Open(file("key")).status().code(), absl::StatusCode::kDataLoss);
}

TEST_F(SealedCookieTest, SignOutsEndWhatWasIssuedBefore) {
  auto outs = SignOuts::Open(file("outs"), absl::Hours(12));
  ASSERT_TRUE(outs.ok()) << outs.status();
  ASSERT_TRUE((*outs)->Add("anna", now_).ok());
  EXPECT_TRUE((*outs)->Includes("anna", now_));
  EXPECT_FALSE((*outs)->Includes("anna", now_ + absl::Microseconds(1)));
  EXPECT_FALSE((*outs)->Includes("ben", now_));
  // An earlier one, by a clock that was set back, takes nothing back.
  ASSERT_TRUE((*outs)->Add("anna", now_ - absl::Hours(1)).ok());
  EXPECT_TRUE((*outs)->Includes("anna", now_));
  // Another process reads them; those whose sign-ins have all expired are forgotten.
  ASSERT_TRUE((*outs)->Add("ben", now_ + absl::Hours(13)).ok());
  const auto again = SignOuts::Open(file("outs"), absl::Hours(12));
  EXPECT_TRUE((*again)->Includes("ben", now_));
  EXPECT_FALSE((*again)->Includes("anna", now_));
}

TEST_F(SealedCookieTest, RefusesAFileThatIsNoListOfSignOuts) {
  for (const char* content : {"", "[]", "{\"anna\": \"yesterday\"}"}) {
    ASSERT_TRUE(WriteFileDurably(file("outs"), content).ok());
    EXPECT_EQ(SignOuts::Open(file("outs"), absl::Hours(1)).status().code(),
              absl::StatusCode::kDataLoss);
  }
}

}  // namespace
}  // namespace winnow::gateway
