#include "common/encoder/int8_product.h"

#include "common/base/random.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace winnow::encoder {
namespace {

class Int8ProductTest : public ::testing::TestWithParam<Instructions> {};

// Against the definition, for each number of rows that kernels treat apart, and at the bounds where
// sums of 16 bits would overflow.
TEST_P(Int8ProductTest, IsExact) {
  Random random(5);
  for (size_t num_rows = 1; num_rows <= 30; ++num_rows) {
    const size_t inputs = 4 * (1 + random.Below(40)), outputs = 2 * kBlockOutputs;
    const bool extreme = num_rows % 3 == 0;
    std::vector<uint8_t> rows(num_rows * inputs);
    std::vector<int8_t> weights(outputs * inputs);
    for (uint8_t& x : rows) x = extreme ? 255 : static_cast<uint8_t>(random.Below(256));
    for (int8_t& w : weights) {
      w = extreme ? (num_rows % 2 == 0 ? -kMaxWeight : kMaxWeight)
                  : static_cast<int8_t>(static_cast<int>(random.Below(2 * kMaxWeight + 1)) -
                                        kMaxWeight);
    }
    const std::vector<int8_t> packed = PackWeights(weights, outputs, inputs);
    for (size_t block = 0; block < outputs / kBlockOutputs; ++block) {
      std::vector<int32_t> sums(num_rows * kBlockOutputs), expected;
      MultiplyBlock(rows.data(), num_rows, inputs, packed.data() + block * kBlockOutputs * inputs,
                    sums.data(), GetParam());
      for (size_t r = 0; r < num_rows; ++r) {
        for (size_t o = block * kBlockOutputs; o < (block + 1) * kBlockOutputs; ++o) {
          int32_t sum = 0;
          for (size_t i = 0; i < inputs; ++i)
            sum += int32_t{rows[r * inputs + i]} * weights[o * inputs + i];
          expected.push_back(sum);
        }
      }
      ASSERT_EQ(sums, expected) << num_rows << " rows of " << inputs;
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Instructions, Int8ProductTest,
                         ::testing::ValuesIn(SupportedInstructions()));

}  // namespace
}  // namespace winnow::encoder
