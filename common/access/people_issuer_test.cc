// People with tokens of an issuer, beside those who have tokens of ours.
#include "absl/strings/str_cat.h"
#include "common/access/people.h"
#include "common/access/people_writer.h"
#include "common/access/testing.h"
#include "common/base/status.h"
#include "common/base/testing.h"
#include "common/oidc/testing_keys.h"
#include "gtest/gtest.h"

namespace winnow::access {
namespace {

constexpr char kPeer[] = "ipv4:192.0.2.1:50412";

class PeopleIssuerTest : public AccessTest {
 protected:
  PeopleIssuerTest() : writer_(*PeopleWriter::Open(directory(), clock_)) {
    auto verifier = std::make_unique<oidc::Verifier>(
        oidc::TestIssuer(),
        oidc::KeySource{[this](const std::stop_token&) { return keys_; }, absl::Minutes(5),
                        absl::Seconds(10)},
        clock_, absl::InfiniteDuration());
    verifier_ = verifier.get();
    people_ = *People::Follow(directory(), registry_, clock_, absl::Hours(1), std::move(verifier));
  }

  std::string Token(const std::string& name, const std::string& role) const {
    return key_.Sign("ES256", oidc::TestClaims(name, role, clock_.Now()));
  }
  void ExpectRefused(const std::string& token, const std::string& reason, absl::StatusCode code) {
    const absl::Status refused = people_->Authenticate(token, kPeer).status();
    EXPECT_EQ(refused.code(), code) << refused;
    EXPECT_EQ(ReasonOf(refused), reason);
  }
  uint64_t NumFailed(const std::string& reason) {
    return registry_
        .GetCounter("winnow_sign_ins_failed_total", "Calls that did not say who calls.",
                    {{"reason", reason}})
        .value();
  }

  const CapturedLog log_;
  FakeClock clock_;
  metrics::Registry registry_;
  const oidc::TestKey key_ = oidc::TestKey::Ec("a");
  absl::StatusOr<std::string> keys_ = oidc::KeySetOf({&key_});
  std::unique_ptr<PeopleWriter> writer_;
  // Of people_.
  oidc::Verifier* verifier_;
  std::unique_ptr<People> people_;
};

TEST_F(PeopleIssuerTest, IsClosedFromTheStart) {
  EXPECT_FALSE(people_->IsOpen());
  ExpectRefused("", "NO_TOKEN", absl::StatusCode::kUnauthenticated);
  ExpectRefused("wnw_guess", "UNKNOWN_TOKEN", absl::StatusCode::kUnauthenticated);
  people_->Refresh();
  EXPECT_FALSE(people_->IsOpen());
  EXPECT_TRUE(log_.records().empty()) << "nobody needs to be registered";
}

TEST_F(PeopleIssuerTest, TokensOfBothKindsAreGood) {
  ASSERT_TRUE(verifier_->Refresh().ok());
  const std::string root = *writer_->Add("root", Role::kAdmin);
  people_->Refresh();
  EXPECT_EQ(people_->Authenticate(root, kPeer)->name, "root");
  const auto anna = people_->Authenticate(Token("anna", "reviewer"), kPeer);
  ASSERT_TRUE(anna.ok()) << anna.status();
  EXPECT_EQ(anna->name, "anna");
  EXPECT_EQ(anna->role, Role::kReviewer);
}

TEST_F(PeopleIssuerTest, ARegisteredNameIsLockedAtOnce) {
  ASSERT_TRUE(verifier_->Refresh().ok());
  const std::string token = Token("anna", "admin");
  ASSERT_TRUE(people_->Authenticate(token, kPeer).ok());
  ASSERT_TRUE(writer_->Add("root", Role::kAdmin).ok());
  ASSERT_TRUE(writer_->Add("anna", Role::kAnnotator).ok());
  people_->Refresh();
  ExpectRefused(token, "PERSON_EXISTS", absl::StatusCode::kPermissionDenied);
  ASSERT_TRUE(writer_->Remove("anna").ok());
  people_->Refresh();
  ExpectRefused(token, "PERSON_REMOVED", absl::StatusCode::kPermissionDenied);
}

TEST_F(PeopleIssuerTest, BadTokensAreSlowedAndGoodOnesAreNot) {
  ASSERT_TRUE(verifier_->Refresh().ok());
  const std::string forged =
      oidc::TestKey::Ec("a").Sign("ES256", oidc::TestClaims("anna", "admin", clock_.Now()));
  for (int i = 0; i < Throttle::kBurst; ++i)
    ExpectRefused(forged, "BAD_SIGNATURE", absl::StatusCode::kUnauthenticated);
  ExpectRefused(forged, "TOO_MANY_SIGN_INS", absl::StatusCode::kResourceExhausted);
  EXPECT_EQ(NumFailed("BAD_SIGNATURE"), 10u);
  EXPECT_TRUE(people_->Authenticate(Token("anna", "admin"), kPeer).ok());
}

TEST_F(PeopleIssuerTest, MissingKeysAreNoFailureOfTheCaller) {
  for (int i = 0; i < 2 * Throttle::kBurst; ++i)
    ExpectRefused(Token("anna", "admin"), "NO_KEYS", absl::StatusCode::kUnavailable);
  ASSERT_TRUE(verifier_->Refresh().ok());
  ExpectRefused("a.b.c", "INVALID_TOKEN", absl::StatusCode::kUnauthenticated);
}

}  // namespace
}  // namespace winnow::access
