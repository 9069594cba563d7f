#include "common/base/zeroed_memory.h"

#include <cstdint>
#include <numeric>

#include "gtest/gtest.h"

namespace winnow {
namespace {

TEST(ZeroedVector, GrowsByZerosAndKeepsWhatItHeld) {
  // From some bytes on the heap to blocks of their own.
  ZeroedVector<uint32_t> values;
  for (size_t size = 1; size < size_t{8} << 20; size *= 3) {
    const size_t before = values.size();
    values.resize(size);
    ASSERT_EQ(std::accumulate(values.begin() + static_cast<std::ptrdiff_t>(before), values.end(),
                              uint64_t{0}),
              0u);
    std::iota(values.begin() + static_cast<std::ptrdiff_t>(before), values.end(),
              static_cast<uint32_t>(before));
    for (size_t i = 0; i < size; i += 1 + size / 100) ASSERT_EQ(values[i], i);
  }
  const ZeroedVector<uint32_t> copy = values;
  EXPECT_EQ(copy, values);
  EXPECT_EQ(ZeroedVector<float>(3, 1.5f), (ZeroedVector<float>{1.5f, 1.5f, 1.5f}));
}

}  // namespace
}  // namespace winnow
