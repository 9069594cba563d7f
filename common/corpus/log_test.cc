// What follows from the log of a data set: standing answers, the follower, and who may answer.
#include <memory>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "common/base/clock.h"
#include "common/corpus/follower.h"
#include "common/corpus/standing.h"
#include "common/corpus/testing.h"
#include "common/kv/memory_store.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace winnow::corpus {
namespace {

using storage::v1::Answer;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

class LogTest : public testing::Test, public LogVisitor {
 protected:
  absl::Status Change(const ChangeFn& change) { return corpus_->Change(change); }
  uint64_t Answered(const std::string& text) { return *Append(*corpus_, "d", text); }
  void Undo(uint64_t revision) {
    ASSERT_TRUE(Change([&](Transaction& t) { return t.Undo("d", revision, "eva").status(); }).ok());
  }
  // An answer of a person to the one question about the text, which is stored.
  absl::StatusOr<Answer> AnswerBy(const std::string& annotator, uint32_t overlap,
                                  const std::string& text = "text", bool surplus = false) {
    Answer answer = MakeAnswer(text);
    answer.set_annotator(annotator);
    answer.set_surplus(surplus);
    absl::StatusOr<Answer> stored = absl::UnknownError("");
    const absl::Status status = Change([&](Transaction& t) {
      stored = t.AnswerTask("d", answer, overlap);
      return stored.status();
    });
    if (!status.ok()) return status;
    return stored;
  }
  std::vector<uint64_t> Standing(uint64_t up_to = kLatest) {
    std::vector<uint64_t> revisions;
    EXPECT_TRUE(ForEachStandingAnswer(corpus_->reader(), "d", up_to, [&](const Answer& answer) {
                  revisions.push_back(answer.revision());
                  return true;
                }).ok());
    return revisions;
  }

  void Restart() override { told_.push_back("restart"); }
  absl::Status Added(const Answer& answer) override {
    told_.push_back(absl::StrCat("+", answer.revision()));
    return fails_ ? absl::InternalError("no") : absl::OkStatus();
  }
  absl::Status Undone(const Answer& answer, uint64_t undo) override {
    told_.push_back(absl::StrCat("-", answer.revision(), " by ", undo));
    return absl::OkStatus();
  }
  std::vector<std::string> Follow(uint64_t up_to = kLatest) {
    told_.clear();
    EXPECT_EQ(follower_.Follow(corpus_->reader(), up_to, *this).ok(), !fails_);
    return told_;
  }

  FakeClock clock_;
  std::unique_ptr<Corpus> corpus_ = *Corpus::Open(std::make_unique<kv::MemoryStore>(), clock_);
  LogFollower follower_{"d"};
  bool fails_ = false;
  std::vector<std::string> told_;
};

TEST_F(LogTest, AnAnswerStandsUntilItIsTakenBack) {
  const uint64_t first = Answered("one");
  const uint64_t second = Answered("two");
  Undo(first);
  EXPECT_THAT(Standing(), ElementsAre(second));
  EXPECT_THAT(Standing(second), ElementsAre(first, second));
}

TEST_F(LogTest, TheFollowerTellsEachRecordOnceInOrder) {
  EXPECT_THAT(Follow(), IsEmpty());
  const uint64_t first = Answered("one");
  Answered("two");
  EXPECT_THAT(Follow(first), ElementsAre("restart", "+1"));
  Undo(first);
  EXPECT_THAT(Follow(), ElementsAre("+2", "-1 by 3"));
  EXPECT_THAT(Follow(), IsEmpty());
}

TEST_F(LogTest, TheFollowerBeginsAnewWithADataSetThatWasMadeAnew) {
  Answered("one");
  Follow();
  ASSERT_TRUE(Change([](Transaction& t) { return t.DropDataset("d"); }).ok());
  EXPECT_THAT(Follow(), ElementsAre("restart"));
  Answered("two");
  EXPECT_THAT(Follow(), ElementsAre("restart", "+3"));
}

TEST_F(LogTest, ARecordThatFailedIsToldAgain) {
  Answered("one");
  fails_ = true;
  EXPECT_THAT(Follow(), ElementsAre("restart", "+1"));
  fails_ = false;
  EXPECT_THAT(Follow(), ElementsAre("+1"));
}

TEST_F(LogTest, AsManyPeopleAsTheOverlapCountForATask) {
  Answered("text");  // By nobody: an import counts as a person.
  ASSERT_TRUE(Change([](Transaction& t) { return t.DropDataset("d"); }).ok());
  const Answer ann = *AnswerBy("ann", 2);
  const Answer ben = *AnswerBy("ben", 2);
  const Answer cem = *AnswerBy("cem", 2);
  EXPECT_FALSE(ann.surplus());
  EXPECT_FALSE(ben.surplus());
  EXPECT_TRUE(cem.surplus());
  EXPECT_THAT(Standing(), ElementsAre(ann.revision(), ben.revision()));
  EXPECT_EQ(corpus_->reader().GetDataset("d")->num_answers(), 2u);
  // A place that became free is the next person's.
  Undo(ann.revision());
  EXPECT_FALSE(AnswerBy("dan", 2)->surplus());
}

TEST_F(LogTest, APersonAnswersATaskOnceUntilItIsTakenBack) {
  Answered("text");
  ASSERT_TRUE(Change([](Transaction& t) { return t.DropDataset("d"); }).ok());
  const Answer first = *AnswerBy("ann", 1);
  EXPECT_EQ(ReasonOf(AnswerBy("ann", 1).status()), "ALREADY_ANSWERED");
  Undo(first.revision());
  EXPECT_TRUE(AnswerBy("ann", 1).ok());
}

TEST_F(LogTest, AnAnswerMarkedSurplusTakesNoPlace) {
  Answered("text");
  ASSERT_TRUE(Change([](Transaction& t) { return t.DropDataset("d"); }).ok());
  EXPECT_TRUE(AnswerBy("ann", 1, "text", /*surplus=*/true)->surplus());
  EXPECT_EQ(corpus_->reader().GetDataset("d")->num_texts(), 0u);
  EXPECT_FALSE(AnswerBy("ben", 1)->surplus());
  EXPECT_EQ(corpus_->reader().GetDataset("d")->num_texts(), 1u);
}

class SourceTest : public LogTest {
 protected:
  void Stage(const std::vector<std::string>& texts, ImportCounts& staged) {
    std::vector<storage::v1::Example> examples;
    for (const std::string& text : texts) examples.push_back(MakeExample(text));
    ASSERT_TRUE(Change([&](Transaction& t) { return t.StageTexts("s", examples, staged); }).ok());
  }
  void Publish(const ImportCounts& staged) {
    ASSERT_TRUE(Change([&](Transaction& t) { return t.PublishTexts("s", staged); }).ok());
  }
  std::vector<std::string> Texts() {
    std::vector<std::string> texts;
    const absl::Status status =
        corpus_->reader().ForEachSourceExample("s", 0, kLatest, [&](const SourceExample& item) {
          texts.push_back(item.example.text());
          return true;
        });
    return status.ok() ? texts : std::vector<std::string>{"none"};
  }
};

TEST_F(SourceTest, AnImportInPiecesIsVisibleAsAWhole) {
  ImportCounts staged;
  Stage({"a", "b"}, staged);
  EXPECT_THAT(Texts(), ElementsAre("none"));
  Stage({"b", "c"}, staged);
  Publish(staged);
  EXPECT_EQ(staged.num_added, 3u);
  EXPECT_EQ(staged.num_duplicates, 1u);
  EXPECT_THAT(Texts(), ElementsAre("a", "b", "c"));
}

TEST_F(SourceTest, ABrokenImportLeavesNothingThatCounts) {
  ImportCounts whole;
  Stage({"a"}, whole);
  Publish(whole);
  ImportCounts broken;
  Stage({"b", "c", "d"}, broken);
  EXPECT_THAT(Texts(), ElementsAre("a"));
  ImportCounts next;
  Stage({"c", "b", "a"}, next);
  Publish(next);
  EXPECT_EQ(next.num_added, 2u);
  EXPECT_EQ(next.num_duplicates, 1u);
  EXPECT_THAT(Texts(), ElementsAre("a", "c", "b"));
}

}  // namespace
}  // namespace winnow::corpus
