// ner.manual, ner.correct and ner.match on a server, with an oracle in place of the person.
#include <algorithm>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "common/ner/acquisition.h"
#include "common/ner/model.h"
#include "common/ner/tagger.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "nlohmann/json.hpp"
#include "tests/testing/programs.h"
#include "tests/testing/scratch_directory.h"
#include "tests/testing/steps.h"

namespace winnow::integration {
namespace {

using annotation::v1::AnnotationService;
using testing::AllOf;
using testing::HasSubstr;

constexpr size_t kNumTexts = 250;

using Spans = std::set<std::pair<uint32_t, uint32_t>>;

// By text, the spans of the rows, all of which must be accepted.
std::map<std::string, Spans> SpansOf(const std::string& rows) {
  std::map<std::string, Spans> spans;
  for (const absl::string_view line : absl::StrSplit(rows, '\n', absl::SkipEmpty())) {
    const nlohmann::json row = nlohmann::json::parse(line.begin(), line.end());
    EXPECT_EQ(row["answer"], "accept");
    Spans& of_text = spans[row["text"]];
    for (const auto& span : row["spans"]) {
      EXPECT_EQ(span["label"], kJobTitle);
      of_text.emplace(span["start"], span["end"]);
    }
  }
  return spans;
}

// A server with "gold", which has all spans of the texts in texts_.
class MarkupTest : public testing::Test {
 protected:
  void SetUp() override {
    Start();
    gold_rows_ = *ExampleLines("job_titles_raw_gold.jsonl", kNumTexts);
    ASSERT_TRUE(
        ImportDataset(session(), "gold", gold_rows_, annotation::v1::COVERAGE_COMPLETE).ok());
    texts_ = *scratch_.Write("texts.jsonl", *ExampleLines("job_titles_raw.jsonl", kNumTexts));
  }
  void Start() {
    auto server = WinnowServer::Start(scratch_ / "data");
    ASSERT_TRUE(server.ok()) << server.status();
    server_ = *std::move(server);
  }
  // Trains "titles@1" on other texts.
  void TrainTitles() {
    ASSERT_TRUE(ImportDataset(session(), "base", *ExampleLines("job_titles_gold.jsonl", 150),
                              annotation::v1::COVERAGE_COMPLETE)
                    .ok());
    const auto report = Train(session(), TrainingSpecOf("base", "blank:en", "titles"));
    ASSERT_TRUE(report.ok()) << report.status();
  }

  Session& session() { return server_->session(); }
  nlohmann::json Winnow(std::vector<std::string> words) const {
    words.insert(words.end(), {"-l", kJobTitle, "--json", "--server", server_->address()});
    const Finished finished = RunToEnd("winnow", words);
    EXPECT_EQ(finished.exit_code, 0) << finished;
    return nlohmann::json::parse(finished.out, nullptr, /*allow_exceptions=*/false);
  }
  nlohmann::json Correct(const std::string& answers) const {
    return Winnow(
        {"ner.correct", "mended", "titles", texts_, "--oracle", "gold", "--answers", answers});
  }
  // In the order of the file.
  std::vector<std::string> AllTexts() const {
    std::vector<std::string> texts;
    for (const absl::string_view line : absl::StrSplit(gold_rows_, '\n', absl::SkipEmpty()))
      texts.push_back(nlohmann::json::parse(line.begin(), line.end())["text"]);
    return texts;
  }
  static std::vector<std::string> TextsOf(const nlohmann::json& asked) {
    std::vector<std::string> texts;
    for (const auto& item : asked["asked"]) texts.push_back(item["text"]);
    return texts;
  }

  ScratchDirectory scratch_;
  std::unique_ptr<WinnowServer> server_;
  std::string gold_rows_;
  std::string texts_;
};

TEST_F(MarkupTest, ManualBuildsADataSetThatTrainsAndTeaches) {
  const std::map<std::string, Spans> gold = SpansOf(gold_rows_);
  const std::vector<std::string> manual = {"ner.manual", "made",          texts_, "--oracle",
                                           "gold",       "--check-share", "0"};
  std::vector<std::string> begin = manual;
  begin.insert(begin.end(), {"--answers", "40"});
  EXPECT_EQ(Winnow(begin)["session"]["answers"], 40);
  server_->Kill();
  Start();
  EXPECT_EQ(Winnow(manual)["session"]["answers"], gold.size() - 40) << "it goes on";
  const auto rows = ExportDataset(session(), "made");
  ASSERT_TRUE(rows.ok()) << rows.status();
  EXPECT_EQ(SpansOf(*rows), gold) << "hold-out texts among them";
  EXPECT_EQ(std::count(rows->begin(), rows->end(), '\n'), static_cast<long>(gold.size()));
  EXPECT_EQ(Winnow(manual)["session"]["answers"], 0);

  // The export is what db-in takes for complete annotations.
  const auto imported =
      ImportDataset(session(), "copy", *rows, annotation::v1::COVERAGE_UNSPECIFIED);
  ASSERT_TRUE(imported.ok()) << imported.status();
  EXPECT_EQ(imported->coverage(), annotation::v1::COVERAGE_COMPLETE);

  const auto report = Train(session(), TrainingSpecOf("made", "blank:en", "titles"));
  ASSERT_TRUE(report.ok()) << report.status();
  EXPECT_GT(report->num_complete_texts(), 150u);
  EXPECT_GT(report->num_holdout_texts(), 25u);
  EXPECT_EQ(report->num_complete_texts() + report->num_holdout_texts(), gold.size());

  // What is completely annotated is not asked any more.
  const std::string more =
      *scratch_.Write("more.jsonl", *ExampleLines("job_titles_raw.jsonl", kNumTexts + 100));
  ASSERT_TRUE(ImportDataset(session(), "more_gold",
                            *ExampleLines("job_titles_raw_gold.jsonl", kNumTexts + 100),
                            annotation::v1::COVERAGE_COMPLETE)
                  .ok());
  const nlohmann::json taught = Winnow({"ner.teach", "made", "titles", more, "--oracle",
                                        "more_gold", "--answers", "25", "--audit-share", "0"});
  EXPECT_EQ(taught["session"]["answers"], 25);
  for (const std::string& text : TextsOf(taught)) EXPECT_FALSE(gold.contains(text)) << text;
  EXPECT_EQ(taught["queue"]["status"]["learner_step"], "2");
}

TEST_F(MarkupTest, CorrectAsksWhatIsWorthMostFirstAndNothingTwice) {
  TrainTitles();
  std::vector<std::string> asked = TextsOf(Correct("30"));
  server_->Kill();
  Start();
  const nlohmann::json second = Correct("30");
  for (const std::string& text : TextsOf(second)) asked.push_back(text);

  // The order, by the library alone.
  const auto files = ExportModel(session(), "titles");
  ASSERT_TRUE(files.ok()) << files.status();
  const auto model = ner::Model::Parse(files->at("model.bin"));
  ASSERT_TRUE(model.ok()) << model.status();
  ner::Tagger tagger;
  std::vector<ner::ScoredSpan> spans;
  std::map<std::string, float> worth;
  for (const std::string& text : AllTexts()) {
    const double log_probability = tagger.TagAndJudge(**model, text, {true}, spans);
    worth[text] = static_cast<float>(
        ner::MarkupWorth(log_probability, static_cast<uint32_t>(tagger.tokens().size())));
  }
  ASSERT_EQ(asked.size(), 60u);
  EXPECT_EQ(std::set<std::string>(asked.begin(), asked.end()).size(), asked.size());
  for (size_t i = 1; i < asked.size(); ++i) EXPECT_GE(worth[asked[i - 1]], worth[asked[i]]) << i;
  const float last = worth[asked.back()];
  for (const std::string& text : asked) worth.erase(text);
  for (const auto& [text, left] : worth) EXPECT_LE(left, last) << text;

  // What was marked beforehand is what the model predicts.
  const auto predicted = Predict(session(), "titles", TextsOf(second));
  ASSERT_TRUE(predicted.ok()) << predicted.status();
  for (int i = 0; i < predicted->predictions_size(); ++i) {
    const auto& item = second["asked"][static_cast<size_t>(i)];
    EXPECT_EQ(item["model_version"], "titles@1");
    ASSERT_EQ(item["marked_before"].size(),
              static_cast<size_t>(predicted->predictions(i).spans_size()));
    for (int k = 0; k < predicted->predictions(i).spans_size(); ++k)
      EXPECT_EQ(item["marked_before"][static_cast<size_t>(k)]["start"],
                predicted->predictions(i).spans(k).start());
  }
}

TEST_F(MarkupTest, MatchAsksOnlyWhatPatternsMatchInTheOrderOfTheFile) {
  const std::string patterns =
      *scratch_.Write("patterns.jsonl", R"({"label":"job_title","pattern":[{"LOWER":"manager"}]})");
  const nlohmann::json asked =
      Winnow({"ner.match", "matched", texts_, "-pt", patterns, "--oracle", "gold"});
  const std::vector<std::string> texts = AllTexts();
  auto at = texts.begin();
  ASSERT_GT(asked["asked"].size(), 5u);
  for (const auto& item : asked["asked"]) {
    EXPECT_EQ(item["strategy"], "patterns");
    EXPECT_THAT(item["span"]["text"].get<std::string>(),
                testing::AnyOf("manager", "Manager", "MANAGER"));
    at = std::find(at, texts.end(), item["text"]);
    ASSERT_NE(at, texts.end()) << "out of order: " << item["text"];
  }
  EXPECT_EQ(Winnow({"ner.match", "matched", texts_, "-pt", patterns, "--oracle",
                    "gold"})["session"]["answers"],
            0);
}

TEST_F(MarkupTest, AnAnswerThatDoesNotFitIsRefusedWithEverythingThatIsWrong) {
  annotation::v1::CreateQueueRequest create;
  create.set_request_id(cli::NewRequestId());
  create.mutable_spec()->set_name("q");
  create.mutable_spec()->set_kind(annotation::v1::TASK_KIND_MANUAL);
  create.mutable_spec()->set_dataset("made");
  create.mutable_spec()->add_labels(kJobTitle);
  ASSERT_TRUE(ImportSource(session(), "s", "{\"text\": \"Nurse wanted\"}\n").ok());
  create.mutable_spec()->set_source("s");
  ASSERT_TRUE(
      cli::Call(session().annotation(), &AnnotationService::Stub::CreateQueue, create).ok());
  const auto leased = Lease(session(), "q", 1);
  ASSERT_TRUE(leased.ok()) << leased.status();
  const annotation::v1::Task& task = leased->at(0);

  annotation::v1::SubmitAnswersRequest submit;
  submit.set_queue("q");
  submit.set_annotator("oracle");
  annotation::v1::NewAnswer& answer = *submit.add_answers();
  answer.set_answer_id(cli::NewRequestId());
  answer.set_task_id(task.task_id());
  answer.set_fencing_token(task.fencing_token());
  answer.set_verdict(common::v1::VERDICT_ACCEPT);
  const auto add = [&](uint32_t start, uint32_t end, const char* label) {
    common::v1::Span& span = *answer.add_spans();
    span.set_start(start);
    span.set_end(end);
    span.set_label(label);
  };
  add(0, 5, kJobTitle);
  add(3, 8, kJobTitle);
  add(8, 99, "place");
  const auto refused =
      cli::Call(session().annotation(), &AnnotationService::Stub::SubmitAnswers, submit);
  ASSERT_TRUE(refused.ok()) << refused.status();
  ASSERT_TRUE(refused->results(0).has_error());
  EXPECT_EQ(refused->results(0).error().code(), static_cast<int>(grpc::INVALID_ARGUMENT));
  EXPECT_THAT(refused->results(0).error().message(),
              AllOf(HasSubstr("spans[1]: overlaps spans[0]"), HasSubstr("spans[2]: ends at 99"),
                    HasSubstr("spans[2]: has the label 'place'")));

  // Of a model a label that it does not know is refused.
  TrainTitles();
  create.set_request_id(cli::NewRequestId());
  create.mutable_spec()->set_name("r");
  create.mutable_spec()->set_kind(annotation::v1::TASK_KIND_CORRECT);
  create.mutable_spec()->set_model("titles");
  create.mutable_spec()->add_labels("place");
  const auto unknown =
      cli::Call(session().annotation(), &AnnotationService::Stub::CreateQueue, create);
  EXPECT_EQ(unknown.status().code(), absl::StatusCode::kInvalidArgument);
  EXPECT_THAT(unknown.status().message(), HasSubstr("does not know the label 'place'"));
}

}  // namespace
}  // namespace winnow::integration
