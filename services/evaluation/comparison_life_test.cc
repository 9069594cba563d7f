// How comparisons are made, found again, cancelled and deleted, through a running server.
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "common/rpc/request_key.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "services/evaluation/api.h"
#include "services/evaluation/comparisons_testing.h"

namespace winnow::evaluation {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

TEST_F(ComparisonsTest, ARepeatedRequestIsKnownByItsId) {
  annotation_.AddSource("ads", JobTexts(6));
  ASSERT_TRUE(Create(Spec(), "r1").ok());
  v1::ComparisonSpec other = Spec();
  other.set_name("other");
  const absl::Status reused = Create(other, "r1").status();
  EXPECT_EQ(reused.code(), absl::StatusCode::kAlreadyExists);
  EXPECT_EQ(ReasonOf(reused), "REQUEST_ID_REUSED");
  EXPECT_EQ(Get("other").status().code(), absl::StatusCode::kNotFound);

  // `new` serves another version now: the repetition is still the first comparison, a new request
  // is another one.
  Publish("new", GoodModel());
  while ((*models_->Get("new"))->version.number != 2) absl::SleepFor(absl::Milliseconds(1));
  const auto repeated = Create(Spec(), "r1");
  ASSERT_TRUE(repeated.ok()) << repeated.status();
  EXPECT_EQ(repeated->version_b(), "new@1");
  const absl::Status moved = Create(Spec(), "r2").status();
  EXPECT_EQ(moved.code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_THAT(std::string(moved.message()), HasSubstr("B is new@1, not new@2"));
}

TEST_F(ComparisonsTest, AnInterruptedOneIsCompletedByTheNextRequest) {
  annotation_.AddSource("ads", JobTexts(22));
  annotation_.SetBroken(true);
  EXPECT_EQ(Create(Spec(), "r1").status().code(), absl::StatusCode::kUnavailable);
  EXPECT_THAT(annotation_.tasks(), SizeIs(10));
  // Neither later texts nor a later version become part of it.
  annotation_.AddSource("ads", JobTexts(30));
  Publish("new", BlindModel());
  annotation_.SetBroken(false);
  const auto comparison = Create(Spec(), "r1");
  ASSERT_TRUE(comparison.ok()) << comparison.status();
  EXPECT_EQ(comparison->num_differing(), 20u);
  const std::vector<std::string> asked = AskedTexts();
  EXPECT_THAT(asked, SizeIs(20));
  EXPECT_THAT(std::set(asked.begin(), asked.end()), SizeIs(20));
}

TEST_F(ComparisonsTest, ItGoesOnWithoutItsCallerAndAfterARestart) {
  annotation_.AddSource("ads", JobTexts(22));
  v1::CreateComparisonRequest request;
  request.set_request_id(Uuid("r1"));
  *request.mutable_spec() = Spec();
  const auto nobody_waits = [] { return true; };
  EXPECT_EQ(comparisons_->Create(*FromApi(request.spec()), rpc::KeyOf(request), nobody_waits)
                .status()
                .code(),
            absl::StatusCode::kCancelled);
  // Whether it was about to begin, or in the middle, or done.
  Restart(root_ / "corpus");
  const absl::Time deadline = absl::Now() + absl::Seconds(60);
  while (Get()->state() != v1::COMPARISON_STATE_READY && absl::Now() < deadline)
    absl::SleepFor(absl::Milliseconds(5));
  const auto comparison = Create(Spec(), "r1");
  ASSERT_TRUE(comparison.ok()) << comparison.status();
  EXPECT_EQ(comparison->num_differing(), 20u);
  EXPECT_THAT(annotation_.tasks(), SizeIs(20));
}

TEST_F(ComparisonsTest, ARequestThatFailedIsTriedAgain) {
  const absl::Status unknown = Create(Spec(), "r1").status();
  EXPECT_EQ(ReasonOf(unknown), "UNKNOWN_SOURCE");
  annotation_.AddSource("ads", JobTexts(6));
  // With the versions of the first time.
  Publish("new", BlindModel());
  while ((*models_->Get("new"))->version.number != 2) absl::SleepFor(absl::Milliseconds(1));
  for (int i = 0; i < 2; ++i) {
    const auto comparison = Create(Spec(), "r1");
    ASSERT_TRUE(comparison.ok()) << comparison.status();
    EXPECT_EQ(comparison->version_b(), "new@1");
    EXPECT_EQ(comparison->num_differing(), 4u);
  }
}

TEST_F(ComparisonsTest, RequestsAtTheSameTimeMakeOneComparison) {
  annotation_.AddSource("ads", JobTexts(202));
  std::vector<absl::StatusOr<v1::Comparison>> replies(4, absl::UnknownError(""));
  std::vector<std::thread> callers;
  for (size_t i = 0; i < replies.size(); ++i) {
    callers.emplace_back([&, i] { replies[i] = Create(Spec(), absl::StrCat("r", i)); });
  }
  for (std::thread& caller : callers) caller.join();
  for (const auto& reply : replies) {
    ASSERT_TRUE(reply.ok()) << reply.status();
    EXPECT_EQ(reply->SerializeAsString(), replies[0]->SerializeAsString());
  }
  EXPECT_THAT(annotation_.tasks(), SizeIs(200));
  EXPECT_THAT(annotation_.queues(), SizeIs(1));
}

TEST_F(ComparisonsTest, TheyAreListedByNameInPages) {
  annotation_.AddSource("ads", JobTexts(6));
  v1::ComparisonSpec spec = Spec();
  for (const char* name : {"c", "a", "b"}) {
    spec.set_name(name);
    ASSERT_TRUE(Create(spec).ok());
  }
  EXPECT_THAT(List(/*page_size=*/2), ElementsAre("a", "b", "c"));
}

TEST_F(ComparisonsTest, ADamagedOneIsListedWithItsProblemHidesNoOtherAndCanBeDeleted) {
  annotation_.AddSource("ads", JobTexts(6));
  v1::ComparisonSpec spec = Spec();
  for (const char* name : {"a", "b", "c", "d"}) {
    spec.set_name(name);
    ASSERT_TRUE(Create(spec).ok());
  }
  storage::v1::ComparisonRun without_job;
  without_job.set_name("orphan");
  kv::Batch damage;
  damage.Put("comparison/a", "\xff");
  damage.Put("comparison/b", *database_.Get("comparison/c"));
  damage.Put("comparison/orphan", without_job.SerializeAsString());
  ASSERT_TRUE(database_.Write(damage).ok());

  EXPECT_THAT(List(/*page_size=*/2), ElementsAre("a", "b", "c", "d", "orphan"));
  const auto all = Call(&Stub::ListComparisons, v1::ListComparisonsRequest());
  ASSERT_TRUE(all.ok()) << all.status();
  EXPECT_THAT(all->comparisons(0).problem(), HasSubstr("comparison \"a\" is damaged"));
  EXPECT_THAT(all->comparisons(1).problem(), HasSubstr("comparison \"b\" is damaged"));
  EXPECT_EQ(all->comparisons(2).problem(), "");
  EXPECT_EQ(all->comparisons(2).state(), v1::COMPARISON_STATE_READY);
  EXPECT_THAT(all->comparisons(4).problem(), HasSubstr("is lost"));

  EXPECT_EQ(Get("a").status().code(), absl::StatusCode::kDataLoss);
  for (const char* name : {"a", "b", "orphan"})
    EXPECT_TRUE(Delete(name, absl::StrCat("delete ", name)).ok());
  EXPECT_THAT(List(), ElementsAre("c", "d"));
}

TEST_F(ComparisonsTest, ADeletedOneIsForgottenOncePerRequest) {
  annotation_.AddSource("ads", JobTexts(6));
  EXPECT_EQ(ReasonOf(Delete("ab", "d1")), "UNKNOWN_COMPARISON");
  ASSERT_TRUE(Create(Spec()).ok());
  ASSERT_TRUE(Delete("ab", "d1").ok());
  EXPECT_EQ(Get().status().code(), absl::StatusCode::kNotFound);
  EXPECT_THAT(List(), IsEmpty());
  // Another one of the name, which the repetition of the request leaves alone.
  v1::ComparisonSpec other = Spec();
  other.set_seed(8);
  ASSERT_TRUE(Create(other).ok());
  EXPECT_TRUE(Delete("ab", "d1").ok());
  EXPECT_EQ(Get()->spec().seed(), 8u);
}

TEST_F(ComparisonsTest, OneThatIsCancelledIsTakenUpByTheSameSpec) {
  annotation_.AddSource("ads", JobTexts(22));
  v1::CreateComparisonRequest request;
  request.set_request_id(Uuid("r1"));
  *request.mutable_spec() = Spec();
  (void)comparisons_->Create(*FromApi(request.spec()), rpc::KeyOf(request), [] { return true; });
  v1::CancelComparisonRequest cancel;
  cancel.set_name("ab");
  ASSERT_TRUE(Call(&Stub::CancelComparison, cancel).ok());
  const absl::Time deadline = absl::Now() + absl::Seconds(60);
  const auto ended = [&] {
    const v1::ComparisonState state = Get()->state();
    return state == v1::COMPARISON_STATE_FAILED || state == v1::COMPARISON_STATE_READY;
  };
  while (!ended() && absl::Now() < deadline) absl::SleepFor(absl::Milliseconds(5));
  ASSERT_TRUE(ended());
  const auto comparison = Create(Spec());
  ASSERT_TRUE(comparison.ok()) << comparison.status();
  EXPECT_EQ(comparison->state(), v1::COMPARISON_STATE_READY);
  EXPECT_THAT(annotation_.tasks(), SizeIs(20));
  cancel.set_name("nobody");
  EXPECT_EQ(Call(&Stub::CancelComparison, cancel).status().code(), absl::StatusCode::kNotFound);
}

TEST_F(ComparisonsTest, ARequestWithoutAUuidIsRefused) {
  v1::CreateComparisonRequest request;
  request.set_request_id("r1");
  *request.mutable_spec() = Spec();
  EXPECT_EQ(Call(&Stub::CreateComparison, request).status().code(),
            absl::StatusCode::kInvalidArgument);
}

}  // namespace
}  // namespace winnow::evaluation
