// The three services as processes of their own: the loop through them by gRPC, health, reflection
// and the end.
#include <signal.h>

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "common/base/status.h"
#include "common/rpc/channel.h"
#include "common/rpc/server.h"
#include "gmock/gmock.h"
#include "grpcpp/generic/generic_stub.h"
#include "grpcpp/grpcpp.h"
#include "gtest/gtest.h"
#include "tests/testing/programs.h"
#include "tests/testing/scratch_directory.h"
#include "tests/testing/steps.h"

namespace winnow::integration {
namespace {

using testing::HasSubstr;

// One service in a process of its own, on a free port.
class Service {
 public:
  Service(const std::string& program, std::vector<std::string> flags) {
    flags.insert(flags.begin(), {Program(program), "--listen=127.0.0.1:0"});
    process_ = std::make_unique<ChildProcess>(flags);
    const absl::StatusOr<std::string> port =
        process_->AwaitLine(absl::StrCat("started service=", program, " port="));
    EXPECT_TRUE(port.ok()) << port.status();
    address_ = absl::StrCat("127.0.0.1:", port.value_or("0"));
    channel_ = *rpc::Connect(address_);
    session_ = std::make_unique<Session>(channel_);
  }

  const std::string& address() const { return address_; }
  const std::shared_ptr<grpc::Channel>& channel() const { return channel_; }
  // Only this service answers on it.
  Session& session() { return *session_; }
  ChildProcess& process() { return *process_; }

 private:
  std::unique_ptr<ChildProcess> process_;
  std::string address_;
  std::shared_ptr<grpc::Channel> channel_;
  std::unique_ptr<Session> session_;
};

class ServicesApartTest : public testing::Test {
 protected:
  ServicesApartTest()
      : annotation_("winnow-annotation",
                    {absl::StrCat("--data=", scratch_ / "corpus"), Models(), Access()}),
        training_("winnow-training", {absl::StrCat("--data=", scratch_ / "jobs"), Models(),
                                      Corpus(), Annotation(), Access()}),
        evaluation_("winnow-evaluation", {absl::StrCat("--data=", scratch_ / "evaluations"),
                                          Models(), Corpus(), Annotation(), Access()}) {}

  std::string Models() const { return absl::StrCat("--models=", scratch_ / "models"); }
  std::string Access() const { return absl::StrCat("--access=", scratch_ / "access"); }
  std::string OtherAccess() const { return absl::StrCat("--access=", scratch_ / "access2"); }
  std::string Corpus() const { return absl::StrCat("--corpus_root=", scratch_ / "corpus"); }
  std::string Annotation() const { return absl::StrCat("--annotation=", annotation_.address()); }

  // Data sets "base" and "gold", source "pool", model "titles".
  absl::Status Prepare() {
    WINNOW_ASSIGN_OR_RETURN(const std::string base, ExampleLines("job_titles_gold.jsonl", 60));
    WINNOW_ASSIGN_OR_RETURN(const std::string pool, ExampleLines("job_titles_raw.jsonl", 100));
    WINNOW_ASSIGN_OR_RETURN(const std::string gold, ExampleLines("job_titles_raw_gold.jsonl", 100));
    Session& annotation = annotation_.session();
    WINNOW_RETURN_IF_ERROR(
        ImportDataset(annotation, "base", base, annotation::v1::COVERAGE_COMPLETE).status());
    WINNOW_RETURN_IF_ERROR(
        ImportDataset(annotation, "gold", gold, annotation::v1::COVERAGE_COMPLETE).status());
    WINNOW_RETURN_IF_ERROR(ImportSource(annotation, "pool", pool).status());
    return Train(training_.session(), TrainingSpecOf("base", "blank:en", "titles")).status();
  }

  ScratchDirectory scratch_;
  Service annotation_;
  Service training_;
  Service evaluation_;
};

// Answers all questions of a comparison from gold; returns how it ended.
absl::StatusOr<evaluation::v1::Comparison> Judge(Session& annotation, Session& evaluation,
                                                 const evaluation::v1::Comparison& comparison,
                                                 const cli::Gold& gold) {
  while (!comparison.queue().empty()) {
    WINNOW_ASSIGN_OR_RETURN(const std::vector<annotation::v1::Task> tasks,
                            Lease(annotation, comparison.queue(), 10));
    if (tasks.empty()) break;
    annotation::v1::SubmitAnswersRequest request;
    request.set_queue(comparison.queue());
    request.set_annotator("oracle");
    for (const annotation::v1::Task& task : tasks) {
      annotation::v1::NewAnswer& answer = *request.add_answers();
      answer.set_answer_id(cli::NewRequestId());
      answer.set_task_id(task.task_id());
      answer.set_fencing_token(task.fencing_token());
      answer.set_verdict(common::v1::VERDICT_ACCEPT);
      answer.set_choice(gold.Compare(task, {kJobTitle}));
    }
    WINNOW_ASSIGN_OR_RETURN(
        const annotation::v1::SubmitAnswersResponse response,
        cli::Call(annotation.annotation(), &annotation::v1::AnnotationService::Stub::SubmitAnswers,
                  request));
    for (const auto& result : response.results()) {
      if (result.has_error()) return absl::InternalError(result.error().message());
    }
  }
  evaluation::v1::GetComparisonRequest get;
  get.set_name(comparison.spec().name());
  return cli::Call(evaluation.evaluation(), &evaluation::v1::EvaluationService::Stub::GetComparison,
                   get);
}

TEST_F(ServicesApartTest, TheLoopRunsThroughThem) {
  ASSERT_EQ(Prepare(), absl::OkStatus());
  Session& annotation = annotation_.session();
  const auto gold = cli::Gold::Load(annotation, "gold");
  ASSERT_TRUE(gold.ok()) << gold.status();
  ASSERT_TRUE(CreateTeachingQueue(annotation, "teach", "titles", "pool", "answers").ok());
  const auto asked = Teach(annotation, "teach", *gold, 10);
  ASSERT_TRUE(asked.ok()) << asked.status();
  EXPECT_EQ(asked->back().model_version(), "titles@1");
  const auto answers = ListLog(annotation, "answers");
  ASSERT_TRUE(answers.ok()) << answers.status();
  EXPECT_EQ(answers->size(), 10u);

  const auto report = Train(training_.session(), TrainingSpecOf("answers", "titles", "titles"));
  ASSERT_TRUE(report.ok()) << report.status();
  EXPECT_EQ(report->model_version(), "titles@2");
  EXPECT_EQ(report->parent_version(), "titles@1");

  evaluation::v1::EvaluateRequest evaluate;
  evaluate.set_model("titles@2");
  evaluate.set_dataset("gold");
  const auto evaluated = cli::Call(evaluation_.session().evaluation(),
                                   &evaluation::v1::EvaluationService::Stub::Evaluate, evaluate);
  ASSERT_TRUE(evaluated.ok()) << evaluated.status();
  EXPECT_EQ(evaluated->figure().model_version(), "titles@2");
  EXPECT_GT(evaluated->figure().f1().value(), 0);
  // What was taught from is no gold any more.
  EXPECT_EQ(evaluated->figure().num_leaked(), report->num_texts());
  EXPECT_EQ(evaluated->figure().num_items() + evaluated->figure().num_leaked(), 100u);

  evaluation::v1::CreateComparisonRequest compare;
  compare.set_request_id(cli::NewRequestId());
  compare.mutable_spec()->set_name("ab");
  compare.mutable_spec()->set_model_a("titles@1");
  compare.mutable_spec()->set_model_b("titles@2");
  compare.mutable_spec()->set_source("pool");
  compare.mutable_spec()->set_dataset("judgements");
  compare.mutable_spec()->add_labels(kJobTitle);
  const auto comparison =
      cli::Call(evaluation_.session().evaluation(),
                &evaluation::v1::EvaluationService::Stub::CreateComparison, compare);
  ASSERT_TRUE(comparison.ok()) << comparison.status();
  const auto judged = Judge(annotation, evaluation_.session(), *comparison, *gold);
  ASSERT_TRUE(judged.ok()) << judged.status();
  const evaluation::v1::ComparisonResult& result = judged->result();
  EXPECT_EQ(result.num_prefer_a() + result.num_prefer_b() + result.num_ties(),
            judged->num_differing());
  EXPECT_NE(result.verdict(), evaluation::v1::COMPARISON_VERDICT_UNSPECIFIED);
  EXPECT_NE(result.verdict(), evaluation::v1::COMPARISON_VERDICT_RUNNING);
}

// One message to a method and one back, in the encoding of the wire: the distribution ships no
// headers for health and reflection.
absl::StatusOr<std::string> CallRaw(const std::shared_ptr<grpc::Channel>& channel,
                                    const std::string& method, const std::string& message) {
  grpc::GenericStub stub(channel);
  grpc::ClientContext context;
  grpc::CompletionQueue queue;
  void* tag = nullptr;
  bool ok = false;
  // One step of the call; waits for it.
  const auto step = [&](const auto& start) {
    start();
    return queue.Next(&tag, &ok) && ok;
  };
  const auto call = stub.PrepareCall(&context, method, &queue);
  const grpc::Slice slice(message);
  const grpc::ByteBuffer request(&slice, 1);
  grpc::ByteBuffer reply;
  bool replied = step([&] { call->StartCall(nullptr); }) &&
                 step([&] { call->WriteLast(request, {}, nullptr); });
  replied = replied && step([&] { call->Read(&reply, nullptr); });
  grpc::Status status;
  step([&] { call->Finish(&status, nullptr); });
  if (!status.ok()) return rpc::FromGrpc(status);
  grpc::Slice whole;
  if (!replied || !reply.DumpToSingleSlice(&whole).ok()) return absl::InternalError("no reply");
  return std::string(reinterpret_cast<const char*>(whole.begin()), whole.size());
}

TEST_F(ServicesApartTest, HealthAndReflectionAnswer) {
  const std::map<std::string, Service*> services = {
      {annotation::v1::AnnotationService::service_full_name(), &annotation_},
      {training::v1::TrainingService::service_full_name(), &training_},
      {evaluation::v1::EvaluationService::service_full_name(), &evaluation_}};
  for (const auto& [name, service] : services) {
    // HealthCheckRequest.service is field 1, as is HealthCheckResponse.status, where 1 is SERVING.
    const std::string check =
        absl::StrCat("\x0a", std::string(1, static_cast<char>(name.size())), name);
    EXPECT_EQ(
        CallRaw(service->channel(), "/grpc.health.v1.Health/Check", check).value_or("no reply"),
        "\x08\x01")
        << name;
    // ServerReflectionRequest.list_services is field 7.
    const absl::StatusOr<std::string> listed = CallRaw(
        service->channel(), "/grpc.reflection.v1alpha.ServerReflection/ServerReflectionInfo",
        std::string("\x3a\x00", 2));
    ASSERT_TRUE(listed.ok()) << listed.status();
    EXPECT_THAT(*listed, testing::AllOf(HasSubstr(name), HasSubstr("grpc.health.v1.Health")));
  }
}

TEST_F(ServicesApartTest, SigtermLetsCallsInFlightFinishAndEndsWithZero) {
  ASSERT_EQ(Prepare(), absl::OkStatus());
  evaluation::v1::PredictRequest request;
  request.set_model("titles");
  request.add_texts("Senior Nurse - London");
  evaluation::v1::PredictResponse reply;
  grpc::ClientContext context;
  const auto stream = evaluation_.session().evaluation().PredictStream(&context);
  ASSERT_TRUE(stream->Write(request));
  ASSERT_TRUE(stream->Read(&reply));
  evaluation_.process().Signal(SIGTERM);
  const absl::StatusOr<std::string> drains =
      evaluation_.process().AwaitLine("stopping service=winnow-evaluation");
  ASSERT_TRUE(drains.ok()) << drains.status();
  reply.Clear();
  EXPECT_TRUE(stream->Write(request));
  EXPECT_TRUE(stream->Read(&reply));
  EXPECT_EQ(reply.model_version(), "titles@1");
  stream->WritesDone();
  const grpc::Status finished = stream->Finish();
  EXPECT_TRUE(finished.ok()) << finished.error_message();

  training_.process().Signal(SIGTERM);
  annotation_.process().Signal(SIGTERM);
  for (Service* service : {&evaluation_, &training_, &annotation_}) {
    EXPECT_EQ(service->process().Wait().value_or(-1), 0) << service->process().err();
  }
}

TEST_F(ServicesApartTest, AnotherProcessOnTheSameDataOrPortIsRefused) {
  const std::string free = "--listen=127.0.0.1:0";
  const std::vector<std::pair<std::string, std::vector<std::string>>> on_the_same_data = {
      {"winnow-annotation",
       {free, absl::StrCat("--data=", scratch_ / "corpus"), Models(), OtherAccess()}},
      {"winnow-training",
       {free, absl::StrCat("--data=", scratch_ / "other"), Models(), Corpus(), Annotation(),
        Access()}},
      {"winnow-evaluation",
       {free, absl::StrCat("--data=", scratch_ / "evaluations"), Models(), Corpus(), Annotation(),
        Access()}}};
  for (const auto& [program, flags] : on_the_same_data) {
    const Finished second = RunToEnd(program, flags);
    EXPECT_EQ(second.exit_code, 2) << program << ": " << second.err;
    EXPECT_THAT(second.err, testing::AllOf(HasSubstr(scratch_.path().string()),
                                           HasSubstr("in use by another process")));
  }
  const std::vector<std::pair<std::string, std::vector<std::string>>> on_the_same_port = {
      {"winnow-annotation", {absl::StrCat("--data=", scratch_ / "corpus2")}},
      {"winnow-training", {absl::StrCat("--data=", scratch_ / "jobs2")}},
      {"winnow-evaluation", {absl::StrCat("--data=", scratch_ / "evaluations2")}}};
  for (auto [program, flags] : on_the_same_port) {
    flags.push_back(absl::StrCat("--models=", scratch_ / "models2"));
    flags.push_back(OtherAccess());
    flags.push_back(absl::StrCat("--listen=", annotation_.address()));
    const Finished second = RunToEnd(program, flags);
    EXPECT_EQ(second.exit_code, 2) << program << ": " << second.err;
    EXPECT_THAT(second.err, HasSubstr(absl::StrCat("cannot listen on ", annotation_.address())));
  }
  EXPECT_TRUE(cli::Call(annotation_.session().annotation(),
                        &annotation::v1::AnnotationService::Stub::ListDatasets, {})
                  .ok());
}

}  // namespace
}  // namespace winnow::integration
