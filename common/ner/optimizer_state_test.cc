#include "common/ner/optimizer_state.h"

#include "common/ner/toy_data.h"
#include "gtest/gtest.h"

namespace winnow::ner {
namespace {

TEST(OptimizerStateTest, SquaresAreKeptWithinAnEighth) {
  EXPECT_EQ(ExpandSquares(CompressSquares(0)), 0);
  EXPECT_EQ(ExpandSquares(CompressSquares(1e-9f)), 0);
  for (float squares = 2e-6f; squares < 1e9f; squares *= 1.37f) {
    EXPECT_NEAR(ExpandSquares(CompressSquares(squares)), squares, squares / 8);
  }
  for (int level = 0; level < 256; ++level) {
    EXPECT_EQ(CompressSquares(ExpandSquares(static_cast<uint8_t>(level))), level);
  }
}

TEST(OptimizerStateTest, RoundTripAndEveryDamageIsNoticed) {
  const TrainingResult base = TrainOrDie(ToyExamples(1, 1), {}, {.epochs = 1});
  OptimizerState state = base.optimizer;
  state.entity_bias[0] = 0.25;
  const std::string bytes = state.Serialize();
  const auto parsed = OptimizerState::Parse(bytes);
  ASSERT_TRUE(parsed.ok()) << parsed.status();
  EXPECT_EQ(parsed->rows, base.optimizer.rows);
  EXPECT_EQ(parsed->outside, base.optimizer.outside);
  EXPECT_EQ(parsed->inside, base.optimizer.inside);
  EXPECT_EQ(parsed->entity_bias, state.entity_bias);
  EXPECT_EQ(parsed->model_digest, base.model->digest());
  for (size_t size = 0; size < bytes.size(); size += size < 64 ? 1 : 61) {
    EXPECT_FALSE(OptimizerState::Parse(bytes.substr(0, size)).ok()) << size;
  }
  for (size_t i = 0; i < bytes.size(); i += i < 64 ? 1 : 97) {
    std::string damaged = bytes;
    damaged[i] ^= 0x10;
    EXPECT_FALSE(OptimizerState::Parse(damaged).ok()) << i;
  }
}

}  // namespace
}  // namespace winnow::ner
