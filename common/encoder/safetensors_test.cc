#include "common/encoder/safetensors.h"

#include <cmath>
#include <limits>

#include "absl/strings/str_replace.h"
#include "common/encoder/testing.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace winnow::encoder {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

std::string File(const std::string& header, size_t data_bytes) {
  return WithHeaderSize(header) + std::string(data_bytes, '\0');
}

std::string Error(const std::string& bytes) {
  const absl::Status status = SafeTensors::Parse(bytes, "w").status();
  EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument);
  return std::string(status.message());
}

std::vector<float> Read(const std::string& bytes, std::vector<size_t> shape, size_t first_row,
                        size_t size) {
  const auto tensors = SafeTensors::Parse(bytes, "w");
  EXPECT_TRUE(tensors.ok()) << tensors.status();
  std::vector<float> values(size);
  const absl::Status read = tensors->Read("a", shape, first_row, absl::MakeSpan(values));
  EXPECT_TRUE(read.ok()) << read;
  return values;
}

TEST(SafeTensorsTest, ReadsRowsOfAMatrix) {
  const std::string bytes =
      MakeSafeTensors({{"a", {{3, 2}, {1, 2, 3, 4, 5, 6}}}, {"b", {{1}, {7}}}});
  EXPECT_THAT(Read(bytes, {3, 2}, 0, 6), ElementsAre(1, 2, 3, 4, 5, 6));
  EXPECT_THAT(Read(bytes, {3, 2}, 1, 4), ElementsAre(3, 4, 5, 6));
}

TEST(SafeTensorsTest, ReadsHalfAndBrainFloatsExactly) {
  const std::string half("\x00\x3C\x00\xC0\x01\x00\xFF\x03\xFF\x7B\x00\x80", 12);
  EXPECT_THAT(
      Read(WithHeaderSize(R"({"a":{"dtype":"F16","shape":[6],"data_offsets":[0,12]}})") + half, {6},
           0, 6),
      ElementsAre(1, -2, 0x1p-24f, 1023 * 0x1p-24f, 65504, 0));
  const std::string brain("\x80\x3F\x49\xC0", 4);
  EXPECT_THAT(
      Read(WithHeaderSize(R"({"a":{"dtype":"BF16","shape":[2],"data_offsets":[0,4]}})") + brain,
           {2}, 0, 2),
      ElementsAre(1, -3.140625f));
}

TEST(SafeTensorsTest, RefusesHeadersThatDoNotFitTheFile) {
  EXPECT_THAT(Error(""), HasSubstr("too short"));
  EXPECT_THAT(Error(std::string(8, '\xFF')), HasSubstr("18446744073709551615 bytes"));
  EXPECT_THAT(Error(WithHeaderSize("{}").substr(0, 9)), HasSubstr("cut off"));
  EXPECT_THAT(Error(WithHeaderSize("[]")), HasSubstr("no JSON object"));
  EXPECT_THAT(Error(WithHeaderSize("{\"a\": ")), HasSubstr("w: "));
  EXPECT_THAT(Error(WithHeaderSize(std::string(5000, '{'))), HasSubstr("w: "));
  EXPECT_THAT(Error(WithHeaderSize(R"({"a":7})")), HasSubstr("tensor a has the unknown type"));
}

TEST(SafeTensorsTest, RefusesTensorsThatAreNotWhatTheySay) {
  const auto error = [](absl::string_view tensor, size_t data_bytes) {
    return Error(File(absl::StrCat("{\"a\":{", tensor, "}}"), data_bytes));
  };
  EXPECT_THAT(error(R"("dtype":"F31","shape":[1],"data_offsets":[0,4])", 4), HasSubstr("\"F31\""));
  EXPECT_THAT(error(R"("dtype":"F32","shape":[1],"data_offsets":[0,5])", 5),
              HasSubstr("has 5 bytes, not the 4"));
  EXPECT_THAT(error(R"("dtype":"F32","shape":[1],"data_offsets":[4,8])", 4), HasSubstr("outside"));
  EXPECT_THAT(error(R"("dtype":"F32","shape":[1],"data_offsets":[4,0])", 4), HasSubstr("outside"));
  EXPECT_THAT(error(R"("dtype":"F32","shape":[-1],"data_offsets":[0,4])", 4), HasSubstr("sizes"));
  EXPECT_THAT(error(R"("dtype":"F32","shape":[1],"data_offsets":[0])", 4),
              HasSubstr("two numbers"));
  EXPECT_THAT(error(R"("dtype":"F32","shape":[1,1,1,1,1,1,1,1,1],"data_offsets":[0,4])", 4),
              HasSubstr("sizes"));
  // 2^62 x 4 x 4 bytes are 0 in 64 bits.
  EXPECT_THAT(error(R"("dtype":"F32","shape":[4611686018427387904,4],"data_offsets":[0,0])", 0),
              HasSubstr("larger than the file"));
  EXPECT_THAT(error(R"("dtype":"F32","shape":[0,9223372036854775807,9],"data_offsets":[0,0])", 0),
              HasSubstr("larger than the file"));
}

TEST(SafeTensorsTest, RefusesSharedAndLeftOverBytes) {
  const auto two = [](absl::string_view a, absl::string_view b) {
    return Error(File(absl::StrCat(R"({"a":{"dtype":"U8","shape":[2],"data_offsets":)", a,
                                   R"(},"b":{"dtype":"U8","shape":[2],"data_offsets":)", b, "}}"),
                      4));
  };
  EXPECT_THAT(two("[0,2]", "[1,3]"), HasSubstr("tensor b overlaps"));
  EXPECT_THAT(two("[0,2]", "[0,2]"), HasSubstr("overlaps"));
  EXPECT_THAT(Error(File(R"({"a":{"dtype":"U8","shape":[2],"data_offsets":[2,4]}})", 4)),
              HasSubstr("before tensor a"));
  EXPECT_THAT(Error(File(R"({"a":{"dtype":"U8","shape":[2],"data_offsets":[0,2]}})", 4)),
              HasSubstr("at the end"));
}

TEST(SafeTensorsTest, RefusesToReadWhatIsNoMatrixOfFiniteNumbers) {
  const auto error = [](const std::string& bytes, std::vector<size_t> shape) {
    const auto tensors = SafeTensors::Parse(bytes, "w");
    EXPECT_TRUE(tensors.ok()) << tensors.status();
    std::vector<float> values(2);
    return std::string(tensors->Read("a", shape, 0, absl::MakeSpan(values)).message());
  };
  EXPECT_EQ(error(MakeSafeTensors({{"b", {{2}, {0, 0}}}}), {2}), "w: tensor a is missing");
  EXPECT_THAT(error(MakeSafeTensors({{"a", {{2, 1}, {0, 0}}}}), {1, 2}),
              HasSubstr("w: tensor a has the shape 2 x 1, not 1 x 2"));
  for (const float odd : {std::numeric_limits<float>::infinity(), std::nanf("")}) {
    EXPECT_THAT(error(MakeSafeTensors({{"a", {{2}, {0, odd}}}}), {2}),
                HasSubstr("tensor a has a value that is not a finite number, at 1"));
  }
  EXPECT_THAT(error(File(R"({"a":{"dtype":"I8","shape":[2],"data_offsets":[0,2]}})", 2), {2}),
              HasSubstr("values of type I8"));
}

// Whatever is damaged, the answer is a refusal or values, never a read outside of the file.
TEST(SafeTensorsTest, SurvivesFlippedAndMissingBytes) {
  const std::string whole =
      MakeSafeTensors({{"a", {{3, 2}, {1, 2, 3, 4, 5, 6}}}, {"b", {{2}, {7, 8}}}});
  Random random(7);
  int num_refused = 0;
  for (int i = 0; i < 3000; ++i) {
    // On the heap and of the exact size, so that a sanitizer sees what is beyond.
    std::string bytes = whole.substr(0, i % 4 == 0 ? random.Below(whole.size()) : whole.size());
    for (uint64_t flips = random.Below(4); flips > 0 && !bytes.empty(); --flips)
      bytes[random.Below(bytes.size())] ^= static_cast<char>(1 + random.Below(255));
    const std::vector<char> exact(bytes.begin(), bytes.end());
    const auto tensors = SafeTensors::Parse({exact.data(), exact.size()}, "w");
    std::vector<float> values(6);
    num_refused += !tensors.ok() || !tensors->Read("a", {3, 2}, 0, absl::MakeSpan(values)).ok();
  }
  EXPECT_GT(num_refused, 1000);
  EXPECT_LT(num_refused, 3000);
}

}  // namespace
}  // namespace winnow::encoder
