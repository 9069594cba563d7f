#include "services/training/spec_check.h"

#include <limits>

#include "common/base/status.h"
#include "common/ner/lexicon.h"
#include "common/training/testing.h"
#include "common/training/training_spec.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace winnow::training {
namespace {

using storage::v1::TrainingFiles;
using storage::v1::TrainingSpec;
using ::testing::ElementsAre;
using ::testing::Field;
using ::testing::HasSubstr;
using ::testing::UnorderedElementsAre;

TEST(CheckSpec, NamesEveryViolation) {
  TrainingSpec spec;
  spec.add_labels("");
  spec.set_output("../jobs");
  spec.set_eval_split(1);
  spec.set_prior(-1);
  spec.set_epochs(1001);
  spec.set_reject_error(0.5);
  spec.set_accept_error(-0.1);
  spec.set_entity_share(1);
  spec.set_bag(17);
  spec.set_pool("/proc");
  spec.add_eval_datasets("..");
  TrainingFiles files;
  files.set_lexicon("no lexicon");
  const std::string lexicon = ner::Lexicon::Make({})->Serialize();
  files.add_more_lexicons(lexicon);
  files.add_more_lexicons(lexicon);
  files.set_patterns(
      "{\"label\":\"job\",\"pattern\":[]}\n{\"label\":\"job\",\"pattern\":[{\"POS\":\"NOUN\"}]}\n");
  std::vector<std::string> fields;
  const absl::Status status = CheckSpec(spec, files);
  for (const Violation& violation : Violations::Of(status)) fields.push_back(violation.where);
  EXPECT_THAT(fields, UnorderedElementsAre("datasets", "labels", "output", "parent", "pool",
                                           "eval_datasets", "eval_split", "prior", "epochs",
                                           "reject_error", "accept_error", "entity_share", "bag",
                                           "lexicon", "more_lexicons", "patterns: line 1: pattern",
                                           "patterns: line 2: pattern[0].POS"));
  files.add_more_lexicons("a fourth");
  EXPECT_THAT(std::string(CheckSpec(spec, files).message()), HasSubstr("more than 3"));
  EXPECT_THAT(std::string(CheckSpec({}, {}).message()), HasSubstr("must name at least one label"));
}

TEST(CheckSpec, LabelsThatDifferInCaseOnlyAreNamed) {
  const absl::Status status =
      CheckSpec(MakeSpec({"job", "place", "Job", "Straße", "STRASSE", "place"}), {});
  EXPECT_THAT(Violations::Of(status),
              ElementsAre(Field(&Violation::what, HasSubstr("\"job\" and \"Job\"")),
                          Field(&Violation::what, HasSubstr("\"Straße\" and \"STRASSE\""))));
}

TEST(CheckSpec, SelfTrainingNeedsAPool) {
  TrainingSpec spec = MakeSpec();
  spec.set_self_training(true);
  EXPECT_THAT(Violations::Of(CheckSpec(spec, {})),
              ElementsAre(Field(&Violation::where, "self_training")));
  spec.set_pool("raw");
  EXPECT_TRUE(CheckSpec(spec, {}).ok()) << CheckSpec(spec, {});
}

TEST(CheckSpec, ErrorsAreGivenOrEstimated) {
  TrainingSpec spec = MakeSpec();
  spec.set_weigh_people(true);
  EXPECT_TRUE(CheckSpec(spec, {}).ok()) << CheckSpec(spec, {});
  spec.set_accept_error(0.1);
  EXPECT_THAT(Violations::Of(CheckSpec(spec, {})),
              ElementsAre(Field(&Violation::where, "weigh_people")));
}

TEST(CheckSpec, TakesWhatIsInRange) {
  TrainingSpec spec = MakeSpec();
  EXPECT_TRUE(CheckSpec(spec, {}).ok()) << CheckSpec(spec, {});
  spec.set_eval_split(0.5);
  spec.set_prior(0);
  spec.set_reject_error(0.1);
  spec.set_bag(16);
  EXPECT_TRUE(CheckSpec(spec, {}).ok()) << CheckSpec(spec, {});
  for (const double share : {0.0, 1.0, -0.1, std::numeric_limits<double>::quiet_NaN()}) {
    spec.set_eval_split(share);
    EXPECT_THAT(Violations::Of(CheckSpec(spec, {})),
                ElementsAre(Field(&Violation::where, "eval_split")))
        << share;
  }
}

TEST(IsPoolAlone, NothingButAPoolAndASeedIsAskedFor) {
  TrainingSpec spec;
  EXPECT_FALSE(IsPoolAlone(spec, {}));
  spec.set_pool("raw");
  spec.set_seed(3);
  EXPECT_TRUE(IsPoolAlone(spec, {}));
  EXPECT_TRUE(CheckSpec(spec, {}).ok());
  spec.set_pool("..");
  EXPECT_THAT(Violations::Of(CheckSpec(spec, {})), ElementsAre(Field(&Violation::where, "pool")));
  TrainingFiles files;
  files.set_patterns("{}");
  EXPECT_FALSE(IsPoolAlone(spec, files));
  spec.set_output("jobs");
  EXPECT_FALSE(IsPoolAlone(spec, {}));
}

TEST(CheckSpec, AVersionIsJudgedWithNothingElse) {
  TrainingSpec spec;
  spec.set_judged_version("jobs@2");
  spec.add_eval_datasets("gold");
  EXPECT_TRUE(CheckSpec(spec, {}).ok()) << CheckSpec(spec, {});
  spec.set_judged_version("jobs");
  spec.set_seed(3);
  spec.add_eval_datasets("..");
  EXPECT_THAT(Violations::Of(CheckSpec(spec, {})),
              ElementsAre(Field(&Violation::where, "judged_version"),
                          Field(&Violation::where, "eval_datasets"),
                          Field(&Violation::where, "judged_version")));
}

}  // namespace
}  // namespace winnow::training
