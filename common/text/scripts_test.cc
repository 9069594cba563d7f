#include "common/text/scripts.h"

#include <cstddef>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "common/text/utf8.h"
#include "gtest/gtest.h"

namespace winnow::text {
namespace {

// The script that all characters have.
void ExpectAll(absl::string_view text, UnspacedScript script) {
  for (size_t position = 0; position < text.size();) {
    const char32_t c = DecodeUtf8(text, position);
    EXPECT_EQ(UnspacedScriptOf(c), script) << "U+" << std::hex << static_cast<uint32_t>(c);
  }
}

TEST(UnspacedScriptOf, KnowsLettersAndMarksOfEachScript) {
  ExpectAll("中国々〇㐀龥𠮷豈", UnspacedScript::kHan);
  ExpectAll("ぁんゝゟが", UnspacedScript::kHiragana);
  ExpectAll("ァヶーヿｱﾟㇰ", UnspacedScript::kKatakana);
  ExpectAll("ㄅㄩㆠ", UnspacedScript::kBopomofo);
  ExpectAll("กรุงเทพๆำ", UnspacedScript::kThai);
  ExpectAll("ວຽງຈັນໜໝຳ", UnspacedScript::kLao);
  ExpectAll("ភ្នំពេញៗ", UnspacedScript::kKhmer);
  ExpectAll("ရန်ကုန်", UnspacedScript::kMyanmar);
  ExpectAll("ᦑᥖ", UnspacedScript::kTai);
}

TEST(UnspacedScriptOf, DigitsPunctuationAndOtherScriptsHaveNone) {
  ExpectAll("aZ9 é.Я한ह۔0๐໑០၁ＡＢ０", UnspacedScript::kNone);
  ExpectAll("。、「」・！？〜฿។၊ ", UnspacedScript::kNone);
}

}  // namespace
}  // namespace winnow::text
