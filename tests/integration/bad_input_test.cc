// Bad input through the `winnow` program: refused with where and what, all at once, exit code 2,
// nothing half-done.
#include <arpa/inet.h>
#include <sys/socket.h>
#include <unistd.h>

#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "common/base/file.h"
#include "common/base/status.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "nlohmann/json.hpp"
#include "tests/testing/programs.h"
#include "tests/testing/scratch_directory.h"
#include "tests/testing/steps.h"

namespace winnow::integration {
namespace {

namespace fs = std::filesystem;
using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

MATCHER_P(IsRefusedWith, message, "") {
  return arg.exit_code == 2 && arg.out.empty() &&
         testing::ExplainMatchResult(testing::Matcher<std::string>(message), arg.err,
                                     result_listener);
}

// A server with data set "base" of 60 completely annotated rows.
class BadInputTest : public testing::Test {
 protected:
  void SetUp() override {
    auto server = WinnowServer::Start(scratch_ / "data");
    ASSERT_TRUE(server.ok()) << server.status();
    server_ = *std::move(server);
    const auto rows = ExampleLines("job_titles_gold.jsonl", 60);
    ASSERT_TRUE(rows.ok()) << rows.status();
    ASSERT_TRUE(ImportDataset(session(), "base", *rows, annotation::v1::COVERAGE_COMPLETE).ok());
  }

  Session& session() { return server_->session(); }

  // `winnow WORDS --server ...`
  Finished Winnow(std::vector<std::string> words) const {
    words.insert(words.end(), {"--server", server_->address()});
    return RunToEnd("winnow", words);
  }
  // All there is: data sets, sources, models and their aliases.
  std::string Everything() const {
    return Winnow({"stats", "--json"}).out + Winnow({"models", "list", "--json"}).out;
  }
  std::string Write(const std::string& name, const std::string& content) const {
    return scratch_.Write(name, content).value_or("cannot write " + name);
  }

  // Adds source "pool" and model "titles", of which version 1 serves.
  void MakeModel() {
    const auto pool = ExampleLines("job_titles_raw.jsonl", 50);
    ASSERT_TRUE(pool.ok()) << pool.status();
    ASSERT_TRUE(ImportSource(session(), "pool", *pool).ok());
    const auto report = Train(session(), TrainingSpecOf("base", "blank:en", "titles"));
    ASSERT_TRUE(report.ok()) << report.status();
  }

  ScratchDirectory scratch_;
  std::unique_ptr<WinnowServer> server_;
};

std::string Lines(const std::vector<std::string>& lines) {
  return absl::StrJoin(lines, "\n") + "\n";
}

TEST_F(BadInputTest, EveryMistakeOfAFileIsNamedAtOnceAndNoRowIsImported) {
  const std::string path = Write(
      "bad.jsonl",
      Lines({
          R"({"text": "Nurse wanted", "spans": [{"start": 0, "end": 5, "label": "job_title"}]})",
          R"({"text": "Nurse wanted", "spans": [)",
          R"({"spans": []})",
          R"({"text": "Nurse", "spans": [{"start": 0, "end": 6, "label": "job_title"}]})",
          R"({"text": "Nurse wanted", "spans": [{"start": 5, "end": 0, "label": "job_title"}]})",
          R"({"text": "Nurse", "spans": [{"start": "0", "end": 2, "label": "a"}, {"start": 0,)"
          R"( "end": 2.5, "label": "a"}]})",
          R"({"text": "Nurse", "spans": [{"start": -1, "end": 2, "label": "a"}]})",
          R"({"text": "Nurse wanted", "spans": [{"start": 0, "end": 8, "label": "a"}, {"start": 5,)"
          R"( "end": 9, "label": "a"}]})",
          "{\"text\": \"Nurse \xff\"}",
          R"({"text": "Nurse", "answer": "maybe"})",
          R"({"text": "Nurse", "spans": [{"start": 0, "end": 5}]})",
          R"(["Nurse"])",
      }));
  const std::string before = Everything();
  for (const std::string dataset : {"fresh", "base"}) {
    EXPECT_THAT(Winnow({"db-in", dataset, path, "--complete"}),
                IsRefusedWith(AllOf(
                    HasSubstr(path), HasSubstr("(12 problems)"),
                    HasSubstr("line 2: malformed JSON"), HasSubstr("line 3: text: is missing"),
                    HasSubstr("line 4: spans[0].end: is 6, beyond the text's 5"),
                    HasSubstr("line 5: spans[0]: the span is reversed"),
                    HasSubstr("line 6: spans[0].start: is \"0\""),
                    HasSubstr("line 6: spans[1].end: is 2.5, not an integer"),
                    HasSubstr("line 7: spans[0].start: is -1, negative"),
                    HasSubstr("line 8: spans[1]: overlaps spans[0]"), HasSubstr("line 9:"),
                    HasSubstr("UTF-8"), HasSubstr("line 10: answer: is \"maybe\""),
                    HasSubstr("line 11: spans[0].label: is missing"),
                    HasSubstr("line 12: is an array"), Not(HasSubstr("line 1:")))));
  }
  EXPECT_EQ(Everything(), before);
}

TEST_F(BadInputTest, AFileMustSayWhatItHoldsAndHoldSomething) {
  const std::string before = Everything();
  const std::string row =
      R"({"text": "Nurse", "spans": [{"start": 0, "end": 5, "label": "other"}]})";
  const std::string path = Write("rows.jsonl", Lines({row}));
  EXPECT_THAT(Winnow({"db-in", "fresh", path}),
              IsRefusedWith(AllOf(HasSubstr(path), HasSubstr("--binary or --complete"))));
  EXPECT_THAT(
      Winnow({"db-in", "fresh", path, "--complete", "-l", "job_title"}),
      IsRefusedWith(HasSubstr("line 1: spans[0].label: is \"other\", not one of job_title")));
  EXPECT_THAT(Winnow({"db-in", "fresh", Write("empty.jsonl", ""), "--complete"}),
              IsRefusedWith(HasSubstr("holds no rows")));
  EXPECT_THAT(Winnow({"db-in", "fresh", scratch_ / "absent.jsonl"}),
              IsRefusedWith(HasSubstr(scratch_ / "absent.jsonl")));
  EXPECT_THAT(Winnow({"db-in", "../escape", path, "--binary"}),
              IsRefusedWith(HasSubstr("../escape")));
  EXPECT_EQ(Everything(), before);
}

TEST_F(BadInputTest, AnUploadThatBreaksOffIsNotImported) {
  const std::string before = Everything();
  for (int i = 0; i < 20; ++i) {
    grpc::ClientContext context;
    annotation::v1::ImportDatasetResponse response;
    const auto writer = session().annotation().ImportDataset(&context, &response);
    annotation::v1::ImportDatasetRequest request;
    request.mutable_header()->set_request_id(cli::NewRequestId());
    request.mutable_header()->set_dataset("half");
    request.mutable_header()->set_coverage(annotation::v1::COVERAGE_COMPLETE);
    ASSERT_TRUE(writer->Write(request));
    // Whole lines: what has come so far would be a valid file.
    request.set_chunk(Lines(
        {R"({"text": "Nurse wanted", "spans": [{"start": 0, "end": 5, "label": "job_title"}]})"}));
    ASSERT_TRUE(writer->Write(request));
    absl::SleepFor(absl::Milliseconds(5));
    context.TryCancel();
    EXPECT_FALSE(writer->Finish().ok());
  }
  // The server may still be at it.
  absl::SleepFor(absl::Milliseconds(300));
  EXPECT_EQ(Everything(), before);
}

TEST_F(BadInputTest, ASourceFileIsImportedWholeOrNotAtAll) {
  MakeModel();
  const std::string before = Everything();
  const std::string path = Write(
      "ads.jsonl", Lines({R"({"text": "Nurse"})", R"({"title": "Nurse"})", R"({"text": 7})"}));
  EXPECT_THAT(
      Winnow({"ner.teach", "answers", "titles", path, "-l", "job_title", "--oracle", "base"}),
      IsRefusedWith(AllOf(HasSubstr(path), HasSubstr("(2 problems)"),
                          HasSubstr("line 2: text: is missing"), HasSubstr("line 3: text: is 7"))));
  const std::string latin1 = Write("ads.txt", "Nurse\nChef \xe0 Paris\n");
  EXPECT_THAT(Winnow({"ner.predict", "titles", latin1}),
              IsRefusedWith(AllOf(HasSubstr(latin1), HasSubstr("line 2"), HasSubstr("UTF-8"))));
  EXPECT_EQ(Everything(), before);
}

TEST_F(BadInputTest, UnknownNamesComeWithTheNearestOnesAndHowToMakeOne) {
  MakeModel();
  const std::string before = Everything();
  const auto unknown_dataset = AllOf(HasSubstr("\"bse\""), HasSubstr("Did you mean \"base\"?"),
                                     HasSubstr("winnow db-in DATASET"));
  EXPECT_THAT(Winnow({"stats", "bse"}), IsRefusedWith(unknown_dataset));
  EXPECT_THAT(Winnow({"db-out", "bse"}), IsRefusedWith(unknown_dataset));
  EXPECT_THAT(Winnow({"drop", "bse", "--yes"}), IsRefusedWith(unknown_dataset));
  EXPECT_THAT(Winnow({"ner.evaluate", "titles", "bse"}), IsRefusedWith(unknown_dataset));
  EXPECT_THAT(Winnow({"ner.batch-train", "base,bse", "titles", "-o", "titles", "-l", "job_title"}),
              IsRefusedWith(unknown_dataset));
  EXPECT_THAT(Winnow({"ner.batch-train", "base", "titles", "-o", "titles", "-l", "job_title",
                      "--eval-id", "bse"}),
              IsRefusedWith(unknown_dataset));
  EXPECT_THAT(
      Winnow({"ner.teach", "answers", "titles", "pool", "-l", "job_title", "--oracle", "bse"}),
      IsRefusedWith(unknown_dataset));
  EXPECT_THAT(Winnow({"ner.teach", "answers", "titles", "pool", "-l", "job_title", "-e", "bse",
                      "--oracle", "base"}),
              IsRefusedWith(unknown_dataset));

  const auto unknown_model = AllOf(HasSubstr("'titel'"), HasSubstr("Did you mean \"titles\"?"),
                                   HasSubstr("winnow ner.batch-train"));
  EXPECT_THAT(Winnow({"ner.evaluate", "titel", "base"}), IsRefusedWith(unknown_model));
  EXPECT_THAT(Winnow({"models", "show", "titel"}), IsRefusedWith(unknown_model));
  EXPECT_THAT(Winnow({"models", "rollback", "titel"}), IsRefusedWith(unknown_model));
  EXPECT_THAT(Winnow({"ner.batch-train", "base", "titel", "-o", "titles", "-l", "job_title"}),
              IsRefusedWith(unknown_model));
  EXPECT_THAT(
      Winnow({"ner.teach", "answers", "titel", "pool", "-l", "job_title", "--oracle", "base"}),
      IsRefusedWith(unknown_model));
  const auto no_version_9 = HasSubstr("model 'titles' has no version 9");
  EXPECT_THAT(Winnow({"models", "promote", "titles@9"}), IsRefusedWith(no_version_9));
  EXPECT_THAT(Winnow({"ner.eval-ab", "ab", "titles", "titles@9", "pool", "-l", "job_title",
                      "--oracle", "base"}),
              IsRefusedWith(no_version_9));

  const auto unknown_source = AllOf(HasSubstr("\"pol\""), HasSubstr("Did you mean \"pool\"?"));
  EXPECT_THAT(
      Winnow({"ner.teach", "answers", "titles", "pol", "-l", "job_title", "--oracle", "base"}),
      IsRefusedWith(unknown_source));
  EXPECT_THAT(Winnow({"ner.eval-ab", "ab", "titles@1", "titles@1", "pol", "-l", "job_title",
                      "--oracle", "base"}),
              IsRefusedWith(unknown_source));

  const auto unknown_label =
      AllOf(HasSubstr("job_titel"), HasSubstr("Did you mean \"job_title\"?"));
  EXPECT_THAT(
      Winnow({"ner.teach", "answers", "titles", "pool", "-l", "job_titel", "--oracle", "base"}),
      IsRefusedWith(unknown_label));
  EXPECT_THAT(Winnow({"ner.evaluate", "titles", "base", "-l", "job_titel"}),
              IsRefusedWith(unknown_label));
  EXPECT_EQ(Everything(), before);
}

TEST_F(BadInputTest, ADatasetWithNothingToTrainOnMakesNoVersion) {
  const std::string ignored =
      Write("ignored.jsonl",
            Lines({R"({"text": "Nurse", "answer": "ignore", "spans": [{"start": 0, "end": 5,)"
                   R"( "label": "job_title"}]})"}));
  ASSERT_EQ(Winnow({"db-in", "ignored", ignored, "--binary"}).exit_code, 0);
  const std::string before = Everything();
  EXPECT_THAT(Winnow({"ner.batch-train", "ignored", "blank:en", "-o", "titles", "-l", "job_title"}),
              IsRefusedWith(HasSubstr("nothing to train on")));
  EXPECT_THAT(Winnow({"ner.batch-train", "base", "blank:en", "-o", "titles", "-l", "company"}),
              IsRefusedWith(AllOf(HasSubstr("nothing to train on"), HasSubstr("company"))));
  // Neither is gold of a label that it does not have.
  EXPECT_EQ(Everything(), before);
}

TEST_F(BadInputTest, LabelsThatDifferInCaseOnlyAreRefused) {
  EXPECT_THAT(
      Winnow({"ner.batch-train", "base", "blank:en", "-o", "titles", "-l", "job_title,Job_Title"}),
      IsRefusedWith(AllOf(HasSubstr("\"job_title\""), HasSubstr("\"Job_Title\""))));
  const std::string upper =
      Write("upper.jsonl",
            R"({"text": "Nurse wanted", "spans": [{"start": 0, "end": 5, "label": "JOB_TITLE"}]})");
  ASSERT_EQ(Winnow({"db-in", "upper", upper, "--complete"}).exit_code, 0);
  EXPECT_THAT(Winnow({"ner.batch-train", "upper", "blank:en", "-o", "titles", "-l", "job_title"}),
              IsRefusedWith(HasSubstr("say nothing of job_title (but of JOB_TITLE)")));
}

// The answers of one row may be nested or cross: they are trained on, and what was left out is
// named.
TEST_F(BadInputTest, OverlappingAcceptsAreReportedAndTrainedOn) {
  std::vector<std::string> rows;
  for (int i = 0; i < 20; ++i) {
    rows.push_back(absl::StrCat(R"({"answer": "accept", "text": "Head Nurse wanted )", i,
                                R"(", "spans": [{"start": 0, "end": 10, "label": "job_title"}, )",
                                R"({"start": 5, "end": 10, "label": "job_title"}]})"));
  }
  ASSERT_EQ(Winnow({"db-in", "nested", Write("nested.jsonl", Lines(rows)), "--binary"}).exit_code,
            0);
  const Finished trained =
      Winnow({"ner.batch-train", "nested", "blank:en", "-o", "nested", "-l", "job_title"});
  EXPECT_EQ(trained.exit_code, 0) << trained.err;
  EXPECT_THAT(trained.out,
              AllOf(HasSubstr("overlapping spans"), HasSubstr("no text is completely annotated"),
                    HasSubstr("\"Nurse\" [5, 10) job_title in \"Head Nurse")));
}

TEST_F(BadInputTest, EveryMistakeOfAPatternFileIsNamedAtOnceAndNoQueueIsMade) {
  MakeModel();
  const std::string before = Everything();
  const std::string path =
      Write("patterns.jsonl",
            Lines({
                R"({"label": "job_title", "pattern": "Nurse"})",
                R"({"label": "job_title", "pattern": [{"LOWER": "head"}, {"POS": "NOUN"}]})",
                R"({"label": "job_title", "pattern": [{"TEXT": {"REGEX": "a(b"}}]})",
                R"({"pattern": 7})",
            }));
  EXPECT_THAT(Winnow({"ner.teach", "answers", "titles", "pool", "-l", "job_title", "-pt", path,
                      "--oracle", "base"}),
              IsRefusedWith(AllOf(HasSubstr("line 2: pattern[1].POS"),
                                  HasSubstr("line 3: pattern[0].TEXT.REGEX"),
                                  HasSubstr("line 4: label"), HasSubstr("line 4: pattern"))));
  EXPECT_THAT(
      Winnow({"ner.teach", "answers", "blank:en", "pool", "-l", "job_title", "--oracle", "base"}),
      IsRefusedWith(HasSubstr("patterns: must be given")));
  EXPECT_EQ(Everything(), before);
}

TEST_F(BadInputTest, ACommandLineIsCheckedAsAWhole) {
  EXPECT_THAT(
      Winnow({"ner.batch-train", "base", "blank:en", "-es", "1.5", "--seed", "x", "--frobnicate"}),
      IsRefusedWith(AllOf(HasSubstr("-es: is '1.5'"), HasSubstr("--seed: is 'x'"),
                          HasSubstr("--frobnicate"), HasSubstr("-o, --output OUTPUT: is missing"),
                          HasSubstr("-l, --label LABELS: is missing"))));
  EXPECT_THAT(RunToEnd("winnow", {"ner.tech"}),
              IsRefusedWith(HasSubstr("Did you mean \"ner.teach\"")));
}

// Files of a model, damaged in one way, and what the message must name.
struct Damage {
  std::string name;
  std::function<void(const fs::path&)> inflict;
  std::string named;
};

std::vector<Damage> Damages() {
  const auto rewrite = [](const std::string& file,
                          const std::function<void(std::string&)>& change) {
    return [file, change](const fs::path& directory) {
      std::string content = *ReadFile(directory / file);
      change(content);
      ASSERT_TRUE(WriteFileDurably(directory / file, content).ok());
    };
  };
  return {
      {"truncated",
       rewrite("model.bin", [](std::string& content) { content.resize(content.size() / 2); }),
       "model.bin"},
      {"emptied", rewrite("model.bin", [](std::string& content) { content.clear(); }), "model.bin"},
      {"flipped",
       rewrite("model.bin", [](std::string& content) { content[content.size() / 2] ^= 1; }),
       "model.bin"},
      {"missing", [](const fs::path& directory) { fs::remove(directory / "optimizer.bin"); },
       "optimizer.bin"},
      {"unlisted",
       [](const fs::path& directory) {
         ASSERT_TRUE(WriteFileDurably(directory / "more.bin", "x").ok());
       },
       "more.bin"},
      {"cut", rewrite("manifest.json", [](std::string& content) { content.resize(20); }),
       "manifest.json"},
      {"newer",
       rewrite("manifest.json",
               [](std::string& content) {
                 nlohmann::json manifest = nlohmann::json::parse(content);
                 manifest["format"] = 99;
                 content = manifest.dump();
               }),
       "format 99"},
  };
}

TEST_F(BadInputTest, ADamagedModelDirectoryIsRefused) {
  MakeModel();
  const std::string whole = scratch_ / "whole";
  ASSERT_EQ(Winnow({"models", "export", "titles", whole}).exit_code, 0);
  const std::string texts = Write("texts.txt", "Nurse wanted\n");
  const std::string before = Everything();
  for (const Damage& damage : Damages()) {
    SCOPED_TRACE(damage.name);
    const std::string directory = scratch_ / damage.name;
    fs::copy(whole, directory, fs::copy_options::recursive);
    damage.inflict(directory);
    const auto names_it = AllOf(HasSubstr(directory), HasSubstr(damage.named));
    EXPECT_THAT(Winnow({"models", "import", directory, "titles"}), IsRefusedWith(names_it));
    EXPECT_THAT(Winnow({"ner.predict", directory, texts}), IsRefusedWith(names_it));
    EXPECT_THAT(Winnow({"ner.batch-train", "base", directory, "-o", "titles", "-l", "job_title"}),
                IsRefusedWith(names_it));
  }
  EXPECT_EQ(Everything(), before);
  EXPECT_EQ(Winnow({"ner.predict", whole, texts}).exit_code, 0);
}

TEST_F(BadInputTest, AVersionThatWasDamagedInTheStoreIsNotPromotedAndTheOldOneKeepsServing) {
  MakeModel();
  const auto files = ExportModel(session(), "titles");
  ASSERT_TRUE(files.ok()) << files.status();
  for (int64_t number = 2; number <= 3; ++number) {
    ASSERT_TRUE(ImportModel(session(), "titles", CopyMadeLater(*files, number)).ok());
  }
  const fs::path store = scratch_.path() / "data" / "models" / "titles";
  fs::resize_file(store / "2" / "model.bin", 1000);
  std::string content = *ReadFile(store / "3" / "model.bin");
  content[content.size() / 2] ^= 1;
  ASSERT_TRUE(WriteFileDurably(store / "3" / "model.bin", content).ok());

  const std::string before = Everything();
  for (const std::string version : {"titles@2", "titles@3"}) {
    EXPECT_THAT(Winnow({"models", "promote", version}),
                IsRefusedWith(AllOf(HasSubstr(version), HasSubstr("model.bin"))));
    EXPECT_THAT(Winnow({"ner.evaluate", version, "base"}), IsRefusedWith(HasSubstr(version)));
    EXPECT_THAT(
        Winnow({"ner.teach", "answers", version, "pool", "-l", "job_title", "--oracle", "base"}),
        IsRefusedWith(HasSubstr(version)));
    EXPECT_THAT(Winnow({"ner.batch-train", "base", version, "-o", "titles", "-l", "job_title"}),
                IsRefusedWith(HasSubstr(version)));
  }
  EXPECT_EQ(Everything(), before);

  // Even where the alias moves to it, as a writer of another build might: what serves keeps
  // serving.
  const auto serves = Predict(session(), "titles", {"Nurse"});
  ASSERT_TRUE(serves.ok()) << serves.status();
  ASSERT_EQ(serves->model_version(), "titles@1");
  ASSERT_TRUE(WriteFileAtomically(store / "aliases.json", R"({"serving": 2, "previous": 1})").ok());
  const absl::StatusOr<std::string> logged =
      server_->process().AwaitLine("version_not_swapped serving=titles@1");
  EXPECT_TRUE(logged.ok()) << logged.status();
  const auto still_serves = Predict(session(), "titles", {"Nurse"});
  ASSERT_TRUE(still_serves.ok()) << still_serves.status();
  EXPECT_EQ(still_serves->model_version(), "titles@1");
}

TEST_F(BadInputTest, ADataDirectoryInUseIsRefusedAndItsServerNotDisturbed) {
  const std::string data = scratch_ / "data";
  const auto in_use = AllOf(HasSubstr(data), HasSubstr("in use by another process"));
  EXPECT_THAT(RunToEnd("winnow", {"serve", "--data", data, "--listen", "127.0.0.1:0"}),
              IsRefusedWith(in_use));
  EXPECT_THAT(RunToEnd("winnow", {"stats", "--data", data}),
              IsRefusedWith(AllOf(in_use, HasSubstr("--server HOST:PORT"))));
  const std::string file = Write("file", "");
  EXPECT_THAT(RunToEnd("winnow", {"stats", "--data", file}), IsRefusedWith(HasSubstr(file)));
  EXPECT_EQ(Winnow({"stats", "base"}).exit_code, 0);
}

// A listening socket on a port that services may use.
class TakenPort {
 public:
  TakenPort() {
    constexpr uint16_t kFirst = 21000, kLast = 32767;
    for (port_ = kFirst; port_ < kLast; ++port_) {
      socket_ = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
      sockaddr_in address = {};
      address.sin_family = AF_INET;
      address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
      address.sin_port = htons(port_);
      if (bind(socket_, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0 &&
          listen(socket_, 1) == 0)
        return;
      close(socket_);
    }
  }
  ~TakenPort() { close(socket_); }
  std::string address() const { return absl::StrCat("127.0.0.1:", port_); }

 private:
  int socket_ = -1;
  uint16_t port_ = 0;
};

TEST_F(BadInputTest, APortInUseIsRefused) {
  const TakenPort taken;
  EXPECT_THAT(
      RunToEnd("winnow", {"serve", "--data", scratch_ / "other", "--listen", taken.address()}),
      IsRefusedWith(AllOf(HasSubstr(taken.address()), HasSubstr("in use"))));
  EXPECT_THAT(
      RunToEnd("winnow", {"serve", "--data", scratch_ / "other", "--listen", "127.0.0.1:70000"}),
      IsRefusedWith(HasSubstr("127.0.0.1:70000")));
  EXPECT_THAT(RunToEnd("winnow", {"serve", "--data", scratch_ / "other", "--listen", "0.0.0.0:0"}),
              IsRefusedWith(HasSubstr("not loopback")));
}

TEST_F(BadInputTest, AServerThatIsAwayHasAnExitCodeOfItsOwn) {
  server_->Kill();
  const Finished away = Winnow({"stats"});
  EXPECT_EQ(away.exit_code, 3) << away.err;
  EXPECT_THAT(away.err, HasSubstr(server_->address()));
}

}  // namespace
}  // namespace winnow::integration
