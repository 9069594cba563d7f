#include "services/evaluation/annotation_service_client.h"

#include <unistd.h>

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "common/rpc/server.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "services/evaluation/fake_annotation_service.h"

namespace winnow::evaluation {
namespace {

using annotation::v1::ComparisonTask;
using storage::v1::PREFERENCE_A;
using storage::v1::PREFERENCE_B;
using storage::v1::PREFERENCE_TIE;
using storage::v1::PREFERENCE_UNSPECIFIED;
using ::testing::IsEmpty;
using ::testing::SizeIs;

ComparisonTask TaskOf(const std::string& text) {
  ComparisonTask task;
  task.set_text(text);
  return task;
}

class AnnotationServiceClientTest : public testing::Test {
 protected:
  AnnotationServiceClientTest()
      : root_(MakeRoot()),
        annotation_(root_),
        server_(*rpc::Server::Start({}, annotation_.services())),
        stub_(annotation::v1::AnnotationService::NewStub(server_->InProcessChannel())),
        snapshots_(annotation::v1::SnapshotService::NewStub(server_->InProcessChannel())),
        client_(*stub_, *snapshots_, root_) {}
  ~AnnotationServiceClientTest() override {
    server_.reset();
    std::error_code ignored;
    std::filesystem::remove_all(root_, ignored);
  }

  const std::filesystem::path root_;
  FakeAnnotationService annotation_;
  std::unique_ptr<rpc::Server> server_;
  std::unique_ptr<annotation::v1::AnnotationService::Stub> stub_;
  std::unique_ptr<annotation::v1::SnapshotService::Stub> snapshots_;
  AnnotationServiceClient client_;

 private:
  static std::filesystem::path MakeRoot() {
    const auto* info = testing::UnitTest::GetInstance()->current_test_info();
    const auto root = std::filesystem::path(testing::TempDir()) /
                      absl::StrCat("winnow_annotation_client_", info->name(), "_", getpid());
    std::filesystem::remove_all(root);
    return root;
  }
};

TEST_F(AnnotationServiceClientTest, AnswersAreRecordsInTheOrderOfRevisions) {
  const std::vector<storage::v1::Preference> preferences = {PREFERENCE_A, PREFERENCE_B,
                                                            PREFERENCE_TIE, PREFERENCE_UNSPECIFIED};
  std::vector<uint64_t> revisions;
  for (const storage::v1::Preference preference : preferences) {
    revisions.push_back(annotation_.AddJudgement(
        "judged", "ab", TaskOf(absl::StrCat("text ", revisions.size())), preference));
  }
  const auto answers = client_.ListStandingAnswers("judged", 0);
  ASSERT_TRUE(answers.ok()) << answers.status();
  ASSERT_THAT(*answers, SizeIs(4));
  for (size_t i = 0; i < 4; ++i) {
    const storage::v1::Answer& answer = (*answers)[i];
    EXPECT_EQ(answer.revision(), revisions[i]);
    EXPECT_EQ(answer.queue(), "ab");
    EXPECT_EQ(answer.task_id(), FakeAnnotationService::TaskIdOf(TaskOf(absl::StrCat("text ", i))));
    EXPECT_EQ(answer.comparison().preference(), preferences[i]);
    EXPECT_EQ(answer.verdict(), i < 3 ? storage::v1::VERDICT_ACCEPT : storage::v1::VERDICT_IGNORE);
  }
  EXPECT_THAT(*client_.ListStandingAnswers("judged", revisions[2]), SizeIs(1));
}

TEST_F(AnnotationServiceClientTest, UndoneAnswersDoNotStandAlsoAcrossPages) {
  const uint64_t early = annotation_.AddJudgement("judged", "ab", TaskOf("early"), PREFERENCE_A);
  const uint64_t slip = annotation_.AddJudgement("judged", "ab", TaskOf("slip"), PREFERENCE_A);
  // More than a page.
  for (int i = 0; i < 70; ++i)
    annotation_.AddJudgement("judged", "ab", TaskOf(absl::StrCat(i)), PREFERENCE_B);
  annotation_.Undo("judged", slip);
  annotation_.Undo("judged", early);
  EXPECT_THAT(*client_.ListStandingAnswers("judged", 0), SizeIs(70));
  EXPECT_THAT(*client_.ListStandingAnswers("judged", early), SizeIs(70));
}

TEST_F(AnnotationServiceClientTest, ADataSetThatDoesNotExistHasNoAnswers) {
  EXPECT_THAT(*client_.ListStandingAnswers("judged", 0), IsEmpty());
}

TEST_F(AnnotationServiceClientTest, AQuestionThatFailsEndsTheAdding) {
  const auto question = [](size_t index) -> absl::StatusOr<ComparisonQuestion> {
    if (index == 3) return absl::DataLossError("the text is gone");
    return ComparisonQuestion{absl::StrCat("text ", index), {}};
  };
  EXPECT_EQ(client_.AddComparisons("ab", 10, question).code(), absl::StatusCode::kDataLoss);
  EXPECT_THAT(annotation_.tasks(), IsEmpty());
}

}  // namespace
}  // namespace winnow::evaluation
