// Everything at once, for ThreadSanitizer: threads that sign in, well and badly, while others
// change who may and a third kind looks at the file and writes down what happens.
#include <atomic>
#include <thread>
#include <vector>

#include "absl/strings/str_cat.h"
#include "common/access/audit_log.h"
#include "common/access/people.h"
#include "common/access/people_writer.h"
#include "common/access/testing.h"
#include "common/base/testing.h"
#include "gtest/gtest.h"

namespace winnow::access {
namespace {

using PeopleRaceTest = AccessTest;

TEST_F(PeopleRaceTest, SignInsGoOnWhilePeopleChange) {
  const CapturedLog log;
  metrics::Registry registry;
  const auto writer = *PeopleWriter::Open(directory());
  const auto audit = *AuditLog::Open(directory());
  const std::string anna = *writer->Add("anna", Role::kAdmin);
  const auto people =
      *People::Follow(directory(), registry, SystemClock::Get(), absl::Milliseconds(1));
  std::atomic<int> num_writing = 2;
  std::vector<std::thread> threads;
  for (int t = 0; t < 2; ++t) {
    threads.emplace_back([&, t] {
      const std::string name = absl::StrCat("person", t);
      ASSERT_TRUE(writer->Add(name, Role::kAnnotator).ok());
      for (int i = 0; i < 30; ++i) {
        const std::string token = *writer->RotateToken(name);
        people->Refresh();
        // Nobody else changes this person.
        const absl::StatusOr<Caller> caller = people->Authenticate(token, "unix:");
        ASSERT_TRUE(caller.ok()) << caller.status();
        EXPECT_EQ(caller->name, name);
        AuditEvent event;
        event.person = caller->name;
        event.object = absl::StrCat(i);
        EXPECT_TRUE(audit->Append(event).ok());
      }
      EXPECT_TRUE(writer->Remove(name).ok());
      --num_writing;
    });
  }
  for (int t = 0; t < 3; ++t) {
    threads.emplace_back([&, t] {
      for (int i = 0; num_writing > 0; ++i) {
        EXPECT_FALSE(people->IsOpen());
        EXPECT_TRUE(people->Authenticate(anna, "unix:").ok());
        EXPECT_FALSE(
            people->Authenticate("wnw_guess", absl::StrCat("ipv4:192.0.2.", t, ":", i)).ok());
        EXPECT_TRUE(audit->List({}, AuditLog::kEnd, 10).ok());
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(writer->List().size(), 1u);
  const auto records = *audit->List({}, AuditLog::kEnd, 1'000);
  EXPECT_EQ(records.size(), 60u);
  for (const AuditRecord& record : records) EXPECT_TRUE(record.event.ok()) << record.event.status();
}

}  // namespace
}  // namespace winnow::access
