#include "common/oidc/verifier.h"

#include <unistd.h>

#include <filesystem>

#include "absl/strings/str_cat.h"
#include "common/base/file.h"
#include "common/base/status.h"
#include "common/base/testing.h"
#include "common/oidc/testing_keys.h"
#include "common/oidc/testing_server.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace winnow::oidc {
namespace {

using ::testing::HasSubstr;

// The keys are read by Refresh alone.
class VerifierTest : public testing::Test {
 protected:
  VerifierTest()
      : verifier_(TestIssuer(),
                  {[this](const std::stop_token&) { return content_; }, absl::Minutes(5),
                   absl::Seconds(10)},
                  clock_, absl::InfiniteDuration()) {}

  std::string Token(const TestKey& key) const {
    return key.Sign("ES256", TestClaims("anna", "manager", clock_.Now()));
  }

  const CapturedLog log_;
  FakeClock clock_;
  const TestKey old_ = TestKey::Ec("old");
  const TestKey new_ = TestKey::Ec("new");
  absl::StatusOr<std::string> content_ = KeySetOf({&old_});
  Verifier verifier_;
};

TEST_F(VerifierTest, WithoutKeysNobodyIsKnown) {
  const auto refused = verifier_.Verify(Token(old_));
  EXPECT_TRUE(absl::IsUnavailable(refused.status())) << refused.status();
  EXPECT_EQ(ReasonOf(refused.status()), "NO_KEYS");
  EXPECT_TRUE(RetryAfterOf(refused.status()).has_value());
  ASSERT_TRUE(verifier_.Refresh().ok());
  EXPECT_EQ((*verifier_.Verify(Token(old_)))->name, "anna");
}

TEST_F(VerifierTest, ASignatureIsVerifiedOnce) {
  ASSERT_TRUE(verifier_.Refresh().ok());
  const std::string token = Token(old_);
  const auto first = *verifier_.Verify(token);
  EXPECT_EQ(*verifier_.Verify(token), first);
  clock_.Advance(absl::Minutes(5) + kLeeway);
  EXPECT_EQ(ReasonOf(verifier_.Verify(token).status()), "TOKEN_EXPIRED");
}

TEST_F(VerifierTest, ANewKeyIsReadWhenATokenNamesIt) {
  ASSERT_TRUE(verifier_.Refresh().ok());
  content_ = KeySetOf({&old_, &new_});
  const auto unknown = verifier_.Verify(Token(new_));
  EXPECT_EQ(ReasonOf(unknown.status()), "UNKNOWN_KEY");
  EXPECT_TRUE(RetryAfterOf(unknown.status()).has_value());
  ASSERT_TRUE(verifier_.Refresh().ok());
  EXPECT_TRUE(verifier_.Verify(Token(new_)).ok());
  EXPECT_TRUE(verifier_.Verify(Token(old_)).ok());
}

TEST_F(VerifierTest, ATokenOfAKeyThatWasTakenAwayIsRefused) {
  ASSERT_TRUE(verifier_.Refresh().ok());
  const std::string token = Token(old_);
  ASSERT_TRUE(verifier_.Verify(token).ok());
  content_ = KeySetOf({&new_});
  clock_.Advance(absl::Minutes(5));
  ASSERT_TRUE(verifier_.Refresh().ok());
  EXPECT_EQ(ReasonOf(verifier_.Verify(token).status()), "UNKNOWN_KEY");
}

TEST(VerifierOpen, AFileMustHoldKeysAtTheStart) {
  const CapturedLog log;
  IssuerOptions options = TestIssuer();
  options.keys = (std::filesystem::path(testing::TempDir()) /
                  absl::StrCat("winnow_verifier_", getpid(), ".json"))
                     .string();
  const absl::Status missing = Verifier::Open(options).status();
  EXPECT_TRUE(absl::IsInvalidArgument(missing)) << missing;
  EXPECT_THAT(missing.message(), HasSubstr(options.keys));
  ASSERT_TRUE(WriteFileAtomically(options.keys, "{}").ok());
  EXPECT_TRUE(absl::IsInvalidArgument(Verifier::Open(options).status()));
  const TestKey key = TestKey::Ec("a");
  ASSERT_TRUE(WriteFileAtomically(options.keys, KeySetOf({&key})).ok());
  const auto verifier = Verifier::Open(options);
  ASSERT_TRUE(verifier.ok()) << verifier.status();
  const std::string token = key.Sign("ES256", TestClaims("anna", "admin", absl::Now()));
  EXPECT_EQ((*(*verifier)->Verify(token))->name, "anna");
  std::filesystem::remove(options.keys);
}

TEST(VerifierOpen, AnIssuerThatIsAwayIsAwaited) {
  const CapturedLog log;
  TestServer server;
  IssuerOptions options = TestIssuer();
  options.keys = server.address() + "/keys";
  const auto verifier = Verifier::Open(options);
  ASSERT_TRUE(verifier.ok()) << verifier.status();
  EXPECT_EQ(ReasonOf((*verifier)->Verify("a.b.c").status()), "NO_KEYS");
  ASSERT_EQ(log.records().size(), 1u);
  EXPECT_EQ(log.records()[0].event, "oidc_keys_not_read");
}

TEST(VerifierOpen, IncompleteOptionsAreRefused) {
  EXPECT_TRUE(
      absl::IsInvalidArgument(Verifier::Open({"https://issuer.example", "", "", ""}).status()));
}

}  // namespace
}  // namespace winnow::oidc
