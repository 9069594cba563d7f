// What three people say of the same texts, and what a reviewer makes of it.
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "common/base/status.h"
#include "common/rpc/channel.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "nlohmann/json.hpp"
#include "tests/testing/programs.h"
#include "tests/testing/scratch_directory.h"
#include "tests/testing/steps.h"

namespace winnow::integration {
namespace {

using annotation::v1::AnnotationService;
using annotation::v1::Task;
using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;

constexpr char kTexts[] = R"({"text": "Senior Nurse wanted"}
{"text": "Cook in Rome"}
{"text": "Nobody wanted"}
)";

class ReviewTest : public testing::Test {
 protected:
  void SetUp() override {
    auto server = WinnowServer::Start(scratch_ / "data");
    ASSERT_TRUE(server.ok()) << server.status();
    server_ = *std::move(server);
    Add("root", "admin");
    for (const char* person : {"anna", "bert", "cora"}) Add(person, "annotator");
    Add("rita", "reviewer");
    Add("max", "manager");
    texts_ = *scratch_.Write("texts.jsonl", kTexts);
  }

  void Add(const std::string& name, const std::string& role) {
    const Finished added = Winnow("root", {"people", "add", name, "--role", role});
    ASSERT_EQ(added.exit_code, 0) << added;
    tokens_[name] = added.out.substr(0, added.out.find('\n'));
    sessions_[name] =
        std::make_unique<Session>(*rpc::Connect(server_->address(), {.token = tokens_[name]}));
  }
  Finished Winnow(const std::string& person, std::vector<std::string> words) const {
    words.insert(words.end(), {"--server", server_->address()});
    if (const auto token = tokens_.find(person); token != tokens_.end())
      words.insert(words.end(), {"--token", token->second});
    return RunToEnd("winnow", words);
  }
  nlohmann::json WinnowJson(const std::string& person, std::vector<std::string> words) const {
    words.push_back("--json");
    const Finished finished = Winnow(person, words);
    EXPECT_EQ(finished.exit_code, 0) << finished;
    return nlohmann::json::parse(finished.out, nullptr, /*allow_exceptions=*/false);
  }

  absl::StatusOr<annotation::v1::LeaseTasksResponse> Lease(const std::string& person,
                                                           const std::string& queue) {
    annotation::v1::LeaseTasksRequest request;
    request.set_queue(queue);
    request.set_max_tasks(10);
    request.set_wait_for_learner(true);
    return cli::Call(sessions_[person]->annotation(), &AnnotationService::Stub::LeaseTasks,
                     request);
  }
  void Answer(const std::string& person, const std::string& queue, const Task& task,
              const std::vector<common::v1::Span>& spans) {
    annotation::v1::SubmitAnswersRequest request;
    request.set_queue(queue);
    annotation::v1::NewAnswer& answer = *request.add_answers();
    answer.set_answer_id(cli::NewRequestId());
    answer.set_task_id(task.task_id());
    answer.set_fencing_token(task.fencing_token());
    answer.set_verdict(common::v1::VERDICT_ACCEPT);
    *answer.mutable_spans() = {spans.begin(), spans.end()};
    const auto reply = cli::Call(sessions_[person]->annotation(),
                                 &AnnotationService::Stub::SubmitAnswers, request);
    ASSERT_TRUE(reply.ok()) << reply.status();
    ASSERT_TRUE(reply->results(0).has_stored()) << reply->ShortDebugString();
  }
  static common::v1::Span MakeSpan(uint32_t start, uint32_t end) {
    common::v1::Span span;
    span.set_start(start);
    span.set_end(end);
    span.set_label(kJobTitle);
    return span;
  }
  // Three people mark each text: "Senior Nurse" one of them otherwise than two, "Cook" two ways and
  // a third, "Nobody" all alike.
  void Annotate() {
    const nlohmann::json made =
        WinnowJson("max", {"ner.manual", "marked", texts_, "-l", kJobTitle, "--overlap", "3",
                           "--queue", "marks", "--make-only"});
    ASSERT_EQ(made["spec"]["overlap"], 3) << made;
    const std::map<std::string, std::map<std::string, std::vector<common::v1::Span>>> marks = {
        {"anna", {{"S", {MakeSpan(0, 12)}}, {"C", {MakeSpan(0, 4)}}, {"N", {}}}},
        {"bert", {{"S", {MakeSpan(7, 12)}}, {"C", {}}, {"N", {}}}},
        {"cora", {{"S", {MakeSpan(0, 12)}}, {"C", {MakeSpan(0, 7)}}, {"N", {}}}}};
    for (const auto& [person, by_text] : marks) {
      const auto leased = Lease(person, "marks");
      ASSERT_TRUE(leased.ok()) << leased.status();
      ASSERT_EQ(leased->tasks_size(), 3);
      for (const Task& task : leased->tasks())
        Answer(person, "marks", task, by_text.at(task.text().substr(0, 1)));
    }
  }

  ScratchDirectory scratch_;
  std::unique_ptr<WinnowServer> server_;
  std::map<std::string, std::string> tokens_;
  std::map<std::string, std::unique_ptr<Session>> sessions_;
  std::string texts_;
};

TEST_F(ReviewTest, AReviewerDecidesAndTheDecisionsAreGold) {
  Annotate();
  const nlohmann::json made = WinnowJson(
      "max", {"review", "marked", "-o", "gold", "--auto-accept", "--queue", "r", "--make-only"});
  EXPECT_THAT(made["spec"]["labels"], ElementsAre(kJobTitle));

  // What others said is not for annotators.
  const auto denied = Lease("anna", "r");
  EXPECT_TRUE(absl::IsPermissionDenied(denied.status())) << denied.status();
  EXPECT_EQ(ReasonOf(denied.status()), "WRONG_ROLE");

  const auto leased = Lease("rita", "r");
  ASSERT_TRUE(leased.ok()) << leased.status();
  ASSERT_EQ(leased->tasks_size(), 2) << "all agree on the third";
  const Task& nurse = leased->tasks(0);
  ASSERT_EQ(nurse.text(), "Senior Nurse wanted");
  ASSERT_EQ(nurse.review().versions_size(), 2);
  EXPECT_EQ(nurse.review().versions(0).num_people(), 2u);
  EXPECT_EQ(nurse.review().versions(0).spans(0).end(), 12u);
  ASSERT_EQ(nurse.review().versions(1).said_size(), 1);
  EXPECT_EQ(nurse.review().versions(1).said(0).annotator(), "bert");
  EXPECT_EQ(leased->tasks(1).review().versions_size(), 3);
  Answer("rita", "r", nurse, {MakeSpan(7, 12)});
  Answer("rita", "r", leased->tasks(1), {MakeSpan(0, 4)});

  // The decisions, and between which answers.
  annotation::v1::ListAnswersRequest list;
  list.set_dataset("gold");
  const auto log =
      cli::Call(sessions_["rita"]->annotation(), &AnnotationService::Stub::ListAnswers, list);
  ASSERT_TRUE(log.ok()) << log.status();
  ASSERT_EQ(log->entries_size(), 3);
  std::map<std::string, annotation::v1::Answer> decisions;
  for (const auto& entry : log->entries()) decisions[entry.answer().text()] = entry.answer();
  EXPECT_EQ(decisions["Nobody wanted"].annotator(), "auto");
  EXPECT_EQ(decisions["Nobody wanted"].strategy(), "unanimous");
  EXPECT_EQ(decisions["Nobody wanted"].decided_revisions_size(), 3);
  EXPECT_EQ(decisions["Senior Nurse wanted"].annotator(), "rita");
  EXPECT_EQ(decisions["Senior Nurse wanted"].decided_revisions_size(), 3);
  EXPECT_EQ(decisions["Senior Nurse wanted"].kind(), annotation::v1::TASK_KIND_REVIEW);

  const Finished rows = Winnow("max", {"db-out", "gold"});
  EXPECT_THAT(rows.out, AllOf(HasSubstr(R"("_view_id":"ner_manual")"),
                              HasSubstr(R"("_annotator_id":"rita")")));
  // Who agrees with the reviewer; "auto" is nobody.
  const nlohmann::json agreement = WinnowJson("rita", {"agreement", "marked", "gold"});
  EXPECT_THAT(agreement["pairs"].dump(), AllOf(HasSubstr("rita"), Not(HasSubstr("auto"))));
  const nlohmann::json progress = WinnowJson("rita", {"progress", "r"});
  EXPECT_EQ(progress["queues"][0]["status"]["people"][0]["name"], "auto");
  // A training follows the reviewer, not the majority.
  ASSERT_TRUE(Winnow("max", {"ner.batch-train", "gold", "blank:en", "-l", kJobTitle, "-o", "m"})
                  .exit_code == 0);
}

TEST_F(ReviewTest, NamesThatAreHiddenDoNotLeaveTheService) {
  Annotate();
  WinnowJson("max",
             {"review", "marked", "-o", "gold", "--hide-names", "--queue", "r", "--make-only"});
  const auto leased = Lease("rita", "r");
  ASSERT_TRUE(leased.ok()) << leased.status();
  ASSERT_EQ(leased->tasks_size(), 3) << "also that on which all agree, last";
  EXPECT_EQ(leased->tasks(2).strategy(), "unanimous");
  for (const char* name : {"anna", "bert", "cora"})
    EXPECT_EQ(leased->SerializeAsString().find(name), std::string::npos) << name;
  EXPECT_EQ(leased->tasks(0).review().versions(0).num_people(), 2u);
}

TEST_F(ReviewTest, BadInputIsRefusedWithWhatIsWrong) {
  Annotate();
  const auto refused = [&](std::vector<std::string> words, int exit_code, const char* what) {
    words.insert(words.begin(), "review");
    words.push_back("--make-only");
    const Finished finished = Winnow("max", words);
    EXPECT_EQ(finished.exit_code, exit_code) << finished;
    EXPECT_THAT(finished.err, HasSubstr(what));
  };
  refused({"markt", "-o", "gold"}, 2, "Did you mean \"marked\"");
  refused({"marked", "-o", "marked"}, 2, "which the answers are added to");
  refused({"marked", "-o", "gold", "-l", "city"}, 2, "is about the label 'city'");
  refused({"marked", "-o", "gold", "--overlap", "2"}, 2, "decided once");
  // One person alone.
  ASSERT_TRUE(ImportDataset(*sessions_["max"], "single",
                            "{\"text\":\"Cook\",\"spans\":[{\"start\":0,\"end\":4,\"label\":"
                            "\"job_title\"}],\"_annotator_id\":\"anna\"}\n",
                            annotation::v1::COVERAGE_COMPLETE)
                  .ok());
  ASSERT_TRUE(ImportDataset(*sessions_["max"], "truth", *ExampleLines("job_titles_gold.jsonl", 1),
                            annotation::v1::COVERAGE_COMPLETE)
                  .ok());
  const Finished nothing = Winnow("max", {"review", "single", "-o", "gold", "--oracle", "truth"});
  EXPECT_EQ(nothing.exit_code, 0) << nothing;
  EXPECT_THAT(nothing.out, HasSubstr("there is nothing to review"));

  // A text is erased under a review that somebody holds.
  WinnowJson("max", {"review", "marked", "-o", "gold", "--queue", "r", "--make-only"});
  ASSERT_EQ(Lease("rita", "r")->tasks_size(), 3);
  const std::string erase = *scratch_.Write("erase.jsonl", "{\"text\": \"Cook in Rome\"}\n");
  const Finished erased = Winnow("root", {"erase", erase, "--yes"});
  ASSERT_EQ(erased.exit_code, 0) << erased;
  const auto progress = WinnowJson("rita", {"progress", "r"});
  EXPECT_EQ(progress["queues"][0]["status"]["num_leased"], "2") << progress;
}

}  // namespace
}  // namespace winnow::integration
