#include "common/corpus/reader.h"

#include <memory>
#include <utility>

#include "absl/strings/str_cat.h"
#include "common/base/clock.h"
#include "common/corpus/keys.h"
#include "common/corpus/standing.h"
#include "common/corpus/testing.h"
#include "common/kv/memory_store.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace winnow::corpus {
namespace {

using storage::v1::Answer;
using storage::v1::LogEntry;
using storage::v1::Task;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

class ReaderTest : public testing::Test {
 protected:
  ReaderTest() {
    auto store = std::make_unique<kv::MemoryStore>();
    store_ = store.get();
    corpus_ = *Corpus::Open(std::move(store), clock_);
  }

  const CorpusReader& reader() const { return corpus_->reader(); }

  void Change(const ChangeFn& change) {
    const absl::Status changed = corpus_->Change(change);
    ASSERT_TRUE(changed.ok()) << changed;
  }

  uint64_t Answered(absl::string_view dataset, absl::string_view text,
                    storage::v1::Verdict verdict = storage::v1::VERDICT_ACCEPT) {
    return *Append(*corpus_, dataset, text, verdict);
  }

  void Import(absl::string_view source, const std::vector<storage::v1::Example>& examples) {
    Change([&](Transaction& transaction) {
      return transaction.ImportSource(source, examples).status();
    });
  }

  void PutQueue(const std::string& name) {
    storage::v1::Queue queue;
    queue.set_name(name);
    Change([&](Transaction& transaction) { return transaction.PutQueue(queue); });
  }

  std::vector<std::string> SourceTexts(absl::string_view source, uint64_t from = 0,
                                       uint64_t up_to = kLatest) {
    std::vector<std::string> texts;
    EXPECT_TRUE(reader()
                    .ForEachSourceExample(source, from, up_to,
                                          [&](const SourceExample& member) {
                                            EXPECT_EQ(member.ordinal, from + texts.size());
                                            EXPECT_EQ(member.example_id,
                                                      ExampleIdOf(member.example.text()));
                                            texts.push_back(member.example.text());
                                            return true;
                                          })
                    .ok());
    return texts;
  }

  static std::vector<uint64_t> Revisions(const std::vector<Answer>& answers) {
    std::vector<uint64_t> revisions;
    for (const Answer& answer : answers) revisions.push_back(answer.revision());
    return revisions;
  }

  FakeClock clock_;
  kv::MemoryStore* store_;
  std::unique_ptr<Corpus> corpus_;
};

TEST_F(ReaderTest, RefusesWhatIsNoCorpusOfThisVersion) {
  kv::MemoryStore other;
  EXPECT_EQ(CorpusReader::Open(other).status().code(), absl::StatusCode::kFailedPrecondition);
  storage::v1::CorpusInfo info;
  info.set_schema_version(kSchemaVersion + 1);
  kv::Batch batch;
  batch.Put(keys::Info(), info.SerializeAsString());
  ASSERT_TRUE(other.Write(batch).ok());
  const absl::Status status = CorpusReader::Open(other).status();
  EXPECT_EQ(status.code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_THAT(std::string(status.message()), HasSubstr("schema version 3"));
}

TEST_F(ReaderTest, AnswersComeInTheOrderOfRevisionsWithinTheBounds) {
  for (const char* dataset : {"a", "b", "a", "a", "b"}) Answered(dataset, "text");
  EXPECT_THAT(Revisions(AnswersOf(reader(), "a")), ElementsAre(1, 3, 4));
  EXPECT_THAT(Revisions(AnswersOf(reader(), "b")), ElementsAre(2, 5));
  EXPECT_THAT(Revisions(AnswersOf(reader(), "a", 1)), ElementsAre(3, 4));
  EXPECT_THAT(Revisions(AnswersOf(reader(), "a", 0, 3)), ElementsAre(1, 3));
  EXPECT_THAT(Revisions(AnswersOf(reader(), "a", 1, 3)), ElementsAre(3));
  EXPECT_THAT(AnswersOf(reader(), "a", 4), IsEmpty());
  EXPECT_THAT(AnswersOf(reader(), "a", 5, 3), IsEmpty());
  EXPECT_THAT(AnswersOf(reader(), "a", kLatest, kLatest), IsEmpty());
}

TEST_F(ReaderTest, AWalkEndsWhenTheCallbackSaysSo) {
  for (int i = 0; i < 5; ++i) Answered("a", "text");
  int calls = 0;
  ASSERT_TRUE(
      reader().ForEachEntry("a", 0, kLatest, [&](const LogEntry&) { return ++calls < 2; }).ok());
  EXPECT_EQ(calls, 2);
}

TEST_F(ReaderTest, UnknownNamesAreNotFoundWithTheNearest) {
  Answered("job_titles", "text");
  Import("ads", {MakeExample("text")});
  PutQueue("monday");
  const absl::Status dataset = reader().GetDataset("job_titels").status();
  EXPECT_EQ(dataset.code(), absl::StatusCode::kNotFound);
  EXPECT_EQ(dataset.message(), "there is no dataset \"job_titels\". Did you mean \"job_titles\"?");
  EXPECT_EQ(ReasonOf(dataset), "UNKNOWN_DATASET");
  EXPECT_EQ(ReasonOf(reader().GetSource("add").status()), "UNKNOWN_SOURCE");
  EXPECT_EQ(ReasonOf(reader().GetQueue("sunday").status()), "UNKNOWN_QUEUE");
  EXPECT_EQ(ReasonOf(reader().GetDataset("ads").status()), "UNKNOWN_DATASET");
  EXPECT_EQ(ReasonOf(reader().ForEachEntry("x", 0, kLatest, [](const LogEntry&) { return true; })),
            "UNKNOWN_DATASET");
  EXPECT_EQ(ReasonOf(reader().ForEachSourceExample("x", 0, kLatest,
                                                   [](const SourceExample&) { return true; })),
            "UNKNOWN_SOURCE");
  EXPECT_EQ(
      ReasonOf(reader().ForEachTask("x", 0, kLatest, [](uint64_t, const Task&) { return true; })),
      "UNKNOWN_QUEUE");
}

TEST_F(ReaderTest, GetsOneAnswerByItsRevision) {
  const uint64_t revision = Answered("a", "one", storage::v1::VERDICT_REJECT);
  Answered("b", "two");
  EXPECT_EQ(reader().GetAnswer("a", revision)->verdict(), storage::v1::VERDICT_REJECT);
  EXPECT_EQ(reader().GetAnswer("a", revision)->example_id(), ExampleIdOf("one"));
  EXPECT_EQ(reader().GetAnswer("b", revision).status().code(), absl::StatusCode::kNotFound);
}

TEST_F(ReaderTest, TheRecordOfADataSetCountsWhatStands) {
  Answered("a", "one");
  const uint64_t rejected = Answered("a", "two", storage::v1::VERDICT_REJECT);
  Answered("a", "two", storage::v1::VERDICT_IGNORE);
  Answer complete = MakeAnswer("three");
  complete.set_kind(storage::v1::TASK_KIND_MANUAL);
  complete.set_coverage(storage::v1::COVERAGE_COMPLETE);
  complete.add_complete_labels("location");
  Change([&](Transaction& transaction) {
    return transaction.AppendAnswers("a", {complete}, {MakeExample("three")}).status();
  });
  const auto labels = [](const storage::v1::Dataset& dataset) {
    std::vector<std::string> shown;
    for (const auto& count : dataset.labels())
      shown.push_back(absl::StrCat(count.label(), " ", count.num_answers()));
    return shown;
  };

  const storage::v1::Dataset before = *reader().GetDataset("a");
  EXPECT_EQ(before.num_answers(), 4u);
  EXPECT_EQ(before.num_rejected(), 1u);
  EXPECT_EQ(before.last_revision(), corpus_->revision());
  EXPECT_THAT(labels(before), ElementsAre("job_title 4", "location 1"));

  Change([&](Transaction& transaction) { return transaction.Undo("a", rejected, "eva").status(); });
  const storage::v1::Dataset now = *reader().GetDataset("a");
  EXPECT_EQ(now.num_answers(), 3u);
  EXPECT_EQ(now.num_accepted(), 2u);
  EXPECT_EQ(now.num_rejected(), 0u);
  EXPECT_EQ(now.num_ignored(), 1u);
  EXPECT_EQ(now.num_texts(), 3u);
  EXPECT_EQ(now.last_revision(), corpus_->revision());
  EXPECT_THAT(labels(now), ElementsAre("job_title 3", "location 1"));
  EXPECT_THAT(*reader().ListUndone("a", kLatest), ElementsAre(rejected));
  EXPECT_THAT(*reader().ListUndone("a", before.last_revision()), IsEmpty());
}

TEST_F(ReaderTest, ATextWithoutStandingAnswersIsNoLongerOfTheDataSet) {
  const uint64_t only = Answered("a", "one");
  Answered("a", "two");
  Change([&](Transaction& transaction) { return transaction.Undo("a", only, "eva").status(); });
  EXPECT_EQ(reader().GetDataset("a")->num_texts(), 1u);
  std::vector<std::string> texts;
  ASSERT_TRUE(reader()
                  .ForEachText("a",
                               [&](const std::string& id, const storage::v1::TextAnswers& answers) {
                                 EXPECT_EQ(answers.entries_size(), 1);
                                 EXPECT_NE(answers.split_key(), 0u);
                                 texts.push_back(reader().GetExample(id)->text());
                                 return true;
                               })
                  .ok());
  EXPECT_THAT(texts, ElementsAre("two"));
}

TEST_F(ReaderTest, SourceKeepsTheOrderOfImportAndItsPast) {
  Import("s", {MakeExample("c"), MakeExample("a")});
  const uint64_t first = corpus_->revision();
  Import("other", {MakeExample("z")});
  Import("s", {MakeExample("a"), MakeExample("b")});
  EXPECT_THAT(SourceTexts("s"), ElementsAre("c", "a", "b"));
  EXPECT_THAT(SourceTexts("s", 1), ElementsAre("a", "b"));
  EXPECT_THAT(SourceTexts("s", 3), IsEmpty());
  EXPECT_THAT(SourceTexts("s", 0, first), ElementsAre("c", "a"));
  EXPECT_EQ(reader().GetSource("s")->num_examples(), 3u);
  EXPECT_EQ(reader().GetSource("s")->revision(), corpus_->revision());
}

TEST_F(ReaderTest, ExamplesAreFoundById) {
  Import("s", {MakeExample("text")});
  EXPECT_EQ(reader().GetExample(ExampleIdOf("text"))->text(), "text");
  EXPECT_EQ(reader().GetExample(ExampleIdOf("other")).status().code(), absl::StatusCode::kNotFound);
}

// The keys of a row are of the row, not of the text: another source may have the text from another.
TEST_F(ReaderTest, EachSourceKeepsTheKeysOfItsOwnRows) {
  const auto import = [&](const std::string& source, const std::vector<std::string>& fields) {
    ASSERT_TRUE(corpus_
                    ->Change([&](Transaction& transaction) {
                      return transaction
                          .ImportSource(source, {MakeExample("text"), MakeExample("other")}, fields)
                          .status();
                    })
                    .ok());
  };
  import("a", {R"({"id": 1.50})", ""});
  import("b", {R"({"id":2})", R"({"url":"x"})"});
  import("c", {});
  const auto fields = [&](const std::string& source, const std::string& text) {
    return *reader().GetSourceFields(source, ExampleIdOf(text));
  };
  EXPECT_EQ(fields("a", "text"), R"({"id": 1.50})");
  EXPECT_EQ(fields("a", "other"), "");
  EXPECT_EQ(fields("b", "text"), R"({"id":2})");
  EXPECT_EQ(fields("b", "other"), R"({"url":"x"})");
  EXPECT_EQ(fields("c", "text"), "");
  EXPECT_EQ(fields("b", "unknown"), "");
  // What was first stays.
  import("a", {R"({"id":3})", R"({"id":4})"});
  EXPECT_EQ(fields("a", "text"), R"({"id": 1.50})");
  EXPECT_EQ(fields("a", "other"), "");
  ASSERT_TRUE(
      corpus_->Change([](Transaction& transaction) { return transaction.DropSource("b"); }).ok());
  EXPECT_TRUE(absl::IsNotFound(reader().GetSourceFields("b", ExampleIdOf("text")).status()));
}

TEST_F(ReaderTest, ListsAreSortedAndPaged) {
  for (const char* name : {"b", "a.b", "c", "a"}) {
    Answered(name, "text");
    Import(name, {MakeExample("text")});
    PutQueue(name);
  }
  const auto names = [](const auto& list) {
    std::vector<std::string> names;
    for (const auto& record : list) names.push_back(record.name());
    return names;
  };
  EXPECT_THAT(names(*reader().ListDatasets()), ElementsAre("a", "a.b", "b", "c"));
  EXPECT_THAT(names(*reader().ListDatasets("", 2)), ElementsAre("a", "a.b"));
  EXPECT_THAT(names(*reader().ListDatasets("a.b", 2)), ElementsAre("b", "c"));
  EXPECT_THAT(names(*reader().ListDatasets("aa")), ElementsAre("b", "c"));
  EXPECT_THAT(names(*reader().ListDatasets("c")), IsEmpty());
  EXPECT_THAT(names(*reader().ListSources("a", 1)), ElementsAre("a.b"));
  EXPECT_THAT(names(*reader().ListQueues("b")), ElementsAre("c"));
}

TEST_F(ReaderTest, TasksOfAQueueComeInOrder) {
  PutQueue("q");
  PutQueue("q2");
  const auto task = [](absl::string_view text) {
    Task task;
    task.set_example_id(ExampleIdOf(text));
    task.set_id(ComparisonTaskIdOf(task.example_id(), {MakeSpan(0, 1, "x")}, {}));
    return task;
  };
  const auto append = [&](const std::string& queue, absl::string_view text) {
    Change([&](Transaction& transaction) {
      return transaction.AppendTasks(queue, {task(text)}, {MakeExample(text)}).status();
    });
    return corpus_->revision();
  };
  append("q", "b");
  const uint64_t second = append("q", "a");
  append("q2", "c");
  append("q", "c");
  const auto texts = [&](uint64_t after, uint64_t up_to) {
    std::vector<std::string> texts;
    EXPECT_TRUE(reader()
                    .ForEachTask("q", after, up_to,
                                 [&](uint64_t revision, const Task& task) {
                                   EXPECT_GT(revision, after);
                                   texts.push_back(reader().GetExample(task.example_id())->text());
                                   return true;
                                 })
                    .ok());
    return texts;
  };
  EXPECT_THAT(texts(0, kLatest), ElementsAre("b", "a", "c"));
  EXPECT_THAT(texts(second, kLatest), ElementsAre("c"));
  EXPECT_THAT(texts(0, second), ElementsAre("b", "a"));
}

TEST_F(ReaderTest, DamagedRecordIsDataLoss) {
  const uint64_t revision = Answered("a", "text");
  kv::Batch batch;
  batch.Put(keys::Answer(reader().GetDataset("a")->id(), revision), "\xff\xff\xff");
  batch.Put(keys::Example(ExampleIdOf("text")), "\xff");
  ASSERT_TRUE(store_->Write(batch).ok());
  EXPECT_EQ(reader().GetAnswer("a", revision).status().code(), absl::StatusCode::kDataLoss);
  EXPECT_EQ(
      ForEachStandingAnswer(reader(), "a", kLatest, [](const Answer&) { return true; }).code(),
      absl::StatusCode::kDataLoss);
  EXPECT_EQ(reader().GetExample(ExampleIdOf("text")).status().code(), absl::StatusCode::kDataLoss);
}

}  // namespace
}  // namespace winnow::corpus
