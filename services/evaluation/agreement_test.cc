// Agreement through a running server.
#include "services/evaluation/agreement.h"

#include <string>
#include <vector>

#include "absl/time/time.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "services/evaluation/evaluation_service_testing.h"

namespace winnow::evaluation {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using Stub = v1::EvaluationService::Stub;

class AgreementTest : public EvaluationTest {
 protected:
  void Answer(const std::string& person, const std::string& text, bool accepted,
              const std::string& dataset = "d") {
    storage::v1::Answer answer = measure::BinaryAnswer(
        MakeSpan(0, 1), accepted ? storage::v1::VERDICT_ACCEPT : storage::v1::VERDICT_REJECT);
    answer.set_annotator(person);
    // Monday, 2023-11-13.
    answer.set_answered_unix_micros(absl::ToUnixMicros(absl::FromUnixSeconds(1'699'833'600)));
    annotation_.AddAnswer(dataset, text, answer);
  }
  void Annotate(const std::string& person, const std::string& text,
                const std::vector<storage::v1::Span>& spans) {
    storage::v1::Answer answer = measure::CompleteAnswer(spans, {"job_title", "place"});
    answer.set_annotator(person);
    annotation_.AddAnswer("d", text, answer);
  }
  absl::StatusOr<v1::MeasureAgreementResponse> Measure(
      const std::vector<std::string>& datasets = {"d"},
      const std::vector<std::string>& labels = {}) {
    v1::MeasureAgreementRequest request;
    for (const std::string& dataset : datasets) request.add_datasets(dataset);
    for (const std::string& label : labels) request.add_labels(label);
    return Call(&Stub::MeasureAgreement, request);
  }
};

TEST_F(AgreementTest, OfAnswersAndAnnotationsInSeveralDataSets) {
  for (const char* text : {"a", "b", "c", "d"}) Answer("bob", text, true);
  for (const char* text : {"a", "b", "c"}) Answer("ann", text, true, "e");
  Answer("ann", "d", false, "e");
  Answer("cid", "d", false, "e");
  Annotate("bob", "Senior Nurse in Rome", {MakeSpan(0, 12), MakeSpan(16, 20, "place")});
  Annotate("ann", "Senior Nurse in Rome", {MakeSpan(7, 12), MakeSpan(16, 20)});
  const auto response = Measure({"d", "e"});
  ASSERT_TRUE(response.ok()) << response.status();
  EXPECT_EQ(response->num_people(), 3u);
  EXPECT_GT(response->dataset_revision(), 0u);
  EXPECT_EQ(response->all().questions().num_questions(), 4u);
  EXPECT_NEAR(response->all().questions().observed().value(), 4.0 / 6, 1e-12);
  EXPECT_EQ(response->all().spans().exact_f1().value(), 0);
  EXPECT_NEAR(response->all().spans().overlap_f1().value(), 0.5, 1e-12);
  EXPECT_EQ(response->labels_size(), 2);
  ASSERT_EQ(response->pairs_size(), 3);
  EXPECT_EQ(response->pairs(0).first(), "ann");
  EXPECT_EQ(response->pairs(0).second(), "bob");
  EXPECT_NEAR(response->pairs(0).observed().value(), 0.75, 1e-12);
  EXPECT_TRUE(response->pairs(0).observed().has_low());
  ASSERT_EQ(response->boundary_confusions_size(), 1);
  EXPECT_EQ(response->boundary_confusions(0).longer(), "Senior Nurse");
  EXPECT_EQ(response->boundary_confusions(0).shorter(), "Nurse");
  EXPECT_EQ(response->label_confusions_size(), 2);
  ASSERT_EQ(response->weeks_size(), 1);
  EXPECT_EQ(response->weeks(0).start_time().seconds(), 1'699'833'600);
  // One question, that of "d", was answered by three.
  EXPECT_EQ(response->rates().num_questions(), 1u);
  EXPECT_EQ(response->rates().people_size(), 3);
  EXPECT_EQ(response->no_rates_reason(), "");

  const auto places = Measure({"d", "e"}, {"place"});
  ASSERT_TRUE(places.ok()) << places.status();
  EXPECT_FALSE(places->all().has_questions());
  EXPECT_EQ(places->all().spans().num_spans(), 1u);
  EXPECT_THAT(places->no_rates_reason(), HasSubstr("at least three people"));
  EXPECT_FALSE(places->has_rates());
}

TEST_F(AgreementTest, SaysWhyNothingIsShared) {
  Answer("", "a", true);
  const auto refusal = [&] {
    const absl::Status status = Measure().status();
    EXPECT_EQ(status.code(), absl::StatusCode::kFailedPrecondition);
    return std::string(status.message());
  };
  EXPECT_EQ(refusal(), "nothing is shared: no answer says who gave it");
  Answer("ann", "a", true);
  EXPECT_EQ(refusal(), "nothing is shared: only 'ann' has answered");
  Answer("bob", "b", true);
  EXPECT_THAT(refusal(), HasSubstr("no two of the 2 people answered the same question"));
  Answer("bob", "a", true);
  EXPECT_EQ(Measure()->caveats(0), "1 answer does not say who gave it, and is left out");
}

TEST_F(AgreementTest, EverythingWrongIsReportedAtOnce) {
  Answer("ann", "a", true);
  v1::MeasureAgreementRequest request;
  request.add_datasets("not a name");
  request.add_labels("");
  request.set_confidence(1);
  const absl::Status status = Call(&Stub::MeasureAgreement, request).status();
  EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(Violations::CountOf(status), 3u) << status;
  EXPECT_THAT(std::string(Measure({}).status().message()),
              HasSubstr("datasets: must be 1 to 1000, not 0"));

  const absl::Status unknown = Measure({"x", "d", "y"}).status();
  EXPECT_EQ(ReasonOf(unknown), "UNKNOWN_DATASET");
  EXPECT_THAT(std::string(unknown.message()), AllOf(HasSubstr("\"x\""), HasSubstr("\"y\"")));
  const absl::Status label = Measure({"d"}, {"job_titel"}).status();
  EXPECT_EQ(ReasonOf(label), "UNKNOWN_LABEL");
  EXPECT_THAT(std::string(label.message()), HasSubstr("Did you mean \"job_title\"?"));
}

}  // namespace
}  // namespace winnow::evaluation
