#include "common/ner/model.h"

#include <cmath>
#include <cstring>
#include <filesystem>

#include "common/base/file.h"
#include "common/ner/features.h"
#include "common/ner/model_file.h"
#include "common/ner/toy_data.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace winnow::ner {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

std::shared_ptr<const Model> Trained() {
  auto result = Train({"PLACE", "PERSON"}, ToyExamples(20, 1), {}, {.epochs = 2});
  EXPECT_TRUE(result.ok()) << result.status();
  return result->model;
}

// A model with a few rows only, for tests of every byte: the weights are 1, 2, ... units.
absl::StatusOr<std::shared_ptr<const Model>> Tiny(const std::vector<std::string>& labels = {"A"},
                                                  float unit = kWeightUnit) {
  const std::vector<uint32_t> features = {0, 63, 64, 1023};
  const size_t row_size = 4 * labels.size();
  std::vector<float> rows(features.size() * row_size);
  for (size_t i = 0; i < rows.size(); ++i) rows[i] = unit * static_cast<float>(i + 1);
  return Model::Make(labels, 10, features, Transitions(static_cast<int>(labels.size())),
                     [&](size_t i) { return &rows[i * row_size]; });
}

class ModelFileTest : public ::testing::Test {
 protected:
  ~ModelFileTest() override { std::filesystem::remove(path_); }
  absl::StatusOr<std::shared_ptr<const Model>> Open(const std::string& bytes) {
    EXPECT_TRUE(WriteFileDurably(path_, bytes).ok());
    return Model::Open(path_);
  }
  const std::filesystem::path path_ =
      std::filesystem::path(::testing::TempDir()) /
      (std::string("winnow_") + ::testing::UnitTest::GetInstance()->current_test_info()->name() +
       "_model.bin");
};

TEST(ModelTest, RowsAreFoundByFeature) {
  const auto model = *Tiny();
  EXPECT_EQ(model->num_rows(), 4u);
  EXPECT_THAT(model->Features(), ElementsAre(0, 63, 64, 1023));
  EXPECT_EQ(model->Row(0)[0], 1);
  EXPECT_EQ(model->Row(63)[1], 6);
  EXPECT_EQ(model->Row(64)[0], 9);
  EXPECT_EQ(model->Row(1023)[3], 16);
  EXPECT_EQ(model->Row(1), nullptr);
  EXPECT_EQ(model->Row(1022), nullptr);
}

TEST(ModelTest, ScoresAreSumsOfRows) {
  for (const int labels : {1, 2, 3, 4, 5, 6, 7}) {
    std::vector<std::string> names;
    for (int i = 0; i < labels; ++i) names.push_back(std::string(1, static_cast<char>('A' + i)));
    const auto model = *Tiny(names);
    TextFeatures features;
    features.begins = {0, 2, 2, 4};
    features.ids = {63u << 22, 1023u << 22, 5u << 22, 64u << 22};
    std::vector<float> scores;
    model->Score(features, scores);
    const size_t width = 4 * names.size();
    ASSERT_EQ(scores.size(), 3 * width);
    for (size_t y = 0; y < width; ++y) {
      EXPECT_EQ(scores[y], (model->Row(63)[y] + model->Row(1023)[y]) * kWeightUnit);
      EXPECT_EQ(scores[width + y], 0);
      EXPECT_EQ(scores[2 * width + y], model->Row(64)[y] * kWeightUnit);
    }
  }
}

TEST(ModelTest, WeightsAreRoundedAndCutAndRowsOfZerosLeftOut) {
  std::vector<float> rows = {0.4f, -0.4f, 0, 0, 1.6f, -1.6f, 126.6f, 0, 1e9f, -1e9f, 0, 0};
  for (float& weight : rows) weight *= kWeightUnit;
  const auto model =
      *Model::Make({"A"}, 10, {1, 2, 3}, Transitions(1), [&](size_t i) { return &rows[4 * i]; });
  EXPECT_THAT(model->Features(), ElementsAre(2, 3));
  EXPECT_THAT(model->rows(), ElementsAre(2, -2, 127, 0, 127, -127, 0, 0));
}

TEST(ModelTest, WithRowsExchangesAndAddsRows) {
  const auto model = (*Tiny())->WithTemperature(3)->WithThresholds({0.25});
  Transitions transitions(1);
  transitions.inside[2] = 0.5f;
  const std::vector<float> rows = {3 * kWeightUnit, 0,      0, 0, /**/ 0, 0, 0, 0, /**/ 0, 0, 0,
                                   -kWeightUnit,    /**/ 0, 0, 0, 0};
  const auto changed =
      *model->WithRows({5, 6, 64, 1023}, transitions, [&](size_t i) { return &rows[4 * i]; });
  EXPECT_THAT(changed->Features(), ElementsAre(0, 5, 63, 64, 1023));
  EXPECT_THAT(changed->rows(),
              ElementsAre(1, 2, 3, 4, 3, 0, 0, 0, 5, 6, 7, 8, 0, 0, 0, -1, 0, 0, 0, 0));
  EXPECT_EQ(changed->transitions().inside, transitions.inside);
  EXPECT_EQ(changed->temperature(), 3);
  EXPECT_THAT(changed->thresholds(), ElementsAre(0.25));
  EXPECT_NE(changed->digest(), model->digest());
  const auto same =
      *model->WithRows({}, model->transitions(), [](size_t) -> const float* { return nullptr; });
  EXPECT_EQ(same->Serialize(), model->Serialize());
}

TEST_F(ModelFileTest, CarriesItsKnowledge) {
  const std::vector<Lexicon::Word> words = {{17, WordEntry({1, 2, 3}, 4)}, {18, WordEntry(5)}};
  const Lexicons lexicons = {Lexicon::Make(words), Lexicon::Make({words[1]})};
  storage::v1::PatternSet list;
  list.add_patterns()->set_label("A");
  list.mutable_patterns(0)->set_text("Bell");
  const auto patterns = *PatternSet::Make(list);
  const float row[] = {1, 2, 3, 4};
  const auto model = *Model::Make({"A"}, 10, {7}, Transitions(1), [&](size_t) { return row; }, 1,
                                  {lexicons, patterns});
  const auto changed =
      *model->WithRows({}, model->transitions(), [](size_t) -> const float* { return nullptr; });
  EXPECT_EQ(changed->knowledge().patterns, patterns);
  for (const auto& opened : {*Open(model->Serialize()), *Open(changed->Serialize())}) {
    ASSERT_EQ(opened->knowledge().lexicons.size(), lexicons.size());
    for (size_t i = 0; i < lexicons.size(); ++i)
      EXPECT_EQ(opened->knowledge().lexicons[i]->Serialize(), lexicons[i]->Serialize());
    ASSERT_NE(opened->knowledge().patterns, nullptr);
    EXPECT_EQ(opened->knowledge().patterns->Serialize(), patterns->Serialize());
    EXPECT_EQ(opened->digest(), model->digest());
  }
  const auto without = *Model::Make({"A"}, 10, {7}, Transitions(1), [&](size_t) { return row; });
  EXPECT_THAT(without->knowledge().lexicons, IsEmpty());
  EXPECT_EQ(without->knowledge().patterns, nullptr);
  EXPECT_NE(without->digest(), model->digest());
}

// Programs that know one lexicon read what has no more, and refuse others by their version.
TEST_F(ModelFileTest, OnlySeveralLexiconsNeedTheNewerFormat) {
  const Lexicons two = {Lexicon::Make({{17, WordEntry(1)}}), Lexicon::Make({{18, WordEntry(2)}})};
  const float row[] = {1, 2, 3, 4};
  for (size_t count = 0; count <= two.size(); ++count) {
    const Knowledge knowledge{{two.begin(), two.begin() + static_cast<std::ptrdiff_t>(count)}, {}};
    const auto model = *Model::Make(
        {"A"}, 10, {7}, Transitions(1), [&](size_t) { return row; }, 1, knowledge);
    EXPECT_EQ(model->Serialize()[8], count > 1 ? 4 : 3);
  }
}

TEST(ModelTest, BadPartsAreRefused) {
  EXPECT_THAT(Tiny({}).status().message(), HasSubstr("at least one label"));
  EXPECT_THAT(Tiny({"A", "A"}).status().message(), HasSubstr("\"A\" occurs twice"));
  EXPECT_THAT(Tiny({"A", ""}).status().message(), HasSubstr("empty"));
  EXPECT_THAT(Tiny(std::vector<std::string>(201, "x")).status().message(),
              HasSubstr("at most 200"));
  EXPECT_THAT(Tiny({"A"}, INFINITY).status().message(), HasSubstr("not finite"));
}

TEST(ModelTest, TemperatureScalesProbabilitiesNotTheDigest) {
  const auto model = Trained();
  const auto hot = model->WithTemperature(2);
  EXPECT_EQ(hot->digest(), model->digest());
  EXPECT_EQ(model->temperature(), 1);
  const Example example = ToyExamples(1, 3)[0];
  std::vector<float> scores;
  hot->Score(example.features, scores);
  std::vector<float> halved = scores;
  for (float& score : halved) score /= 2;
  Transitions transitions = model->transitions();
  for (auto* values : {&transitions.outside, &transitions.inside}) {
    for (float& value : *values) value /= 2;
  }
  Lattice a, b;
  const TransitionFactors factors(transitions, 1);
  ASSERT_TRUE(a.Forward(scores, example.features.num_tokens(), hot->transition_factors()));
  ASSERT_TRUE(b.Forward(halved, example.features.num_tokens(), factors));
  EXPECT_NEAR(a.log_z(), b.log_z(), 1e-9);
}

TEST_F(ModelFileTest, RoundTrip) {
  const auto model = Trained()->WithTemperature(1.5)->WithThresholds({0.25, 0.5});
  const auto opened = Open(model->Serialize());
  ASSERT_TRUE(opened.ok()) << opened.status();
  EXPECT_EQ((*opened)->digest(), model->digest());
  EXPECT_EQ((*opened)->labels(), model->labels());
  EXPECT_EQ((*opened)->temperature(), 1.5);
  EXPECT_THAT((*opened)->thresholds(), ElementsAre(0.25, 0.5));
  EXPECT_EQ((*opened)->Serialize(), model->Serialize());
  EXPECT_EQ((*Model::Parse(model->Serialize()))->Serialize(), model->Serialize());
  const Example example = ToyExamples(1, 3)[0];
  std::vector<float> a, b;
  model->Score(example.features, a);
  (*opened)->Score(example.features, b);
  EXPECT_EQ(a, b);
}

TEST_F(ModelFileTest, StaysUsableWhenTheFileIsRemoved) {
  const auto opened = Open((*Tiny())->Serialize());
  ASSERT_TRUE(opened.ok());
  std::filesystem::remove(path_);
  EXPECT_EQ((*opened)->Row(63)[1], 6);
}

TEST_F(ModelFileTest, EveryTruncationIsRefused) {
  const std::string bytes = (*Tiny())->Serialize();
  for (size_t size = 0; size < bytes.size(); ++size) {
    const auto model = Open(bytes.substr(0, size));
    ASSERT_EQ(model.status().code(), absl::StatusCode::kInvalidArgument) << size;
    ASSERT_THAT(model.status().message(), HasSubstr(path_.string()));
  }
  EXPECT_FALSE(Open(bytes + "x").ok());
  EXPECT_TRUE(Open(bytes).ok());
}

TEST_F(ModelFileTest, EveryDamagedByteIsNoticed) {
  const std::string bytes = (*Tiny())->Serialize();
  for (size_t i = 0; i < bytes.size(); ++i) {
    std::string damaged = bytes;
    damaged[i] ^= 0x40;
    EXPECT_FALSE(Model::Parse(damaged).ok()) << i;
  }
}

TEST_F(ModelFileTest, ModelsOfOlderFeaturesAreReadAndOfNewerOnesRefused) {
  const auto model = *Tiny();
  const auto with_feature_version = [&](uint32_t version) {
    std::string bytes = model->Serialize();
    ModelHeader header = ReadHeader(bytes);
    header.feature_version = version;
    WriteHead(header, ReadThresholds(bytes, 1), bytes.data());
    return bytes;
  };
  const auto older = Open(with_feature_version(kOldestFeatureVersion));
  ASSERT_TRUE(older.ok()) << older.status();
  EXPECT_EQ((*older)->rows(), model->rows());
  EXPECT_THAT(Open(with_feature_version(kFeatureVersion + 1)).status().message(),
              HasSubstr("feature version 3, this program reads 1 to 2"));
}

TEST_F(ModelFileTest, OtherVersionsAreNamed) {
  const std::string bytes = (*Tiny())->Serialize();
  std::string newer = bytes;
  newer[8] = 9;
  EXPECT_THAT(Open(newer).status().message(),
              HasSubstr("format version 9, this program reads 3 to 4"));
  EXPECT_THAT(Open(std::string(200, '{')).status().message(), HasSubstr("another kind of file"));
  EXPECT_EQ(Model::Open("/no/such/model.bin").status().code(), absl::StatusCode::kNotFound);
}

}  // namespace
}  // namespace winnow::ner
