// db-out, db-merge, mark, terms.to-patterns and the printing recipes on a server.
#include <memory>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "nlohmann/json.hpp"
#include "tests/testing/programs.h"
#include "tests/testing/scratch_directory.h"
#include "tests/testing/steps.h"

namespace winnow::integration {
namespace {

using annotation::v1::AnnotationService;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

std::vector<nlohmann::json> RowsOf(const std::string& content) {
  std::vector<nlohmann::json> rows;
  for (const absl::string_view line : absl::StrSplit(content, '\n', absl::SkipEmpty()))
    rows.push_back(nlohmann::json::parse(line.begin(), line.end()));
  return rows;
}

class DatasetRecipesTest : public testing::Test {
 protected:
  void SetUp() override {
    auto server = WinnowServer::Start(scratch_ / "data");
    ASSERT_TRUE(server.ok()) << server.status();
    server_ = *std::move(server);
  }
  Finished Winnow(std::vector<std::string> words) const {
    words.insert(words.end(), {"--server", server_->address()});
    return RunToEnd("winnow", words);
  }
  std::vector<nlohmann::json> DbOut(std::vector<std::string> words) const {
    words.insert(words.begin(), "db-out");
    const Finished finished = Winnow(words);
    EXPECT_EQ(finished.exit_code, 0) << finished;
    return RowsOf(finished.out);
  }
  std::string Write(const std::string& name, const std::string& content) const {
    return *scratch_.Write(name, content);
  }

  // The next task of a queue, answered; returns the revision.
  uint64_t Answer(const std::string& queue, const std::string& person, common::v1::Verdict verdict,
                  const std::vector<common::v1::Span>& spans = {}) {
    annotation::v1::LeaseTasksRequest lease;
    lease.set_queue(queue);
    lease.set_annotator(person);
    const auto leased =
        cli::Call(server_->session().annotation(), &AnnotationService::Stub::LeaseTasks, lease);
    EXPECT_TRUE(leased.ok() && leased->tasks_size() == 1) << leased.status();
    if (!leased.ok() || leased->tasks().empty()) return 0;
    annotation::v1::SubmitAnswersRequest request;
    request.set_queue(queue);
    request.set_annotator(person);
    annotation::v1::NewAnswer& answer = *request.add_answers();
    answer.set_answer_id(cli::NewRequestId());
    answer.set_task_id(leased->tasks(0).task_id());
    answer.set_fencing_token(leased->tasks(0).fencing_token());
    answer.set_verdict(verdict);
    *answer.mutable_spans() = {spans.begin(), spans.end()};
    const auto reply = cli::Call(server_->session().annotation(),
                                 &AnnotationService::Stub::SubmitAnswers, request);
    EXPECT_TRUE(reply.ok() && reply->results(0).has_stored()) << reply.status();
    return reply.ok() ? reply->results(0).stored().revision() : 0;
  }
  void Undo(const std::string& queue, const std::string& person) {
    annotation::v1::UndoAnswerRequest request;
    request.set_request_id(cli::NewRequestId());
    request.set_queue(queue);
    request.set_annotator(person);
    const auto undone =
        cli::Call(server_->session().annotation(), &AnnotationService::Stub::UndoAnswer, request);
    EXPECT_TRUE(undone.ok()) << undone.status();
  }

  ScratchDirectory scratch_;
  std::unique_ptr<WinnowServer> server_;
};

TEST_F(DatasetRecipesTest, ExportsChooseRowsAndAMendedBoundaryIsOneAnswer) {
  const std::string texts = Write("texts.txt", "a senior nurse\na nurse and a cook\none nurse\n");
  const std::string patterns = Write("p.jsonl", R"({"label":"job","pattern":"nurse"})");
  ASSERT_EQ(
      Winnow({"ner.match", "d", texts, "-l", "job", "-pt", patterns, "--queue", "q", "--make-only"})
          .exit_code,
      0);
  common::v1::Span senior;
  senior.set_start(2);
  senior.set_end(14);
  senior.set_label("job");
  Answer("q", "anna", common::v1::VERDICT_REJECT, {senior});
  Undo("q", "anna");
  EXPECT_THAT(DbOut({"d"}), IsEmpty()) << "the undo takes both back";
  Answer("q", "anna", common::v1::VERDICT_REJECT, {senior});
  Answer("q", "ben", common::v1::VERDICT_ACCEPT);

  const auto rows = DbOut({"d", "--annotator", "anna"});
  ASSERT_THAT(rows, SizeIs(1));
  EXPECT_EQ(rows[0]["_session_id"], "q-anna");
  ASSERT_THAT(rows[0]["spans"], SizeIs(2));
  EXPECT_EQ(rows[0]["spans"][0]["answer"], "reject");
  EXPECT_EQ(rows[0]["spans"][1]["answer"], "accept");
  EXPECT_EQ(rows[0]["spans"][1]["start"], 2);
  EXPECT_THAT(DbOut({"d", "--session", "q"}), SizeIs(2));
  EXPECT_THAT(DbOut({"d", "--session", "q-ben"}), SizeIs(1));
  EXPECT_THAT(DbOut({"d", "--since", "1h"}), SizeIs(2));
  EXPECT_THAT(DbOut({"d", "--since", "2999-01-01"}), IsEmpty());
  const auto all = DbOut({"d", "--all"});
  ASSERT_THAT(all, SizeIs(3));
  EXPECT_EQ(all[0]["_undone"], true);
  const Finished unknown = Winnow({"db-out", "d", "--annotator", "bens"});
  EXPECT_EQ(unknown.exit_code, 2);
  EXPECT_THAT(unknown.err, HasSubstr("Did you mean \"ben\"?"));
}

TEST_F(DatasetRecipesTest, AMergeKeepsWhatEachRowIsCompleteFor) {
  const std::string jobs =
      R"({"text":"Nurse in Rome","spans":[{"start":0,"end":5,"label":"job"}],)"
      R"("_annotator_id":"anna","_session_id":"s-anna","_timestamp":1700000000})"
      "\n";
  const std::string yes_no =
      R"({"text":"Rome","spans":[{"start":0,"end":4,"label":"city","answer":"reject"}],)"
      R"("answer":"reject","_annotator_id":"ben"})"
      "\n";
  ASSERT_EQ(Winnow({"db-in", "a", Write("a.jsonl", jobs), "--complete"}).exit_code, 0);
  ASSERT_EQ(Winnow({"db-in", "b", Write("b.jsonl", yes_no), "--binary"}).exit_code, 0);
  const Finished merged = Winnow({"db-merge", "a,b", "both"});
  EXPECT_EQ(merged.exit_code, 0) << merged;
  EXPECT_EQ(Winnow({"db-out", "both"}).out, jobs + yes_no);
  const auto log = ListLog(server_->session(), "both");
  ASSERT_TRUE(log.ok()) << log.status();
  ASSERT_THAT(*log, SizeIs(2));
  EXPECT_EQ((*log)[0].answer().annotator(), "anna");
  EXPECT_THAT((*log)[0].answer().complete_labels(), ElementsAre("job"));
  EXPECT_EQ((*log)[0].answer().answer_time().seconds(), 1'700'000'000);
  EXPECT_EQ((*log)[1].answer().coverage(), annotation::v1::COVERAGE_BINARY);
  EXPECT_EQ((*log)[1].answer().verdict(), common::v1::VERDICT_REJECT);
  EXPECT_EQ(Winnow({"db-merge", "a,b", "both"}).exit_code, 2);
}

TEST_F(DatasetRecipesTest, MarkedTermsBecomePatternsAndTeachNothing) {
  const std::string texts = Write("terms.txt", "Nurse\ntable\nsenior cook\n");
  ASSERT_EQ(Winnow({"mark", "terms", texts, "--queue", "m", "--make-only"}).exit_code, 0);
  Answer("m", "anna", common::v1::VERDICT_ACCEPT);
  Answer("m", "anna", common::v1::VERDICT_REJECT);
  Answer("m", "anna", common::v1::VERDICT_ACCEPT);
  const auto rows = DbOut({"terms"});
  ASSERT_THAT(rows, SizeIs(3));
  EXPECT_EQ(rows[1]["answer"], "reject");
  EXPECT_FALSE(rows[1].contains("spans"));
  const Finished trained =
      Winnow({"ner.batch-train", "terms", "blank:en", "-l", "job", "-o", "jobs"});
  EXPECT_EQ(trained.exit_code, 2) << trained;
  EXPECT_THAT(trained.err, HasSubstr("job"));

  const std::string patterns = scratch_ / "patterns.jsonl";
  ASSERT_EQ(Winnow({"terms.to-patterns", "terms", patterns, "-l", "job"}).exit_code, 0);
  const Finished matched = Winnow(
      {"ner.match", "d", texts, "-l", "job", "-pt", patterns, "--queue", "q", "--make-only"});
  EXPECT_EQ(matched.exit_code, 0) << matched;
  const Finished printed = Winnow({"ner.print-dataset", "terms", "-n", "2"});
  EXPECT_THAT(printed.out, HasSubstr("reject  anna"));
}

TEST_F(DatasetRecipesTest, TermsOfProdigyBecomePatterns) {
  const std::string terms = Write("terms.jsonl",
                                  "{\"text\":\"Nurse\",\"answer\":\"accept\"}\n"
                                  "{\"text\":\"table\",\"answer\":\"reject\"}\n");
  const Finished imported = Winnow({"db-in", "terms", terms, "--binary", "--yes"});
  ASSERT_EQ(imported.exit_code, 0) << imported;
  EXPECT_EQ(Winnow({"terms.to-patterns", "terms", "-l", "job"}).out,
            "{\"label\":\"job\",\"pattern\":[{\"lower\":\"nurse\"}]}\n");
}

}  // namespace
}  // namespace winnow::integration
