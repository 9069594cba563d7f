// Queues of reviews through the service: for whom they are, and what leaves the process.
#include <memory>
#include <string>
#include <vector>

#include "common/access/people_writer.h"
#include "common/access/testing.h"
#include "common/base/metrics.h"
#include "common/base/status.h"
#include "common/rpc/access_control.h"
#include "common/rpc/channel.h"
#include "common/rpc/client.h"
#include "common/rpc/server.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "services/annotation/composition.h"

namespace winnow::annotation {
namespace {

using access::Role;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using Stub = v1::AnnotationService::Stub;

// "Nurse": a job for ann and cora, none for bob. "Cook": all say the same.
constexpr char kRows[] =
    R"({"text":"Nurse","spans":[{"start":0,"end":5,"label":"job"}],"_annotator_id":"ann"}
{"text":"Nurse","spans":[],"_annotator_id":"bob"}
{"text":"Nurse","spans":[{"start":0,"end":5,"label":"job"}],"_annotator_id":"cora"}
{"text":"Cook","spans":[{"start":0,"end":4,"label":"job"}],"_annotator_id":"ann"}
{"text":"Cook","spans":[{"start":0,"end":4,"label":"job"}],"_annotator_id":"bob"}
)";

class ReviewServiceTest : public access::AccessTest {
 protected:
  ReviewServiceTest()
      : models_(directory() / "models"),
        composition_(*Composition::Open(directory() / "corpus", models_)),
        writer_(*access::PeopleWriter::Open(directory() / "people")),
        control_(*rpc::AccessControl::Open(directory() / "people", registry_)),
        front_(composition_->MakeFront(rpc::Handlers(registry_, control_->environment()))),
        server_(*rpc::Server::Start({.address = "127.0.0.1:0"}, front_->services())) {
    root_ = Add("root", Role::kAdmin);
  }
  ~ReviewServiceTest() override { composition_->Stop(); }

  std::unique_ptr<Stub> Add(const std::string& name, Role role) {
    const auto token = writer_->Add(name, role);
    EXPECT_TRUE(token.ok()) << token.status();
    control_->people().Refresh();
    return v1::AnnotationService::NewStub(
        *rpc::Connect(absl::StrCat("127.0.0.1:", server_->port()), {.token = *token}));
  }
  void Import(const std::string& dataset) {
    grpc::ClientContext context;
    v1::ImportDatasetResponse response;
    const auto writer = root_->ImportDataset(&context, &response);
    v1::ImportDatasetRequest request;
    request.mutable_header()->set_request_id(rpc::NewRequestId());
    request.mutable_header()->set_dataset(dataset);
    request.mutable_header()->set_coverage(v1::COVERAGE_COMPLETE);
    ASSERT_TRUE(writer->Write(request));
    request.set_chunk(kRows);
    writer->Write(request);
    writer->WritesDone();
    const grpc::Status status = writer->Finish();
    ASSERT_TRUE(status.ok()) << status.error_message();
  }
  static v1::QueueSpec Spec() {
    v1::QueueSpec spec;
    spec.set_name("q");
    spec.set_kind(v1::TASK_KIND_REVIEW);
    spec.set_dataset("gold");
    spec.add_labels("job");
    spec.add_input_datasets("said");
    return spec;
  }
  absl::Status Create(const v1::QueueSpec& spec) {
    v1::CreateQueueRequest request;
    request.set_request_id(rpc::NewRequestId());
    *request.mutable_spec() = spec;
    return client_.Call(*root_, &Stub::CreateQueue, request).status();
  }
  absl::StatusOr<v1::LeaseTasksResponse> Lease(Stub& person) {
    v1::LeaseTasksRequest request;
    request.set_queue("q");
    request.set_max_tasks(10);
    return client_.Call(person, &Stub::LeaseTasks, request);
  }
  static v1::SubmitAnswersRequest AnswerTo(const v1::Task& task) {
    v1::SubmitAnswersRequest request;
    request.set_queue("q");
    v1::NewAnswer& answer = *request.add_answers();
    answer.set_answer_id(rpc::NewRequestId());
    answer.set_task_id(task.task_id());
    answer.set_fencing_token(task.fencing_token());
    answer.set_verdict(winnow::common::v1::VERDICT_ACCEPT);
    return request;
  }
  std::vector<v1::Answer> Decisions() {
    v1::ListAnswersRequest request;
    request.set_dataset("gold");
    const auto response = client_.Call(*root_, &Stub::ListAnswers, request);
    EXPECT_TRUE(response.ok()) << response.status();
    std::vector<v1::Answer> answers;
    for (const v1::LogEntry& entry : response->entries()) answers.push_back(entry.answer());
    return answers;
  }

  const models::ModelStore models_;
  const std::unique_ptr<Composition> composition_;
  metrics::Registry registry_;
  const std::unique_ptr<access::PeopleWriter> writer_;
  const std::unique_ptr<rpc::AccessControl> control_;
  const std::unique_ptr<Composition::Front> front_;
  const std::unique_ptr<rpc::Server> server_;
  rpc::Client client_;
  std::unique_ptr<Stub> root_;
};

TEST_F(ReviewServiceTest, AnnotatorsSeeNothingOfItAndReviewersDecide) {
  Import("said");
  v1::QueueSpec spec = Spec();
  spec.set_auto_accept(true);
  ASSERT_TRUE(Create(spec).ok());
  const std::unique_ptr<Stub> ann = Add("ann", Role::kAnnotator);
  const std::unique_ptr<Stub> rita = Add("rita", Role::kReviewer);
  const auto leased = Lease(*rita);
  ASSERT_TRUE(leased.ok()) << leased.status();
  ASSERT_EQ(leased->tasks_size(), 1);
  const v1::Task& task = leased->tasks(0);
  EXPECT_EQ(task.text(), "Nurse");
  EXPECT_EQ(task.review().versions(0).num_people(), 2u);
  EXPECT_EQ(task.review().versions(1).said(0).annotator(), "bob");

  v1::UndoAnswerRequest undo;
  undo.set_request_id(rpc::NewRequestId());
  undo.set_queue("q");
  for (const absl::Status& denied :
       {Lease(*ann).status(), client_.Call(*ann, &Stub::SubmitAnswers, AnswerTo(task)).status(),
        client_.Call(*ann, &Stub::UndoAnswer, undo).status()}) {
    EXPECT_TRUE(absl::IsPermissionDenied(denied)) << denied;
    EXPECT_EQ(ReasonOf(denied), "WRONG_ROLE");
    EXPECT_THAT(std::string(denied.message()), HasSubstr("'ann' has that of annotator"));
  }

  const auto stored = client_.Call(*rita, &Stub::SubmitAnswers, AnswerTo(task));
  ASSERT_TRUE(stored.ok()) << stored.status();
  EXPECT_TRUE(stored->results(0).has_stored()) << stored->ShortDebugString();
  const std::vector<v1::Answer> decisions = Decisions();
  ASSERT_EQ(decisions.size(), 2u);
  EXPECT_EQ(decisions[0].annotator(), "auto");
  EXPECT_EQ(decisions[0].strategy(), "unanimous");
  EXPECT_EQ(decisions[0].decided_revisions_size(), 2);
  EXPECT_EQ(decisions[1].annotator(), "rita");
  EXPECT_EQ(decisions[1].decided_revisions_size(), 3);
  EXPECT_THAT(decisions[1].complete_labels(), ElementsAre("job"));
}

TEST_F(ReviewServiceTest, NamesThatAreHiddenDoNotLeaveTheService) {
  Import("said");
  v1::QueueSpec spec = Spec();
  spec.set_hide_names(true);
  ASSERT_TRUE(Create(spec).ok());
  const auto leased = Lease(*root_);
  ASSERT_TRUE(leased.ok()) << leased.status();
  ASSERT_EQ(leased->tasks_size(), 2) << "what all agree on comes last";
  EXPECT_EQ(leased->tasks(1).strategy(), "unanimous");
  for (const char* name : {"ann", "bob", "cora"})
    EXPECT_EQ(leased->tasks(0).SerializeAsString().find(name), std::string::npos) << name;
}

TEST_F(ReviewServiceTest, WhatIsNotThereIsRefused) {
  EXPECT_EQ(ReasonOf(Create(Spec())), "UNKNOWN_DATASET");
  Import("said");
  v1::QueueSpec spec = Spec();
  spec.add_labels("city");
  EXPECT_EQ(ReasonOf(Create(spec)), "UNKNOWN_LABEL");
  spec = Spec();
  spec.set_dataset("said");
  EXPECT_TRUE(absl::IsInvalidArgument(Create(spec)));
}

}  // namespace
}  // namespace winnow::annotation
