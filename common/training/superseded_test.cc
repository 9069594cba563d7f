#include "common/training/superseded.h"

#include "common/corpus/testing.h"
#include "common/training/testing.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace winnow::training {
namespace {

using measure::MakeSpan;
using measure::ShowAll;
using storage::v1::LabelledText;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;

LabelledText Accepted(const std::string& text) {
  return Labelled(text, {MakeSpan(0, 1, "job_title"), MakeSpan(2, 3, "place")});
}

class WithoutSupersededTest : public testing::Test {
 protected:
  uint64_t Answer(const std::string& text, storage::v1::Verdict verdict) {
    return *corpus::Append(*corpus_, "d", text, verdict);
  }
  std::vector<LabelledText> Replay(const std::vector<LabelledText>& texts,
                                   uint64_t revision = corpus::kLatest) {
    return *WithoutSuperseded(texts, corpus_->reader(), {"d"}, revision);
  }

  FakeClock clock_;
  std::unique_ptr<corpus::Corpus> corpus_ =
      *corpus::Corpus::Open(std::make_unique<kv::MemoryStore>(), clock_);
};

TEST_F(WithoutSupersededTest, WhatWasTakenBackIsNotReplayed) {
  const uint64_t revision = Answer("a b c", storage::v1::VERDICT_ACCEPT);
  ASSERT_TRUE(corpus_
                  ->Change([&](corpus::Transaction& transaction) {
                    return transaction.Undo("d", revision, "ann").status();
                  })
                  .ok());
  LabelledText weighed = Accepted("a b c");
  for (const storage::v1::Span& span : weighed.accepted())
    *weighed.add_evidence()->mutable_span() = span;
  const auto left = Replay({weighed, Accepted("other")});
  ASSERT_THAT(left, SizeIs(2));
  EXPECT_THAT(ShowAll(left[0].accepted()), ElementsAre("2-3 place"));
  ASSERT_THAT(left[0].evidence(), SizeIs(1));
  EXPECT_EQ(left[0].evidence(0).span().label(), "place");
  EXPECT_THAT(left[1].accepted(), SizeIs(2));
}

TEST_F(WithoutSupersededTest, WhatWasCorrectedIsNotReplayedAndATextOfWhichNothingIsLeftIsDropped) {
  const uint64_t first = Answer("a b c", storage::v1::VERDICT_REJECT);
  const LabelledText once = Labelled("a b c", {}, {MakeSpan(0, 1, "job_title")});
  EXPECT_THAT(Replay({once}), IsEmpty());
  EXPECT_THAT(Replay({once}, first - 1), SizeIs(1));
}

TEST_F(WithoutSupersededTest, OfALabelThatIsAnnotatedCompletelyNothingIsReplayed) {
  storage::v1::Answer answer = corpus::MakeAnswer("a b c");
  answer.set_coverage(storage::v1::COVERAGE_COMPLETE);
  answer.add_complete_labels("place");
  ASSERT_TRUE(corpus_
                  ->Change([&](corpus::Transaction& transaction) {
                    return transaction.AppendAnswers("d", {answer}, {corpus::MakeExample("a b c")})
                        .status();
                  })
                  .ok());
  LabelledText complete = Labelled("a b c", {MakeSpan(2, 3, "place"), MakeSpan(4, 5, "job")});
  for (const char* label : {"job", "place"}) complete.add_complete_labels(label);
  const auto left = Replay({complete});
  ASSERT_THAT(left, SizeIs(1));
  EXPECT_THAT(ShowAll(left[0].accepted()), ElementsAre("4-5 job"));
  EXPECT_THAT(left[0].complete_labels(), ElementsAre("job"));
}

}  // namespace
}  // namespace winnow::training
