#include "common/ner/lexicon_learning.h"

#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "common/base/random.h"
#include "common/ner/word_form.h"
#include "gtest/gtest.h"

namespace winnow::ner {
namespace {

// Texts in which a town and a fruit never stand in one another's places.
std::vector<std::string> Texts() {
  std::vector<std::string> texts;
  Random random(7);
  for (int i = 0; i < 4000; ++i) {
    const uint64_t word = random.Below(40);
    if (i % 2 == 0) {
      texts.push_back(absl::StrCat("we travelled to Town", word, " by train"));
    } else {
      texts.push_back(absl::StrCat("she ate a ripe fruit", word, " with sugar"));
    }
  }
  return texts;
}

std::shared_ptr<const Lexicon> Learn(size_t num_threads, uint64_t seed = 1) {
  const std::vector<std::string> texts = Texts();
  const std::vector<absl::string_view> views(texts.begin(), texts.end());
  const auto lexicon =
      LearnLexicon(views, {.seed = seed, .num_threads = num_threads, .min_tokens = 0});
  EXPECT_TRUE(lexicon.ok()) << lexicon.status();
  return lexicon.ok() ? *lexicon : nullptr;
}

TEST(Pool, TheLexiconDoesNotDependOnTheThreads) {
  const auto one = Learn(1), three = Learn(3);
  EXPECT_EQ(one->Serialize(), three->Serialize());
  EXPECT_EQ(one->digest(), three->digest());
}

TEST(Pool, KnowsWordsWhateverTheirCaseAndNoOthers) {
  const auto lexicon = Learn(1);
  const WordEntry* capital = lexicon->Find(FormOf("Town").hash);
  EXPECT_EQ(capital, lexicon->Find(FormOf("town").hash));
  EXPECT_NE(lexicon->Find(FormOf("ate").hash), nullptr);
  EXPECT_EQ(lexicon->Find(FormOf("zebra").hash), nullptr);
}

TEST(Pool, TellsHowAWordIsWritten) {
  const auto lexicon = Learn(1);
  const WordEntry* town = lexicon->Find(FormOf("Town00").hash);
  const WordEntry* fruit = lexicon->Find(FormOf("fruit00").hash);
  ASSERT_NE(town, nullptr);
  ASSERT_NE(fruit, nullptr);
  EXPECT_NE(town->case_profile(), fruit->case_profile());
}

TEST(Pool, CanBeCancelledAndWantsManyWords) {
  const std::vector<std::string> texts = Texts();
  const std::vector<absl::string_view> views(texts.begin(), texts.end());
  EXPECT_EQ(LearnLexicon(views, {.min_tokens = 0}, [](double) { return false; }).status().code(),
            absl::StatusCode::kCancelled);
  EXPECT_EQ(LearnLexicon(views, {}).status().code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_EQ(
      LearnLexicon(std::vector<absl::string_view>{"", "  "}, {.min_tokens = 0}).status().code(),
      absl::StatusCode::kFailedPrecondition);
}

TEST(Lexicon, RoundTripAndRefusalOfEveryTruncation) {
  std::vector<Lexicon::Word> words;
  for (uint32_t i = 0; i < 30; ++i)
    words.push_back({FormOf(absl::StrCat("w", std::string(i, 'x'))).hash, WordEntry({i, i, i}, 3)});
  const auto lexicon = Lexicon::Make(words);
  const std::string bytes = lexicon->Serialize();
  const auto again = Lexicon::Parse(bytes);
  ASSERT_TRUE(again.ok()) << again.status();
  EXPECT_EQ((*again)->digest(), lexicon->digest());
  for (const Lexicon::Word& word : words) {
    ASSERT_NE((*again)->Find(word.hash), nullptr);
    EXPECT_EQ((*again)->Find(word.hash)->fine(), word.entry.fine());
  }
  for (size_t size = 0; size < bytes.size(); ++size) {
    EXPECT_EQ(Lexicon::Parse(bytes.substr(0, size)).status().code(),
              absl::StatusCode::kInvalidArgument)
        << size;
  }
}

// A lookup in a table without a free slot would never end.
TEST(Lexicon, RefusesAFullTable) {
  const std::vector<Lexicon::Word> words = {{FormOf("a").hash, WordEntry({1, 1, 1}, 1)}};
  std::string bytes = Lexicon::Make(words)->Serialize();
  for (size_t i = 16; i < bytes.size(); ++i) bytes[i] = '\x80';
  EXPECT_EQ(Lexicon::Parse(bytes).status().code(), absl::StatusCode::kInvalidArgument);
}

}  // namespace
}  // namespace winnow::ner
