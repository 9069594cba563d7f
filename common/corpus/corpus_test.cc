#include "common/corpus/corpus.h"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <memory>
#include <set>
#include <thread>
#include <utility>

#include "absl/strings/str_cat.h"
#include "common/base/await.h"
#include "common/base/clock.h"
#include "common/base/hash.h"
#include "common/corpus/testing.h"
#include "common/kv/memory_store.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace winnow::corpus {
namespace {

using storage::v1::Answer;
using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

class CorpusTest : public testing::Test {
 protected:
  void Reopen() {
    corpus_.reset();
    auto corpus = Corpus::Open(disk_.Attach(), clock_);
    ASSERT_TRUE(corpus.ok()) << corpus.status();
    corpus_ = *std::move(corpus);
  }

  absl::Status Change(const ChangeFn& change) { return corpus_->Change(change); }

  std::vector<std::string> Texts(absl::string_view dataset) {
    std::vector<std::string> texts;
    for (const Answer& answer : AnswersOf(corpus_->reader(), dataset)) {
      texts.push_back(corpus_->reader().GetExample(answer.example_id())->text());
    }
    return texts;
  }

  FakeClock clock_;
  Disk disk_;
  std::unique_ptr<Corpus> corpus_ = *Corpus::Open(disk_.Attach(), clock_);
};

MutateFn AppendText(std::string text) {
  return [text](Transaction& transaction) -> absl::StatusOr<std::string> {
    WINNOW_ASSIGN_OR_RETURN(const uint64_t revision, Append(transaction, "a", text));
    return absl::StrCat("revision ", revision);
  };
}

RequestKey Request(absl::string_view id, absl::string_view body = "body") {
  return {"eva", "/winnow/Submit", std::string(id), Sha256Hex(body)};
}

TEST_F(CorpusTest, KeepsItsIdentityAndRevisionWhenReopened) {
  const std::string id = corpus_->reader().info().database_id();
  EXPECT_THAT(id, SizeIs(32));
  EXPECT_EQ(corpus_->revision(), 0u);
  EXPECT_EQ(*Append(*corpus_, "a", "one"), 1u);
  EXPECT_EQ(*Append(*corpus_, "a", "two"), 2u);
  Reopen();
  EXPECT_EQ(corpus_->reader().info().database_id(), id);
  EXPECT_EQ(corpus_->revision(), 2u);
  EXPECT_EQ(*corpus_->reader().GetRevision(), 2u);
  EXPECT_EQ(*Append(*corpus_, "a", "three"), 3u);
  EXPECT_THAT(Texts("a"), ElementsAre("one", "two", "three"));
  EXPECT_NE(
      (*Corpus::Open(std::make_unique<kv::MemoryStore>(), clock_))->reader().info().database_id(),
      id);
}

TEST_F(CorpusTest, RefusesADatabaseOfSomethingElse) {
  auto store = std::make_unique<kv::MemoryStore>();
  kv::Batch batch;
  batch.Put("job", "1");
  ASSERT_TRUE(store->Write(batch).ok());
  EXPECT_EQ(Corpus::Open(std::move(store), clock_).status().code(),
            absl::StatusCode::kFailedPrecondition);
}

TEST_F(CorpusTest, AppendedAnswersComeBackAsTheyWere) {
  Answer answer = MakeAnswer("text", storage::v1::VERDICT_REJECT);
  answer.set_annotator("eva");
  answer.set_answered_unix_micros(7);
  answer.set_original_json("{\"text\": \"text\"}");
  answer.set_revision(99);
  ASSERT_TRUE(Change([&](Transaction& transaction) {
                return transaction.AppendAnswers("a", {answer}, {MakeExample("text")}).status();
              }).ok());
  answer.set_revision(1);
  EXPECT_EQ(AnswersOf(corpus_->reader(), "a")[0].SerializeAsString(), answer.SerializeAsString());
  EXPECT_EQ(corpus_->reader().GetDataset("a")->created_unix_micros(),
            absl::ToUnixMicros(clock_.Now()));
}

TEST_F(CorpusTest, BadAnswersAreRefusedTogetherAndChangeNothing) {
  Answer empty;
  empty.set_example_id("short");
  const absl::Status status = Change([&](Transaction& transaction) {
    return transaction
        .AppendAnswers("a", {MakeAnswer("text"), MakeAnswer("unknown"), empty},
                       {MakeExample("text"), MakeExample(""), MakeExample("\xc3")})
        .status();
  });
  EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument);
  EXPECT_THAT(
      std::string(status.message()),
      AllOf(HasSubstr("7 problems"), HasSubstr("examples[1].text: is empty"),
            HasSubstr("examples[2].text: inv"),
            HasSubstr("answers[1].example_id: there is no text"),
            HasSubstr("answers[2].example_id: has 5 bytes"), HasSubstr("answers[2].task_id"),
            HasSubstr("answers[2].kind"), HasSubstr("answers[2].verdict")));
  EXPECT_EQ(corpus_->revision(), 0u);
  EXPECT_EQ(corpus_->reader().GetExample(ExampleIdOf("text")).status().code(),
            absl::StatusCode::kNotFound);
  EXPECT_THAT(*corpus_->reader().ListDatasets(), IsEmpty());
}

TEST_F(CorpusTest, AnswerThatCouldNotBeReadBackIsRefused) {
  Answer answer = MakeAnswer("text");
  answer.set_annotator("\xff");
  const absl::Status status = Change([&](Transaction& transaction) {
    return transaction.AppendAnswers("a", {answer}, {MakeExample("text")}).status();
  });
  EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument);
  EXPECT_THAT(std::string(status.message()), HasSubstr("LogEntry could not be read again"));
}

TEST_F(CorpusTest, BadNamesAreRefused) {
  storage::v1::Queue queue;
  queue.set_name("-q");
  for (const absl::Status& status :
       {Append(*corpus_, "a/b", "text").status(),
        Change([&](Transaction& t) { return t.ImportSource("", {MakeExample("text")}).status(); }),
        Change([&](Transaction& t) { return t.PutQueue(queue); })}) {
    EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument);
  }
  EXPECT_EQ(corpus_->revision(), 0u);
}

TEST_F(CorpusTest, NothingAppendedMakesNoDataset) {
  ASSERT_TRUE(Change([&](Transaction& transaction) {
                return transaction.AppendAnswers("a", {}).status();
              }).ok());
  EXPECT_THAT(*corpus_->reader().ListDatasets(), IsEmpty());
  EXPECT_EQ(corpus_->revision(), 0u);
}

TEST_F(CorpusTest, AnUndoIsAppendedOnce) {
  const uint64_t revision = *Append(*corpus_, "a", "text");
  uint64_t undone_by = 0;
  const auto undo = [&](absl::string_view dataset, uint64_t undone) {
    return Change([&](Transaction& transaction) -> absl::Status {
      WINNOW_ASSIGN_OR_RETURN(undone_by, transaction.Undo(dataset, undone, "eva"));
      return absl::OkStatus();
    });
  };
  ASSERT_TRUE(undo("a", revision).ok());
  std::vector<storage::v1::LogEntry> log;
  ASSERT_TRUE(corpus_->reader()
                  .ForEachEntry("a", revision, kLatest,
                                [&](const storage::v1::LogEntry& entry) {
                                  log.push_back(entry);
                                  return true;
                                })
                  .ok());
  ASSERT_EQ(log.size(), 1u);
  EXPECT_EQ(log[0].undo().revision(), undone_by);
  EXPECT_EQ(log[0].undo().undoes(), revision);
  EXPECT_EQ(log[0].undo().annotator(), "eva");
  EXPECT_TRUE(corpus_->reader().GetAnswer("a", revision).ok());

  EXPECT_THAT(std::string(undo("a", revision).message()), HasSubstr("undone already"));
  EXPECT_THAT(std::string(undo("a", undone_by).message()), HasSubstr("is itself an undo"));
  EXPECT_EQ(undo("a", revision).code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_EQ(undo("a", 99).code(), absl::StatusCode::kNotFound);
  EXPECT_EQ(undo("b", revision).code(), absl::StatusCode::kNotFound);
  EXPECT_EQ(corpus_->revision(), undone_by);
}

TEST_F(CorpusTest, DroppedDatasetDoesNotComeBackWithItsName) {
  const uint64_t first = *Append(*corpus_, "a", "one");
  *Append(*corpus_, "b", "two");
  ASSERT_TRUE(Change([&](Transaction& t) { return t.Undo("a", first, "eva").status(); }).ok());
  ASSERT_TRUE(Change([&](Transaction& t) { return t.DropDataset("a"); }).ok());
  EXPECT_EQ(corpus_->reader().GetDataset("a").status().code(), absl::StatusCode::kNotFound);
  EXPECT_EQ(Change([&](Transaction& t) { return t.DropDataset("a"); }).code(),
            absl::StatusCode::kNotFound);
  *Append(*corpus_, "a", "three");
  EXPECT_THAT(Texts("a"), ElementsAre("three"));
  EXPECT_THAT(Texts("b"), ElementsAre("two"));
}

// The later mutations of a group see what the earlier ones did, though nothing is written yet.
TEST_F(CorpusTest, DropAndAppendInOneMutation) {
  *Append(*corpus_, "a", "one");
  ASSERT_TRUE(Change([&](Transaction& transaction) -> absl::Status {
                WINNOW_RETURN_IF_ERROR(Append(transaction, "a", "two").status());
                WINNOW_RETURN_IF_ERROR(transaction.DropDataset("a"));
                EXPECT_EQ(transaction.GetDataset("a").status().code(), absl::StatusCode::kNotFound);
                WINNOW_ASSIGN_OR_RETURN(const uint64_t third, Append(transaction, "a", "three"));
                WINNOW_RETURN_IF_ERROR(transaction.Undo("a", third, "eva").status());
                return Append(transaction, "a", "four").status();
              }).ok());
  EXPECT_EQ(AnswersOf(corpus_->reader(), "a").size(), 2u);
  EXPECT_EQ(corpus_->reader().GetDataset("a")->num_answers(), 1u);
}

TEST_F(CorpusTest, AnImportInPiecesIsSeenAsAWholeAndABrokenOneNever) {
  const auto stage = [&](const std::string& text, storage::v1::Dataset& staged) {
    return corpus_->Change([&](Transaction& transaction) {
      return transaction.StageAnswers("d", {MakeAnswer(text)}, {MakeExample(text)}, staged);
    });
  };
  storage::v1::Dataset broken;
  ASSERT_TRUE(stage("left behind", broken).ok());
  storage::v1::Dataset staged;
  ASSERT_TRUE(stage("one", staged).ok());
  ASSERT_TRUE(Append(*corpus_, "other", "in between").ok());
  ASSERT_TRUE(stage("two", staged).ok());
  EXPECT_TRUE(absl::IsNotFound(corpus_->reader().GetDataset("d").status()));
  ASSERT_TRUE(
      corpus_->Change([&](Transaction& transaction) { return transaction.PublishAnswers(staged); })
          .ok());
  const std::vector<storage::v1::Answer> answers = AnswersOf(corpus_->reader(), "d");
  ASSERT_EQ(answers.size(), 2u);
  EXPECT_EQ(answers[0].example_id(), ExampleIdOf("one"));
  EXPECT_EQ(answers[1].example_id(), ExampleIdOf("two"));
  EXPECT_EQ(corpus_->reader().GetDataset("d")->num_texts(), 2u);
  // Into one that exists it is refused.
  storage::v1::Dataset late;
  EXPECT_TRUE(absl::IsFailedPrecondition(stage("three", late)));
}

TEST_F(CorpusTest, ImportSourceCountsDuplicates) {
  ImportCounts counts;
  const auto import = [&](const std::vector<storage::v1::Example>& examples) {
    return Change([&](Transaction& transaction) -> absl::Status {
      WINNOW_ASSIGN_OR_RETURN(counts, transaction.ImportSource("s", examples));
      return absl::OkStatus();
    });
  };
  ASSERT_TRUE(import({MakeExample("a"), MakeExample("b"), MakeExample("a")}).ok());
  EXPECT_EQ(counts.num_added, 2u);
  EXPECT_EQ(counts.num_duplicates, 1u);
  EXPECT_EQ(corpus_->revision(), 1u);
  ASSERT_TRUE(import({MakeExample("b")}).ok());
  EXPECT_EQ(counts.num_added, 0u);
  EXPECT_EQ(corpus_->revision(), 1u);
  EXPECT_EQ(import({MakeExample("c"), MakeExample("")}).code(), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(corpus_->reader().GetSource("s")->num_examples(), 2u);
}

TEST_F(CorpusTest, QueuesHoldEachTaskOnce) {
  storage::v1::Queue queue;
  queue.set_name("q");
  queue.set_source("s");
  storage::v1::Task task;
  task.set_example_id(ExampleIdOf("text"));
  task.set_id(std::string(kIdBytes, 't'));
  uint64_t num_added = 0;
  const auto append = [&](std::vector<storage::v1::Task> tasks) {
    return Change([&](Transaction& transaction) -> absl::Status {
      WINNOW_ASSIGN_OR_RETURN(num_added,
                              transaction.AppendTasks("q", tasks, {MakeExample("text")}));
      return absl::OkStatus();
    });
  };
  EXPECT_EQ(append({task}).code(), absl::StatusCode::kNotFound);
  ASSERT_TRUE(Change([&](Transaction& t) { return t.PutQueue(queue); }).ok());
  EXPECT_EQ(corpus_->reader().GetQueue("q")->source(), "s");
  storage::v1::Task other = task;
  other.set_id(std::string(kIdBytes, 'x'));
  ASSERT_TRUE(append({task, other, task}).ok());
  EXPECT_EQ(num_added, 2u);
  ASSERT_TRUE(append({other}).ok());
  EXPECT_EQ(num_added, 0u);
  other.set_example_id(ExampleIdOf("unknown"));
  other.set_id("short");
  EXPECT_THAT(std::string(append({task, other}).message()),
              AllOf(HasSubstr("tasks[1].example_id"), HasSubstr("tasks[1].id")));

  ASSERT_TRUE(Change([&](Transaction& t) { return t.DeleteQueue("q"); }).ok());
  EXPECT_EQ(Change([&](Transaction& t) { return t.DeleteQueue("q"); }).code(),
            absl::StatusCode::kNotFound);
  ASSERT_TRUE(Change([&](Transaction& t) { return t.PutQueue(queue); }).ok());
  ASSERT_TRUE(append({task}).ok());
  EXPECT_EQ(num_added, 1u);
}

TEST_F(CorpusTest, ARepeatedRequestGetsTheFirstReply) {
  EXPECT_EQ(*corpus_->Mutate(Request("1"), AppendText("one")), "revision 1");
  EXPECT_EQ(*corpus_->FindReply(Request("1")), "revision 1");
  EXPECT_EQ(*corpus_->Mutate(Request("1"), AppendText("one")), "revision 1");
  Reopen();
  EXPECT_EQ(*corpus_->Mutate(Request("1"), AppendText("one")), "revision 1");
  EXPECT_EQ(*corpus_->Mutate(Request("2"), AppendText("two")), "revision 2");
  EXPECT_THAT(Texts("a"), ElementsAre("one", "two"));
}

TEST_F(CorpusTest, ARequestIdBelongsToItsCallerAndMethod) {
  EXPECT_EQ(*corpus_->Mutate(Request("1"), AppendText("one")), "revision 1");
  RequestKey other_caller = Request("1");
  other_caller.caller = "adam";
  RequestKey other_method = Request("1");
  other_method.method = "/winnow/Undo";
  EXPECT_EQ(*corpus_->Mutate(other_caller, AppendText("two")), "revision 2");
  EXPECT_EQ(*corpus_->Mutate(other_method, AppendText("three")), "revision 3");
}

TEST_F(CorpusTest, ARequestIdWithAnotherBodyIsRefused) {
  ASSERT_TRUE(corpus_->Mutate(Request("1"), AppendText("one")).ok());
  const absl::Status status =
      corpus_->Mutate(Request("1", "other body"), AppendText("two")).status();
  EXPECT_EQ(status.code(), absl::StatusCode::kAlreadyExists);
  EXPECT_EQ(ReasonOf(status), "REQUEST_ID_REUSED");
  EXPECT_EQ(corpus_->FindReply(Request("1", "other body")).status().code(),
            absl::StatusCode::kAlreadyExists);
  EXPECT_THAT(Texts("a"), ElementsAre("one"));
}

TEST_F(CorpusTest, AFailedRequestCanBeTriedAgain) {
  EXPECT_EQ(corpus_->Mutate(Request("1"), [](Transaction&) { return absl::InternalError("x"); })
                .status()
                .code(),
            absl::StatusCode::kInternal);
  EXPECT_EQ(corpus_->FindReply(Request("1")).status().code(), absl::StatusCode::kNotFound);
  EXPECT_EQ(*corpus_->Mutate(Request("1"), AppendText("one")), "revision 1");
}

TEST_F(CorpusTest, WithoutARequestIdEveryCallCounts) {
  EXPECT_EQ(*corpus_->Mutate(Request(""), AppendText("one")), "revision 1");
  EXPECT_EQ(*corpus_->Mutate(Request(""), AppendText("one")), "revision 2");
}

TEST_F(CorpusTest, RepliesAreKeptSevenDays) {
  ASSERT_TRUE(corpus_->Mutate(Request("old"), AppendText("one")).ok());
  clock_.Advance(absl::Hours(24));
  ASSERT_TRUE(corpus_->Mutate(Request("young"), AppendText("two")).ok());
  clock_.Advance(kv::kReplyLifetime - absl::Hours(24));
  Reopen();
  EXPECT_TRUE(corpus_->FindReply(Request("old")).ok());
  clock_.Advance(absl::Seconds(1));
  Reopen();
  EXPECT_TRUE(corpus_->FindReply(Request("old")).ok()) << "the clock may have been set";
  Reopen();
  EXPECT_EQ(corpus_->FindReply(Request("old")).status().code(), absl::StatusCode::kNotFound);
  EXPECT_TRUE(corpus_->FindReply(Request("young")).ok());
  // And without reopening, by what is written now and then.
  clock_.Advance(absl::Hours(24));
  ASSERT_TRUE(corpus_->Mutate(AppendText("three")).ok());
  clock_.Advance(absl::Hours(1));
  ASSERT_TRUE(corpus_->Mutate(AppendText("four")).ok());
  EXPECT_EQ(corpus_->FindReply(Request("young")).status().code(), absl::StatusCode::kNotFound);
  EXPECT_EQ(*corpus_->Mutate(Request("old"), AppendText("five")), "revision 5");
}

TEST_F(CorpusTest, MutationsOfOneCallAreIndependentAndWrittenTogether) {
  const int before = disk_.num_writes();
  const auto results =
      corpus_->MutateAll({{Request("1"), AppendText("one")},
                          {Request("2"),
                           [](Transaction& transaction) -> absl::StatusOr<std::string> {
                             // Undone by the error, the revision too.
                             WINNOW_RETURN_IF_ERROR(Append(transaction, "a", "bad").status());
                             return absl::OutOfRangeError("no");
                           }},
                          {Request("1"), AppendText("one")},
                          {Request("3"), AppendText("three")}});
  EXPECT_EQ(disk_.num_writes(), before + 1);
  EXPECT_EQ(*results[0], "revision 1");
  EXPECT_EQ(results[1].status().code(), absl::StatusCode::kOutOfRange);
  EXPECT_EQ(*results[2], "revision 1");
  EXPECT_EQ(*results[3], "revision 2");
  EXPECT_THAT(Texts("a"), ElementsAre("one", "three"));
  EXPECT_EQ(corpus_->reader().GetExample(ExampleIdOf("bad")).status().code(),
            absl::StatusCode::kNotFound);
  EXPECT_THAT(corpus_->MutateAll({}), IsEmpty());
}

TEST_F(CorpusTest, NothingIsVisibleBeforeItIsWritten) {
  disk_.Hold();
  std::thread writer([&] { EXPECT_EQ(*Append(*corpus_, "a", "one"), 1u); });
  disk_.WaitUntilAWriteIsHeld();
  EXPECT_EQ(corpus_->revision(), 0u);
  EXPECT_EQ(*corpus_->reader().GetRevision(), 0u);
  EXPECT_THAT(*corpus_->reader().ListDatasets(), IsEmpty());
  disk_.Release();
  writer.join();
  EXPECT_EQ(corpus_->revision(), 1u);
  EXPECT_THAT(Texts("a"), ElementsAre("one"));
}

TEST_F(CorpusTest, NobodyIsToldBeforeItIsOnDisk) {
  disk_.HoldSyncs();
  std::atomic<bool> told = false;
  std::thread writer([&] {
    EXPECT_EQ(*Append(*corpus_, "a", "one"), 1u);
    told = true;
  });
  disk_.WaitUntilASyncIsHeld();
  EXPECT_EQ(corpus_->revision(), 0u);
  // Another mutation is written meanwhile; what need not last is even told.
  std::atomic<bool> told_too = false;
  corpus_->MutateLater({{Request("1"), AppendText("two")}}, [&](Replies) { told_too = true; });
  const Replies replies = Await<Replies>([&](DoneFn done) {
    corpus_->MutateLater({{{}, AppendText("three")}}, std::move(done), Durability::kProcess);
  });
  EXPECT_EQ(*replies[0], "revision 3");
  EXPECT_EQ(corpus_->revision(), 0u);
  EXPECT_FALSE(told || told_too);
  disk_.ReleaseSyncs();
  writer.join();
  EXPECT_EQ(*corpus_->FindReply(Request("1")), "revision 2");
  EXPECT_TRUE(told_too);
  EXPECT_EQ(corpus_->revision(), 3u);
}

// Or a repetition would acknowledge what a power cut can still take.
TEST_F(CorpusTest, ARepetitionWaitsForTheDiskLikeTheFirst) {
  disk_.HoldSyncs();
  std::thread first([&] { EXPECT_TRUE(corpus_->Mutate(Request("1"), AppendText("one")).ok()); });
  disk_.WaitUntilASyncIsHeld();
  std::atomic<bool> told = false;
  std::thread second([&] {
    EXPECT_EQ(*corpus_->FindReply(Request("1")), "revision 1");
    told = true;
  });
  // What is told without a sync comes after the repetition was looked at.
  for (int i = 0; i < 3; ++i) {
    Await<Replies>([&](DoneFn done) {
      corpus_->MutateLater({{{}, AppendText("x")}}, std::move(done), Durability::kProcess);
    });
  }
  EXPECT_FALSE(told);
  disk_.ReleaseSyncs();
  first.join();
  second.join();
}

TEST_F(CorpusTest, WhatArrivesDuringASyncIsSyncedTogether) {
  constexpr int kThreads = 8;
  constexpr int kAnswers = 20;
  const int before = disk_.num_syncs();
  disk_.SlowDown();
  std::vector<std::thread> threads;
  for (int t = 0; t < kThreads; ++t) {
    threads.emplace_back([&] {
      for (int i = 0; i < kAnswers; ++i) ASSERT_TRUE(Append(*corpus_, "a", "text").ok());
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(corpus_->revision(), static_cast<uint64_t>(kThreads * kAnswers));
  EXPECT_LT(disk_.num_syncs(), before + kThreads * kAnswers);
}

TEST_F(CorpusTest, WhatCannotBeSyncedIsNotAcknowledged) {
  *Append(*corpus_, "a", "one");
  disk_.FailSyncs(true);
  const auto result = corpus_->Mutate(Request("1"), AppendText("two"));
  EXPECT_EQ(result.status().code(), absl::StatusCode::kUnavailable);
  EXPECT_THAT(std::string(result.status().message()), HasSubstr("no space left"));
  EXPECT_EQ(corpus_->revision(), 1u);
  disk_.FailSyncs(false);
  // It was written all the same, and its repetition says so when it is on disk.
  EXPECT_EQ(*corpus_->Mutate(Request("1"), AppendText("two")), "revision 2");
  EXPECT_EQ(corpus_->revision(), 2u);
  EXPECT_THAT(Texts("a"), ElementsAre("one", "two"));
}

TEST_F(CorpusTest, AFullDiskRefusesWritesUntilThereIsRoom) {
  *Append(*corpus_, "a", "one");
  disk_.FailWrites(true);
  const auto results =
      corpus_->MutateAll({{Request("1"), AppendText("two")}, {Request("2"), AppendText("three")}});
  for (const auto& result : results) {
    EXPECT_EQ(result.status().code(), absl::StatusCode::kUnavailable);
    EXPECT_THAT(std::string(result.status().message()), HasSubstr("no space left"));
  }
  EXPECT_EQ(corpus_->revision(), 1u);
  EXPECT_THAT(Texts("a"), ElementsAre("one"));
  disk_.FailWrites(false);
  EXPECT_EQ(*corpus_->Mutate(Request("1"), AppendText("two")), "revision 2");
  EXPECT_THAT(Texts("a"), ElementsAre("one", "two"));
  Reopen();
  EXPECT_THAT(Texts("a"), ElementsAre("one", "two"));
}

TEST_F(CorpusTest, ASecondWriterIsNoticed) {
  const auto second = *Corpus::Open(disk_.Attach(), clock_);
  *Append(*corpus_, "a", "one");
  EXPECT_EQ(Append(*second, "a", "two").status().code(), absl::StatusCode::kUnavailable);
  EXPECT_THAT(Texts("a"), ElementsAre("one"));
}

TEST_F(CorpusTest, ATooLargeMutationIsRefused) {
  const auto corpus = *Corpus::Open(disk_.Attach(), clock_, 1000);
  const absl::Status status = Append(*corpus, "a", std::string(1000, 'x')).status();
  EXPECT_EQ(status.code(), absl::StatusCode::kResourceExhausted);
  EXPECT_THAT(std::string(status.message()), HasSubstr("at most 1000"));
  EXPECT_EQ(corpus->revision(), 0u);
  EXPECT_EQ(*Append(*corpus, "a", "one"), 1u);
}

// Larger than one group: written in several batches, each mutation whole.
TEST_F(CorpusTest, ManyLargeMutationsOfOneCall) {
  std::vector<Mutation> mutations;
  for (int i = 0; i < 5; ++i) {
    mutations.push_back({{}, AppendText(absl::StrCat(i, std::string(size_t{7} << 20, 'x')))});
  }
  const int before = disk_.num_writes();
  const auto results = corpus_->MutateAll(mutations);
  for (int i = 0; i < 5; ++i) EXPECT_EQ(*results[i], absl::StrCat("revision ", i + 1));
  EXPECT_EQ(disk_.num_writes(), before + 2);
  EXPECT_EQ(AnswersOf(corpus_->reader(), "a").size(), 5u);
}

TEST_F(CorpusTest, SixteenThreadsGetGaplessRevisions) {
  constexpr int kThreads = 16;
  constexpr int kAnswers = 100;
  std::vector<std::vector<uint64_t>> acknowledged(kThreads);
  std::atomic<bool> stop = false;
  // What is read at any time is gapless too, and whatever was seen once stays.
  std::thread reader([&] {
    size_t seen = 0;
    while (!stop) {
      const std::vector<Answer> answers = AnswersOf(corpus_->reader(), "a");
      ASSERT_GE(answers.size(), seen);
      seen = answers.size();
      for (size_t i = 0; i < seen; ++i) ASSERT_EQ(answers[i].revision(), i + 1);
    }
  });
  std::vector<std::thread> threads;
  for (int t = 0; t < kThreads; ++t) {
    threads.emplace_back([&, t] {
      for (int i = 0; i < kAnswers; ++i) {
        const std::string text = absl::StrCat(t, "/", i);
        const uint64_t revision = *Append(*corpus_, "a", text);
        acknowledged[t].push_back(revision);
        // Acknowledged means readable.
        const auto answer = corpus_->reader().GetAnswer("a", revision);
        ASSERT_TRUE(answer.ok()) << answer.status();
        ASSERT_EQ(answer->example_id(), ExampleIdOf(text));
        ASSERT_GE(corpus_->revision(), revision);
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  stop = true;
  reader.join();
  std::set<uint64_t> all;
  for (const std::vector<uint64_t>& revisions : acknowledged) {
    EXPECT_TRUE(std::is_sorted(revisions.begin(), revisions.end()));
    all.insert(revisions.begin(), revisions.end());
  }
  EXPECT_EQ(all.size(), static_cast<size_t>(kThreads * kAnswers));
  EXPECT_EQ(*all.rbegin(), static_cast<uint64_t>(kThreads * kAnswers));
  EXPECT_EQ(corpus_->revision(), *all.rbegin());
}

// Many clients repeat the same request at once: it happens once.
TEST_F(CorpusTest, ConcurrentRepetitionsHappenOnce) {
  std::vector<std::thread> threads;
  for (int t = 0; t < 8; ++t) {
    threads.emplace_back(
        [&] { EXPECT_EQ(*corpus_->Mutate(Request("1"), AppendText("one")), "revision 1"); });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_THAT(Texts("a"), ElementsAre("one"));
}

TEST_F(CorpusTest, WaitReturnsWhenTheRevisionIsPassedOrTimeIsUp) {
  EXPECT_EQ(corpus_->WaitForRevision(0, absl::Milliseconds(1)), 0u);
  EXPECT_EQ(corpus_->WaitForRevision(0, absl::ZeroDuration()), 0u);
  std::thread writer([&] {
    for (int i = 0; i < 3; ++i) ASSERT_TRUE(Append(*corpus_, "a", "text").ok());
  });
  EXPECT_EQ(corpus_->WaitForRevision(2, absl::InfiniteDuration()), 3u);
  writer.join();
  EXPECT_EQ(corpus_->WaitForRevision(1, absl::ZeroDuration()), 3u);
}

}  // namespace
}  // namespace winnow::corpus
