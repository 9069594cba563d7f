#include "common/kv/once.h"

#include <atomic>
#include <thread>
#include <vector>

#include "absl/strings/str_cat.h"
#include "common/base/status.h"
#include "common/kv/memory_store.h"
#include "common/kv/store_contract.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace winnow::kv {
namespace {

using ::testing::Each;
using ::testing::Eq;
using ::testing::HasSubstr;
using ::testing::SizeIs;

RequestKey Key(const std::string& id, const std::string& body = "body",
               const std::string& method = "Make", const std::string& caller = "ann") {
  return {caller, method, id, body};
}

class OnceTest : public testing::Test {
 protected:
  // Puts a further record "effect N" and returns "reply N".
  absl::StatusOr<std::string> Run(const RequestKey& key) {
    return once_.Run(key, [this](Batch& batch) -> absl::StatusOr<std::string> {
      ++runs_;
      if (!failure_.ok()) return failure_;
      batch.Put(absl::StrCat("effect ", runs_), "");
      return absl::StrCat("reply ", runs_);
    });
  }
  size_t NumKept() const { return ScanAll(store_, Range::Prefix("k")).size(); }

  MemoryStore store_;
  FakeClock clock_;
  Once once_{store_, clock_, ReplyLog("k", "w")};
  int runs_ = 0;
  absl::Status failure_;
};

TEST_F(OnceTest, TheSameRequestRunsOnce) {
  EXPECT_EQ(*Run(Key("r")), "reply 1");
  EXPECT_EQ(*Run(Key("r")), "reply 1");
  EXPECT_EQ(*Run(Key("other")), "reply 2");
  EXPECT_EQ(runs_, 2);
  EXPECT_THAT(ScanAll(store_, Range::Prefix("effect")), SizeIs(2));
  EXPECT_EQ(*once_.Find(Key("r")), "reply 1");
}

TEST_F(OnceTest, APlanIsToldUntilItsRequestHasEnded) {
  const auto run = [&](const RequestKey& key, const absl::Status& ended) {
    return once_.Run(key, [&](Batch&) -> absl::StatusOr<std::string> {
      EXPECT_TRUE(once_.Plan(key, "move a to b").ok());
      // As if the process had died here.
      const auto unfinished = Once(store_, clock_, ReplyLog("k", "w")).Unfinished();
      EXPECT_THAT(*unfinished, SizeIs(1));
      EXPECT_EQ((*unfinished)[0].plan, "move a to b");
      EXPECT_EQ((*unfinished)[0].key.request_id, key.request_id);
      EXPECT_EQ((*unfinished)[0].key.body_digest, key.body_digest);
      if (!ended.ok()) return ended;
      return "reply";
    });
  };
  EXPECT_TRUE(run(Key("r"), absl::OkStatus()).ok());
  EXPECT_THAT(*once_.Unfinished(), SizeIs(0));
  EXPECT_FALSE(run(Key("s"), absl::InternalError("no")).ok());
  EXPECT_THAT(*once_.Unfinished(), SizeIs(0));
}

TEST_F(OnceTest, AnotherBodyIsRefused) {
  ASSERT_TRUE(Run(Key("r")).ok());
  for (const absl::Status& reused :
       {Run(Key("r", "another body")).status(), once_.Find(Key("r", "another body")).status()}) {
    EXPECT_TRUE(absl::IsAlreadyExists(reused));
    EXPECT_EQ(ReasonOf(reused), "REQUEST_ID_REUSED");
    EXPECT_THAT(std::string(reused.message()), HasSubstr("another Make request"));
  }
  EXPECT_EQ(runs_, 1);
}

TEST_F(OnceTest, AnIdCountsWithinCallerAndMethod) {
  EXPECT_EQ(*Run(Key("r", "body", "Make", "ann")), "reply 1");
  EXPECT_EQ(*Run(Key("r", "body", "Make", "bob")), "reply 2");
  EXPECT_EQ(*Run(Key("r", "another body", "Drop", "ann")), "reply 3");
  // The parts of the scope do not run together.
  EXPECT_EQ(*Run(Key("r", "body", "eMak", "annM")), "reply 4");
  EXPECT_EQ(*Run(Key("r", "body", "Make", "ann")), "reply 1");
}

TEST_F(OnceTest, WithoutAnIdItRunsAlways) {
  EXPECT_EQ(*Run(Key("")), "reply 1");
  EXPECT_EQ(*Run(Key("")), "reply 2");
  EXPECT_EQ(NumKept(), 0u);
  EXPECT_THAT(ScanAll(store_, Range::Prefix("effect")), SizeIs(2));
  EXPECT_TRUE(absl::IsNotFound(once_.Find(Key("")).status()));
}

TEST_F(OnceTest, AFailureIsNotKept) {
  failure_ = absl::UnavailableError("later");
  EXPECT_TRUE(absl::IsUnavailable(Run(Key("r")).status()));
  EXPECT_TRUE(absl::IsNotFound(once_.Find(Key("r")).status()));
  failure_ = absl::OkStatus();
  EXPECT_EQ(*Run(Key("r")), "reply 2");
}

TEST_F(OnceTest, AConditionThatDoesNotHoldLeavesNothing) {
  ASSERT_TRUE(Run(Key("")).ok());
  const auto make = [this](const std::string& id) {
    return once_.Run(Key(id), [](Batch& batch) -> absl::StatusOr<std::string> {
      batch.RequireAbsent("effect 1");
      return "made";
    });
  };
  EXPECT_TRUE(absl::IsAborted(make("r").status()));
  EXPECT_TRUE(absl::IsNotFound(once_.Find(Key("r")).status()));
}

TEST_F(OnceTest, RepliesAreForgottenByAge) {
  ASSERT_TRUE(Run(Key("old")).ok());
  clock_.Advance(kReplyLifetime);
  EXPECT_EQ(*Run(Key("old")), "reply 1");
  ASSERT_TRUE(Run(Key("new")).ok());
  EXPECT_EQ(NumKept(), 2u);
  for (int sweep = 0; sweep < 2; ++sweep) {
    clock_.Advance(absl::Hours(2));
    EXPECT_EQ(*Run(Key("new")), "reply 2");
  }
  EXPECT_EQ(NumKept(), 1u);
  EXPECT_EQ(*Run(Key("old")), "reply 3");
}

TEST_F(OnceTest, AClockThatIsSetForwardTakesNoReplyFromWhoeverRepeats) {
  ASSERT_TRUE(Run(Key("r")).ok());
  // While it runs, and then while it does not.
  clock_.Advance(absl::Hours(2));
  clock_.Jump(2 * kReplyLifetime);
  EXPECT_EQ(*Run(Key("r")), "reply 1");
  Once opened(store_, clock_, ReplyLog("k", "w"));
  const auto again = [&] {
    return opened.Run(Key("s"), [](Batch&) -> absl::StatusOr<std::string> { return "again"; });
  };
  ASSERT_TRUE(Run(Key("s")).ok());
  clock_.Jump(2 * kReplyLifetime);
  EXPECT_EQ(*again(), "reply 2");
  clock_.Advance(absl::Minutes(59));
  EXPECT_EQ(*again(), "reply 2");
  // A mistake that is put right in time costs nothing at all.
  clock_.Jump(-2 * kReplyLifetime);
  for (int hour = 0; hour < 24; ++hour) {
    clock_.Advance(absl::Hours(1));
    EXPECT_EQ(*again(), "reply 2");
  }
}

TEST_F(OnceTest, ManyOldRepliesAreSweptByAndBy) {
  for (int i = 0; i < 1500; ++i) ASSERT_TRUE(Run(Key(absl::StrCat(i))).ok());
  clock_.Advance(kReplyLifetime + absl::Seconds(1));
  ASSERT_TRUE(Run(Key("")).ok());
  EXPECT_EQ(NumKept(), 1500u);
  clock_.Advance(absl::Hours(1));
  ASSERT_TRUE(Run(Key("")).ok());
  EXPECT_EQ(NumKept(), 500u);
  ASSERT_TRUE(Run(Key("")).ok());
  EXPECT_EQ(NumKept(), 0u);
  EXPECT_THAT(ScanAll(store_, Range::Prefix("w")), SizeIs(1)) << "what the last sweep found";
}

TEST_F(OnceTest, RepetitionsWaitForTheFirst) {
  constexpr int kThreads = 8;
  std::atomic<int> running = 0, runs = 0;
  std::vector<std::string> replies(kThreads);
  std::vector<std::thread> threads;
  for (int t = 0; t < kThreads; ++t) {
    threads.emplace_back([&, t] {
      replies[t] = *once_.Run(Key("r"), [&](Batch&) -> absl::StatusOr<std::string> {
        EXPECT_EQ(++running, 1);
        std::this_thread::sleep_for(std::chrono::milliseconds(2));
        --running;
        return absl::StrCat("run ", ++runs);
      });
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_THAT(replies, Each(Eq("run 1")));
}

// Would hang if one request waited for another.
TEST_F(OnceTest, OtherRequestsDoNotWait) {
  const auto reply = once_.Run(Key("outer"), [&](Batch&) {
    return once_.Run(Key("inner"), [](Batch&) -> absl::StatusOr<std::string> { return "inner"; });
  });
  EXPECT_EQ(*reply, "inner");
}

// Cannot be read.
class UnreadableStore final : public Store {
 public:
  absl::StatusOr<std::string> Get(absl::string_view) const override {
    return absl::DataLossError("damaged");
  }
  std::unique_ptr<Iterator> Scan(const Range& range, Direction direction) const override {
    return MemoryStore().Scan(range, direction);
  }
  absl::Status Write(const Batch&) override { return absl::OkStatus(); }
};

TEST(Once, WhereNobodyKnowsWhetherItRanBeforeItDoesNotRun) {
  UnreadableStore store;
  FakeClock clock;
  Once once(store, clock, ReplyLog("k", "w"));
  bool ran = false;
  const auto work = [&](Batch&) -> absl::StatusOr<std::string> {
    ran = true;
    return "";
  };
  EXPECT_TRUE(absl::IsDataLoss(once.Run(Key("r"), work).status()));
  EXPECT_FALSE(ran);
}

TEST(Once, ADamagedReplyIsNoNewRequest) {
  MemoryStore store;
  FakeClock clock;
  Once once(store, clock, ReplyLog("k", "w"));
  const auto work = [](Batch&) -> absl::StatusOr<std::string> { return "reply"; };
  ASSERT_TRUE(once.Run(Key("r"), work).ok());
  Batch damage;
  damage.Put(ScanAll(store, Range::Prefix("k"))[0].first, "\xff");
  ASSERT_TRUE(store.Write(damage).ok());
  EXPECT_TRUE(absl::IsDataLoss(once.Run(Key("r"), work).status()));
}

// A writer with changes that are not in the store yet, as one that merges several requests.
TEST(ReplyLog, IsFoundInChangesThatAreNotWrittenYet) {
  MemoryStore store;
  const ReplyLog log("k", "w");
  std::map<std::string, std::string> changes;
  const auto get = [&](absl::string_view key) -> absl::StatusOr<std::string> {
    const auto it = changes.find(std::string(key));
    return it == changes.end() ? store.Get(key) : it->second;
  };
  EXPECT_TRUE(absl::IsNotFound(log.Find(Key("r"), get).status()));
  log.Keep(Key("r"), "reply", FakeClock().Now(),
           [&](std::string key, std::string value) { changes[key] = value; });
  EXPECT_THAT(changes, SizeIs(2));
  EXPECT_EQ(*log.Find(Key("r"), get), "reply");
  EXPECT_TRUE(absl::IsAlreadyExists(log.Find(Key("r", "another body"), get).status()));
}

TEST(ReplyLog, SweepsABoundedNumberOldestFirst) {
  MemoryStore store;
  const ReplyLog log("k", "w");
  FakeClock clock;
  Batch batch;
  for (int i = 0; i < 5; ++i) {
    log.Keep(Key(absl::StrCat(i)), "", clock.Now(),
             [&](std::string key, std::string value) { batch.Put(key, value); });
    clock.Advance(absl::Seconds(1));
  }
  ASSERT_TRUE(store.Write(batch).ok());
  clock.Advance(kReplyLifetime - absl::Seconds(1));
  std::vector<std::string> removed;
  const auto sweep = [&](size_t limit) {
    removed.clear();
    Batch found;
    const absl::StatusOr<bool> swept = log.Sweep(
        store, clock.Now(), limit,
        [&](std::string key, std::string value) { found.Put(std::move(key), std::move(value)); },
        [&](std::string key) { removed.push_back(std::move(key)); });
    EXPECT_TRUE(store.Write(found).ok());
    return *swept;
  };
  EXPECT_TRUE(sweep(3));
  EXPECT_THAT(removed, SizeIs(0)) << "found old for the first time";
  EXPECT_FALSE(sweep(3));
  EXPECT_THAT(removed, SizeIs(6));
  EXPECT_EQ(removed[1], ScanAll(store, Range::Prefix("w"))[1].first);
  // The fifth is not old enough.
  EXPECT_TRUE(sweep(10));
  EXPECT_THAT(removed, SizeIs(8));
}

}  // namespace
}  // namespace winnow::kv
