// Comparisons through a running server.
#include "services/evaluation/comparisons.h"

#include <algorithm>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "services/evaluation/evaluation_service_testing.h"

namespace winnow::evaluation {
namespace {

using annotation::v1::ComparisonTask;
using storage::v1::PREFERENCE_A;
using storage::v1::PREFERENCE_B;
using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;
using ::testing::UnorderedElementsAreArray;
using Stub = v1::EvaluationService::Stub;

// Texts with a job, on which good and blind differ.
std::vector<std::string> JobTexts(int count) {
  std::vector<std::string> texts;
  for (int i = 0; i < count; ++i)
    texts.push_back(absl::StrCat("Nurse wanted in Paris, number ", i));
  return texts;
}

class ComparisonsTest : public EvaluationTest {
 protected:
  // A finds nothing, B finds the jobs.
  void SetUp() override {
    Publish("old", BlindModel(), {"Nurse wanted in Paris, number 0"});
    Publish("new", GoodModel(), {"Nurse wanted in Paris, number 1"});
  }

  static v1::ComparisonSpec Spec() {
    v1::ComparisonSpec spec;
    spec.set_name("ab");
    spec.set_model_a("old");
    spec.set_model_b("new");
    spec.set_source("ads");
    spec.set_dataset("judged");
    spec.add_labels("job_title");
    spec.set_seed(7);
    return spec;
  }
  absl::StatusOr<v1::Comparison> Create(const v1::ComparisonSpec& spec,
                                        const std::string& request_id = "") {
    v1::CreateComparisonRequest request;
    request.set_request_id(request_id);
    *request.mutable_spec() = spec;
    return Call(&Stub::CreateComparison, request);
  }
  absl::StatusOr<v1::Comparison> Get(const std::string& name = "ab") {
    v1::GetComparisonRequest request;
    request.set_name(name);
    return Call(&Stub::GetComparison, request);
  }
  std::vector<std::string> AskedTexts() const {
    std::vector<std::string> texts;
    for (const ComparisonTask& task : annotation_.tasks()) texts.push_back(task.text());
    return texts;
  }
};

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
  EXPECT_EQ(comparison->verdict(), v1::COMPARISON_VERDICT_RUNNING);
  EXPECT_EQ(comparison->queue(), "ab");
  EXPECT_EQ(comparison->spec().max_judgements(), kDefaultMaxJudgements);
  EXPECT_THAT(comparison->reason(),
              AllOf(HasSubstr("they agree on 1 of 5 texts"), HasSubstr("trained on them: 2")));
  EXPECT_THAT(AskedTexts(),
              UnorderedElementsAreArray(std::vector(texts.begin() + 2, texts.begin() + 6)));
  for (const ComparisonTask& task : annotation_.tasks()) {
    EXPECT_EQ(task.model_a(), "old@1");
    EXPECT_EQ(task.model_b(), "new@1");
    EXPECT_THAT(task.spans_a(), IsEmpty());
    ASSERT_THAT(task.spans_b(), SizeIs(1));
    EXPECT_EQ(task.spans_b(0).end(), 5u);
  }
  ASSERT_THAT(annotation_.queues(), SizeIs(1));
  EXPECT_EQ(annotation_.queues()[0].kind(), annotation::v1::QUEUE_KIND_COMPARISON);
  EXPECT_EQ(annotation_.queues()[0].dataset(), "judged");
  EXPECT_EQ(annotation_.NumLiveSnapshots(), 0u);
}

TEST_F(ComparisonsTest, TheSeedDecidesOrderAndSides) {
  annotation_.AddSource("ads", JobTexts(40));
  ASSERT_TRUE(Create(Spec()).ok());
  const std::vector<ComparisonTask> tasks = annotation_.tasks();
  const auto num_second = std::count_if(
      tasks.begin(), tasks.end(), [](const ComparisonTask& task) { return task.a_shown_second(); });
  EXPECT_GT(num_second, 5);
  EXPECT_LT(num_second, 33);
  const std::vector<std::string> order = AskedTexts();
  EXPECT_FALSE(std::is_sorted(order.begin(), order.end()));

  const auto compute = [&](uint64_t seed) {
    storage::v1::ComparisonRun run;
    run.set_source("ads");
    run.set_dataset("judged");
    run.add_labels("job_title");
    run.set_seed(seed);
    run.set_version_a("old@1");
    run.set_version_b("new@1");
    run.set_start_revision(annotation_.corpus().revision());
    std::vector<std::string> result;
    const auto differences =
        FindDifferences(run, *models_->Get("old"), *models_->Get("new"), publisher_->store(),
                        annotation_.corpus().reader(), [] { return false; });
    for (const ComparisonTask& task : differences->tasks)
      result.push_back(task.SerializeAsString());
    return result;
  };
  std::vector<std::string> asked;
  for (const ComparisonTask& task : tasks) asked.push_back(task.SerializeAsString());
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

TEST_F(ComparisonsTest, EqualOutputsNeedNoQueue) {
  annotation_.AddSource("ads", {"We are a friendly team", "Apply today"});
  const auto comparison = Create(Spec());
  ASSERT_TRUE(comparison.ok()) << comparison.status();
  EXPECT_EQ(comparison->verdict(), v1::COMPARISON_VERDICT_NO_DIFFERENCE);
  EXPECT_EQ(comparison->queue(), "");
  EXPECT_THAT(comparison->reason(), HasSubstr("the same on all 2 texts"));
  EXPECT_THAT(annotation_.queues(), IsEmpty());
  EXPECT_EQ(Get()->verdict(), v1::COMPARISON_VERDICT_NO_DIFFERENCE);
}

TEST_F(ComparisonsTest, NothingToCompareOnIsAnError) {
  annotation_.AddSource("ads", JobTexts(2));
  const absl::Status status = Create(Spec()).status();
  EXPECT_EQ(status.code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_THAT(std::string(status.message()),
              HasSubstr("was trained on all 2 texts of source \"ads\""));
  EXPECT_EQ(Get().status().code(), absl::StatusCode::kNotFound);
}

TEST_F(ComparisonsTest, UnknownLineageIsInTheReason) {
  Publish("foreign", GoodModel(), nullptr);
  annotation_.AddSource("ads", JobTexts(6));
  v1::ComparisonSpec spec = Spec();
  spec.set_model_b("foreign");
  const auto comparison = Create(spec);
  ASSERT_TRUE(comparison.ok()) << comparison.status();
  EXPECT_EQ(comparison->num_texts(), 5u);
  EXPECT_THAT(comparison->reason(),
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
    EXPECT_EQ(Get()->verdict(), v1::COMPARISON_VERDICT_RUNNING) << i;
  }
  annotation_.AddJudgement("judged", "ab", tasks[7], PREFERENCE_B);
  Restart(root_ / "corpus");
  const auto comparison = Get();
  ASSERT_TRUE(comparison.ok()) << comparison.status();
  EXPECT_EQ(comparison->verdict(), v1::COMPARISON_VERDICT_B);
  EXPECT_EQ(comparison->num_prefer_a(), 0u);
  EXPECT_EQ(comparison->num_prefer_b(), 8u);
  EXPECT_GE(comparison->e_value(), 20);
  EXPECT_GT(comparison->preference_b().low(), 0.5);
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
  EXPECT_EQ(comparison->num_prefer_b(), 0u);
  EXPECT_EQ(comparison->verdict(), v1::COMPARISON_VERDICT_RUNNING);
  EXPECT_THAT(comparison->reason(),
              HasSubstr("data set judged had answered the same question before: 2"));
  annotation_.AddJudgement("judged", "ab2", tasks[2], PREFERENCE_B);
  EXPECT_EQ(Get("ab2")->verdict(), v1::COMPARISON_VERDICT_UNDECIDED);
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
  request.mutable_spec()->set_kind(annotation::v1::QUEUE_KIND_BINARY);
  annotation::v1::Queue queue;
  grpc::ClientContext context;
  ASSERT_TRUE(annotation_stub_->CreateQueue(&context, request, &queue).ok());
  EXPECT_EQ(Create(Spec()).status().code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_EQ(Get().status().code(), absl::StatusCode::kNotFound);
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
