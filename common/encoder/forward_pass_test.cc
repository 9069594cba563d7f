#include "common/encoder/forward_pass.h"

#include <cmath>
#include <string>

#include "common/base/hash.h"
#include "common/encoder/lanes.h"
#include "common/encoder/testing.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace winnow::encoder {
namespace {

constexpr size_t kVocabulary = 50;

TEST(LanesTest, ExpAndGeluAreWithinTheirErrors) {
  for (float x = -20; x < 20; x += 0.0137f) {
    EXPECT_NEAR(Exp(Splat(x))[3] / std::exp(double{x}), 1, 2e-7) << x;
    const double phi = 0.5 * std::erfc(-double{x} / std::sqrt(2.0));
    EXPECT_NEAR(Gelu(Splat(x))[5], x * phi, 2e-6 * std::fabs(x) + 1e-9) << x;
  }
  EXPECT_EQ(Exp(Splat(0))[0], 1);
  EXPECT_GT(Exp(Splat(-1e30f))[0], 0);
  EXPECT_TRUE(std::isfinite(Exp(Splat(1e30f))[0]));
}

class ForwardPassTest : public ::testing::Test {
 protected:
  ForwardPassTest() {
    const std::string file = MakeSafeTensors(TinyWeights(3).Make(kVocabulary));
    const auto tensors = SafeTensors::Parse(file, "model.safetensors");
    const auto config = ReadConfig(TinyConfig(kVocabulary).dump(), "config.json");
    weights_ = *ReadWeights(*tensors, *config, 2);
    bytes_ = PackEncoder(weights_);
    encoder_ = *ParseEncoder(bytes_);
  }

  std::vector<uint32_t> Ids(size_t size, uint64_t seed) const {
    Random random(seed);
    std::vector<uint32_t> ids(size);
    for (uint32_t& id : ids) id = static_cast<uint32_t>(random.Below(kVocabulary));
    return ids;
  }

  std::vector<float> Run(const std::vector<uint32_t>& ids, const std::vector<size_t>& ends,
                         Instructions instructions = BestInstructions()) const {
    ForwardPass pass(encoder_, instructions);
    const absl::Span<const float> vectors = pass.Run(ids, ends);
    return {vectors.begin(), vectors.end()};
  }

  EncoderWeights weights_;
  std::string bytes_;
  PackedEncoder encoder_;
};

TEST_F(ForwardPassTest, IsNearTheReference) {
  for (const size_t size : {1u, 2u, 7u, 16u, 24u}) {
    const std::vector<uint32_t> ids = Ids(size, size);
    const Matrix expected = ReferenceForward(weights_, ids);
    const std::vector<float> found = Run(ids, {size});
    const Eigen::Map<const Matrix> vectors(found.data(), expected.rows(), expected.cols());
    // Values have a deviation of about 1, which integers round.
    EXPECT_LT((vectors - expected).norm() / expected.norm(), 0.05) << size;
  }
}

TEST_F(ForwardPassTest, AWindowDoesNotDependOnTheOthers) {
  const std::vector<uint32_t> first = Ids(5, 1), second = Ids(18, 2), third = Ids(1, 3);
  std::vector<uint32_t> all = first;
  all.insert(all.end(), second.begin(), second.end());
  all.insert(all.end(), third.begin(), third.end());
  std::vector<float> apart = Run(first, {5});
  for (const auto& [ids, end] : {std::pair(second, 18), std::pair(third, 1)}) {
    const std::vector<float> vectors = Run(ids, {static_cast<size_t>(end)});
    apart.insert(apart.end(), vectors.begin(), vectors.end());
  }
  EXPECT_EQ(Run(all, {5, 23, 24}), apart);
}

// The digest was made by the build for x86-64-v3, and holds for every build and CPU.
TEST_F(ForwardPassTest, HasTheSameBitsEverywhere) {
  for (const Instructions instructions : SupportedInstructions()) {
    const std::vector<float> vectors = Run(Ids(41, 9), {17, 41}, instructions);
    EXPECT_EQ(Sha256Hex({reinterpret_cast<const char*>(vectors.data()), vectors.size() * 4})
                  .substr(0, 16),
              "3ce621264079c01c");
  }
}

TEST_F(ForwardPassTest, RefusesFilesThatItDidNotWrite) {
  const auto error = [](const std::string& bytes) {
    const absl::Status status = ParseEncoder(bytes).status();
    EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument);
    return std::string(status.message());
  };
  EXPECT_EQ(error(""), "is too short");
  EXPECT_EQ(error(std::string(64, 'x')), "is no encoder");
  EXPECT_EQ(error(bytes_ + std::string(64, '\0')), "does not have the size that its header says");
  EXPECT_EQ(error(bytes_.substr(0, bytes_.size() - 64)),
            "does not have the size that its header says");
}

// Whatever is damaged, the answer is a refusal or numbers, never a read outside of the file.
TEST_F(ForwardPassTest, SurvivesFlippedAndMissingBytes) {
  Random random(7);
  const std::vector<uint32_t> ids = Ids(8, 1);
  int num_refused = 0;
  for (int i = 0; i < 400; ++i) {
    std::string damaged =
        bytes_.substr(0, i % 4 == 0 ? random.Below(bytes_.size()) : bytes_.size());
    // Half of the flips hit the header.
    for (uint64_t flips = 1 + random.Below(3); flips > 0 && !damaged.empty(); --flips) {
      const size_t most = i % 2 == 0 ? damaged.size() : std::min<size_t>(64, damaged.size());
      damaged[random.Below(most)] ^= static_cast<char>(1 + random.Below(255));
    }
    const auto encoder = ParseEncoder(damaged);
    num_refused += !encoder.ok();
    if (!encoder.ok() || encoder->header.vocabulary < kVocabulary) continue;
    EXPECT_EQ(ForwardPass(*encoder).Run(ids, {ids.size()}).size(),
              ids.size() * encoder->header.hidden);
  }
  EXPECT_GT(num_refused, 100);
  EXPECT_LT(num_refused, 400);
}

}  // namespace
}  // namespace winnow::encoder
