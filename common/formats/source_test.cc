#include "common/formats/source.h"

#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace winnow::formats {
namespace {

std::string ErrorOf(absl::string_view content, SourceFormat format = SourceFormat::kJsonl) {
  return std::string(ParseSource(content, format).status().message());
}

TEST(Source, ReadsJsonl) {
  const auto texts = ParseSource(
      "\xEF\xBB\xBF{\"text\": \"one\", \"meta\": {\"n\": 1.50, \"n\":  [\"}\"]}, \"x\": 3}\r\n"
      "\n"
      "{\"meta\":null,\"text\":\"zw\\u00f6lf\"}",
      SourceFormat::kJsonl);
  ASSERT_TRUE(texts.ok()) << texts.status();
  ASSERT_EQ(texts->size(), 2u);
  EXPECT_EQ((*texts)[0].text, "one");
  EXPECT_EQ((*texts)[0].meta_json, "{\"n\": 1.50, \"n\":  [\"}\"]}");
  EXPECT_EQ((*texts)[0].fields_json, "{\"meta\": {\"n\": 1.50, \"n\":  [\"}\"]},\"x\": 3}");
  EXPECT_EQ((*texts)[1].text, "zwölf");
  EXPECT_EQ((*texts)[1].meta_json, "");
  EXPECT_EQ((*texts)[1].fields_json, "{\"meta\":null}");
}

TEST(Source, TheOtherKeysOfARowStayAsTheyAre) {
  const auto others = ParseSource(
      R"({ "id" : 10000000000000000000001 , "t\u0065xt":"a", "x":{"text":"b"}, "id":"}" })"
      "\n"
      R"({"text":"b"})",
      SourceFormat::kJsonl);
  ASSERT_TRUE(others.ok()) << others.status();
  EXPECT_EQ((*others)[0].fields_json,
            R"({"id" : 10000000000000000000001,"x":{"text":"b"},"id":"}"})");
  EXPECT_EQ((*others)[1].fields_json, "");
}

TEST(Source, TakesTheLastMetaAndLooksOnlyAtTheTop) {
  const auto texts = ParseSource(R"({"a":{"meta":{"no":1}},"meta":{"first":1},"text":"\"meta\":{",)"
                                 R"("m\u0065ta" : {"last":"\\"} })",
                                 SourceFormat::kJsonl);
  ASSERT_TRUE(texts.ok()) << texts.status();
  EXPECT_EQ((*texts)[0].meta_json, R"({"last":"\\"})");
}

TEST(Source, ReadsText) {
  const auto texts = ParseSource("\xEF\xBB\xBF one \r\n\r\n \t\nzwölf {}", SourceFormat::kText);
  ASSERT_TRUE(texts.ok()) << texts.status();
  ASSERT_EQ(texts->size(), 2u);
  EXPECT_EQ((*texts)[0].text, "one");
  EXPECT_EQ((*texts)[1].text, "zwölf {}");
}

TEST(Source, NamesEveryViolation) {
  EXPECT_EQ(ErrorOf("{\"text\":\"ok\"}\n"
                    "{\"text\":\"ok\",}\n"
                    "[1]\n"
                    "{\"meta\":3}\n"
                    "{\"text\":\"\",\"meta\":\"x\"}\n"
                    "{\"text\":7}\n"
                    "{\"text\":\"a\\u0000b\"}\n"
                    "{\"text\":\"\xC3\"}\n"),
            "not a valid source (9 problems)\n"
            "  line 2: malformed JSON at column 14: unexpected '}'; expected string literal\n"
            "  line 3: is an array, not a JSON object\n"
            "  line 4: text: is missing\n"
            "  line 4: meta: is 3, not an object\n"
            "  line 5: text: is empty\n"
            "  line 5: meta: is \"x\", not an object\n"
            "  line 6: text: is 7, not a string\n"
            "  line 7: text: contains a NUL character\n"
            "  line 8: invalid UTF-8 at byte 10");
  EXPECT_EQ(ErrorOf(std::string("one\nt\0o\nthree\xFF", 14), SourceFormat::kText),
            "not a valid source (2 problems)\n"
            "  line 2: NUL at byte 2\n"
            "  line 3: invalid UTF-8 at byte 6");
}

TEST(Source, RefusesAFileWithoutTexts) {
  EXPECT_EQ(ErrorOf("\n \n"), "not a valid source (1 problem)\n  file: holds no texts");
  EXPECT_EQ(ErrorOf("", SourceFormat::kText),
            "not a valid source (1 problem)\n  file: holds no texts");
}

TEST(Source, FormatFollowsTheExtension) {
  EXPECT_EQ(SourceFormatOf("dir.txt/sample.jsonl").value(), SourceFormat::kJsonl);
  EXPECT_EQ(SourceFormatOf("A.TXT").value(), SourceFormat::kText);
  EXPECT_EQ(SourceFormatOf("a/texts.CSV.gz").value(), SourceFormat::kRecognise);
  EXPECT_EQ(SourceFormatOf("texts.txt.zst").value(), SourceFormat::kText);
  EXPECT_EQ(SourceFormatOf("sample.doc").status().message(),
            "\"sample.doc\" does not end as a file of texts does, .txt or .jsonl");
}

std::vector<std::string> TextsOf(absl::string_view content, SourceFormat format) {
  const auto texts = ParseSource(content, format);
  EXPECT_TRUE(texts.ok()) << texts.status();
  std::vector<std::string> result;
  if (!texts.ok()) return result;
  for (const SourceText& text : *texts) result.push_back(text.text + "|" + text.meta_json);
  return result;
}

TEST(Source, FormatsOfAnnotationsAreReadForTheirTexts) {
  const auto read = [](absl::string_view content) {
    return TextsOf(content, SourceFormat::kRecognise);
  };
  EXPECT_THAT(read(R"([{"text":"one","meta":{"a":1}}, "two"])"),
              testing::ElementsAre(R"(one|{"a":1})", "two|"));
  EXPECT_THAT(read("id,text\n7,\"one, two\"\n8,three\n"),
              testing::ElementsAre(R"(one, two|{"id":"7"})", R"(three|{"id":"8"})"));
  EXPECT_THAT(read("one B-X\ntwo I-X\n\nthree O\n"), testing::ElementsAre("one two|", "three|"));
  EXPECT_THAT(read(R"([{"data":{"text":"one"},"annotations":[]}])"), testing::ElementsAre("one|"));
  EXPECT_THAT(read(R"({"text":"one","label":"INSULT"})"), testing::ElementsAre("one|"))
      << "what a text was classified as does not matter";
  EXPECT_THAT(read("one, two\nType O\n"), testing::ElementsAre("one, two|", "Type O|"));
}

TEST(Source, TextThatIsNamedJsonlIsToldApart) {
  EXPECT_EQ(ErrorOf("Nurse in Rome\nCook\n"),
            "not a valid source (1 problem)\n  file: looks like plain text; name it .txt if a line "
            "is a text");
  EXPECT_THAT(TextsOf("{\"text\":1}\n", SourceFormat::kText),
              testing::ElementsAre("{\"text\":1}|"));
}

}  // namespace
}  // namespace winnow::formats
