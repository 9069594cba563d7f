#include "services/cli/commands.h"

#include <algorithm>
#include <filesystem>
#include <string>

#include "absl/strings/str_split.h"
#include "common/base/file.h"
#include "common/ner/lexicon.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "nlohmann/json.hpp"
#include "services/cli/fake_services.h"
#include "services/cli/model_argument.h"
#include "services/cli/serve_address.h"
#include "services/cli/upload.h"

namespace winnow::cli {
namespace {

namespace fs = std::filesystem;
using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::StartsWith;

// Each test has a directory of its own.
class CommandsTest : public ::testing::Test {
 protected:
  CommandsTest()
      : directory_(fs::path(::testing::TempDir()) / absl::StrCat("winnow-cli-", NewRequestId())) {
    fs::create_directories(directory_);
  }
  ~CommandsTest() override { fs::remove_all(directory_); }

  std::string Write(const std::string& name, absl::string_view content) {
    const fs::path path = directory_ / name;
    fs::create_directories(path.parent_path());
    EXPECT_TRUE(WriteFileDurably(path, content).ok());
    return path.string();
  }
  std::string Path(const std::string& name) const { return (directory_ / name).string(); }
  std::string Content(const std::string& name) const {
    return ReadFile(directory_ / name).value_or("no such file");
  }
  nlohmann::json Json() const { return nlohmann::json::parse(world_.out.str(), nullptr, false); }

  const fs::path directory_;
  FakeWorld world_;
};

void AddGold(FakeAnnotation& service, const std::string& text,
             const std::vector<std::pair<int, int>>& spans) {
  std::vector<annotation::v1::Answer>& answers = service.datasets["gold"];
  annotation::v1::Answer answer;
  answer.set_revision(answers.size() + 1);
  answer.set_text(text);
  answer.set_verdict(common::v1::VERDICT_ACCEPT);
  answer.set_coverage(annotation::v1::COVERAGE_COMPLETE);
  answer.add_complete_labels("job");
  for (const auto& [start, end] : spans) {
    common::v1::Span& span = *answer.add_spans();
    span.set_start(static_cast<uint32_t>(start));
    span.set_end(static_cast<uint32_t>(end));
    span.set_label("job");
  }
  answers.push_back(answer);
}

annotation::v1::Task Question(const std::string& text, uint32_t start, uint32_t end) {
  annotation::v1::Task task;
  task.set_task_id(absl::StrCat(text, start, end));
  task.set_text(text);
  task.set_strategy(start == 0 ? "audit" : "uncertainty");
  task.mutable_span()->set_start(start);
  task.mutable_span()->set_end(end);
  task.mutable_span()->set_label("job");
  task.mutable_span()->set_score(0.25);
  return task;
}

TEST_F(CommandsTest, TeachAnswersFromTheOracleThroughTheRpcs) {
  AddGold(world_.annotation, "a nurse", {{2, 7}});
  AddGold(world_.annotation, "a cook", {});
  AddGold(world_.annotation, "x", {{0, 1}});
  world_.annotation.tasks = {Question("a nurse", 2, 7), Question("a cook", 2, 6),
                             Question("x", 0, 1), Question("unknown", 1, 2)};
  EXPECT_EQ(world_.Run({"ner.teach", "d", "m", "s", "-l", "job", "--oracle", "gold", "--seed", "3",
                        "--json"}),
            0)
      << world_.err.str();
  const nlohmann::json json = Json();
  std::vector<std::string> asked;
  for (const auto& item : json["asked"])
    asked.push_back(item["span"]["text"].get<std::string>() + " " +
                    item["verdict"].get<std::string>());
  EXPECT_THAT(asked, ElementsAre("nurse accept", "cook reject", "x accept", "n ignore"));
  EXPECT_EQ(json["asked"][0]["score"], 0.25);
  EXPECT_EQ(json["session"]["answers"], 4);
  EXPECT_EQ(json["session"]["audit_answers"], 1);
  EXPECT_EQ(json["session"]["stopped"], "exhausted");
  EXPECT_EQ(json["queue"]["num_hidden_candidates"], "17");
  EXPECT_EQ(world_.annotation.queue.seed(), 3u);
  for (const auto& lease : world_.annotation.leases) {
    EXPECT_TRUE(lease.wait_for_learner());
    EXPECT_EQ(lease.max_tasks(), 1u);
  }
}

TEST_F(CommandsTest, TeachStopsAfterTheAnswersAskedFor) {
  AddGold(world_.annotation, "a nurse", {});
  world_.annotation.tasks = {Question("a nurse", 2, 7), Question("a nurse", 0, 7),
                             Question("a nurse", 0, 1)};
  EXPECT_EQ(
      world_.Run({"ner.teach", "d", "m", "s", "-l", "job", "--oracle", "gold", "--answers", "2"}),
      0);
  EXPECT_EQ(world_.annotation.answers.size(), 2u);
  EXPECT_EQ(world_.annotation.leases.size(), 2u);
  EXPECT_THAT(world_.out.str(),
              AllOf(HasSubstr("2 answers: 0 accepted, 2 rejected"), HasSubstr("17 candidates")));
}

TEST_F(CommandsTest, TeachDoesNotCountAnAnswerThatSomebodyElseGave) {
  AddGold(world_.annotation, "a nurse", {});
  world_.annotation.tasks = {Question("a nurse", 2, 7), Question("a nurse", 0, 7)};
  world_.annotation.lost_leases = {"a nurse27"};
  EXPECT_EQ(world_.Run({"ner.teach", "d", "m", "s", "-l", "job", "--oracle", "gold", "--json"}), 0);
  EXPECT_EQ(Json()["session"]["answers"], 1);
  EXPECT_THAT(world_.err.str(), HasSubstr("somebody else has answered"));
}

TEST_F(CommandsTest, TeachContinuesTheQueueOfTheSameCommandOnly) {
  AddGold(world_.annotation, "a", {});
  const auto queue_of = [&](const std::vector<std::string>& more) {
    std::vector<std::string> words = {"ner.teach", "d", "m", "s", "--oracle", "gold"};
    words.insert(words.end(), more.begin(), more.end());
    EXPECT_EQ(world_.Run(words), 0) << world_.err.str();
    return world_.annotation.queue.name();
  };
  const std::string first = queue_of({"-l", "job"});
  EXPECT_THAT(first, StartsWith("d.teach-"));
  EXPECT_EQ(queue_of({"-l", "job"}), first);
  EXPECT_NE(queue_of({"-l", "job", "--seed", "1"}), first);
  EXPECT_NE(queue_of({"-l", "job", "-e", "gold"}), first);
}

TEST_F(CommandsTest, TeachImportsAFileAsTheSourceNamedAfterIt) {
  AddGold(world_.annotation, "a", {});
  const std::string path = Write("my sample.jsonl", "{\"text\":\"a\"}\n");
  EXPECT_EQ(world_.Run({"ner.teach", "d", "m", path, "-l", "job", "--oracle", "gold"}), 0)
      << world_.err.str();
  EXPECT_EQ(world_.annotation.queue.source(), "my_sample");
  EXPECT_EQ(world_.annotation.imported["my_sample"], "{\"text\":\"a\"}\n");
}

TEST_F(CommandsTest, TeachSendsThePatterns) {
  AddGold(world_.annotation, "a", {});
  const std::string patterns = "{\"label\":\"job\",\"pattern\":\"nurse\"}\n";
  const std::string path = Write("patterns.jsonl", patterns);
  EXPECT_EQ(world_.Run({"ner.teach", "d", "blank:en", "s", "-l", "job", "-pt", path, "--oracle",
                        "gold", "--json"}),
            0)
      << world_.err.str();
  EXPECT_EQ(world_.annotation.queue.model(), "blank:en");
  EXPECT_EQ(world_.annotation.queue.patterns(), patterns);
  EXPECT_EQ(Json()["queue"]["spec"]["patterns"], "");
  EXPECT_EQ(
      world_.Run({"ner.teach", "d", "m", "s", "-l", "job", "-pt", path + "x", "--oracle", "gold"}),
      2);
  EXPECT_THAT(world_.err.str(), HasSubstr(path + "x"));
}

TEST_F(CommandsTest, TeachReadsThePipe) {
  AddGold(world_.annotation, "a", {});
  world_.in.str("one\ntwo\n");
  EXPECT_EQ(world_.Run({"ner.teach", "d", "m", "-l", "job", "--oracle", "gold"}), 0)
      << world_.err.str();
  EXPECT_THAT(world_.annotation.queue.source(), StartsWith("stdin-"));
  EXPECT_EQ(world_.annotation.imported[world_.annotation.queue.source()], "one\ntwo\n");
}

TEST_F(CommandsTest, TeachWithoutTextsIsRefused) {
  AddGold(world_.annotation, "a", {});
  EXPECT_EQ(world_.Run({"ner.teach", "d", "m", "-l", "job", "--oracle", "gold"}), 2);
  EXPECT_THAT(world_.err.str(), HasSubstr("standard input is empty"));
  world_.environment.in_is_terminal = true;
  EXPECT_EQ(world_.Run({"ner.teach", "d", "m", "-l", "job", "--oracle", "gold"}), 2);
  EXPECT_THAT(world_.err.str(), HasSubstr("SOURCE: is missing"));
}

TEST_F(CommandsTest, WhatAServerQuotesCannotDriveTheTerminal) {
  world_.annotation.refusal = absl::InvalidArgumentError("row\x1b[2J\n  line 2");
  EXPECT_EQ(world_.Run({"db-in", "d", Write("x.jsonl", "")}), 2);
  EXPECT_THAT(world_.err.str(), HasSubstr("row\ufffd[2J\n  line 2\n"));
}

TEST_F(CommandsTest, TeachNeedsSomebodyToAnswerAndSaysSoBeforeItChangesAnything) {
  EXPECT_EQ(world_.Run({"ner.teach", "d", "m", "s", "-l", "job"}), 2);
  EXPECT_THAT(world_.err.str(), HasSubstr("--oracle"));
  EXPECT_EQ(world_.annotation.queue.name(), "");
}

TEST_F(CommandsTest, TheOracleNeedsCompleteAnnotations) {
  world_.annotation.datasets["gold"] = {};
  EXPECT_EQ(world_.Run({"ner.teach", "d", "m", "s", "-l", "job", "--oracle", "gold"}), 2);
  EXPECT_THAT(world_.err.str(), HasSubstr("has no complete annotations"));
}

TEST_F(CommandsTest, EvalAbPinsVersionsAndStopsWithTheVerdict) {
  AddGold(world_.annotation, "nurse", {{0, 5}});
  annotation::v1::Task task = Question("nurse", 0, 5);
  *task.add_second() = task.span();
  world_.annotation.tasks = {task, task, task};
  world_.evaluation.comparison.set_num_texts(10);
  EXPECT_EQ(world_.Run({"ner.eval-ab", "d", "old", "new@3", "s", "-l", "job", "--oracle", "gold",
                        "--json"}),
            0)
      << world_.err.str();
  EXPECT_EQ(world_.evaluation.comparison.spec().model_a(), "old@7");
  EXPECT_EQ(world_.evaluation.comparison.spec().model_b(), "new@3");
  ASSERT_EQ(world_.annotation.answers.size(), 2u);
  EXPECT_EQ(world_.annotation.answers[0].choice(), annotation::v1::CHOICE_SECOND);
  EXPECT_EQ(Json()["comparison"]["verdict"], "COMPARISON_VERDICT_B");
  EXPECT_EQ(Json()["session"]["stopped"], "decided");
}

TEST_F(CommandsTest, BatchTrainPassesEveryOptionOn) {
  const std::string patterns = Write("patterns.jsonl", "a whole file");
  EXPECT_EQ(world_.Run({"ner.batch-train",
                        "d1,d2",
                        "blank:en",
                        "-o",
                        "new",
                        "-l",
                        "job",
                        "-es",
                        "0.1",
                        "--eval-id",
                        "gold",
                        "--seed",
                        "9",
                        "--no-replay",
                        "--prior",
                        "0",
                        "--unasked-is-o",
                        "-n",
                        "4",
                        "--pool",
                        "raw",
                        "--patterns",
                        patterns,
                        "--entity-share",
                        "0.05"}),
            0)
      << world_.err.str();
  const training::v1::TrainingSpec& spec = world_.training.spec;
  EXPECT_THAT(spec.datasets(), ElementsAre("d1", "d2"));
  EXPECT_EQ(spec.parent(), "blank:en");
  EXPECT_EQ(spec.output(), "new");
  EXPECT_DOUBLE_EQ(spec.eval_split(), 0.1);
  EXPECT_THAT(spec.eval_datasets(), ElementsAre("gold"));
  EXPECT_EQ(spec.seed(), 9u);
  EXPECT_TRUE(spec.no_replay());
  EXPECT_TRUE(spec.has_prior());
  EXPECT_EQ(spec.prior(), 0);
  EXPECT_TRUE(spec.unasked_is_o());
  EXPECT_FALSE(spec.invert_answers());
  EXPECT_EQ(spec.epochs(), 4u);
  EXPECT_EQ(spec.pool(), "raw");
  EXPECT_EQ(spec.patterns(), "a whole file");
  EXPECT_DOUBLE_EQ(spec.entity_share(), 0.05);
  EXPECT_THAT(world_.err.str(), HasSubstr("epoch 1 of 1"));
}

TEST_F(CommandsTest, BatchTrainMakesWordClassesOfVectors) {
  const std::string vectors = Write("vectors.txt", "nurse 1 0\nwaiter 1 0.1\nLondon 0 1\n");
  EXPECT_EQ(
      world_.Run({"ner.batch-train", "d", "m", "-o", "new", "-l", "job", "--vectors", vectors}), 0)
      << world_.err.str();
  const auto lexicon = ner::Lexicon::Parse(world_.training.spec.lexicon());
  ASSERT_TRUE(lexicon.ok()) << lexicon.status();
  EXPECT_EQ((*lexicon)->num_words(), 3u);
  EXPECT_THAT(world_.err.str(), HasSubstr("classing 3 words"));

  world_.training.spec.Clear();
  const std::string ragged = Write("ragged.txt", "nurse 1 0\nwaiter 1\n");
  EXPECT_EQ(
      world_.Run({"ner.batch-train", "d", "m", "-o", "new", "-l", "job", "--vectors", ragged}), 2);
  EXPECT_THAT(world_.err.str(), HasSubstr(ragged + ":2"));
  EXPECT_EQ(world_.training.spec.ByteSizeLong(), 0u);
}

TEST_F(CommandsTest, PoolTrainNamesNothingButThePool) {
  EXPECT_EQ(world_.Run({"pool-train", "raw", "--seed", "9"}), 0) << world_.err.str();
  training::v1::TrainingSpec expected;
  expected.set_pool("raw");
  expected.set_seed(9);
  EXPECT_EQ(world_.training.spec.SerializeAsString(), expected.SerializeAsString());
  EXPECT_THAT(world_.out.str(), HasSubstr("--pool raw"));
}

TEST_F(CommandsTest, BatchTrainLeavesDefaultsToTheService) {
  EXPECT_EQ(world_.Run({"ner.batch-train", "d", "m", "-o", "new", "-l", "job"}), 0);
  EXPECT_FALSE(world_.training.spec.has_eval_split());
  EXPECT_FALSE(world_.training.spec.has_prior());
}

TEST_F(CommandsTest, BatchTrainReadsAndWritesDirectories) {
  Write("old/manifest.json", "{}");
  Write("old/model.bin", std::string(600'000, 'x'));
  EXPECT_EQ(
      world_.Run({"ner.batch-train", "d", Path("old/"), "-o", Path("new/"), "-l", "job", "--json"}),
      0)
      << world_.err.str();
  EXPECT_EQ(world_.training.versions["old@1"]["model.bin"], std::string(600'000, 'x'));
  EXPECT_EQ(world_.training.spec.parent(), "old@1");
  EXPECT_EQ(world_.training.spec.output(), "new");
  EXPECT_EQ(Content("new/model.bin"), std::string(700'000, 'w'));
  EXPECT_EQ(Json()["job"]["report"]["model_version"], "new@1");
  // Nothing but the two models is left in the directory.
  EXPECT_EQ(std::distance(fs::directory_iterator(directory_), fs::directory_iterator()), 2);
}

TEST_F(CommandsTest, BatchTrainReplacesAModelButNothingElse) {
  Write("model/manifest.json", "{}");
  Write("model/stale.bin", "");
  Write("home/letter.txt", "precious");
  EXPECT_EQ(world_.Run({"ner.batch-train", "d", "m", "-o", Path("model"), "-l", "job"}), 0)
      << world_.err.str();
  EXPECT_EQ(Content("model/stale.bin"), "no such file");
  world_.training.spec.Clear();
  EXPECT_EQ(world_.Run({"ner.batch-train", "d", "m", "-o", Path("home"), "-l", "job"}), 2);
  EXPECT_EQ(Content("home/letter.txt"), "precious");
  EXPECT_EQ(world_.training.spec.output(), "") << "it is refused before anything is trained";
  EXPECT_EQ(world_.Run({"ner.batch-train", "d", "m", "-o", Path("home"), "-l", "job", "--force"}),
            0);
  EXPECT_EQ(Content("home/letter.txt"), "no such file");
}

TEST_F(CommandsTest, BatchTrainTellsWhyAJobFailed) {
  world_.training.job_error = "no example of d can teach the label job";
  EXPECT_EQ(world_.Run({"ner.batch-train", "d", "m", "-o", "new", "-l", "job"}), 2);
  EXPECT_THAT(world_.err.str(), HasSubstr("no example of d can teach the label job"));
}

TEST_F(CommandsTest, AnExportThatBreaksOffLeavesTheOldModel) {
  Write("model/manifest.json", "old");
  world_.training.versions["m@1"] = {{"manifest.json", "new"}};
  world_.training.missing_bytes = 1;
  EXPECT_EQ(world_.Run({"models", "export", "m@1", Path("model")}), 2);
  EXPECT_EQ(Content("model/manifest.json"), "old");
  EXPECT_EQ(std::distance(fs::directory_iterator(directory_), fs::directory_iterator()), 1);
}

TEST_F(CommandsTest, AFileNameFromTheServerStaysInTheDirectory) {
  world_.training.versions["m@1"] = {{"../escaped", "x"}};
  EXPECT_EQ(world_.Run({"models", "export", "m@1", Path("model")}), 2);
  EXPECT_EQ(Content("escaped"), "no such file");
}

TEST_F(CommandsTest, ModelsAreRecognisedAsNamesOrDirectories) {
  Write("here/manifest.json", "{}");
  EXPECT_TRUE(IsModelDirectory("./job_titles/"));
  EXPECT_TRUE(IsModelDirectory(Path("here")));
  EXPECT_FALSE(IsModelDirectory("job_titles"));
  EXPECT_FALSE(IsModelDirectory("job_titles@3"));
  EXPECT_FALSE(IsModelDirectory("blank:en"));
}

TEST_F(CommandsTest, ADirectoryThatIsNoModelIsRefused) {
  Write("empty/readme", "");
  EXPECT_EQ(world_.Run({"ner.evaluate", Path("empty"), "gold"}), 2);
  EXPECT_THAT(world_.err.str(), HasSubstr("has no manifest.json"));
  EXPECT_EQ(world_.Run({"ner.evaluate", Path("absent"), "gold"}), 2);
  EXPECT_THAT(world_.err.str(), HasSubstr("No such file or directory"));
}

TEST_F(CommandsTest, NamesComeFromPaths) {
  EXPECT_EQ(NameOfPath("./ads/sample.jsonl", true), "sample");
  EXPECT_EQ(NameOfPath("./job_titles/", false), "job_titles");
  EXPECT_EQ(NameOfPath("/a/b.v2", false), "b.v2");
  EXPECT_EQ(NameOfPath("/a/-Ä b", false), "_-___b");
  EXPECT_EQ(NameOfPath("/a/x/.", false), "x");
}

TEST_F(CommandsTest, DbInSendsTheFileWholeAndNamesItInErrors) {
  const std::string rows = std::string(600'000, ' ') + "\n{}\n";
  const std::string path = Write("rows.jsonl", rows);
  EXPECT_EQ(world_.Run({"db-in", "d", path, "--complete", "-l", "A,B"}), 0) << world_.err.str();
  EXPECT_EQ(world_.annotation.imported["d"], rows);
  EXPECT_EQ(world_.annotation.header.coverage(), annotation::v1::COVERAGE_COMPLETE);
  EXPECT_THAT(world_.annotation.header.labels(), ElementsAre("A", "B"));

  Violations violations;
  violations.Add("line 3: spans[0].end", "is 99, beyond the text");
  violations.Add("line 7: text", "is missing");
  world_.annotation.refusal = violations.ToStatus("not imported");
  EXPECT_EQ(world_.Run({"db-in", "d", path}), 2);
  EXPECT_THAT(world_.err.str(),
              AllOf(HasSubstr(absl::StrCat("winnow: ", path, ": not imported (2 problems)")),
                    HasSubstr("\n  line 3: spans[0].end: is 99, beyond the text"),
                    HasSubstr("\n  line 7: text: is missing")));
}

TEST_F(CommandsTest, DbInRefusesWhatItCannotRead) {
  EXPECT_EQ(world_.Run({"db-in", "d", Path("absent.jsonl")}), 2);
  EXPECT_THAT(world_.err.str(), HasSubstr("absent.jsonl"));
  EXPECT_EQ(world_.Run({"db-in", "d", Write("x.jsonl", ""), "--binary", "--complete"}), 2);
}

TEST_F(CommandsTest, DbOutWritesToAFileOrTheOutput) {
  world_.annotation.imported["d"] = "{\"text\":\"é\"}\n";
  EXPECT_EQ(world_.Run({"db-out", "d"}), 0);
  EXPECT_EQ(world_.out.str(), "{\"text\":\"é\"}\n");
  EXPECT_EQ(world_.Run({"db-out", "d", Path("out.jsonl")}), 0);
  EXPECT_EQ(Content("out.jsonl"), "{\"text\":\"é\"}\n");
  EXPECT_EQ(world_.Run({"db-out", "d", "--json"}), 2);
}

TEST_F(CommandsTest, DropAsks) {
  world_.annotation.datasets["d"] = {};
  EXPECT_EQ(world_.Run({"drop", "d"}), 2) << "nobody can be asked";
  world_.environment.in_is_terminal = true;
  world_.in.str("n\n");
  EXPECT_EQ(world_.Run({"drop", "d"}), 1);
  EXPECT_EQ(world_.annotation.num_drops, 0);
  world_.in.str("y\n");
  EXPECT_EQ(world_.Run({"drop", "d"}), 0);
  EXPECT_EQ(world_.annotation.num_drops, 1);
  EXPECT_EQ(world_.Run({"drop", "d", "--yes"}), 0);
  EXPECT_EQ(world_.annotation.num_drops, 2);
}

TEST_F(CommandsTest, TheServersWordsAboutAnUnknownNameAreShownAsTheyAre) {
  EXPECT_EQ(world_.Run({"stats", "golf"}), 2);
  EXPECT_EQ(world_.err.str(), "winnow: no data set \"golf\". Did you mean \"gold\"?\n");
}

TEST_F(CommandsTest, PredictWritesOneLinePerText) {
  std::string texts;
  for (int i = 0; i < 250; ++i)
    absl::StrAppend(&texts, "{\"text\":\"ä", i, "\",\"meta\":{\"n\":", i, "}}\n");
  EXPECT_EQ(world_.Run({"ner.predict", "m", Write("texts.jsonl", texts)}), 0) << world_.err.str();
  std::istringstream lines(world_.out.str());
  std::string line;
  int n = 0;
  for (; std::getline(lines, line); ++n) {
    const nlohmann::json row = nlohmann::json::parse(line);
    EXPECT_EQ(row["text"], absl::StrCat("ä", n));
    EXPECT_EQ(row["meta"]["n"], n);
    EXPECT_EQ(row["spans"][0]["score"], 0.5);
    EXPECT_EQ(row["model"], "m@1");
  }
  EXPECT_EQ(n, 250);
}

TEST_F(CommandsTest, PredictReadsTheInputAndRefusesBadLinesBeforePredicting) {
  world_.in.str("nurse\ncook\n");
  EXPECT_EQ(world_.Run({"ner.predict", "m", "-", "--json"}), 0) << world_.err.str();
  EXPECT_EQ(Json()["predictions"].size(), 2u);
  world_.out.str("");
  const std::string path = Write("bad.jsonl", "{\"text\":\"a\"}\n{\"txt\":1}\n{\n");
  EXPECT_EQ(world_.Run({"ner.predict", "m", path}), 2);
  EXPECT_EQ(world_.out.str(), "");
  EXPECT_THAT(world_.err.str(), AllOf(HasSubstr(path), HasSubstr("line 2"), HasSubstr("line 3")));
}

TEST_F(CommandsTest, HelpAndUsage) {
  EXPECT_EQ(world_.Run({}), 0);
  EXPECT_THAT(world_.out.str(), AllOf(HasSubstr("ner.batch-train"), HasSubstr("exit codes")));
  for (const Command& command : AllCommands()) {
    world_.out.str("");
    std::vector<std::string> words = absl::StrSplit(command.spec.name, ' ');
    words.push_back("--help");
    EXPECT_EQ(world_.Run(words), 0);
    EXPECT_THAT(world_.out.str(),
                HasSubstr(absl::StrCat("example:\n  winnow ", command.spec.name)));
  }
  EXPECT_EQ(world_.Run({"ner.tech"}), 2);
  EXPECT_THAT(world_.err.str(), HasSubstr("Did you mean \"ner.teach\"?"));
  EXPECT_EQ(world_.Run({"models", "lst"}), 2);
  EXPECT_THAT(world_.err.str(), HasSubstr("Did you mean \"models list\""));
}

TEST_F(CommandsTest, EveryExampleIsACommandLineThatParses) {
  for (const Command& command : AllCommands()) {
    std::vector<std::string> words =
        absl::StrSplit(command.spec.example.substr(0, command.spec.example.find(" >")), ' ');
    const size_t num_words = 1 + static_cast<size_t>(std::count(command.spec.name.begin(),
                                                                command.spec.name.end(), ' '));
    words.erase(words.begin(), words.begin() + static_cast<long>(num_words));
    EXPECT_TRUE(Parse(command.spec, words).ok()) << Parse(command.spec, words).status();
  }
}

TEST(ExitCodes, TellWhoseFaultItWas) {
  EXPECT_EQ(ExitCodeOf(absl::OkStatus()), 0);
  EXPECT_EQ(ExitCodeOf(absl::InvalidArgumentError("")), 2);
  EXPECT_EQ(ExitCodeOf(absl::NotFoundError("")), 2);
  EXPECT_EQ(ExitCodeOf(absl::FailedPreconditionError("")), 2);
  EXPECT_EQ(ExitCodeOf(absl::UnavailableError("")), 3);
  EXPECT_EQ(ExitCodeOf(absl::InternalError("")), 1);
}

TEST(Serve, ChecksWhereItMayListen) {
  EXPECT_TRUE(CheckAddress("127.0.0.1:7707", false).ok());
  EXPECT_TRUE(CheckAddress("127.0.0.1:0", false).ok());
  EXPECT_TRUE(CheckAddress("0.0.0.0:80", true).ok());
  EXPECT_FALSE(CheckAddress("0.0.0.0:80", false).ok());
  EXPECT_FALSE(CheckAddress("127.0.0.1:40000", false).ok());
  EXPECT_FALSE(CheckAddress("127.0.0.1", false).ok());
  EXPECT_FALSE(CheckAddress(":7707", true).ok());
  EXPECT_FALSE(CheckAddress("127.0.0.1:x", false).ok());
}

TEST(Connect, SaysThatNoServerAnswers) {
  FakeWorld world;
  world.environment.connect = Connect;
  EXPECT_EQ(world.Run({"stats", "--server", "127.0.0.1:1", "--data", "x"}), 2);
  EXPECT_EQ(world.Run({"stats", "--server", "127.0.0.1:1"}), 3);
  EXPECT_THAT(world.err.str(), HasSubstr("no server answers at 127.0.0.1:1"));
}

}  // namespace
}  // namespace winnow::cli
