// What is acknowledged survives SIGKILL at any moment, and an import is there whole or not at all.
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <map>
#include <memory>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "common/base/clock.h"
#include "common/corpus/corpus.h"
#include "common/corpus/testing.h"
#include "common/kv/rocks/rocks_store.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace winnow::corpus {
namespace {

namespace fs = std::filesystem;
using storage::v1::Answer;

// The writer as a child process with its output in a pipe.
class Writer {
 public:
  Writer(const std::string& mode, const fs::path& directory, const std::string& argument) {
    int ends[2];
    EXPECT_EQ(pipe(ends), 0);
    const std::string program = absl::StrCat(WINNOW_BIN_DIR, "/corpus_crash_writer");
    pid_ = fork();
    if (pid_ == 0) {
      dup2(ends[1], STDOUT_FILENO);
      close(ends[0]);
      close(ends[1]);
      execl(program.c_str(), program.c_str(), mode.c_str(), directory.c_str(), argument.c_str(),
            nullptr);
      _exit(127);
    }
    close(ends[1]);
    output_ = ends[0];
  }
  ~Writer() {
    if (pid_ > 0) Kill();
    close(output_);
  }

  // Reads until there are so many lines, or the end of the output. Returns whether there are as
  // many.
  bool ReadLines(size_t num_lines) {
    char buffer[1 << 12];
    while (NumLines() < num_lines) {
      const ssize_t n = read(output_, buffer, sizeof buffer);
      if (n <= 0) return false;
      text_.append(buffer, static_cast<size_t>(n));
    }
    return true;
  }

  // Kills the process and returns all lines that it has printed. It must not have ended by itself.
  std::vector<std::string> Kill() {
    kill(pid_, SIGKILL);
    ReadLines(SIZE_MAX);
    int status = 0;
    EXPECT_EQ(waitpid(pid_, &status, 0), pid_);
    EXPECT_TRUE(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL)
        << "it ended by itself with status " << status;
    pid_ = -1;
    std::vector<std::string> lines = absl::StrSplit(text_, '\n');
    EXPECT_EQ(lines.back(), "");
    lines.pop_back();
    return lines;
  }

 private:
  size_t NumLines() const {
    return static_cast<size_t>(std::count(text_.begin(), text_.end(), '\n'));
  }

  pid_t pid_;
  int output_;
  std::string text_;
};

class CorpusCrashTest : public testing::Test {
 protected:
  CorpusCrashTest() {
    std::string name = absl::StrCat(testing::TempDir(), "/winnow_crash_XXXXXX");
    directory_ = mkdtemp(name.data());
  }
  ~CorpusCrashTest() override { fs::remove_all(directory_); }

  static std::unique_ptr<Corpus> OpenCorpus(const fs::path& directory) {
    auto store = kv::RocksStore::Open(directory);
    EXPECT_TRUE(store.ok()) << store.status();
    auto corpus = Corpus::Open(*std::move(store), SystemClock::Get());
    EXPECT_TRUE(corpus.ok()) << corpus.status();
    return *std::move(corpus);
  }

  // Number of texts imported, after checking that source and answers agree and that the revision
  // counts them.
  static size_t NumImported(const Corpus& corpus) {
    if (!corpus.reader().GetSource("imported").ok()) {
      EXPECT_FALSE(corpus.reader().GetDataset("imported").ok());
      EXPECT_EQ(corpus.revision(), 0u);
      return 0;
    }
    size_t num_texts = 0;
    EXPECT_TRUE(corpus.reader()
                    .ForEachSourceExample("imported", 0, kLatest,
                                          [&](const SourceExample&) {
                                            ++num_texts;
                                            return true;
                                          })
                    .ok());
    EXPECT_EQ(AnswersOf(corpus.reader(), "imported").size(), num_texts);
    EXPECT_EQ(corpus.revision(), num_texts + 1);
    return num_texts;
  }

  fs::path directory_;
};

TEST_F(CorpusCrashTest, EveryAcknowledgedAnswerSurvivesKills) {
  // Revision -> text, of all rounds.
  std::map<uint64_t, std::string> acknowledged;
  for (int round = 0; round < 5; ++round) {
    Writer writer("answers", directory_, absl::StrCat(round));
    ASSERT_TRUE(writer.ReadLines(100 + 75 * static_cast<size_t>(round)));
    for (const std::string& line : writer.Kill()) {
      const std::pair<std::string, std::string> fields =
          absl::StrSplit(line, absl::MaxSplits(' ', 1));
      uint64_t revision = 0;
      ASSERT_TRUE(absl::SimpleAtoi(fields.first, &revision)) << line;
      ASSERT_TRUE(acknowledged.emplace(revision, fields.second).second) << "given twice: " << line;
    }

    const auto corpus = OpenCorpus(directory_);
    const std::vector<Answer> answers = AnswersOf(corpus->reader(), "answers");
    ASSERT_EQ(corpus->revision(), answers.size());
    for (size_t i = 0; i < answers.size(); ++i) ASSERT_EQ(answers[i].revision(), i + 1);
    for (const auto& [revision, text] : acknowledged) {
      ASSERT_LE(revision, answers.size());
      ASSERT_EQ(answers[revision - 1].example_id(), ExampleIdOf(text));
      ASSERT_EQ(corpus->reader().GetExample(ExampleIdOf(text))->text(), text);
      // A client that lost the reply asks again and is told what it was.
      ASSERT_EQ(*corpus->FindReply({"", "append", text, ""}), absl::StrCat(revision));
    }
  }
  EXPECT_GE(acknowledged.size(), 5u * 100u);
}

TEST_F(CorpusCrashTest, AnImportThatIsKilledIsThereWholeOrNotAtAll) {
  constexpr size_t kTexts = 20'000;
  for (const int delay_millis : {0, 20, 50, 100, 150, 200, 300}) {
    const fs::path directory = directory_ / absl::StrCat(delay_millis);
    Writer writer("import", directory, absl::StrCat(kTexts));
    ASSERT_TRUE(writer.ReadLines(1));
    std::this_thread::sleep_for(std::chrono::milliseconds(delay_millis));
    const bool done = writer.Kill().size() == 2;
    const size_t num_imported = NumImported(*OpenCorpus(directory));
    EXPECT_TRUE(num_imported == kTexts || (num_imported == 0 && !done))
        << num_imported << " of " << kTexts;
  }
}

// The same without chance: the write-ahead log is cut where a power cut might have cut it.
TEST_F(CorpusCrashTest, AnImportWhoseLogIsTornIsNotThere) {
  constexpr size_t kTexts = 2'000;
  const fs::path whole = directory_ / "whole";
  Writer writer("import", whole, absl::StrCat(kTexts));
  ASSERT_TRUE(writer.ReadLines(2));
  writer.Kill();
  for (const double kept : {0.1, 0.5, 0.9, 0.9999, 1.0}) {
    const fs::path torn = directory_ / absl::StrCat("torn", kept);
    fs::copy(whole, torn, fs::copy_options::recursive);
    fs::path log;
    for (const auto& entry : fs::directory_iterator(torn)) {
      if (entry.path().extension() == ".log" && entry.file_size() > 0) log = entry.path();
    }
    ASSERT_FALSE(log.empty());
    ASSERT_GT(fs::file_size(log), kTexts * 100);
    fs::resize_file(log, static_cast<uintmax_t>(kept * static_cast<double>(fs::file_size(log))));
    EXPECT_EQ(NumImported(*OpenCorpus(torn)), kept == 1.0 ? kTexts : 0u) << kept;
  }
}

}  // namespace
}  // namespace winnow::corpus
