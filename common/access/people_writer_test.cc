#include "common/access/people_writer.h"

#include <sys/stat.h>

#include "common/access/testing.h"
#include "common/access/token.h"
#include "common/base/file.h"
#include "common/base/status.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace winnow::access {
namespace {

namespace fs = std::filesystem;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;

class PeopleWriterTest : public AccessTest {
 protected:
  PeopleWriterTest() { Open(); }

  void Open() {
    writer_.reset();
    writer_ = *PeopleWriter::Open(directory(), clock_);
  }
  std::vector<std::string> Names() const {
    std::vector<std::string> names;
    for (const Person& person : writer_->List()) names.push_back(person.name);
    return names;
  }
  Person Find(const std::string& name) const {
    for (const Person& person : writer_->List())
      if (person.name == name) return person;
    ADD_FAILURE() << "nobody is " << name;
    return {};
  }

  FakeClock clock_;
  std::unique_ptr<PeopleWriter> writer_;
};

void ExpectRefused(const absl::Status& status, absl::StatusCode code, const std::string& reason) {
  EXPECT_EQ(status.code(), code) << status;
  EXPECT_EQ(ReasonOf(status), reason);
}

TEST_F(PeopleWriterTest, PeopleAreThereAfterARestart) {
  const std::string token = *writer_->Add("anna", Role::kAdmin);
  clock_.Advance(absl::Hours(1));
  ASSERT_TRUE(writer_->Add("Bérénice <b@example.org>", Role::kAnnotator).ok());
  ASSERT_TRUE(writer_->Add("training", Role::kService).ok());
  ASSERT_TRUE(writer_->Disable("training").ok());
  Open();
  EXPECT_THAT(Names(), ElementsAre("Bérénice <b@example.org>", "anna", "training"));
  EXPECT_EQ(Find("anna").role, Role::kAdmin);
  EXPECT_EQ(Find("anna").token_hash, HashToken(token));
  EXPECT_EQ(Find("anna").created, clock_.Now() - absl::Hours(1));
  EXPECT_FALSE(Find("anna").disabled);
  EXPECT_EQ(Find("training").role, Role::kService);
  EXPECT_TRUE(Find("training").disabled);
}

TEST_F(PeopleWriterTest, TheFileIsItsOwnersAndHoldsNoToken) {
  const std::string token = *writer_->Add("anna", Role::kAdmin);
  struct stat info;
  ASSERT_EQ(stat(file("people.json").c_str(), &info), 0);
  EXPECT_EQ(info.st_mode & 0777, 0600u);
  ASSERT_EQ(stat(directory().c_str(), &info), 0);
  EXPECT_EQ(info.st_mode & 0777, 0700u);
  for (const auto& entry : fs::directory_iterator(directory()))
    EXPECT_THAT(*ReadFile(entry.path()), Not(HasSubstr(token.substr(4)))) << entry.path();
}

TEST_F(PeopleWriterTest, TheFirstIsAnAdmin) {
  for (Role role : {Role::kAnnotator, Role::kManager, Role::kService})
    ExpectRefused(writer_->Add("anna", role).status(), absl::StatusCode::kFailedPrecondition,
                  "NO_ADMIN");
  EXPECT_FALSE(fs::exists(file("people.json")));
  EXPECT_TRUE(writer_->Add("anna", Role::kAdmin).ok());
}

TEST_F(PeopleWriterTest, ThereIsAlwaysAnAdminWhoCanSignIn) {
  ASSERT_TRUE(writer_->Add("anna", Role::kAdmin).ok());
  ASSERT_TRUE(writer_->Add("bert", Role::kAdmin).ok());
  ASSERT_TRUE(writer_->Disable("bert").ok());
  const std::string before = *ReadFile(file("people.json"));
  for (const absl::Status& status : {writer_->Disable("anna"), writer_->Remove("anna"),
                                     writer_->SetRole("anna", Role::kManager)}) {
    ExpectRefused(status, absl::StatusCode::kFailedPrecondition, "NO_ADMIN");
    EXPECT_THAT(std::string(status.message()), HasSubstr("make somebody else an admin first"));
  }
  EXPECT_EQ(*ReadFile(file("people.json")), before);
  EXPECT_TRUE(writer_->RotateToken("anna").ok());
  ASSERT_TRUE(writer_->Enable("bert").ok());
  EXPECT_TRUE(writer_->SetRole("anna", Role::kAnnotator).ok());
  ExpectRefused(writer_->Remove("bert"), absl::StatusCode::kFailedPrecondition, "NO_ADMIN");
}

TEST_F(PeopleWriterTest, ANameIsGivenOnce) {
  ASSERT_TRUE(writer_->Add("anna", Role::kAdmin).ok());
  ASSERT_TRUE(writer_->Add("bert", Role::kReviewer).ok());
  ExpectRefused(writer_->Add("bert", Role::kReviewer).status(), absl::StatusCode::kAlreadyExists,
                "PERSON_EXISTS");
  ASSERT_TRUE(writer_->Remove("bert").ok());
  Open();
  EXPECT_THAT(Names(), ElementsAre("anna"));
  ExpectRefused(writer_->Add("bert", Role::kReviewer).status(),
                absl::StatusCode::kFailedPrecondition, "PERSON_REMOVED");
  EXPECT_TRUE(writer_->Remove("bert").ok()) << "a repeated removal does no harm";
  ExpectRefused(writer_->Enable("bert"), absl::StatusCode::kNotFound, "UNKNOWN_PERSON");
}

TEST_F(PeopleWriterTest, BadNamesAreRefused) {
  const std::vector<std::string> names = {"", std::string(129, 'x'), "an\nna", "an\xff"};
  for (const std::string& name : names)
    EXPECT_EQ(writer_->Add(name, Role::kAdmin).status().code(), absl::StatusCode::kInvalidArgument);
  EXPECT_THAT(Names(), ElementsAre());
}

TEST_F(PeopleWriterTest, WhoIsUnknownIsNamedWithTheNearest) {
  ASSERT_TRUE(writer_->Add("anna", Role::kAdmin).ok());
  for (const absl::Status& status :
       {writer_->Disable("ana"), writer_->Enable("ana"), writer_->SetRole("ana", Role::kAdmin),
        writer_->Remove("ana"), writer_->RotateToken("ana").status()}) {
    ExpectRefused(status, absl::StatusCode::kNotFound, "UNKNOWN_PERSON");
    EXPECT_THAT(std::string(status.message()), HasSubstr("Did you mean \"anna\"?"));
  }
}

TEST_F(PeopleWriterTest, APersonBecomesNoService) {
  ASSERT_TRUE(writer_->Add("anna", Role::kAdmin).ok());
  ASSERT_TRUE(writer_->Add("training", Role::kService).ok());
  EXPECT_TRUE(absl::IsInvalidArgument(writer_->SetRole("training", Role::kAdmin)));
  EXPECT_TRUE(absl::IsInvalidArgument(writer_->SetRole("anna", Role::kService)));
}

TEST_F(PeopleWriterTest, ARotatedTokenIsAnother) {
  const std::string first = *writer_->Add("anna", Role::kAdmin);
  const std::string second = *writer_->RotateToken("anna");
  EXPECT_NE(first, second);
  EXPECT_EQ(Find("anna").token_hash, HashToken(second));
}

TEST_F(PeopleWriterTest, OneProcessWrites) {
  const absl::Status second = PeopleWriter::Open(directory(), clock_).status();
  EXPECT_EQ(second.code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_THAT(std::string(second.message()), HasSubstr("another process"));
}

TEST_F(PeopleWriterTest, AChangeThatIsNotWrittenIsNotMade) {
  ASSERT_TRUE(writer_->Add("anna", Role::kAdmin).ok());
  fs::rename(directory(), directory().string() + ".away");
  EXPECT_FALSE(writer_->Add("bert", Role::kReviewer).ok());
  EXPECT_THAT(Names(), ElementsAre("anna"));
  fs::rename(directory().string() + ".away", directory());
  EXPECT_TRUE(writer_->Add("bert", Role::kReviewer).ok());
}

TEST_F(PeopleWriterTest, AFileThatOthersMayReadIsRefused) {
  ASSERT_TRUE(writer_->Add("anna", Role::kAdmin).ok());
  writer_.reset();
  for (const mode_t mode : {0640, 0604, 0620, 0666}) {
    ASSERT_EQ(chmod(file("people.json").c_str(), mode), 0);
    const absl::Status status = PeopleWriter::Open(directory(), clock_).status();
    EXPECT_EQ(status.code(), absl::StatusCode::kFailedPrecondition);
    EXPECT_THAT(std::string(status.message()),
                HasSubstr("chmod 600 " + file("people.json").string()));
  }
  ASSERT_EQ(chmod(file("people.json").c_str(), 0600), 0);
  EXPECT_TRUE(PeopleWriter::Open(directory(), clock_).ok());
}

TEST_F(PeopleWriterTest, ADamagedFileIsRefusedAndKept) {
  ASSERT_TRUE(writer_->Add("anna", Role::kAdmin).ok());
  writer_.reset();
  ASSERT_TRUE(WriteFileAtomically(file("people.json"), "garbage", 0600).ok());
  EXPECT_EQ(PeopleWriter::Open(directory(), clock_).status().code(), absl::StatusCode::kDataLoss);
  EXPECT_EQ(*ReadFile(file("people.json")), "garbage");
  fs::remove(file("people.json"));
  fs::create_directory(file("people.json"));
  ASSERT_EQ(chmod(file("people.json").c_str(), 0700), 0);
  EXPECT_EQ(PeopleWriter::Open(directory(), clock_).status().code(),
            absl::StatusCode::kFailedPrecondition);
}

class RosterTest : public testing::Test {
 protected:
  RosterTest() {
    roster_.people["anna"] = {"anna", Role::kAdmin, false, absl::UnixEpoch(), HashToken("a")};
    roster_.people["bert"] = {"bert", Role::kReviewer, true, absl::UnixEpoch(), HashToken("b")};
    roster_.removed["cleo"] = absl::UnixEpoch();
  }
  // Of what ToJson writes, with `from` replaced by `to`.
  absl::Status Parse(const std::string& from, const std::string& to) const {
    std::string json = roster_.ToJson();
    const size_t at = json.find(from);
    EXPECT_NE(at, std::string::npos) << from;
    json.replace(at, from.size(), to);
    return Roster::Parse(json).status();
  }

  Roster roster_;
};

TEST_F(RosterTest, IsReadBack) {
  EXPECT_EQ(Roster::Parse(roster_.ToJson())->ToJson(), roster_.ToJson());
}

TEST_F(RosterTest, WhatIsNoRosterIsDamaged) {
  const std::string deep(100'000, '[');
  for (const std::string& bad :
       {std::string(), std::string("\0\xff", 2), std::string("null"), std::string("[]"),
        std::string("{}"), std::string("{\"format\": \"1\"}"), std::string("{\"format\": 1}"),
        std::string("{\"format\": 1, \"people\": [], \"removed\": []}"),
        std::string("{\"format\": 1, \"people\": 7, \"removed\": []}"),
        std::string("{\"format\": 1, \"people\": [[]], \"removed\": []}"), deep,
        roster_.ToJson().substr(0, 200)}) {
    const absl::Status status = Roster::Parse(bad).status();
    EXPECT_EQ(status.code(), absl::StatusCode::kDataLoss) << bad.substr(0, 80);
    EXPECT_THAT(std::string(status.message()), HasSubstr("people.json is damaged"));
  }
}

TEST_F(RosterTest, WhatIsWrongInItIsFound) {
  for (const auto& [from, to] : std::vector<std::pair<std::string, std::string>>{
           {"\"admin\"", "\"manager\""},                   // Nobody is an admin,
           {"\"disabled\": false", "\"disabled\": true"},  // or can sign in.
           {"\"admin\"", "\"root\""},
           {"\"disabled\": false", "\"disabled\": 0"},
           {"\"bert\"", "\"anna\""},
           {"\"cleo\"", "\"anna\""},
           {"\"bert\"", "\"be\\nrt\""},
           {"1970-01-01", "1970-13-01"},
           {Sha256Hex("b"), Sha256Hex("a")},
           {Sha256Hex("b"), "ab"},
           {Sha256Hex("b"), std::string(64, 'g')},
           {"\"token_sha256\"", "\"token\""},
           {"\"removed\": [", "\"gone\": ["}}) {
    EXPECT_EQ(Parse(from, to).code(), absl::StatusCode::kDataLoss) << from << " -> " << to;
  }
  const absl::Status newer = Parse("\"format\": 1", "\"format\": 2");
  EXPECT_EQ(newer.code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_THAT(std::string(newer.message()), HasSubstr("another version"));
}

}  // namespace
}  // namespace winnow::access
