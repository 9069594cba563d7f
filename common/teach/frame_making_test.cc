#include "common/teach/frame_making.h"

#include <algorithm>

#include "common/stats/asking.h"
#include "common/teach/candidates.h"
#include "common/teach/testing.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace winnow::teach {
namespace {

using measure::Ads;
using measure::Annotated;
using measure::Show;
using storage::v1::FrameText;
using ::testing::Contains;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::SizeIs;

bool GoOn(uint64_t, uint64_t) { return true; }

class AuditFrameTest : public testing::Test {
 protected:
  // Adds the texts to the source, and to holdout_.
  void AddTexts(const std::vector<std::string>& texts) {
    corpus_.AddSource("s", texts);
    for (const std::string& text : texts) holdout_.push_back(PoolTextOf(text));
  }
  void CreateQueue() { corpus_.PutQueue(MakeQueue()); }

  absl::Status Make(size_t index = 0, const models::TrainingKeys& trained_on = {},
                    const ProgressFn& progress = GoOn) {
    storage::v1::AuditFrame frame;
    frame.set_model_version("jobs@1");
    frame.set_source_revision(7);
    return MakeAuditFrame(Stored(), index, frame, holdout_, *measure::GoodModel(), trained_on,
                          corpus_.corpus(), progress);
  }
  storage::v1::Queue Stored() const { return *corpus_.reader().GetQueue("q"); }
  std::vector<FrameText> FrameTexts() const {
    std::vector<FrameText> texts;
    EXPECT_TRUE(corpus_.reader()
                    .ForEachFrameText("q", corpus::kLatest,
                                      [&](const FrameText& text) {
                                        texts.push_back(text);
                                        return true;
                                      })
                    .ok());
    return texts;
  }
  std::vector<std::string> Ids() const {
    std::vector<std::string> ids;
    for (const FrameText& text : FrameTexts()) ids.push_back(text.example_id());
    return ids;
  }
  std::vector<std::vector<std::string>> Asked() const {
    std::vector<std::vector<std::string>> asked;
    const auto questions = *ReadAuditQuestions(corpus_.reader(), Stored());
    for (const std::vector<AuditQuestion>& frame : questions) {
      asked.emplace_back();
      for (const AuditQuestion& question : frame)
        asked.back().push_back(std::string(question.task.bytes()));
    }
    return asked;
  }

  measure::TestCorpus corpus_;
  std::vector<PoolText> holdout_;
};

TEST_F(AuditFrameTest, HoldsTheCandidatesOfHoldoutTextsThatNobodyTrainedOn) {
  const std::vector<Annotated> ads = Ads(6, /*holdout=*/true);
  AddTexts(TextsOf(ads));
  AddTexts({"12345"});
  CreateQueue();
  ASSERT_TRUE(Make(0, {holdout_[2].split_key}).ok());
  for (const FrameText& frame_text : FrameTexts()) {
    const std::string text = corpus_.reader().GetExample(frame_text.example_id())->text();
    const std::vector<Candidate> found =
        FindFrameCandidates(*measure::GoodModel(), text, MakeQueue()).asked;
    ASSERT_THAT(frame_text.items(), SizeIs(found.size()));
    for (size_t i = 0; i < found.size(); ++i) {
      const storage::v1::AuditItem& item = frame_text.items(static_cast<int>(i));
      EXPECT_EQ(Show(item.span()), Show(SpanOf(found[i], MakeQueue())));
      EXPECT_EQ(item.probability(), found[i].probability);
      EXPECT_EQ(item.predicted(), found[i].predicted);
    }
  }
  // A text without a candidate is in the frame, too: what is predicted there counts.
  EXPECT_THAT(Ids(), SizeIs(6));
  EXPECT_THAT(Ids(), Contains(std::string(holdout_[6].example.bytes())));
  EXPECT_THAT(Ids(), Not(Contains(std::string(holdout_[2].example.bytes()))));
  // It is asked about nothing there.
  EXPECT_THAT(Asked()[0], SizeIs(5));
}

TEST_F(AuditFrameTest, DoesNotDependOnTheOrderOfTheSource) {
  AddTexts(TextsOf(Ads(20, /*holdout=*/true)));
  CreateQueue();
  ASSERT_TRUE(Make().ok());
  const std::vector<std::string> before = Ids();
  const auto asked = Asked();
  corpus_.Change([](corpus::Transaction& transaction) { return transaction.DeleteQueue("q"); });
  CreateQueue();
  std::reverse(holdout_.begin(), holdout_.end());
  ASSERT_TRUE(Make().ok());
  EXPECT_EQ(Ids(), before);
  EXPECT_EQ(Asked(), asked);
}

TEST_F(AuditFrameTest, IsVisibleAsAWholeAndGoesOnAfterABreak) {
  // More than one piece.
  AddTexts(TextsOf(Ads(450, /*holdout=*/true)));
  CreateQueue();
  uint64_t last_total = 0;
  const absl::Status broken = Make(0, {}, [&](uint64_t done, uint64_t total) {
    last_total = total;
    return done < 250;
  });
  EXPECT_TRUE(absl::IsCancelled(broken)) << broken;
  EXPECT_EQ(last_total, 450u);
  EXPECT_THAT(FrameTexts(), IsEmpty());
  EXPECT_EQ(Stored().frames_size(), 0);
  EXPECT_THAT(Asked(), IsEmpty());

  ASSERT_TRUE(Make().ok());
  EXPECT_THAT(FrameTexts(), SizeIs(450));
  ASSERT_EQ(Stored().frames_size(), 1);
  EXPECT_EQ(Stored().frames(0).model_version(), "jobs@1");
  EXPECT_EQ(Stored().frames(0).source_revision(), 7u);
  EXPECT_EQ(Stored().frames(0).stored_revision(), corpus_.corpus().revision());
  EXPECT_THAT(Asked()[0], SizeIs(450));
}

TEST_F(AuditFrameTest, AFurtherOneLeavesTheFirstAsItIs) {
  AddTexts(TextsOf(Ads(5, /*holdout=*/true)));
  CreateQueue();
  ASSERT_TRUE(Make().ok());
  const auto first = Asked();
  const std::string record = Stored().frames(0).SerializeAsString();
  holdout_.clear();
  AddTexts(TextsOf(Ads(7, /*holdout=*/true, /*begin=*/5)));
  ASSERT_TRUE(Make(1).ok());
  const auto both = Asked();
  ASSERT_THAT(both, SizeIs(2));
  EXPECT_EQ(both[0], first[0]);
  EXPECT_THAT(both[1], SizeIs(7));
  EXPECT_EQ(Stored().frames(0).SerializeAsString(), record);
  EXPECT_GT(Stored().frames(1).stored_revision(), Stored().frames(0).stored_revision());
}

TEST_F(AuditFrameTest, HasAtMostSoManyTexts) {
  std::vector<std::string> texts;
  for (size_t i = 0; texts.size() < kMaxFrameTexts + 50; ++i) {
    std::string text = absl::StrCat("text ", i);
    if (text::IsHoldout(text::Bucket(text::SplitKey(text)))) texts.push_back(std::move(text));
  }
  AddTexts(texts);
  CreateQueue();
  ASSERT_TRUE(Make().ok());
  EXPECT_THAT(FrameTexts(), SizeIs(kMaxFrameTexts));
}

TEST_F(AuditFrameTest, AQuestionSaysWhatTheFrameKnows) {
  AddTexts(TextsOf(Ads(5, /*holdout=*/true)));
  CreateQueue();
  ASSERT_TRUE(Make().ok());
  const auto questions = *ReadAuditQuestions(corpus_.reader(), Stored());
  ASSERT_THAT(questions, SizeIs(1));
  for (const AuditQuestion& question : questions[0]) {
    const std::string example(question.example.bytes());
    EXPECT_EQ(question.task.bytes(),
              corpus::TaskIdOf(example, storage::v1::TASK_KIND_TEACH, {question.span}));
    EXPECT_EQ(question.model_version, "jobs@1");
    EXPECT_GE(question.probability, stats::kMinAskedProbability);
  }
}

}  // namespace
}  // namespace winnow::teach
