#include "common/access/people.h"

#include <sys/stat.h>

#include "absl/strings/str_cat.h"
#include "common/access/people_writer.h"
#include "common/access/testing.h"
#include "common/access/token.h"
#include "common/base/file.h"
#include "common/base/status.h"
#include "common/base/testing.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace winnow::access {
namespace {

namespace fs = std::filesystem;
using ::testing::HasSubstr;

constexpr char kPeer[] = "ipv4:192.0.2.1:50412";

// The file is looked at by Refresh alone, unless a test says otherwise.
class PeopleTest : public AccessTest {
 protected:
  PeopleTest() : writer_(*PeopleWriter::Open(directory(), clock_)) {}

  absl::StatusOr<std::unique_ptr<People>> Follow(absl::Duration poll = absl::Hours(1)) {
    return People::Follow(directory(), registry_, clock_, poll);
  }
  absl::Status WriteFile(const std::string& content) {
    return WriteFileAtomically(file("people.json"), content, 0600);
  }
  uint64_t NumFailed(const std::string& reason) {
    return registry_
        .GetCounter("winnow_sign_ins_failed_total", "Calls that did not say who calls.",
                    {{"reason", reason}})
        .value();
  }
  // How often it was logged that the file cannot be read.
  int NumComplaints() const {
    int number = 0;
    for (const LogRecord& record : log_.records()) number += record.event == "people_not_read";
    return number;
  }

  const CapturedLog log_;
  FakeClock clock_;
  metrics::Registry registry_;
  std::unique_ptr<PeopleWriter> writer_;
};

void ExpectRefused(const absl::StatusOr<Caller>& caller, const std::string& reason,
                   absl::StatusCode code = absl::StatusCode::kUnauthenticated) {
  EXPECT_EQ(caller.status().code(), code) << caller.status();
  EXPECT_EQ(ReasonOf(caller.status()), reason);
}

TEST_F(PeopleTest, IsOpenUntilSomebodyIsRegistered) {
  const auto people = *Follow();
  people->Refresh();
  EXPECT_TRUE(people->IsOpen());
  const std::string token = *writer_->Add("anna", Role::kAdmin);
  people->Refresh();
  EXPECT_FALSE(people->IsOpen());
  EXPECT_EQ(people->Authenticate(token, kPeer)->name, "anna");
  EXPECT_FALSE((*Follow())->IsOpen());
  EXPECT_EQ(NumComplaints(), 0);
}

TEST_F(PeopleTest, TellsWhoCallsAndWhyNot) {
  const std::string anna = *writer_->Add("anna", Role::kAdmin);
  const std::string bert = *writer_->Add("bert", Role::kReviewer);
  const std::string training = *writer_->Add("training", Role::kService);
  ASSERT_TRUE(writer_->Disable("bert").ok());
  const auto people = *Follow();
  EXPECT_EQ(people->Authenticate(anna, kPeer)->role, Role::kAdmin);
  EXPECT_EQ(people->Authenticate(training, kPeer)->name, "training");
  ExpectRefused(people->Authenticate("", kPeer), "NO_TOKEN");
  ExpectRefused(people->Authenticate(*MakeToken(), kPeer), "UNKNOWN_TOKEN");
  ExpectRefused(people->Authenticate(anna.substr(4), kPeer), "UNKNOWN_TOKEN");
  ExpectRefused(people->Authenticate(absl::StrCat(anna, " "), kPeer), "UNKNOWN_TOKEN");
  // The hash is in the file; it opens nothing.
  ExpectRefused(people->Authenticate(Sha256Hex(anna), kPeer), "UNKNOWN_TOKEN");
  ExpectRefused(people->Authenticate(bert, kPeer), "DISABLED");
  EXPECT_EQ(NumFailed("NO_TOKEN"), 1u);
  EXPECT_EQ(NumFailed("UNKNOWN_TOKEN"), 4u);
  EXPECT_EQ(NumFailed("DISABLED"), 1u);
}

TEST_F(PeopleTest, EveryChangeIsFollowed) {
  ASSERT_TRUE(writer_->Add("anna", Role::kAdmin).ok());
  const auto people = *Follow();
  const std::string old = *writer_->Add("bert", Role::kReviewer);
  people->Refresh();
  EXPECT_EQ(people->Authenticate(old, kPeer)->role, Role::kReviewer);
  ASSERT_TRUE(writer_->SetRole("bert", Role::kManager).ok());
  people->Refresh();
  EXPECT_EQ(people->Authenticate(old, kPeer)->role, Role::kManager);
  const std::string token = *writer_->RotateToken("bert");
  people->Refresh();
  ExpectRefused(people->Authenticate(old, kPeer), "UNKNOWN_TOKEN");
  EXPECT_EQ(people->Authenticate(token, kPeer)->name, "bert");
  ASSERT_TRUE(writer_->Disable("bert").ok());
  people->Refresh();
  ExpectRefused(people->Authenticate(token, kPeer), "DISABLED");
  ASSERT_TRUE(writer_->Enable("bert").ok());
  people->Refresh();
  EXPECT_TRUE(people->Authenticate(token, kPeer).ok());
  ASSERT_TRUE(writer_->Remove("bert").ok());
  people->Refresh();
  ExpectRefused(people->Authenticate(token, kPeer), "UNKNOWN_TOKEN");
}

// Rotations leave files of one size, whose inodes and times may come again.
TEST_F(PeopleTest, NoRotationIsMissedHoweverFast) {
  ASSERT_TRUE(writer_->Add("anna", Role::kAdmin).ok());
  const auto people = *Follow();
  for (int i = 0; i < 100; ++i) {
    const std::string token = *writer_->RotateToken("anna");
    people->Refresh();
    ASSERT_TRUE(people->Authenticate(token, kPeer).ok()) << i;
  }
}

TEST_F(PeopleTest, ChangesAreFollowedUnasked) {
  const std::string token = *writer_->Add("anna", Role::kAdmin);
  const auto people = *Follow(absl::Milliseconds(1));
  ASSERT_TRUE(writer_->Add("bert", Role::kAdmin).ok());
  ASSERT_TRUE(writer_->Remove("anna").ok());
  while (people->Authenticate(token, kPeer).ok()) absl::SleepFor(absl::Milliseconds(1));
}

TEST_F(PeopleTest, AFileThatVanishesOpensNothing) {
  const std::string token = *writer_->Add("anna", Role::kAdmin);
  const auto people = *Follow();
  fs::remove(file("people.json"));
  for (int i = 0; i < 3; ++i) people->Refresh();
  EXPECT_FALSE(people->IsOpen());
  EXPECT_TRUE(people->Authenticate(token, kPeer).ok());
  ExpectRefused(people->Authenticate("", kPeer), "NO_TOKEN");
  EXPECT_EQ(NumComplaints(), 1);
  fs::remove_all(directory());
  people->Refresh();
  EXPECT_FALSE(people->IsOpen());
}

TEST_F(PeopleTest, ADamagedFileChangesNothing) {
  const std::string token = *writer_->Add("anna", Role::kAdmin);
  const std::string good = *ReadFile(file("people.json"));
  const auto people = *Follow();
  for (const std::string& bad : {std::string(), std::string("garbage"), good.substr(0, 50)}) {
    ASSERT_TRUE(WriteFile(bad).ok());
    for (int i = 0; i < 3; ++i) people->Refresh();
    EXPECT_TRUE(people->Authenticate(token, kPeer).ok()) << bad;
  }
  EXPECT_EQ(NumComplaints(), 3);
  ASSERT_TRUE(WriteFile(good).ok());
  people->Refresh();
  // Damaged in the same way, after it was whole: that is news.
  ASSERT_TRUE(WriteFile(good.substr(0, 50)).ok());
  people->Refresh();
  EXPECT_EQ(NumComplaints(), 4);
  // The writer is no reader: its next change makes the file whole.
  ASSERT_TRUE(writer_->RotateToken("anna").ok());
  people->Refresh();
  ExpectRefused(people->Authenticate(token, kPeer), "UNKNOWN_TOKEN");
}

TEST_F(PeopleTest, AFileThatOthersMayReadChangesNothing) {
  const std::string token = *writer_->Add("anna", Role::kAdmin);
  const auto people = *Follow();
  ASSERT_TRUE(writer_->RotateToken("anna").ok());
  ASSERT_EQ(chmod(file("people.json").c_str(), 0644), 0);
  people->Refresh();
  EXPECT_TRUE(people->Authenticate(token, kPeer).ok());
  ASSERT_EQ(NumComplaints(), 1);
  EXPECT_THAT(FieldOf(log_.records().back(), "error"), HasSubstr("chmod 600"));
  EXPECT_EQ(Follow().status().code(), absl::StatusCode::kFailedPrecondition);
  ASSERT_EQ(chmod(file("people.json").c_str(), 0600), 0);
  people->Refresh();
  ExpectRefused(people->Authenticate(token, kPeer), "UNKNOWN_TOKEN");
}

TEST_F(PeopleTest, ADamagedFirstFileClosesToEverybody) {
  const auto people = *Follow();
  ASSERT_TRUE(WriteFile("garbage").ok());
  people->Refresh();
  EXPECT_FALSE(people->IsOpen());
  ExpectRefused(people->Authenticate(*MakeToken(), kPeer), "UNKNOWN_TOKEN");
  EXPECT_EQ(NumComplaints(), 1);
  fs::remove(file("people.json"));
  people->Refresh();
  EXPECT_FALSE(people->IsOpen());
  const std::string token = *writer_->Add("anna", Role::kAdmin);
  people->Refresh();
  EXPECT_TRUE(people->Authenticate(token, kPeer).ok());
}

TEST_F(PeopleTest, ADamagedFileAtTheStartIsAnError) {
  ASSERT_TRUE(WriteFile("garbage").ok());
  EXPECT_EQ(Follow().status().code(), absl::StatusCode::kDataLoss);
}

TEST_F(PeopleTest, FailuresAreSlowedAndGoodTokensAreNot) {
  const std::string token = *writer_->Add("anna", Role::kAdmin);
  const auto people = *Follow();
  // Another port each time, as of new connections.
  const auto fail = [&](int port) {
    return people->Authenticate("wnw_guess", absl::StrCat("ipv4:192.0.2.1:", port));
  };
  for (int i = 0; i < Throttle::kBurst; ++i) ExpectRefused(fail(i), "UNKNOWN_TOKEN");
  const absl::StatusOr<Caller> slowed = fail(99);
  ExpectRefused(slowed, "TOO_MANY_SIGN_INS", absl::StatusCode::kResourceExhausted);
  EXPECT_EQ(RetryAfterOf(slowed.status()), absl::Seconds(1));
  EXPECT_THAT(std::string(slowed.status().message()), HasSubstr("in 1s"));
  EXPECT_EQ(NumFailed("UNKNOWN_TOKEN"), 10u);
  EXPECT_EQ(NumFailed("TOO_MANY_SIGN_INS"), 1u);

  EXPECT_TRUE(people->Authenticate(token, "ipv4:192.0.2.1:100").ok());
  ExpectRefused(people->Authenticate("", "ipv4:192.0.2.1:101"), "NO_TOKEN");
  ExpectRefused(people->Authenticate("wnw_guess", "ipv4:192.0.2.2:1"), "UNKNOWN_TOKEN");
  clock_.Advance(absl::Seconds(1));
  ExpectRefused(fail(102), "UNKNOWN_TOKEN");
  ExpectRefused(fail(103), "TOO_MANY_SIGN_INS", absl::StatusCode::kResourceExhausted);
}

}  // namespace
}  // namespace winnow::access
