// Whole trainings, from answers to aliases: what is measured on, what serves afterwards, and what
// is refused.
#include <unistd.h>

#include <filesystem>

#include "common/base/status.h"
#include "common/jobs/testing.h"
#include "common/kv/memory_store.h"
#include "common/training/testing.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "services/training/judge_again.h"
#include "services/training/train_version.h"

namespace winnow::training {
namespace {

using measure::Ads;
using measure::Annotated;
using measure::MakeSpan;
using storage::v1::Figure;
using storage::v1::TrainingReport;
using storage::v1::TrainingSpec;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

class TrainingOutcomeTest : public testing::Test {
 protected:
  TrainingOutcomeTest()
      : root_(std::filesystem::path(testing::TempDir()) /
              absl::StrCat("winnow_outcome_", getpid())) {
    std::filesystem::remove_all(root_);
    publisher_ = *models::ModelPublisher::Open(root_);
    environment_ = {publisher_.get(),
                    [this]() -> absl::StatusOr<CorpusView> {
                      return CorpusView{&corpus_.reader(), corpus_.corpus().revision(),
                                        corpus_.reader().info().database_id(), nullptr};
                    },
                    &database_, &SystemClock::Get()};
  }
  ~TrainingOutcomeTest() override { std::filesystem::remove_all(root_); }

  void AddComplete(const std::string& dataset, const std::vector<Annotated>& ads,
                   const std::vector<std::string>& labels = {"job"}) {
    for (const Annotated& ad : ads) corpus_.Complete(dataset, ad, labels);
  }
  absl::StatusOr<TrainingReport> Train(const std::string& dataset, const std::string& parent,
                                       const TrainingSpec& like = MakeSpec()) {
    TrainingSpec spec = like;
    spec.clear_datasets();
    spec.add_datasets(dataset);
    spec.set_parent(parent);
    spec.set_epochs(4);
    jobs::FakeContext context(absl::StrCat("job-", ++num_jobs_));
    return TrainVersion(environment_, spec, context);
  }
  // The report of a training that must succeed.
  TrainingReport Trained(const std::string& dataset, const std::string& parent,
                         const TrainingSpec& like = MakeSpec()) {
    const auto report = Train(dataset, parent, like);
    EXPECT_TRUE(report.ok()) << report.status();
    return report.value_or(TrainingReport());
  }
  std::string Serving(const std::string& model = "jobs") {
    return publisher_->store().Resolve(model).value_or(models::VersionName()).ToString();
  }

  const std::filesystem::path root_;
  measure::TestCorpus corpus_;
  kv::MemoryStore database_;
  std::unique_ptr<models::ModelPublisher> publisher_;
  TrainingEnvironment environment_;
  int num_jobs_ = 0;
};

std::vector<Annotated> WithoutSpans(std::vector<Annotated> ads) {
  for (Annotated& ad : ads) ad.spans.clear();
  return ads;
}

// A version that is worse than what serves was promoted because it was better than its parent.
TEST_F(TrainingOutcomeTest, TheGateComparesWithWhatServesAndTellsTheParentBesideIt) {
  AddComplete("few", Ads(3, false));
  AddComplete("many", Ads(60, false, 10));
  AddComplete("gold", Ads(40, true));
  AddComplete("more", Ads(2, false, 100));
  TrainingSpec spec = MakeSpec();
  spec.add_eval_datasets("gold");
  ASSERT_EQ(Trained("few", "blank:en", spec).model_version(), "jobs@1");
  ASSERT_EQ(Trained("many", "jobs@1", spec).model_version(), "jobs@2");
  ASSERT_TRUE(publisher_->Promote({"jobs", 2}).ok());

  const TrainingReport report = Trained("more", "jobs@1", spec);
  EXPECT_EQ(report.parent_version(), "jobs@1");
  EXPECT_EQ(report.gate().compared_with(), "jobs@2");
  ASSERT_THAT(report.before(), SizeIs(report.after_size()));
  ASSERT_THAT(report.parent(), SizeIs(report.after_size()));
  EXPECT_EQ(report.before(0).model_version(), "jobs@2");
  EXPECT_EQ(report.parent(0).model_version(), "jobs@1");
  EXPECT_NEAR(report.gate().delta_f1(),
              report.after(0).f1().value() - report.before(0).f1().value(), 1e-9);
  EXPECT_LE(report.gate().delta_f1(), 0);

  const TrainingReport child = Trained("more", "jobs@2", spec);
  EXPECT_EQ(child.gate().compared_with(), "jobs@2");
  EXPECT_THAT(child.parent(), IsEmpty()) << "it is `before`";
}

TEST_F(TrainingOutcomeTest, HoldoutTextsOfTheDataSetsBehindTheParentDecideWithoutAGoldSet) {
  std::vector<Annotated> base = Ads(40, false);
  const std::vector<Annotated> holdout = Ads(60, true);
  base.insert(base.end(), holdout.begin(), holdout.end());
  AddComplete("base", base);
  ASSERT_EQ(Trained("base", "blank:en").after(0).num_items(), 60u);
  // Nothing but yes and no, on other texts.
  for (const Annotated& ad : Ads(5, false, 100)) corpus_.Accept("answers", ad.text, ad.spans[0]);
  const TrainingReport report = Trained("answers", "jobs@1");
  ASSERT_THAT(report.after(), SizeIs(1));
  EXPECT_EQ(report.after(0).sample(), storage::v1::SAMPLE_KIND_HOLDOUT);
  EXPECT_THAT(report.after(0).datasets(), ElementsAre("base"));
  EXPECT_EQ(report.after(0).num_items(), 60u);
  EXPECT_EQ(report.after(0).num_leaked(), 0u);
  EXPECT_EQ(report.gate().sample(), storage::v1::SAMPLE_KIND_HOLDOUT);
  EXPECT_EQ(report.gate().num_spans(), 60u);

  // The grandparent's, too; and what has been dropped since is no error.
  EXPECT_THAT(Trained("answers", "jobs@2").after(0).datasets(), ElementsAre("base"));
  corpus_.Change([](corpus::Transaction& transaction) { return transaction.DropDataset("base"); });
  EXPECT_THAT(Trained("answers", "jobs@2").after(), IsEmpty());
}

TEST_F(TrainingOutcomeTest, EvaluatingOnTheDataSetOfTheParentDoesNotSwitchReplayOff) {
  std::vector<Annotated> base = Ads(30, false);
  const std::vector<Annotated> holdout = Ads(10, true);
  base.insert(base.end(), holdout.begin(), holdout.end());
  AddComplete("base", base);
  AddComplete("more", Ads(5, false, 100));
  Trained("base", "blank:en");
  TrainingSpec spec = MakeSpec();
  spec.add_eval_datasets("base");
  const TrainingReport report = Trained("more", "jobs@1", spec);
  EXPECT_EQ(report.num_replayed(), 30u);
  ASSERT_THAT(report.after(), SizeIs(1));
  EXPECT_EQ(report.after(0).sample(), storage::v1::SAMPLE_KIND_GOLD);
  EXPECT_EQ(report.after(0).num_items(), 10u);
  EXPECT_EQ(report.after(0).num_leaked(), 30u);
}

TEST_F(TrainingOutcomeTest, AnotherModelUnderTheSameNameIsKeptApart) {
  AddComplete("a", Ads(20, false));
  AddComplete("b", Ads(20, false, 50));
  AddComplete("gold", Ads(40, true));
  TrainingSpec spec = MakeSpec();
  spec.add_eval_datasets("gold");
  Trained("a", "blank:en", spec);
  const TrainingReport other = Trained("b", "blank:en", spec);
  EXPECT_FALSE(other.gate().promoted());
  EXPECT_EQ(other.gate().verdict(), storage::v1::GATE_VERDICT_UNDECIDED);
  EXPECT_THAT(other.gate().reason(),
              HasSubstr("jobs@1 serves and is another model, made from a, not from b"));
  EXPECT_EQ(Serving(), "jobs@1");
  // The same data set again, and a child of the one that serves, are no other models.
  EXPECT_THAT(Trained("a", "blank:en", spec).gate().reason(), Not(HasSubstr("another model")));
  EXPECT_THAT(Trained("b", "jobs@1", spec).gate().reason(), Not(HasSubstr("another model")));
}

TEST_F(TrainingOutcomeTest, CompleteTextsWithoutASpanTeachNoModel) {
  AddComplete("d", WithoutSpans(Ads(20, false)));
  const absl::Status status = Train("d", "blank:en").status();
  EXPECT_EQ(ReasonOf(status), "NOTHING_TO_TRAIN_ON");
  EXPECT_THAT(std::string(status.message()),
              HasSubstr("no text to train on has an accepted span of \"job\""));
  EXPECT_THAT(publisher_->store().ListModels(), IsEmpty());
}

TEST_F(TrainingOutcomeTest, SpansOffTheTokensTeachNoModelAndAreNamed) {
  std::vector<Annotated> ads = Ads(20, false);
  for (Annotated& ad : ads) {
    for (storage::v1::Span& span : ad.spans) span.set_end(span.end() - 1);
  }
  AddComplete("d", ads);
  const absl::Status status = Train("d", "blank:en").status();
  EXPECT_EQ(ReasonOf(status), "NOTHING_TO_TRAIN_ON");
  EXPECT_THAT(std::string(status.message()),
              HasSubstr("each of the 20 accepted spans of \"job\" begins or ends inside a word"));
  EXPECT_THAT(std::string(status.message()), HasSubstr("such as \""));
  // Nor does the parent's knowledge of the label help: it would be unlearnt.
  AddComplete("good", Ads(20, false));
  Trained("good", "blank:en");
  EXPECT_EQ(ReasonOf(Train("d", "jobs@1").status()), "NOTHING_TO_TRAIN_ON");
}

TEST_F(TrainingOutcomeTest, FiguresTellTheGoldSpansThatNoModelCouldPredict) {
  AddComplete("d", Ads(20, false));
  std::vector<Annotated> gold = Ads(10, true);
  for (size_t i = 0; i < 4; ++i) gold[i].spans[0].set_end(gold[i].spans[0].end() - 1);
  AddComplete("gold", gold, {"job", "place"});
  TrainingSpec spec = MakeSpec();
  spec.add_eval_datasets("gold");
  const Figure figure = Trained("d", "blank:en", spec).after(0);
  uint64_t cut_jobs = 0;
  for (size_t i = 0; i < 4; ++i) cut_jobs += gold[i].spans[0].label() == "job";
  EXPECT_EQ(figure.num_unpredictable_spans(), cut_jobs);
  EXPECT_THAT(figure.caveats(), Contains(HasSubstr("count as missed whatever the model does")));
}

TEST_F(TrainingOutcomeTest, AVersionThatPredictsNothingDoesNotServeByItself) {
  // One span in very many words.
  std::vector<Annotated> ads = WithoutSpans(Ads(200, false, 10));
  ads.push_back(Ads(1, false)[0]);
  AddComplete("d", ads);
  TrainingSpec spec = MakeSpec();
  const TrainingReport report = Trained("d", "blank:en", spec);
  EXPECT_FALSE(report.gate().promoted());
  EXPECT_EQ(report.gate().verdict(), storage::v1::GATE_VERDICT_REFUSE);
  EXPECT_THAT(report.gate().reason(), HasSubstr("it predicts no span in any of the 201 texts"));
  EXPECT_EQ(Serving(), models::VersionName().ToString());
  EXPECT_THAT(publisher_->store().ListVersions("jobs"), ElementsAre(1));
}

// Judged again.

class JudgedAgainTest : public TrainingOutcomeTest {
 protected:
  absl::StatusOr<TrainingReport> Judge(const std::string& version,
                                       const std::vector<std::string>& eval_datasets = {}) {
    TrainingSpec spec;
    spec.set_judged_version(version);
    for (const std::string& dataset : eval_datasets) spec.add_eval_datasets(dataset);
    jobs::FakeContext context(absl::StrCat("job-", ++num_jobs_));
    return JudgeAgain(environment_, spec, context);
  }
  uint64_t Candidate() {
    const models::Aliases aliases = *publisher_->store().GetAliases("jobs");
    const auto found = aliases.find("candidate");
    return found == aliases.end() ? 0 : found->second;
  }
};

TEST_F(JudgedAgainTest, AnUndecidedVersionServesWhenThereIsEvidence) {
  AddComplete("first", WithoutSpans(Ads(60, /*holdout=*/false)));
  AddComplete("first", Ads(1, /*holdout=*/false, /*begin=*/100));
  ASSERT_TRUE(Trained("first", "blank:en").gate().promoted());
  AddComplete("first", Ads(60, /*holdout=*/false, /*begin=*/200));
  const TrainingReport trained = Trained("first", "jobs");
  EXPECT_EQ(trained.gate().verdict(), storage::v1::GATE_VERDICT_UNDECIDED);
  EXPECT_EQ(Serving(), "jobs@1");
  EXPECT_EQ(Candidate(), 2u);

  const auto undecided = Judge("jobs@2");
  ASSERT_TRUE(undecided.ok()) << undecided.status();
  EXPECT_EQ(undecided->gate().verdict(), storage::v1::GATE_VERDICT_UNDECIDED);
  EXPECT_EQ(Candidate(), 2u);

  AddComplete("gold", Ads(80, /*holdout=*/true));
  const auto judged = Judge("jobs@2", {"gold"});
  ASSERT_TRUE(judged.ok()) << judged.status();
  EXPECT_EQ(judged->model_version(), "jobs@2");
  EXPECT_EQ(judged->parent_version(), "jobs@1");
  EXPECT_EQ(judged->gate().verdict(), storage::v1::GATE_VERDICT_PROMOTE) << judged->DebugString();
  EXPECT_EQ(judged->gate().compared_with(), "jobs@1");
  EXPECT_EQ(Serving(), "jobs@2");
  EXPECT_EQ(Candidate(), 0u);
  const auto again = Judge("jobs@2", {"gold"});
  EXPECT_TRUE(absl::IsFailedPrecondition(again.status())) << again.status();
  EXPECT_THAT(again.status().message(), HasSubstr("jobs@2 serves already"));
}

TEST_F(JudgedAgainTest, AVersionThatIsRefusedIsNoCandidateAnyMore) {
  AddComplete("first", Ads(60, /*holdout=*/false));
  ASSERT_TRUE(Trained("first", "blank:en").gate().promoted());
  TrainingSpec forgetful = MakeSpec();
  forgetful.set_no_replay(true);
  forgetful.set_prior(0);
  AddComplete("second", WithoutSpans(Ads(100, /*holdout=*/false, /*begin=*/200)));
  AddComplete("second", Ads(1, /*holdout=*/false, /*begin=*/500));
  Trained("second", "jobs", forgetful);
  ASSERT_TRUE(publisher_->SetCandidate({"jobs", 2}).ok());
  AddComplete("gold", Ads(80, /*holdout=*/true));
  const auto judged = Judge("jobs@2", {"gold"});
  ASSERT_TRUE(judged.ok()) << judged.status();
  EXPECT_EQ(judged->gate().verdict(), storage::v1::GATE_VERDICT_REFUSE) << judged->DebugString();
  EXPECT_EQ(Serving(), "jobs@1");
  EXPECT_EQ(Candidate(), 0u);
}

TEST_F(JudgedAgainTest, WhatCannotBeJudgedIsToldWhy) {
  EXPECT_TRUE(absl::IsNotFound(Judge("jobs@1").status()));
  const models::VersionName imported = *publisher_->Publish(
      "jobs", absl::UnixEpoch(), {{"model.bin", measure::GoodModel()->Serialize()}});
  const auto judged = Judge(imported.ToString());
  EXPECT_TRUE(absl::IsFailedPrecondition(judged.status())) << judged.status();
  EXPECT_THAT(judged.status().message(), HasSubstr("does not tell what it was trained from"));
}

}  // namespace
}  // namespace winnow::training
