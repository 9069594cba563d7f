// What comparisons ask and what becomes of the answers, through a running server.
#include "services/evaluation/comparisons.h"

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "common/corpus/ids.h"
#include "common/tournament/differences.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "services/evaluation/api.h"
#include "services/evaluation/comparisons_testing.h"

namespace winnow::evaluation {
namespace {

using annotation::v1::ComparisonTask;
using storage::v1::PREFERENCE_A;
using storage::v1::PREFERENCE_B;
using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;
using ::testing::UnorderedElementsAreArray;

TEST_F(ComparisonsTest, OnlyDifferingUnseenTextsAreAskedOnce) {
  std::vector<std::string> texts = JobTexts(6);
  texts.push_back("nurse WANTED in Paris,  number 2");  // the split key of number 2
  texts.push_back("We are a friendly team");            // no difference
  annotation_.AddSource("ads", texts);
  const auto comparison = Create(Spec());
  ASSERT_TRUE(comparison.ok()) << comparison.status();
  EXPECT_EQ(comparison->version_a(), "old@1");
  EXPECT_EQ(comparison->version_b(), "new@1");
  EXPECT_EQ(comparison->num_texts(), 5u);
  EXPECT_EQ(comparison->num_differing(), 4u);
  EXPECT_EQ(comparison->result().verdict(), v1::COMPARISON_VERDICT_RUNNING);
  EXPECT_EQ(comparison->queue(), "ab");
  EXPECT_EQ(comparison->spec().max_judgements(), kDefaultMaxJudgements);
  EXPECT_THAT(comparison->result().reason(),
              AllOf(HasSubstr("they agree on 1 of 5 texts"), HasSubstr("trained on them: 2")));
  EXPECT_THAT(AskedTexts(),
              UnorderedElementsAreArray(std::vector(texts.begin() + 2, texts.begin() + 6)));
  for (const ComparisonTask& task : annotation_.tasks()) {
    EXPECT_EQ(task.comparison().model_a(), "old@1");
    EXPECT_EQ(task.comparison().model_b(), "new@1");
    EXPECT_THAT(task.comparison().spans_a(), IsEmpty());
    ASSERT_THAT(task.comparison().spans_b(), SizeIs(1));
    EXPECT_EQ(task.comparison().spans_b(0).end(), 5u);
  }
  ASSERT_THAT(annotation_.queues(), SizeIs(1));
  EXPECT_EQ(annotation_.queues()[0].kind(), annotation::v1::TASK_KIND_COMPARE);
  EXPECT_EQ(annotation_.queues()[0].dataset(), "judged");
  EXPECT_EQ(annotation_.NumLiveSnapshots(), 0u);
}

TEST(HideFromJudgesTest, AnAnnotatorSeesNoCountsBeforeTheVerdict) {
  v1::Comparison running;
  running.mutable_result()->set_verdict(v1::COMPARISON_VERDICT_RUNNING);
  running.mutable_result()->set_num_prefer_a(3);
  running.mutable_result()->set_reason("A leads");
  v1::Comparison decided = running;
  decided.mutable_result()->set_verdict(v1::COMPARISON_VERDICT_A);
  const auto seen = [](const access::Caller& caller, v1::Comparison comparison) {
    HideFromJudges(caller, comparison);
    return comparison.result().num_prefer_a();
  };
  const access::Caller annotator{"anna", access::Role::kAnnotator};
  EXPECT_EQ(seen(annotator, running), 0u);
  EXPECT_EQ(seen(annotator, decided), 3u);
  EXPECT_EQ(seen({"rita", access::Role::kReviewer}, running), 3u);
  EXPECT_EQ(seen({}, running), 3u);

  HideFromJudges(annotator, running);
  EXPECT_EQ(running.result().verdict(), v1::COMPARISON_VERDICT_RUNNING);
  EXPECT_EQ(running.result().reason(), "");
}

TEST_F(ComparisonsTest, TheSeedDecidesOrderAndSides) {
  annotation_.AddSource("ads", JobTexts(40));
  ASSERT_TRUE(Create(Spec()).ok());
  const std::vector<ComparisonTask> tasks = annotation_.tasks();
  const auto num_second = std::count_if(tasks.begin(), tasks.end(), [](const ComparisonTask& task) {
    return task.comparison().b_shown_first();
  });
  EXPECT_GT(num_second, 5);
  EXPECT_LT(num_second, 33);
  const std::vector<std::string> order = AskedTexts();
  EXPECT_FALSE(std::is_sorted(order.begin(), order.end()));

  using Asked = std::vector<std::pair<std::string, bool>>;
  const auto compute = [&](uint64_t seed) {
    storage::v1::ComparisonRun run;
    run.set_source("ads");
    run.set_dataset("judged");
    run.add_labels("job_title");
    run.set_seed(seed);
    run.set_start_revision(annotation_.corpus().revision());
    const auto found = tournament::FindDifferences(
        run, **models_->Get("old"), **models_->Get("new"), publisher_->store(),
        annotation_.corpus().reader(), [](uint64_t, uint64_t) { return absl::OkStatus(); });
    Asked result;
    for (const tournament::Difference& difference : found->differences)
      result.emplace_back(difference.example_id, difference.a_shown_second);
    return result;
  };
  Asked asked;
  for (const ComparisonTask& task : tasks)
    asked.emplace_back(corpus::ExampleIdOf(task.text()), task.comparison().b_shown_first());
  EXPECT_EQ(compute(7), asked);
  EXPECT_NE(compute(8), asked);
}

TEST_F(ComparisonsTest, TheSameNameAndSpecIsTheSameComparison) {
  annotation_.AddSource("ads", JobTexts(6));
  const auto first = Create(Spec(), "r1");
  ASSERT_TRUE(first.ok()) << first.status();
  // Later texts are not part of it.
  annotation_.AddSource("ads", JobTexts(9));
  for (const std::string id : {"r1", "r2", ""}) {
    const auto again = Create(Spec(), id);
    ASSERT_TRUE(again.ok()) << again.status();
    EXPECT_EQ(again->SerializeAsString(), first->SerializeAsString());
  }
  EXPECT_THAT(annotation_.tasks(), SizeIs(4));

  v1::ComparisonSpec other = Spec();
  other.set_seed(8);
  other.set_dataset("elsewhere");
  const absl::Status refused = Create(other, "r3").status();
  EXPECT_EQ(refused.code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_THAT(std::string(refused.message()),
              AllOf(HasSubstr("seed is 7, not 8"), HasSubstr("dataset is judged, not elsewhere")));
}

TEST_F(ComparisonsTest, EqualOutputsNeedNoQueue) {
  annotation_.AddSource("ads", {"We are a friendly team", "Apply today"});
  const auto comparison = Create(Spec());
  ASSERT_TRUE(comparison.ok()) << comparison.status();
  EXPECT_EQ(comparison->result().verdict(), v1::COMPARISON_VERDICT_NO_DIFFERENCE);
  EXPECT_EQ(comparison->queue(), "");
  EXPECT_THAT(comparison->result().reason(), HasSubstr("the same on all 2 texts"));
  EXPECT_THAT(annotation_.queues(), IsEmpty());
  EXPECT_EQ(Get()->result().verdict(), v1::COMPARISON_VERDICT_NO_DIFFERENCE);
}

TEST_F(ComparisonsTest, NothingToCompareOnIsAnError) {
  annotation_.AddSource("ads", JobTexts(2));
  const absl::Status status = Create(Spec()).status();
  EXPECT_EQ(status.code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_THAT(std::string(status.message()),
              HasSubstr("was trained on all 2 texts of source \"ads\""));
  const auto failed = Get();
  ASSERT_TRUE(failed.ok()) << failed.status();
  EXPECT_EQ(failed->state(), v1::COMPARISON_STATE_FAILED);
  EXPECT_EQ(failed->error(), std::string(status.message()));
  EXPECT_FALSE(failed->has_result());
  EXPECT_THAT(List(), IsEmpty());
}

TEST_F(ComparisonsTest, UnknownLineageIsInTheReason) {
  Publish("foreign", GoodModel(), nullptr);
  annotation_.AddSource("ads", JobTexts(6));
  v1::ComparisonSpec spec = Spec();
  spec.set_model_b("foreign");
  const auto comparison = Create(spec);
  ASSERT_TRUE(comparison.ok()) << comparison.status();
  EXPECT_EQ(comparison->num_texts(), 5u);
  EXPECT_THAT(comparison->result().reason(),
              HasSubstr("a leak cannot be excluded: the texts that foreign@1"));
}

TEST_F(ComparisonsTest, AnswersDecide) {
  annotation_.AddSource("ads", JobTexts(102));
  ASSERT_TRUE(Create(Spec()).ok());
  const std::vector<ComparisonTask> tasks = annotation_.tasks();
  ASSERT_THAT(tasks, SizeIs(100));
  // More than one page of answers of others between them.
  for (int i = 0; i < 70; ++i)
    annotation_.AddJudgement("judged", "another", tasks[0], PREFERENCE_A);
  const uint64_t slip = annotation_.AddJudgement("judged", "ab", tasks[0], PREFERENCE_A);
  annotation_.Undo("judged", slip);
  for (size_t i = 0; i < 7; ++i) {
    annotation_.AddJudgement("judged", "ab", tasks[i], PREFERENCE_B);
    EXPECT_EQ(Get()->result().verdict(), v1::COMPARISON_VERDICT_RUNNING) << i;
  }
  annotation_.AddJudgement("judged", "ab", tasks[7], PREFERENCE_B);
  Restart(root_ / "corpus");
  const auto comparison = Get();
  ASSERT_TRUE(comparison.ok()) << comparison.status();
  EXPECT_EQ(comparison->result().verdict(), v1::COMPARISON_VERDICT_B);
  EXPECT_EQ(comparison->result().num_prefer_a(), 0u);
  EXPECT_EQ(comparison->result().num_prefer_b(), 8u);
  EXPECT_GE(comparison->result().e_value(), 20);
  EXPECT_GT(comparison->result().preference_b().low(), 0.5);
}

TEST_F(ComparisonsTest, QuestionsAnsweredBeforeAreNotWaitedFor) {
  annotation_.AddSource("ads", JobTexts(5));
  ASSERT_TRUE(Create(Spec()).ok());
  const std::vector<ComparisonTask> tasks = annotation_.tasks();
  ASSERT_THAT(tasks, SizeIs(3));
  annotation_.AddJudgement("judged", "ab", tasks[0], PREFERENCE_B);
  annotation_.AddJudgement("judged", "ab", tasks[1], PREFERENCE_B);
  v1::ComparisonSpec second = Spec();
  second.set_name("ab2");
  const auto comparison = Create(second);
  ASSERT_TRUE(comparison.ok()) << comparison.status();
  EXPECT_EQ(comparison->result().num_prefer_b(), 0u);
  EXPECT_EQ(comparison->result().verdict(), v1::COMPARISON_VERDICT_RUNNING);
  EXPECT_THAT(comparison->result().reason(),
              HasSubstr("data set judged had answered the same question before: 2"));
  annotation_.AddJudgement("judged", "ab2", tasks[2], PREFERENCE_B);
  EXPECT_EQ(Get("ab2")->result().verdict(), v1::COMPARISON_VERDICT_UNDECIDED);
}

TEST_F(ComparisonsTest, MoreTasksThanFitOneCall) {
  annotation_.AddSource("ads", JobTexts(1202));
  const auto comparison = Create(Spec());
  ASSERT_TRUE(comparison.ok()) << comparison.status();
  EXPECT_EQ(comparison->num_differing(), 1200u);
  EXPECT_THAT(annotation_.tasks(), SizeIs(1200));
}

TEST_F(ComparisonsTest, AQueueOfAnotherKindKeepsItsName) {
  annotation_.AddSource("ads", JobTexts(6));
  annotation::v1::CreateQueueRequest request;
  request.mutable_spec()->set_name("ab");
  request.mutable_spec()->set_kind(annotation::v1::TASK_KIND_TEACH);
  annotation::v1::Queue queue;
  grpc::ClientContext context;
  ASSERT_TRUE(annotation_stub_->CreateQueue(&context, request, &queue).ok());
  EXPECT_EQ(Create(Spec()).status().code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_EQ(Get()->state(), v1::COMPARISON_STATE_FAILED);
}

TEST_F(ComparisonsTest, NoJudgementsAtAllIsNoBound) {
  v1::ComparisonSpec spec = Spec();
  spec.set_max_judgements(0);
  EXPECT_EQ(Create(spec).status().code(), absl::StatusCode::kInvalidArgument);
}

TEST_F(ComparisonsTest, EverythingWrongIsReportedAtOnce) {
  v1::ComparisonSpec spec;
  spec.set_name("-ab");
  spec.set_model_a("nobody");
  spec.set_model_b("new");
  spec.set_dataset("a/b");
  const absl::Status status = Create(spec).status();
  EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument);
  EXPECT_THAT(std::string(status.message()),
              AllOf(HasSubstr("spec.name"), HasSubstr("spec.source"), HasSubstr("spec.dataset"),
                    HasSubstr("spec.labels: must name at least one"), HasSubstr("spec.model_a")));
}

TEST_F(ComparisonsTest, ErrorsHaveTheirReasons) {
  EXPECT_EQ(ReasonOf(Create(Spec()).status()), "UNKNOWN_SOURCE");
  annotation_.AddSource("ads", JobTexts(6));
  v1::ComparisonSpec spec = Spec();
  spec.add_labels("city");
  const absl::Status label = Create(spec).status();
  EXPECT_EQ(ReasonOf(label), "UNKNOWN_LABEL");
  EXPECT_THAT(std::string(label.message()), AllOf(HasSubstr("old@1"), HasSubstr("new@1")));
  spec = Spec();
  spec.set_model_a("od");
  spec.set_model_b("nwe");
  const absl::Status models = Create(spec).status();
  EXPECT_EQ(models.code(), absl::StatusCode::kNotFound);
  EXPECT_EQ(ReasonOf(models), "UNKNOWN_MODEL");
  EXPECT_THAT(std::string(models.message()),
              AllOf(HasSubstr("spec.model_a: "), HasSubstr("spec.model_b: ")));
  ASSERT_TRUE(Create(Spec()).ok());
  EXPECT_THAT(std::string(Get("abc").status().message()), HasSubstr("Did you mean \"ab\"?"));
}

}  // namespace
}  // namespace winnow::evaluation
