#include "services/annotation/question_pool.h"

#include <algorithm>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "services/annotation/testing.h"

namespace winnow::annotation {
namespace {

using measure::Ads;
using measure::Annotated;
using measure::MakeSpan;
using measure::Show;
using measure::ShowAll;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::SizeIs;

std::vector<std::string> TextsOfPool(const std::vector<PoolText>& pool) {
  std::vector<std::string> texts;
  for (const PoolText& text : pool) texts.push_back(text.text);
  return texts;
}

TEST(ReadPool, HoldoutTextsAreForTheAuditAllOthersForTeaching) {
  measure::TestCorpus corpus;
  std::vector<std::string> teaching = TextsOf(Ads(4, /*holdout=*/false)),
                           audit = TextsOf(Ads(3, /*holdout=*/true));
  corpus.AddSource("s", audit);
  corpus.AddSource("s", teaching);
  const QuestionPool pool = *ReadPool(corpus.reader(), MakeQueue(), corpus::kLatest);
  EXPECT_EQ(TextsOfPool(pool.teaching), teaching);
  EXPECT_EQ(TextsOfPool(pool.audit), audit);
  EXPECT_EQ(pool.teaching[0].example_id, corpus::ExampleIdOf(teaching[0]));
  EXPECT_EQ(pool.num_excluded, 0u);
}

TEST(ReadPool, OfTextsThatDifferInSpaceAndCaseTheFirstCounts) {
  measure::TestCorpus corpus;
  corpus.AddSource("s", {"Nurse wanted", "NURSE  wanted", "Nurse wanted "});
  const QuestionPool pool = *ReadPool(corpus.reader(), MakeQueue(), corpus::kLatest);
  ASSERT_EQ(pool.teaching.size() + pool.audit.size(), 1u);
  EXPECT_EQ((pool.teaching.empty() ? pool.audit : pool.teaching)[0].text, "Nurse wanted");
}

TEST(ReadPool, ReadsUpToTheRevision) {
  measure::TestCorpus corpus;
  const std::vector<std::string> texts = TextsOf(Ads(2, /*holdout=*/false));
  corpus.AddSource("s", {texts[0]});
  const uint64_t revision = corpus.corpus().revision();
  corpus.AddSource("s", {texts[1]});
  EXPECT_THAT(ReadPool(corpus.reader(), MakeQueue(), revision)->teaching, SizeIs(1));
  EXPECT_THAT(ReadPool(corpus.reader(), MakeQueue(), corpus::kLatest)->teaching, SizeIs(2));
}

TEST(ReadPool, ExcludedTextsAreLeftOutByTheirSplitKeys) {
  measure::TestCorpus corpus;
  const std::vector<Annotated> ads = Ads(5, /*holdout=*/false);
  corpus.AddSource("s", TextsOf(ads));
  corpus.Accept("gold", ads[0].text + " ", ads[0].spans[0]);
  // What the queue's own data set has completely is known; what it answers is left to the task ids.
  corpus.Complete("d", ads[1], {"job"});
  corpus.Accept("d", ads[2].text, ads[2].spans[0]);
  storage::v1::Queue queue = MakeQueue();
  queue.add_exclude_datasets("gold");
  const QuestionPool pool = *ReadPool(corpus.reader(), queue, corpus::kLatest);
  EXPECT_THAT(TextsOfPool(pool.teaching), ElementsAre(ads[2].text, ads[3].text, ads[4].text));
  EXPECT_EQ(pool.num_excluded, 2u);
}

TEST(ReadPool, UnknownNamesAreRefused) {
  measure::TestCorpus corpus;
  EXPECT_TRUE(absl::IsNotFound(ReadPool(corpus.reader(), MakeQueue(), corpus::kLatest).status()));
  corpus.AddSource("s", {"Nurse wanted"});
  EXPECT_TRUE(ReadPool(corpus.reader(), MakeQueue(), corpus::kLatest).ok());
  storage::v1::Queue queue = MakeQueue();
  queue.add_exclude_datasets("gold");
  EXPECT_TRUE(absl::IsNotFound(ReadPool(corpus.reader(), queue, corpus::kLatest).status()));
}

// Believes every tag of "job" alike.
std::shared_ptr<const ner::Model> FlatModel() {
  return *ner::Model::Make({"job"}, 10, {}, ner::Transitions(1),
                           [](size_t) -> const float* { return nullptr; });
}

std::vector<std::string> ShowCandidates(const TextCandidates& found) {
  std::vector<std::string> shown;
  for (const PoolCandidate& candidate : found.candidates) shown.push_back(Show(candidate.span));
  return shown;
}

TEST(FindTextCandidates, CandidatesWithoutALetterAreHidden) {
  storage::v1::Queue queue = MakeQueue();
  const TextCandidates found = FindTextCandidates(*FlatModel(), "é , 1", queue);
  EXPECT_EQ(found.num_tokens, 3u);
  EXPECT_THAT(ShowCandidates(found), ElementsAre("0-1 job", "0-3 job", "0-5 job"));
  EXPECT_THAT(ShowAll(found.hidden), ElementsAre("2-3 job", "2-5 job", "4-5 job"));
  queue.set_ask_without_letters(true);
  const TextCandidates all = FindTextCandidates(*FlatModel(), "é , 1", queue);
  EXPECT_THAT(all.candidates, SizeIs(6));
  EXPECT_THAT(all.hidden, IsEmpty());
}

TEST(FindTextCandidates, AreOfTheQueuesLabelsAndTellWhatIsPredicted) {
  const Annotated ad = measure::Mark("[Nurse] wanted in <Paris>, number 3");
  storage::v1::Queue queue = MakeQueue();
  std::vector<std::string> predicted;
  for (const PoolCandidate& candidate :
       FindTextCandidates(*measure::GoodModel(), ad.text, queue).candidates) {
    EXPECT_GE(candidate.probability, kMinProbability);
    EXPECT_LE(candidate.probability, 1);
    if (candidate.predicted) predicted.push_back(Show(candidate.span));
  }
  EXPECT_EQ(predicted, ShowAll(ad.spans));
  queue.clear_labels();
  queue.add_labels("place");
  for (const PoolCandidate& candidate :
       FindTextCandidates(*measure::GoodModel(), ad.text, queue).candidates) {
    EXPECT_EQ(candidate.span.label(), "place");
  }
}

TEST(MakeAuditFrame, HoldsTheCandidatesOfHoldoutTextsThatNobodyTrainedOn) {
  QuestionPool pool;
  const std::vector<Annotated> ads = Ads(6, /*holdout=*/true);
  for (const Annotated& ad : ads) pool.audit.push_back(PoolTextOf(ad.text));
  pool.audit.push_back(PoolTextOf("12345"));
  for (const Annotated& ad : Ads(3, /*holdout=*/false))
    pool.teaching.push_back(PoolTextOf(ad.text));
  const std::vector<storage::v1::StoredTask> frame =
      MakeAuditFrame(pool, *measure::GoodModel(), MakeQueue(), {pool.audit[2].split_key});
  std::vector<std::string> ids;
  for (const storage::v1::StoredTask& task : frame) {
    ids.push_back(task.example_id());
    const auto text = std::find_if(pool.audit.begin(), pool.audit.end(), [&](const PoolText& item) {
      return item.example_id == task.example_id();
    });
    ASSERT_NE(text, pool.audit.end());
    const TextCandidates found = FindTextCandidates(*measure::GoodModel(), text->text, MakeQueue());
    ASSERT_THAT(task.audit().items(), SizeIs(found.candidates.size()));
    for (size_t i = 0; i < found.candidates.size(); ++i) {
      const storage::v1::AuditItem& item = task.audit().items(static_cast<int>(i));
      EXPECT_EQ(Show(item.span()), Show(found.candidates[i].span));
      EXPECT_EQ(item.probability(), found.candidates[i].probability);
      EXPECT_EQ(item.predicted(), found.candidates[i].predicted);
    }
  }
  // A text without a candidate is in the frame, too: what is predicted there counts.
  EXPECT_THAT(ids, SizeIs(6));
  EXPECT_THAT(ids, Contains(pool.audit[6].example_id));
  EXPECT_THAT(ids, Not(Contains(pool.audit[2].example_id)));
}

TEST(MakeAuditFrame, DoesNotDependOnTheOrderOfTheSource) {
  QuestionPool pool;
  for (const Annotated& ad : Ads(20, /*holdout=*/true)) pool.audit.push_back(PoolTextOf(ad.text));
  const auto ids = [&] {
    std::vector<std::string> result;
    for (const auto& task : MakeAuditFrame(pool, *measure::GoodModel(), MakeQueue(), {})) {
      result.push_back(task.example_id());
    }
    return result;
  };
  const std::vector<std::string> before = ids();
  std::reverse(pool.audit.begin(), pool.audit.end());
  EXPECT_EQ(ids(), before);
}

TEST(MakeQuestion, ShowsTheSentenceAroundTheSpanUnlessUnsegmented) {
  const std::string text = "We are nice. Nurse wanted in Paris. Apply now.";
  storage::v1::Queue queue = MakeQueue();
  const PoolCandidate candidate = {MakeSpan(13, 18), 0.25, false};
  const v1::Task task = MakeQuestion(queue, PoolTextOf(text), candidate, "uncertainty");
  EXPECT_EQ(task.task_id(),
            corpus::IdToHex(corpus::TaskIdOf(corpus::ExampleIdOf(text),
                                             storage::v1::TASK_KIND_BINARY, {MakeSpan(13, 18)})));
  EXPECT_EQ(task.span().score(), 0.25);
  EXPECT_EQ(task.strategy(), "uncertainty");
  EXPECT_EQ(text.substr(task.view_start(), task.view_end() - task.view_start()),
            "Nurse wanted in Paris.");
  queue.set_unsegmented(true);
  const v1::Task whole = MakeQuestion(queue, PoolTextOf(text), candidate, "uncertainty");
  EXPECT_EQ(whole.view_start(), 0u);
  EXPECT_EQ(whole.view_end(), text.size());
  EXPECT_EQ(whole.task_id(), task.task_id());
}

}  // namespace
}  // namespace winnow::annotation
