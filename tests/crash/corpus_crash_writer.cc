// Writes to a corpus until it is killed, for corpus_crash_test.
//
//   corpus_crash_writer answers DIR ROUND    appends answers from four threads for ever; prints
//   "REVISION TEXT" for each
//                                            as soon as it is acknowledged
//   corpus_crash_writer import DIR N         prints "begin", imports N texts with an answer each in
//   one step, prints
//                                            "done" and waits to be killed
#include <unistd.h>

#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "common/base/clock.h"
#include "common/corpus/corpus.h"
#include "common/corpus/testing.h"
#include "common/kv/rocks/rocks_store.h"

namespace winnow::corpus {
namespace {

// One write, so that lines of several threads do not mix and none is half there after a kill.
void Print(const std::string& line) {
  if (write(STDOUT_FILENO, line.data(), line.size()) != static_cast<ssize_t>(line.size())) _exit(3);
}

void AppendForEver(Corpus& corpus, const std::string& prefix) {
  for (int i = 0;; ++i) {
    const std::string text = absl::StrCat(prefix, "/", i);
    const auto reply = corpus.Mutate(
        {"", "append", text, ""}, [&](Transaction& transaction) -> absl::StatusOr<std::string> {
          WINNOW_ASSIGN_OR_RETURN(const uint64_t revision, Append(transaction, "answers", text));
          return absl::StrCat(revision);
        });
    if (!reply.ok()) _exit(2);
    Print(absl::StrCat(*reply, " ", text, "\n"));
  }
}

void Import(Corpus& corpus, int num_texts) {
  std::vector<storage::v1::Example> examples;
  std::vector<storage::v1::Answer> answers;
  for (int i = 0; i < num_texts; ++i) {
    examples.push_back(MakeExample(absl::StrCat("imported ", i)));
    answers.push_back(MakeAnswer(examples.back().text()));
  }
  Print("begin\n");
  const absl::Status imported = corpus.Change([&](Transaction& transaction) -> absl::Status {
    WINNOW_RETURN_IF_ERROR(transaction.ImportSource("imported", examples).status());
    return transaction.AppendAnswers("imported", answers).status();
  });
  if (!imported.ok()) _exit(2);
  Print("done\n");
  while (true) pause();
}

int Main(const std::string& mode, const std::string& directory, const std::string& argument) {
  auto store = kv::RocksStore::Open(directory);
  if (!store.ok()) return 1;
  const auto corpus = Corpus::Open(*std::move(store), SystemClock::Get());
  if (!corpus.ok()) return 1;
  int num_texts = 0;
  if (mode == "import" && absl::SimpleAtoi(argument, &num_texts)) Import(**corpus, num_texts);
  if (mode != "answers") return 1;
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t)
    threads.emplace_back([&, t] { AppendForEver(**corpus, absl::StrCat(argument, "/", t)); });
  for (std::thread& thread : threads) thread.join();
  return 0;
}

}  // namespace
}  // namespace winnow::corpus

int main(int argc, char** argv) {
  return argc == 4 ? winnow::corpus::Main(argv[1], argv[2], argv[3]) : 1;
}
