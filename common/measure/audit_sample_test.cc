#include "common/measure/audit_sample.h"

#include <optional>
#include <string>
#include <vector>

#include "common/base/status.h"
#include "common/measure/testing.h"
#include "common/stats/asking.h"
#include "common/stats/audit.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace winnow::measure {
namespace {

using ::testing::AllOf;
using ::testing::Contains;
using ::testing::Each;
using ::testing::SizeIs;

std::optional<AuditSample> Read(const TestCorpus& corpus, const models::TrainingKeys& leaked = {}) {
  return *ReadAuditSample(corpus.reader(), {"jobs"}, corpus::kLatest, *GoodModel(), *BlindModel(),
                          leaked);
}

// Items of text `index` whose question counts.
std::vector<stats::AuditItem> Asked(const AuditSample& sample, size_t index) {
  std::vector<stats::AuditItem> asked;
  for (const stats::AuditItem& item : sample.texts[index]) {
    if (item.answer != stats::AuditAnswer::kNotAsked) asked.push_back(item);
  }
  return asked;
}

size_t NumAsked(const AuditSample& sample) {
  size_t num_asked = 0;
  for (size_t i = 0; i < sample.texts.size(); ++i) num_asked += Asked(sample, i).size();
  return num_asked;
}

TEST(ReadAuditSample, IsAbsentWithoutAnswers) {
  TestCorpus corpus;
  AuditQueue queue(corpus, "jobs.teach", "jobs", Ads(8, /*holdout=*/true));
  EXPECT_EQ(Read(corpus), std::nullopt);
  corpus.Accept("jobs", queue.ads()[0].text, queue.ads()[0].spans[0]);
  EXPECT_EQ(Read(corpus), std::nullopt);
}

TEST(ReadAuditSample, EndsBeforeTheFirstTextInAskingOrderWithoutAnAnswer) {
  TestCorpus corpus;
  AuditQueue queue(corpus, "jobs.teach", "jobs", Ads(8, /*holdout=*/true));
  queue.Answer(0, storage::v1::VERDICT_ACCEPT);
  queue.Answer(1, storage::v1::VERDICT_REJECT);
  queue.Answer(2, storage::v1::VERDICT_IGNORE);
  queue.Answer(4, storage::v1::VERDICT_ACCEPT);
  const AuditSample sample = *Read(corpus);
  EXPECT_EQ(sample.queue, "jobs.teach");
  EXPECT_THAT(sample.texts, AllOf(SizeIs(8), Each(SizeIs(2))));
  EXPECT_EQ(NumAsked(sample), 3u);
  const std::vector<stats::AuditAnswer> expected = {
      stats::AuditAnswer::kYes, stats::AuditAnswer::kNo, stats::AuditAnswer::kIgnored};
  const double threshold = stats::AuditThreshold(queue.plans(), 3);
  for (size_t i = 0; i < expected.size(); ++i) {
    const size_t text = queue.order()[i];
    const stats::AuditPlan& plan = queue.plans()[text];
    const std::vector<stats::AuditItem> asked = Asked(sample, text);
    ASSERT_THAT(asked, SizeIs(1));
    EXPECT_EQ(asked[0].answer, expected[i]);
    EXPECT_EQ(asked[0].pi, stats::InclusionProbability(threshold, plan.text_size, plan.span_size));
  }
  EXPECT_EQ(sample.num_changed, 8u);
  for (const stats::AuditText& text : sample.texts) {
    for (const stats::AuditItem& item : text) EXPECT_TRUE(item.predicted_a && !item.predicted_b);
  }
}

TEST(ReadAuditSample, OutcomesAreOfModelBAndWeighedByHowRarelySuchAQuestionIsAsked) {
  TestCorpus corpus;
  AuditQueue queue(corpus, "jobs.teach", "jobs", Ads(8, /*holdout=*/true));
  queue.Answer(0, storage::v1::VERDICT_ACCEPT);
  queue.Answer(1, storage::v1::VERDICT_REJECT);
  queue.Answer(2, storage::v1::VERDICT_IGNORE);
  const std::vector<ner::Outcome> of_blind = Read(corpus)->outcomes;
  const std::vector<ner::Outcome> of_good =
      ReadAuditSample(corpus.reader(), {"jobs"}, corpus::kLatest, *BlindModel(), *GoodModel(), {})
          .value()
          ->outcomes;
  ASSERT_THAT(of_good, SizeIs(2));
  const double threshold = stats::AuditThreshold(queue.plans(), 3);
  std::vector<double> weights;
  for (const size_t text : {queue.order()[0], queue.order()[1]}) {
    const stats::AuditPlan& plan = queue.plans()[text];
    weights.push_back(1 / stats::InclusionProbability(threshold, plan.text_size, plan.span_size));
  }
  for (size_t i = 0; i < 2; ++i) {
    EXPECT_THAT(weights, Contains(of_good[i].weight));
    EXPECT_GT(of_good[i].probability, 0.5);
    EXPECT_LT(of_blind[i].probability, 0.5);
  }
  EXPECT_NE(of_good[0].happened, of_good[1].happened);
}

TEST(ReadAuditSample, AnAnswerUndoneEndsTheSample) {
  TestCorpus corpus;
  AuditQueue queue(corpus, "jobs.teach", "jobs", Ads(8, /*holdout=*/true));
  const uint64_t first = queue.Answer(0);
  queue.Answer(1);
  EXPECT_EQ(NumAsked(*Read(corpus)), 2u);
  corpus.Undo("jobs", first);
  EXPECT_EQ(NumAsked(*Read(corpus)), 0u);
}

TEST(ReadAuditSample, LeakedTextsAreLeftOutAndCounted) {
  TestCorpus corpus;
  AuditQueue queue(corpus, "jobs.teach", "jobs", Ads(8, /*holdout=*/true));
  for (size_t i = 0; i < 3; ++i) queue.Answer(i);
  const AuditSample sample = *Read(corpus, {text::SplitKey(queue.ads()[queue.order()[0]].text)});
  EXPECT_THAT(sample.texts, SizeIs(7));
  EXPECT_EQ(sample.num_leaked, 1u);
  EXPECT_EQ(NumAsked(sample), 2u);
  EXPECT_EQ(sample.num_changed, 7u);
}

TEST(ReadAuditSample, UnusedTextsAreLeftOutAndNotCounted) {
  TestCorpus corpus;
  AuditQueue queue(corpus, "jobs.teach", "jobs", Ads(8, /*holdout=*/true));
  for (size_t i = 0; i < 3; ++i) queue.Answer(i);
  const models::TrainingKeys unused = {text::SplitKey(queue.ads()[queue.order()[0]].text)};
  const auto sample = *ReadAuditSample(corpus.reader(), {"jobs"}, corpus::kLatest, *GoodModel(),
                                       *BlindModel(), {}, unused);
  EXPECT_THAT(sample->texts, SizeIs(7));
  EXPECT_EQ(sample->num_leaked, 0u);
}

TEST(ReadAuditSample, SpansOutsideOfTheFrameAreNotAskableAndOthersHaveTheMeanOfTheModels) {
  std::vector<Annotated> jobs_only = Ads(8, /*holdout=*/true);
  for (Annotated& ad : jobs_only) {
    std::erase_if(ad.spans, [](const storage::v1::Span& span) { return span.label() == "place"; });
  }
  TestCorpus corpus;
  AuditQueue(corpus, "jobs.teach", "jobs", jobs_only).Answer(0);
  const AuditSample sample = *Read(corpus);
  ASSERT_THAT(sample.texts, AllOf(SizeIs(8), Each(SizeIs(2))));
  for (const stats::AuditText& text : sample.texts) {
    // The one model is sure of it, the other has never seen the like.
    EXPECT_NEAR(text[0].p, 0.5, 0.01);
    EXPECT_TRUE(text[0].askable);
    EXPECT_FALSE(text[1].askable);
    EXPECT_EQ(text[1].answer, stats::AuditAnswer::kNotAsked);
    EXPECT_TRUE(text[1].predicted_a && !text[1].predicted_b);
  }
}

// What the frame of AuditQueue leaves out of these texts, as one beside it.
class FrameBeside {
 public:
  FrameBeside(TestCorpus& corpus, const std::string& queue, const std::vector<Annotated>& ads)
      : corpus_(corpus), queue_(*corpus.reader().GetQueue(queue)) {
    std::vector<storage::v1::FrameText> texts;
    for (const Annotated& ad : ads) {
      storage::v1::FrameText& text = texts.emplace_back();
      text.set_example_id(corpus::ExampleIdOf(ad.text));
      text.set_frame(1);
      for (const storage::v1::Span& span : ad.spans) {
        if (span.label() != "place") continue;
        storage::v1::AuditItem& item = *text.add_items();
        *item.mutable_span() = span;
        item.set_probability(0.7);
        item.set_predicted(true);
      }
    }
    storage::v1::AuditFrame frame;
    frame.set_beside(true);
    corpus.Change([&](corpus::Transaction& transaction) -> absl::Status {
      WINNOW_RETURN_IF_ERROR(transaction.PutFrameTexts(queue, texts));
      return transaction.PublishFrame(queue, 1, frame);
    });
  }
  void Answer(const Annotated& ad, storage::v1::Verdict verdict) {
    for (const storage::v1::Span& span : ad.spans) {
      if (span.label() != "place") continue;
      storage::v1::Answer answer = BinaryAnswer(span, verdict);
      answer.set_queue(queue_.name());
      answer.mutable_selection()->set_strategy(std::string(stats::kAuditStrategy));
      corpus_.Append(queue_.dataset(), ad.text, answer);
    }
  }

 private:
  TestCorpus& corpus_;
  const storage::v1::Queue queue_;
};

TEST(ReadAuditSample, AFrameBesideCountsWhenEnoughOfItWasAsked) {
  const std::vector<Annotated> ads = Ads(8, /*holdout=*/true);
  std::vector<Annotated> jobs_only = ads;
  for (Annotated& ad : jobs_only) {
    std::erase_if(ad.spans, [](const storage::v1::Span& span) { return span.label() == "place"; });
  }
  TestCorpus corpus;
  AuditQueue queue(corpus, "jobs.teach", "jobs", jobs_only);
  for (size_t i = 0; i < 8; ++i) queue.Answer(i);
  const AuditSample alone = *Read(corpus);
  FrameBeside beside(corpus, "jobs.teach", ads);
  for (size_t i = 0; i < 7; ++i) beside.Answer(ads[i], storage::v1::VERDICT_ACCEPT);
  const AuditSample unchecked = *Read(corpus);
  ASSERT_THAT(unchecked.texts, AllOf(SizeIs(8), Each(SizeIs(2))));
  for (const stats::AuditText& text : unchecked.texts) EXPECT_FALSE(text[1].askable);
  EXPECT_EQ(NumAsked(unchecked), 8u);

  beside.Answer(ads[7], storage::v1::VERDICT_REJECT);
  const AuditSample both = *Read(corpus);
  ASSERT_THAT(both.texts, AllOf(SizeIs(8), Each(SizeIs(2))));
  int num_no = 0;
  for (const stats::AuditText& text : both.texts) {
    EXPECT_TRUE(text[1].askable && text[1].predicted_a && !text[1].predicted_b);
    EXPECT_EQ(text[1].pi, 1);
    num_no += text[1].answer == stats::AuditAnswer::kNo;
  }
  EXPECT_EQ(num_no, 1);
  EXPECT_EQ(NumAsked(both), 16u);
  EXPECT_EQ(both.outcomes.size(), 16u);
  // Another try on the same texts.
  EXPECT_EQ(both.digest, alone.digest);
}

TEST(ReadAuditSample, AChangeOfTheQueueUnderWayDoesNotMakeItAnotherSample) {
  TestCorpus corpus;
  AuditQueue(corpus, "jobs.teach", "jobs", Ads(8, /*holdout=*/true)).Answer(0);
  const std::string digest = Read(corpus)->digest;
  storage::v1::Queue changed = *corpus.reader().GetQueue("jobs.teach");
  changed.set_audit_share(0.9);
  changed.set_overlap(3);
  changed.set_overlap_share(0.5);
  changed.add_people("anna");
  changed.set_daily_quota(10);
  changed.set_mode(storage::v1::QUEUE_MODE_PAUSED);
  corpus.Change([&](corpus::Transaction& transaction) { return transaction.PutQueue(changed); });
  EXPECT_EQ(Read(corpus)->digest, digest);
}

TEST(ReadAuditSample, IsOfTheQueueWithMostAnswersAndCountsThoseOfTheOthers) {
  TestCorpus corpus;
  AuditQueue first(corpus, "jobs.teach", "jobs", Ads(8, /*holdout=*/true));
  first.Answer(0);
  const std::string digest = Read(corpus)->digest;
  AuditQueue second(corpus, "jobs.later", "jobs", Ads(8, /*holdout=*/true, /*begin=*/8));
  for (size_t i = 0; i < 4; ++i) second.Answer(i);
  const AuditSample sample = *Read(corpus);
  EXPECT_EQ(sample.queue, "jobs.later");
  EXPECT_NE(sample.digest, digest);
  EXPECT_EQ(NumAsked(sample), 4u);
  EXPECT_EQ(sample.num_other_answers, 1u);
}

TEST(ReadAuditSample, AQuestionAnsweredForAnotherQueueDoesNotEndTheSample) {
  TestCorpus corpus;
  AuditQueue(corpus, "jobs.teach", "jobs", Ads(8, /*holdout=*/true)).Answer(0);
  // Its first question is answered already, so it asks the next two only.
  AuditQueue again(corpus, "jobs.again", "jobs", Ads(8, /*holdout=*/true));
  again.Answer(1);
  again.Answer(2);
  const AuditSample sample = *Read(corpus);
  EXPECT_EQ(sample.queue, "jobs.again");
  EXPECT_EQ(NumAsked(sample), 3u);
  EXPECT_EQ(sample.num_other_answers, 0u);
}

}  // namespace
}  // namespace winnow::measure
