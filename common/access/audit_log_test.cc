#include "common/access/audit_log.h"

#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <fstream>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "common/access/testing.h"
#include "common/base/file.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace winnow::access {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

AuditEvent Event(const std::string& person, const std::string& object, int second = 0) {
  return {absl::FromUnixSeconds(1'700'000'000 + second),
          person,
          "manager",
          "ipv4:192.0.2.1",
          "winnow.training.v1.TrainingService/PromoteModel",
          object,
          "ok",
          "123e4567-e89b-12d3-a456-426614174000"};
}

class AuditLogTest : public AccessTest {
 protected:
  AuditLogTest() : log_(*AuditLog::Open(directory())) {}

  void Append(const std::string& person, const std::string& object, int second = 0) {
    EXPECT_TRUE(log_->Append(Event(person, object, second)).ok());
  }
  // Bytes that no Append wrote.
  void AppendBytes(const std::string& bytes) {
    std::ofstream(file("audit.jsonl"), std::ios::app | std::ios::binary) << bytes;
  }
  // The objects of the records, "damaged" for one that is.
  static std::vector<std::string> Objects(const std::vector<AuditRecord>& records) {
    std::vector<std::string> objects;
    for (const AuditRecord& record : records)
      objects.push_back(record.event.ok() ? record.event->object : "damaged");
    return objects;
  }
  static std::string LineOf(const std::string& object) {
    return absl::StrCat(R"({"time":"2026-01-02T03:04:05Z","person":"anna","role":"manager",)",
                        R"("address":"","action":"","object":")", object,
                        R"(","outcome":"ok","request_id":""})");
  }
  std::vector<std::string> List(const AuditFilter& filter = {}) const {
    return Objects(*log_->List(filter, AuditLog::kEnd, 100));
  }

  std::unique_ptr<AuditLog> log_;
};

TEST_F(AuditLogTest, WhatIsWrittenIsRead) {
  EXPECT_THAT(List(), ElementsAre());
  const AuditEvent event = Event("Bérénice \"B\"", "a\nb");
  ASSERT_TRUE(log_->Append(event).ok());
  log_ = *AuditLog::Open(directory());
  const AuditRecord record = log_->List({}, AuditLog::kEnd, 2)->at(0);
  ASSERT_TRUE(record.event.ok()) << record.event.status();
  EXPECT_EQ(record.position, 0u);
  EXPECT_EQ(record.event->time, event.time);
  EXPECT_EQ(record.event->person, event.person);
  EXPECT_EQ(record.event->role, event.role);
  EXPECT_EQ(record.event->address, event.address);
  EXPECT_EQ(record.event->action, event.action);
  EXPECT_EQ(record.event->object, event.object);
  EXPECT_EQ(record.event->outcome, event.outcome);
  EXPECT_EQ(record.event->request_id, event.request_id);
}

TEST_F(AuditLogTest, IsItsOwners) {
  struct stat info;
  ASSERT_EQ(stat(file("audit.jsonl").c_str(), &info), 0);
  EXPECT_EQ(info.st_mode & 0777, 0600u);
  ASSERT_EQ(stat(directory().c_str(), &info), 0);
  EXPECT_EQ(info.st_mode & 0777, 0700u);
}

TEST_F(AuditLogTest, PagesGoBackFromTheNewest) {
  for (int i = 0; i < 7; ++i) Append("anna", absl::StrCat(i));
  std::vector<std::vector<std::string>> pages;
  uint64_t before = AuditLog::kEnd;
  while (true) {
    const std::vector<AuditRecord> records = *log_->List({}, before, 3);
    if (records.empty()) break;
    pages.push_back(Objects(records));
    before = records.back().position;
    // What comes meanwhile moves no page.
    Append("anna", "new");
  }
  EXPECT_THAT(
      pages, ElementsAre(ElementsAre("6", "5", "4"), ElementsAre("3", "2", "1"), ElementsAre("0")));
}

TEST_F(AuditLogTest, APositionThatIsNoneGivesWholeLinesBeforeIt) {
  for (int i = 0; i < 3; ++i) Append("anna", absl::StrCat(i));
  const uint64_t second = log_->List({}, AuditLog::kEnd, 2)->at(1).position;
  EXPECT_THAT(Objects(*log_->List({}, second + 1, 9)), ElementsAre("0"));
  EXPECT_THAT(Objects(*log_->List({}, second - 1, 9)), ElementsAre());
  EXPECT_THAT(Objects(*log_->List({}, 0, 9)), ElementsAre());
}

TEST_F(AuditLogTest, Filters) {
  Append("anna", "0", 0);
  Append("bert", "1", 1);
  Append("anna", "2", 2);
  AuditEvent other = Event("anna", "3", 3);
  other.action = "winnow.training.v1.TrainingService/RollbackModel";
  ASSERT_TRUE(log_->Append(other).ok());
  AuditFilter filter;
  filter.person = "anna";
  EXPECT_THAT(List(filter), ElementsAre("3", "2", "0"));
  filter.action = "winnow.training.v1.TrainingService/PromoteModel";
  EXPECT_THAT(List(filter), ElementsAre("2", "0"));
  filter.since = absl::FromUnixSeconds(1'700'000'002);
  EXPECT_THAT(List(filter), ElementsAre("2"));
  EXPECT_THAT(Objects(*log_->List({.person = "anna"}, AuditLog::kEnd, 2)), ElementsAre("3", "2"));
}

// A process that dies while it writes leaves the beginning of a line.
TEST_F(AuditLogTest, ATornLineCostsNoOther) {
  Append("anna", "0");
  AppendBytes("{\"time\":\"2026-01-0");
  EXPECT_THAT(List(), ElementsAre("0"));
  Append("anna", "1");
  const std::vector<AuditRecord> records = *log_->List({}, AuditLog::kEnd, 9);
  EXPECT_THAT(Objects(records), ElementsAre("1", "damaged", "0"));
  EXPECT_EQ(records[1].event.status().code(), absl::StatusCode::kDataLoss);
  EXPECT_THAT(std::string(records[1].event.status().message()),
              HasSubstr(absl::StrCat("the line at byte ", records[1].position)));
  Append("anna", "2");
  EXPECT_THAT(List({.person = "anna"}), ElementsAre("2", "1", "damaged", "0"));
}

TEST_F(AuditLogTest, AnythingMayStandInTheFile) {
  AppendBytes(std::string("\n\n\0\xff\xfe\n", 6));
  for (const char* line : {"garbage", "null", "[]", "{}", "{\"time\": 1}",
                           "{\"time\":\"2026-01-02T03:04:05Z\",\"person\":7}"})
    AppendBytes(absl::StrCat(line, "\n"));
  AppendBytes(absl::StrCat(std::string(300'000, '['), "\n"));
  Append("anna", "last");
  const std::vector<std::string> objects = List();
  ASSERT_EQ(objects.size(), 9u);
  EXPECT_EQ(objects[0], "last");
  for (size_t i = 1; i < objects.size(); ++i) EXPECT_EQ(objects[i], "damaged");
}

TEST_F(AuditLogTest, LinesAcrossBlocksAreWhole) {
  std::vector<std::string> expected;
  std::vector<uint64_t> positions;
  uint64_t position = 0;
  for (int i = 0; i < 1'000; ++i) {
    const std::string line = absl::StrCat(LineOf(absl::StrCat(i, std::string(i % 400, 'x'))), "\n");
    AppendBytes(line);
    expected.insert(expected.begin(), absl::StrCat(i, std::string(i % 400, 'x')));
    positions.insert(positions.begin(), position);
    position += line.size();
  }
  const std::vector<AuditRecord> records = *log_->List({}, AuditLog::kEnd, 2'000);
  EXPECT_EQ(Objects(records), expected);
  ASSERT_EQ(records.size(), positions.size());
  for (size_t i = 0; i < records.size(); ++i) EXPECT_EQ(records[i].position, positions[i]);
}

// Of no line more is kept than there may be in one.
TEST_F(AuditLogTest, ALineThatIsTooLongIsDamaged) {
  AppendBytes(absl::StrCat(LineOf("0"), "\n", LineOf("long"), std::string(1 << 20, ' '), "\n",
                           LineOf("2"), "\n"));
  EXPECT_THAT(List(), ElementsAre("2", "damaged", "0"));
}

TEST_F(AuditLogTest, LongTextsAreCutBetweenCharacters) {
  std::string name = "x";
  for (int i = 0; i < 100'000; ++i) name += "é";
  Append(name, std::string(100'000, '\x01'));
  Append("an\xffna", "not UTF-8");
  const std::vector<AuditRecord> records = *log_->List({}, AuditLog::kEnd, 9);
  ASSERT_TRUE(records.at(1).event.ok()) << records.at(1).event.status();
  EXPECT_EQ(records[1].event->person, absl::StrCat(name.substr(0, 511), "..."));
  EXPECT_EQ(records[1].event->object.size(), kMaxAuditFieldBytes + 3);
  ASSERT_TRUE(records[0].event.ok()) << records[0].event.status();
  EXPECT_EQ(records[0].event->person, "an\xEF\xBF\xBDna");
}

TEST_F(AuditLogTest, ProcessesAppendToOneFile) {
  constexpr int kProcesses = 4, kEvents = 25;
  std::vector<pid_t> children;
  for (int p = 0; p < kProcesses; ++p) {
    const pid_t child = fork();
    ASSERT_GE(child, 0);
    if (child == 0) {
      const auto log = AuditLog::Open(directory());
      bool ok = log.ok();
      for (int i = 0; ok && i < kEvents; ++i)
        ok = (*log)->Append(Event(absl::StrCat("p", p), absl::StrCat(i))).ok();
      _exit(ok ? 0 : 1);
    }
    children.push_back(child);
  }
  for (const pid_t child : children) {
    int status = 0;
    ASSERT_EQ(waitpid(child, &status, 0), child);
    EXPECT_EQ(status, 0);
  }
  for (int p = 0; p < kProcesses; ++p) {
    std::vector<std::string> expected;
    for (int i = kEvents - 1; i >= 0; --i) expected.push_back(absl::StrCat(i));
    EXPECT_EQ(List({.person = absl::StrCat("p", p)}), expected);
  }
}

}  // namespace
}  // namespace winnow::access
