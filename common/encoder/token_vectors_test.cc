#include "common/encoder/token_vectors.h"

#include <cmath>
#include <limits>
#include <map>
#include <memory>

#include "absl/strings/str_cat.h"
#include "common/encoder/forward_pass.h"
#include "common/encoder/packed_vectors.h"
#include "common/encoder/testing.h"
#include "common/encoder/tokenizer_file.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace winnow::encoder {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

TEST(WindowsTest, EveryPieceCountsOnceInTheMiddleOfAWindow) {
  EXPECT_THAT(WindowsOf(0, 8), IsEmpty());
  EXPECT_THAT(WindowsOf(8, 8), ElementsAre(Window{0, 8, 0, 8}));
  EXPECT_THAT(WindowsOf(9, 8), ElementsAre(Window{0, 8, 0, 4}, Window{1, 9, 4, 9}));
  for (size_t num_pieces = 1; num_pieces < 300; ++num_pieces) {
    size_t next = 0;
    for (const Window& window : WindowsOf(num_pieces, 22)) {
      EXPECT_EQ(window.first_counted, next);
      EXPECT_LE(window.begin + (next == 0 ? 0 : 2), next);
      EXPECT_LE(window.end - window.begin, 22u);
      next = window.last_counted;
      EXPECT_LE(next + (next == num_pieces ? 0 : 2), window.end);
    }
    EXPECT_EQ(next, num_pieces);
  }
}

TEST(PackedVectorsTest, KeepTheNearestLevel) {
  const std::vector<float> values = {-3, -0.5f, 0, 0.5f, 0.99f, -0.99f, 100, -100};
  std::vector<uint8_t> row(RowBytes(values.size(), Bits::k2));
  std::vector<float> levels(values.size());
  PackRow(values, Bits::k2, absl::MakeSpan(row));
  EXPECT_THAT(row, ElementsAre(0b10'10'00'01, 0b01'11'01'11));
  UnpackRow(row, Bits::k2, absl::MakeSpan(levels));
  EXPECT_THAT(levels, ElementsAre(-1.5104f, -0.4528f, 0.4528f, 0.4528f, 1.5104f, -1.5104f, 1.5104f,
                                  -1.5104f));
  row.resize(RowBytes(values.size(), Bits::k4));
  PackRow(values, Bits::k4, absl::MakeSpan(row));
  UnpackRow(row, Bits::k4, absl::MakeSpan(levels));
  for (size_t i = 1; i < 6; ++i) EXPECT_NEAR(levels[i], values[i], 0.1677f) << values[i];
  EXPECT_FLOAT_EQ(levels[6], 7.5f * 0.3352f);
  EXPECT_FLOAT_EQ(levels[7], -7.5f * 0.3352f);
}

TEST(PackedVectorsTest, TakeWhatIsNoNumber) {
  const std::vector<float> values(4, std::numeric_limits<float>::quiet_NaN());
  std::vector<uint8_t> row(2);
  PackRow(values, Bits::k4, absl::MakeSpan(row));
  EXPECT_THAT(row, ElementsAre(0, 0));
}

class TokenVectorsTest : public ::testing::Test {
 protected:
  TokenVectorsTest() {
    std::string vocabulary = "[UNK]\n[CLS]\n[SEP]\n";
    for (char c = 'a'; c <= 'z'; ++c)
      absl::StrAppend(&vocabulary, std::string(1, c), "\n##", std::string(1, c), "\n");
    tokenizer_ = *ParseVocabulary(vocabulary, "", "vocab.txt");
    const std::string file = MakeSafeTensors(TinyWeights(3).Make(tokenizer_->num_ids()));
    const auto tensors = SafeTensors::Parse(file, "w");
    const auto config = ReadConfig(TinyConfig(tokenizer_->num_ids()).dump(), "config.json");
    bytes_ = PackEncoder(*ReadWeights(*tensors, *config, 2));
    encoder_ = *ParseEncoder(bytes_);
  }

  using Vectors = std::vector<std::vector<float>>;
  std::vector<Vectors> Compute(const std::vector<std::string>& texts) const {
    std::vector<std::vector<text::Token>> tokens;
    std::vector<TextTokens> views;
    for (const std::string& text : texts) tokens.push_back(text::Tokenize(text));
    for (size_t i = 0; i < texts.size(); ++i) views.push_back({texts[i], tokens[i]});
    std::vector<Vectors> result(texts.size());
    ComputeTokenVectors(encoder_, *tokenizer_, views, BestInstructions(),
                        [&](size_t text, size_t token, absl::Span<const float> vector) {
                          EXPECT_EQ(token, result[text].size());
                          result[text].emplace_back(vector.begin(), vector.end());
                        });
    return result;
  }

  std::unique_ptr<PieceTokenizer> tokenizer_;
  std::string bytes_;
  PackedEncoder encoder_;
};

TEST_F(TokenVectorsTest, AreTheMeansOfTheirPieces) {
  // [CLS] a ##b c [SEP]
  const auto id = [](char c) { return 3 + 2 * static_cast<uint32_t>(c - 'a'); };
  const std::vector<uint32_t> ids = {1, id('a'), id('b') + 1, id('c'), 2};
  ForwardPass pass(encoder_);
  const absl::Span<const float> pieces = pass.Run(ids, {5});
  const Vectors vectors = Compute({"ab \u00AD c"})[0];
  ASSERT_EQ(vectors.size(), 3u);
  EXPECT_THAT(vectors[1], IsEmpty());  // a soft hyphen has no piece
  for (size_t i = 0; i < 32; ++i) {
    EXPECT_EQ(vectors[0][i], (pieces[32 + i] + pieces[64 + i]) / 2);
    EXPECT_EQ(vectors[2][i], pieces[96 + i]);
  }
}

TEST_F(TokenVectorsTest, DependOnTheirTextAlone) {
  std::vector<std::string> texts;
  Random random(2);
  for (int i = 0; i < 60; ++i) {
    std::string text;
    for (uint64_t words = random.Below(i == 30 ? 2'000 : 30); words > 0; --words) {
      for (uint64_t letters = 1 + random.Below(5); letters > 0; --letters)
        text.push_back(static_cast<char>('a' + random.Below(26)));
      text.push_back(' ');
    }
    texts.push_back(text);
  }
  const std::vector<Vectors> together = Compute(texts);
  for (size_t i = 0; i < texts.size(); ++i) {
    ASSERT_EQ(together[i].size(), text::Tokenize(texts[i]).size());
    EXPECT_EQ(Compute({texts[i]})[0], together[i]) << i;
    for (const std::vector<float>& vector : together[i]) EXPECT_EQ(vector.size(), 32u);
  }
}

}  // namespace
}  // namespace winnow::encoder
