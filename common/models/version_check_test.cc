#include "common/models/version_check.h"

#include <unistd.h>

#include <filesystem>
#include <limits>

#include "absl/strings/str_cat.h"
#include "common/base/hash.h"
#include "common/base/status.h"
#include "common/models/lineage.h"
#include "common/models/model_store.h"
#include "common/models/replay.h"
#include "common/models/training_keys.h"
#include "common/ner/features.h"
#include "common/ner/model.h"
#include "common/ner/model_file.h"
#include "common/ner/optimizer_state.h"
#include "common/text/tokenizer.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace winnow::models {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;

std::shared_ptr<const ner::Model> MakeModel(float weight = 1) {
  const std::vector<float> row(4, weight * ner::kWeightUnit);
  return *ner::Model::Make({"job"}, 10, {7}, ner::Transitions(1),
                           [&](size_t) { return row.data(); });
}

ner::OptimizerState StateOf(const ner::Model& model) {
  ner::OptimizerState state;
  state.model_digest = model.digest();
  state.num_labels = 1;
  state.rows.assign(6 * model.num_rows(), 0);
  const ner::Transitions zeros(1);
  state.outside = zeros.outside;
  state.inside = zeros.inside;
  state.entity_bias.assign(4, 0);
  return state;
}

storage::v1::LabelledText Accepted(const std::string& text, uint32_t start, uint32_t end) {
  storage::v1::LabelledText labelled;
  labelled.set_text(text);
  storage::v1::Span& span = *labelled.add_accepted();
  span.set_start(start);
  span.set_end(end);
  span.set_label("job");
  return labelled;
}

std::string LineageJson() {
  Lineage lineage;
  lineage.spec_json = "{}";
  return lineage.ToJson();
}

// A sound version with every file; a test exchanges one.
class CheckVersionTest : public testing::Test {
 protected:
  CheckVersionTest() {
    const auto model = MakeModel();
    files_ = {{"model.bin", model->Serialize()},
              {"optimizer.bin", StateOf(*model).Serialize()},
              {"replay.bin", SerializeReplay({Accepted("Cook wanted", 0, 4)})},
              {"training_keys.bin", SerializeTrainingKeys({1, 2})},
              {"lineage.json", LineageJson()},
              {"metrics.json", "{}"}};
  }

  // With the digests of the files as they are now, as an attacker would write them.
  absl::Status Check() {
    return CheckVersion(Manifest::Describe(*MakeModel(), absl::UnixEpoch(), files_), files_);
  }
  // The message on the version with this file.
  std::string RefusalOf(const std::string& name, const std::string& content) {
    const std::string sound = std::exchange(files_[name], content);
    const absl::Status status = Check();
    files_[name] = sound;
    EXPECT_EQ(ReasonOf(status), "CORRUPT_MODEL") << name;
    EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument) << name;
    EXPECT_THAT(std::string(status.message()), HasSubstr(absl::StrCat("\n  ", name, ": ")));
    return std::string(status.message());
  }

  Files files_;
};

// {"spec": [[[...]]]}, otherwise whole.
std::string DeepLineage(size_t depth) {
  std::string json = LineageJson();
  const std::string deep = std::string(depth, '[') + std::string(depth, ']');
  return json.replace(json.rfind("{}"), 2, deep);
}

TEST_F(CheckVersionTest, ASoundVersionPasses) { EXPECT_EQ(Check(), absl::OkStatus()); }

TEST_F(CheckVersionTest, LineageNestedAHundredThousandDeepIsRefused) {
  EXPECT_THAT(RefusalOf("lineage.json", DeepLineage(100'000)), HasSubstr("nested deeper than 64"));
  EXPECT_FALSE(Lineage::Parse(DeepLineage(100'000)).ok()) << "one that was published before";
  EXPECT_TRUE(Lineage::Parse(DeepLineage(50)).ok());
}

TEST_F(CheckVersionTest, JsonThatIsNoneIsRefused) {
  for (const char* name : {"lineage.json", "metrics.json"}) {
    RefusalOf(name, "");
    RefusalOf(name, "[]");
    RefusalOf(name, std::string(100'000, '['));
    RefusalOf(name, "{\"job_id\": \"\xff\"}");
    EXPECT_THAT(RefusalOf(name, std::string((16 << 20) + 1, ' ')), HasSubstr("16777216 bytes"));
  }
  std::string negative = LineageJson();
  negative.replace(negative.find("\"revision\": 0"), 13, "\"revision\":-1");
  EXPECT_THAT(RefusalOf("lineage.json", negative), HasSubstr("revision"));
}

TEST_F(CheckVersionTest, ReplayedTextsThatNobodyCouldTrainOnAreRefused) {
  RefusalOf("replay.bin", "\xff");
  for (const auto& text : {Accepted("Cook wanted", 4, 4), Accepted("Cook wanted", 0, 99)}) {
    EXPECT_THAT(RefusalOf("replay.bin", SerializeReplay({Accepted("Nurse wanted", 0, 5), text})),
                HasSubstr("text 2: "));
  }
}

TEST_F(CheckVersionTest, KeysOutOfOrderAreRefused) {
  RefusalOf("training_keys.bin",
            "12345678"
            "12345678");
  RefusalOf("training_keys.bin", "1");
}

TEST_F(CheckVersionTest, AnOptimiserOfAnotherModelIsRefused) {
  EXPECT_THAT(RefusalOf("optimizer.bin", StateOf(*MakeModel(2)).Serialize()),
              HasSubstr("does not belong to model.bin"));
  ner::OptimizerState state = StateOf(*MakeModel());
  state.outside[0] = std::numeric_limits<float>::quiet_NaN();
  RefusalOf("optimizer.bin", state.Serialize());
  state = StateOf(*MakeModel());
  state.rows.pop_back();
  RefusalOf("optimizer.bin", state.Serialize());
}

TEST_F(CheckVersionTest, AManifestThatDisagreesWithItsModelIsRefused) {
  Manifest manifest = Manifest::Describe(*MakeModel(), absl::UnixEpoch(), files_);
  manifest.labels = {"place"};
  manifest.feature_version += 1;
  manifest.tag_scheme = "IOB";
  const absl::Status status = CheckVersion(manifest, files_);
  EXPECT_THAT(std::string(status.message()), HasSubstr("labels are not those of model.bin"));
  EXPECT_THAT(std::string(status.message()), HasSubstr("feature_version is "));
  EXPECT_THAT(std::string(status.message()), HasSubstr("tag_scheme is IOB"));
}

TEST_F(CheckVersionTest, AModelOfOlderFeaturesIsTakenWithTheManifestThatTellsOfThem) {
  std::string& bytes = files_.at(std::string(kModelFile));
  ner::ModelHeader header = ner::ReadHeader(bytes);
  header.feature_version = ner::kOldestFeatureVersion;
  ner::WriteHead(header, ner::ReadThresholds(bytes, 1), bytes.data());
  const auto older = ner::Model::Parse(bytes);
  ASSERT_TRUE(older.ok()) << older.status();
  Manifest manifest = Manifest::Describe(**older, absl::UnixEpoch(), files_);
  EXPECT_EQ(manifest.feature_version, static_cast<int>(ner::kOldestFeatureVersion));
  manifest.tokenizer_version = 1;
  EXPECT_EQ(CheckVersion(manifest, files_), absl::OkStatus());
  manifest.tokenizer_version = text::kTokenizerVersion + 1;
  EXPECT_THAT(std::string(CheckVersion(manifest, files_).message()),
              HasSubstr("tokenizer_version is "));
}

TEST_F(CheckVersionTest, EverythingThatIsWrongIsToldAtOnce) {
  const Manifest manifest = Manifest::Describe(*MakeModel(), absl::UnixEpoch(), files_);
  files_.erase("replay.bin");
  files_["metrics.json"] = "no";
  files_["extra"] = "x";
  const std::string message(CheckVersion(manifest, files_).message());
  for (const char* what : {"replay.bin: is missing", "metrics.json: does not have the digest",
                           "extra: is not listed in manifest.json", "metrics.json: [json"})
    EXPECT_THAT(message, HasSubstr(what));
}

TEST_F(CheckVersionTest, AModelThatIsNoneIsRefused) {
  const std::string content(sizeof(ner::ModelHeader), 'x');
  EXPECT_THAT(RefusalOf("model.bin", content), HasSubstr("not a usable model"));
}

TEST(Manifest, AHostileManifestIsRefusedWithASentence) {
  for (const std::string& json : {std::string(), std::string("[]"), std::string(100'000, '['),
                                  std::string(R"({"format": 1e300})"),
                                  std::string(R"({"format": 1, "feature_version": -1e9})"),
                                  std::string("{\"format\": \"\xff\"}")}) {
    const absl::Status status = Manifest::Parse(json).status();
    EXPECT_EQ(ReasonOf(status), "CORRUPT_MODEL");
    EXPECT_THAT(std::string(status.message()), HasSubstr("manifest.json: "));
  }
}

// model.bin carries its own checksums, so its writer decides what the labels are.
TEST(Model, ALabelThatIsNoUtf8IsRefused) {
  const ner::Transitions transitions(1);
  const std::vector<float> row(4, 0);
  const auto made =
      ner::Model::Make({"job\xff"}, 10, {}, transitions, [&](size_t) { return row.data(); });
  EXPECT_FALSE(made.ok());
  EXPECT_THAT(std::string(made.status().message()), HasSubstr("UTF-8"));
}

TEST(Publish, NothingIsLeftOfAVersionThatIsRefused) {
  const std::filesystem::path root =
      std::filesystem::path(testing::TempDir()) / absl::StrCat("winnow_refused_", getpid());
  std::filesystem::remove_all(root);
  {
    const auto publisher = *ModelPublisher::Open(root);
    Files files = {{"model.bin", MakeModel()->Serialize()}, {"lineage.json", DeepLineage(100'000)}};
    EXPECT_EQ(ReasonOf(publisher->Publish("jt", absl::UnixEpoch(), files).status()),
              "CORRUPT_MODEL");
    files["manifest.json"] = Manifest::Describe(*MakeModel(), absl::UnixEpoch(), files).ToJson();
    EXPECT_EQ(ReasonOf(publisher->Import("jt", files).status()), "CORRUPT_MODEL");
    EXPECT_THAT(publisher->store().ListModels(), IsEmpty());
  }
  std::filesystem::remove_all(root);
}

}  // namespace
}  // namespace winnow::models
