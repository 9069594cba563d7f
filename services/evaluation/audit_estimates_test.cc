#include "services/evaluation/audit_estimates.h"

#include <string>

#include "common/stats/audit.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "services/evaluation/evaluation_service_testing.h"

namespace winnow::evaluation {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

using Stub = v1::EvaluationService::Stub;

class AuditEstimatesTest : public EvaluationTest {
 protected:
  AuditEstimatesTest() : corpus_(annotation_.corpus()) {}

  measure::AuditQueue MakeQueue(const std::string& name, const std::string& model) {
    return {corpus_, name, "answers", measure::Ads(30, /*holdout=*/true), model};
  }
  absl::StatusOr<v1::EstimateFromAuditResponse> Estimate(const std::string& queue) {
    v1::EstimateFromAuditRequest request;
    request.set_queue(queue);
    return Call(&Stub::EstimateFromAudit, request);
  }

  measure::TestCorpus corpus_;
};

TEST_F(AuditEstimatesTest, FollowsTheAnswersAndTheVersionOnceThereAreEnough) {
  Publish("jobs", measure::GoodModel());
  measure::AuditQueue queue = MakeQueue("jobs.teach", "jobs");
  queue.Answer(0, storage::v1::VERDICT_IGNORE);
  for (size_t n = 1; n < stats::kMinAnswers; ++n) queue.Answer(n);
  auto estimate = Estimate("jobs.teach");
  ASSERT_TRUE(estimate.ok()) << estimate.status();
  EXPECT_FALSE(estimate->has_figure());
  EXPECT_EQ(estimate->num_answers(), static_cast<uint64_t>(stats::kMinAnswers - 1));
  EXPECT_EQ(estimate->min_answers(), static_cast<uint64_t>(stats::kMinAnswers));

  queue.Answer(stats::kMinAnswers);
  const auto good = Estimate("jobs.teach")->figure();
  EXPECT_EQ(good.sample(), winnow::common::v1::SAMPLE_KIND_AUDIT);
  EXPECT_EQ(good.model_version(), "jobs@1");
  EXPECT_EQ(good.num_items(), static_cast<uint64_t>(stats::kMinAnswers));
  EXPECT_THAT(good.datasets(), ElementsAre("answers"));
  EXPECT_GT(good.f1().value(), 0.9);
  EXPECT_LT(good.f1().low(), good.f1().value());
  // Nothing has changed: not even the revision that was read.
  EXPECT_EQ(Estimate("jobs.teach")->figure().SerializeAsString(), good.SerializeAsString());

  queue.Answer(stats::kMinAnswers + 1, storage::v1::VERDICT_REJECT);
  const auto worse = Estimate("jobs.teach")->figure();
  EXPECT_EQ(worse.num_items(), static_cast<uint64_t>(stats::kMinAnswers + 1));
  EXPECT_LT(worse.f1().value(), good.f1().value());

  Publish("jobs", measure::BlindModel(), nullptr);
  EXPECT_EQ(Estimate("jobs.teach")->figure().model_version(), "jobs@2");
  EXPECT_THAT(Estimate("jobs.teach")->figure().caveats(),
              Contains(HasSubstr("cannot be excluded")));
}

TEST_F(AuditEstimatesTest, SaysWhyThereIsNone) {
  Publish("jobs", measure::GoodModel());
  EXPECT_EQ(ReasonOf(Estimate("gone").status()), "UNKNOWN_QUEUE");
  MakeQueue("unmodelled", "blank:en");
  EXPECT_FALSE(Estimate("unmodelled")->has_figure());
  MakeQueue("lost", "nobody");
  EXPECT_EQ(ReasonOf(Estimate("lost").status()), "UNKNOWN_MODEL");
  storage::v1::Queue comparing;
  comparing.set_name("comparing");
  comparing.set_kind(storage::v1::TASK_KIND_COMPARE);
  corpus_.PutQueue(comparing);
  EXPECT_EQ(Estimate("comparing").status().code(), absl::StatusCode::kFailedPrecondition);
}

}  // namespace
}  // namespace winnow::evaluation
