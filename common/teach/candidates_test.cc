#include "common/teach/candidates.h"

#include "common/stats/asking.h"
#include "common/teach/testing.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace winnow::teach {
namespace {

using measure::Annotated;
using measure::Show;
using measure::ShowAll;
using ::testing::Contains;
using ::testing::ElementsAre;

// Believes every tag of "job" alike.
std::shared_ptr<const ner::Model> FlatModel() {
  return *ner::Model::Make({"job"}, 10, {}, ner::Transitions(1),
                           [](size_t) -> const float* { return nullptr; });
}

TEST(FindCandidates, CandidatesWithoutALetterAreHidden) {
  storage::v1::Queue queue = MakeQueue();
  const Candidates found = FindCandidates(*FlatModel(), "é , 1", queue);
  EXPECT_EQ(found.num_tokens, 3u);
  EXPECT_THAT(ShowCandidates(found.asked, queue), ElementsAre("0-1 job", "0-3 job", "0-5 job"));
  EXPECT_EQ(found.num_hidden, 3u);
  queue.set_ask_without_letters(true);
  const Candidates all = FindCandidates(*FlatModel(), "é , 1", queue);
  EXPECT_THAT(ShowCandidates(all.asked, queue),
              ElementsAre("0-1 job", "0-3 job", "0-5 job", "2-3 job", "2-5 job", "4-5 job"));
  EXPECT_EQ(all.num_hidden, 0u);
}

TEST(FindCandidates, AreOfTheQueuesLabelsAndTellWhatIsPredicted) {
  const Annotated ad = measure::Mark("[Nurse] wanted in <Paris>, number 3");
  storage::v1::Queue queue = MakeQueue();
  const auto model = measure::GoodModel();
  std::vector<std::string> predicted;
  for (const Candidate& candidate : FindFrameCandidates(*model, ad.text, queue).asked) {
    EXPECT_GE(candidate.probability, stats::kMinAskedProbability);
    EXPECT_LE(candidate.probability, 1);
    if (candidate.predicted) predicted.push_back(Show(SpanOf(candidate, queue)));
  }
  EXPECT_EQ(predicted, ShowAll(ad.spans));
  // What is predicted takes a second pass, and is no other candidate.
  EXPECT_EQ(ShowCandidates(FindCandidates(*model, ad.text, queue).asked, queue),
            ShowCandidates(FindFrameCandidates(*model, ad.text, queue).asked, queue));
  queue.clear_labels();
  queue.add_labels("place");
  const std::vector<Candidate> places = FindCandidates(*model, ad.text, queue).asked;
  EXPECT_THAT(ShowCandidates(places, queue), Contains(Show(ad.spans[1])));
  for (const Candidate& candidate : places) EXPECT_EQ(SpanOf(candidate, queue).label(), "place");
}

TEST(FindCandidates, ThoseOfTheSameStringAndLabelHaveTheSameKey) {
  std::vector<std::string> keys;
  for (const Candidate& candidate :
       FindCandidates(*FlatModel(), "Nurse or NURSE", MakeQueue()).asked) {
    if (candidate.end - candidate.start == 5) keys.push_back(candidate.string_key);
  }
  EXPECT_THAT(keys, ElementsAre(StringKey("nurse", "job"), StringKey("nurse", "job")));
}

TEST(StringKey, CaseDoesNotMatterInAnyScript) {
  EXPECT_EQ(StringKey("NURSE", "job"), StringKey("nurse", "job"));
  EXPECT_EQ(StringKey("ÄRZTIN", "job"), StringKey("ärztin", "job"));
  EXPECT_EQ(StringKey("ВРАЧ", "job"), StringKey("врач", "job"));
  EXPECT_NE(StringKey("nurse", "job"), StringKey("nurse", "JOB"));
}

}  // namespace
}  // namespace winnow::teach
