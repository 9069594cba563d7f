#include "common/encoder/encoder.h"

#include <unistd.h>

#include <fstream>

#include "absl/strings/str_cat.h"
#include "common/base/status.h"
#include "common/encoder/build.h"
#include "common/encoder/testing.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace winnow::encoder {
namespace {

namespace fs = std::filesystem;
using ::testing::HasSubstr;

class EncoderTest : public ::testing::Test {
 protected:
  EncoderTest()
      : root_(fs::path(testing::TempDir()) / absl::StrCat("encoder_", getpid())),
        source_(root_ / "source"),
        destination_(root_ / "encoder") {
    fs::create_directories(source_);
    std::string vocabulary = "[UNK]\n[CLS]\n[SEP]\n";
    for (char c = 'a'; c <= 'z'; ++c) absl::StrAppend(&vocabulary, std::string(1, c), "\n");
    Write(source_ / "vocab.txt", vocabulary);
    Write(source_ / "config.json", TinyConfig(29).dump());
    Write(source_ / "model.safetensors", MakeSafeTensors(TinyWeights(3).Make(29)));
    Random random(1);
    for (int i = 0; i < 50; ++i) {
      std::string& text = sample_.emplace_back();
      for (int word = 0; word < 12; ++word) {
        text.push_back(static_cast<char>('a' + random.Below(26)));
        text.push_back(' ');
      }
    }
  }
  ~EncoderTest() override { fs::remove_all(root_); }

  static void Write(const fs::path& path, const std::string& content) {
    std::ofstream(path, std::ios::binary) << content;
  }
  static std::string Read(const fs::path& path) { return *ReadFile(path); }

  absl::StatusOr<Manifest> Make(size_t layer = 0) const {
    return Build(source_, {.layer = layer, .origin = "a test", .licence = "MIT"}, sample_,
                 destination_);
  }
  std::string Error() const {
    const absl::Status status = Make().status();
    EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument) << status;
    EXPECT_FALSE(fs::exists(destination_));
    return std::string(status.message());
  }

  const fs::path root_, source_, destination_;
  std::vector<std::string> sample_;
};

TEST_F(EncoderTest, IsMadeLoadedAndStandardised) {
  const auto made = Make();
  ASSERT_TRUE(made.ok()) << made.status();
  EXPECT_EQ(made->layer, 1u);  // two thirds of two
  EXPECT_EQ(made->dimension, 32u);
  EXPECT_GT(made->agreement, 0.99);

  const auto encoder = Encoder::Load(destination_);
  ASSERT_TRUE(encoder.ok()) << encoder.status();
  EXPECT_EQ((*encoder)->manifest().origin, "a test");
  EXPECT_EQ((*encoder)->manifest().licence, "MIT");
  EXPECT_EQ((*encoder)->digest().size(), 64u);

  std::vector<std::vector<text::Token>> tokens;
  std::vector<TextTokens> texts;
  for (const std::string& text : sample_) tokens.push_back(text::Tokenize(text));
  for (size_t i = 0; i < sample_.size(); ++i) texts.push_back({sample_[i], tokens[i]});
  const std::vector<PackedVectors> vectors = (*encoder)->Encode(texts, Bits::k4);
  ASSERT_EQ(vectors.size(), sample_.size());
  // Of the sample itself every dimension has mean 0 and deviation 1, but for rounding.
  double sum = 0, squares = 0;
  size_t count = 0;
  std::vector<float> values(32);
  for (const PackedVectors& text : vectors) {
    EXPECT_EQ(text.size(), 12u);
    for (size_t t = 0; t < text.size(); ++t, ++count) {
      UnpackRow(text.row(t), Bits::k4, absl::MakeSpan(values));
      sum += values[7];
      squares += values[7] * values[7];
    }
  }
  EXPECT_NEAR(sum / static_cast<double>(count), 0, 0.03);
  EXPECT_NEAR(squares / static_cast<double>(count), 1, 0.05);
}

TEST_F(EncoderTest, TokensWithoutPiecesAreZero) {
  ASSERT_TRUE(Make().ok());
  const auto encoder = Encoder::Load(destination_);
  const std::string text = "\u00AD";
  const std::vector<text::Token> tokens = text::Tokenize(text);
  const auto vectors = (*encoder)->Encode({{text, tokens}}, Bits::k2);
  ASSERT_EQ(vectors[0].size(), 1u);
  EXPECT_THAT(vectors[0].bytes, testing::Each(0b10101010));
  EXPECT_EQ((*encoder)->Encode({{"", {}}}, Bits::k2)[0].size(), 0u);
}

TEST_F(EncoderTest, TheSameSourceGivesTheSameDirectory) {
  ASSERT_TRUE(Make(2).ok());
  const std::string weights = Read(destination_ / "encoder.bin"),
                    manifest = Read(destination_ / "manifest.json");
  EXPECT_EQ(Make(2).status().code(), absl::StatusCode::kAlreadyExists);
  fs::remove_all(destination_);
  ASSERT_TRUE(Make(2).ok());
  EXPECT_EQ(Read(destination_ / "encoder.bin"), weights);
  EXPECT_EQ(Read(destination_ / "manifest.json"), manifest);
}

TEST_F(EncoderTest, DamagedFilesAreRefusedByTheirNames) {
  ASSERT_TRUE(Make().ok());
  for (const char* name : {"encoder.bin", "vocab.txt", "manifest.json"}) {
    const std::string whole = Read(destination_ / name);
    std::string damaged = whole;
    damaged[damaged.size() / 3] ^= 1;
    for (const std::string& content : {damaged, whole.substr(1), std::string()}) {
      Write(destination_ / name, content);
      const absl::Status status = Encoder::Load(destination_).status();
      // The manifest has no digest of its own; a flip may hit what is only told.
      if (status.ok() && name == std::string("manifest.json")) continue;
      EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument) << name << ": " << status;
      EXPECT_EQ(ReasonOf(status), "CORRUPT_MODEL") << name << ": " << status;
    }
    Write(destination_ / name, whole);
    EXPECT_TRUE(Encoder::Load(destination_).ok());
  }
  EXPECT_EQ(Encoder::Load(root_ / "none").status().code(), absl::StatusCode::kNotFound);
}

TEST_F(EncoderTest, SourcesThatCannotBeUsedAreRefused) {
  EXPECT_THAT(Make(3).status().message(), HasSubstr("there is no layer 3 of 2"));
  const std::string vocabulary = Read(source_ / "vocab.txt");
  Write(source_ / "vocab.txt", vocabulary + "aa\n");
  EXPECT_THAT(Error(), HasSubstr("the tokeniser has 30 pieces, the model only 29"));
  Write(source_ / "vocab.txt", vocabulary);

  // Values of 10^30 exceed single precision when they are squared.
  TestTensors tensors = TinyWeights(3).Make(29);
  for (float& value : tensors["embeddings.word_embeddings.weight"].values) value *= 1e30f;
  Write(source_ / "model.safetensors", MakeSafeTensors(tensors));
  EXPECT_THAT(Error(), HasSubstr("rounded to integers"));

  fs::remove(source_ / "model.safetensors");
  EXPECT_EQ(Make().status().code(), absl::StatusCode::kNotFound);
  sample_.resize(40);
  EXPECT_THAT(Error(), HasSubstr("the sample has 480 tokens; 500 are needed"));
}

}  // namespace
}  // namespace winnow::encoder
