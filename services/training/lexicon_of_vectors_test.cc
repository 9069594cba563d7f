#include "services/training/lexicon_of_vectors.h"

#include <string>

#include "absl/strings/str_cat.h"
#include "common/ner/lexicon.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace winnow::training {
namespace {

using ::testing::HasSubstr;

// Towns on one side, fruits on the other.
std::string Vectors() {
  std::string content;
  for (int i = 0; i < 200; ++i) {
    absl::StrAppend(&content, "town", std::string(static_cast<size_t>(i), 'x'), " 1 0.", i, "\n");
    absl::StrAppend(&content, "fruit", std::string(static_cast<size_t>(i), 'x'), " -1 0.", i, "\n");
  }
  return content;
}

absl::StatusOr<std::string> LexiconOf(absl::string_view content, size_t piece_bytes,
                                      bool is_cancelled = false) {
  const auto next_piece = [&]() -> absl::StatusOr<std::string> {
    const absl::string_view piece = content.substr(0, piece_bytes);
    content.remove_prefix(piece.size());
    return std::string(piece);
  };
  return LexiconOfVectors(next_piece, /*seed=*/1, [&] { return is_cancelled; });
}

TEST(LexiconOfVectors, IsTheSameHoweverItIsCut) {
  const auto lexicon = LexiconOf(Vectors(), 7);
  ASSERT_TRUE(lexicon.ok()) << lexicon.status();
  EXPECT_TRUE(ner::Lexicon::Parse(*lexicon).ok());
  EXPECT_EQ(*LexiconOf(Vectors(), 100'000), *lexicon);
}

TEST(LexiconOfVectors, WhatIsNoVectorIsNamedByItsLine) {
  const absl::Status status = LexiconOf("a 1 2\nb 1 x\n", 5).status();
  EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument);
  EXPECT_THAT(std::string(status.message()), HasSubstr("vectors:2: value 2"));
  EXPECT_EQ(LexiconOf("", 5).status().code(), absl::StatusCode::kInvalidArgument);
}

TEST(LexiconOfVectors, EndsWhenNobodyWaits) {
  EXPECT_EQ(LexiconOf(Vectors(), 1'000, /*is_cancelled=*/true).status().code(),
            absl::StatusCode::kCancelled);
}

}  // namespace
}  // namespace winnow::training
