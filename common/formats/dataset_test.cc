#include "common/formats/dataset.h"

#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "common/text/utf8.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/testing/real_data.h"

namespace winnow::formats {
namespace {

using storage::v1::Answer;
using storage::v1::Decision;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

const ParseOptions kBinary = {.coverage = Coverage::kBinary, .labels = {}};
const ParseOptions kComplete = {.coverage = Coverage::kComplete, .labels = {}};

// The same of a file without a span.
ParseOptions WithoutSpans(ParseOptions options) {
  options.allow_no_spans = true;
  return options;
}

ParsedDataset Parse(absl::string_view content, const ParseOptions& options = {}) {
  absl::StatusOr<ParsedDataset> dataset = ParseDataset(content, options);
  EXPECT_TRUE(dataset.ok()) << dataset.status();
  return dataset.ok() ? *std::move(dataset) : ParsedDataset();
}

// The violations without the summary line, without indentation.
std::string ErrorOf(absl::string_view content, const ParseOptions& options = kBinary) {
  const absl::StatusOr<ParsedDataset> dataset = ParseDataset(content, options);
  if (dataset.ok()) return "OK";
  EXPECT_EQ(dataset.status().code(), absl::StatusCode::kInvalidArgument);
  const std::string message(dataset.status().message());
  return message.substr(message.find("\n  ") + 3);
}

// "start-end label verdict" of each decision.
std::vector<std::string> Decisions(const Answer& answer) {
  std::vector<std::string> list;
  for (const Decision& decision : answer.decisions()) {
    const std::string verdict =
        storage::v1::Verdict_Name(decision.verdict()).substr(sizeof("VERDICT_") - 1);
    list.push_back(absl::StrCat(decision.span().start(), "-", decision.span().end(), " ",
                                decision.span().label(), " ", verdict));
  }
  return list;
}

TEST(ProdigyBinary, OneDecisionPerSpanWhoseOwnAnswerWins) {
  const ParsedDataset dataset = Parse(
      R"({"text":"one two","answer":"reject","spans":[{"start":0,"end":3,"label":"N"},{"start":4,)"
      R"("end":7,"label":"M","answer":"accept","score":0.25}]})"
      "\n"
      R"({"text":"one two","spans":[{"start":0,"end":7,"label":"N"},{"start":0,"end":3,)"
      R"("label":"N","answer":"ignore"}]})"
      "\n"
      R"({"text":"one two","answer":"ignore","spans":[{"start":0,"end":1,"label":"N"}]})"
      "\n"
      R"({"text":"one two","answer":"accept","spans":null})",
      kBinary);
  ASSERT_EQ(dataset.rows.size(), 4u);
  EXPECT_THAT(Decisions(dataset.rows[0].answer), ElementsAre("0-3 N REJECT", "4-7 M ACCEPT"));
  EXPECT_FALSE(dataset.rows[0].answer.decisions(0).has_score());
  EXPECT_EQ(dataset.rows[0].answer.decisions(1).score(), 0.25);
  EXPECT_EQ(dataset.rows[0].answer.verdict(), storage::v1::VERDICT_REJECT);
  EXPECT_EQ(dataset.rows[0].answer.kind(), storage::v1::TASK_KIND_TEACH);
  EXPECT_THAT(dataset.rows[0].answer.complete_labels(), IsEmpty());
  EXPECT_THAT(Decisions(dataset.rows[1].answer), ElementsAre("0-7 N ACCEPT", "0-3 N IGNORE"))
      << "no answer: accept";
  EXPECT_THAT(Decisions(dataset.rows[2].answer), ElementsAre("0-1 N IGNORE"));
  EXPECT_THAT(Decisions(dataset.rows[3].answer), IsEmpty());
  EXPECT_EQ(dataset.counts.num_accepted, 2u);
  EXPECT_EQ(dataset.counts.num_rejected, 1u);
  EXPECT_EQ(dataset.counts.num_ignored, 2u);
  EXPECT_EQ(dataset.counts.num_rows_with_overlaps, 1u);
  EXPECT_EQ(dataset.survey.coverage_reason, "binary as stated");
}

TEST(ProdigyBinary, AScoreThatIsNoProbabilityIsLeftOut) {
  const ParsedDataset dataset = Parse(
      R"({"text":"ab","spans":[{"start":0,"end":1,"label":"N","score":1.5},{"start":1,"end":2,)"
      R"("label":"N","score":1}]})",
      kBinary);
  EXPECT_FALSE(dataset.rows[0].answer.decisions(0).has_score());
  EXPECT_EQ(dataset.rows[0].answer.decisions(1).score(), 1.0);
}

TEST(ProdigyComplete, EveryRowIsCompleteForTheLabelsOfTheFile) {
  const ParsedDataset dataset =
      Parse(R"({"text":"one two","spans":[{"start":4,"end":7,"label":"Z"},{"start":0,"end":3,)"
            R"("label":"A"}],"answer":"accept"})"
            "\n"
            R"({"text":"bad row","spans":[{"start":0,"end":3,"label":"B"}],"answer":"reject"})"
            "\n"
            R"({"text":"skipped","answer":"ignore"})",
            kComplete);
  ASSERT_EQ(dataset.rows.size(), 3u);
  EXPECT_THAT(Decisions(dataset.rows[0].answer), ElementsAre("4-7 Z ACCEPT", "0-3 A ACCEPT"));
  EXPECT_THAT(Decisions(dataset.rows[1].answer), ElementsAre("0-3 B ACCEPT"));
  for (const ParsedRow& row : dataset.rows) {
    EXPECT_EQ(row.answer.kind(), storage::v1::TASK_KIND_MANUAL);
    EXPECT_THAT(row.answer.complete_labels(), ElementsAre("A", "Z")) << "B was rejected";
  }
  EXPECT_EQ(dataset.rows[1].answer.verdict(), storage::v1::VERDICT_REJECT);
  EXPECT_EQ(dataset.rows[2].answer.verdict(), storage::v1::VERDICT_IGNORE);
  EXPECT_EQ(dataset.counts.num_accepted, 2u);
  EXPECT_EQ(dataset.counts.num_rejected, 1u);
}

TEST(ProdigyComplete, LabelsMayBeStated) {
  constexpr absl::string_view kRow = R"({"text":"ab","spans":[{"start":0,"end":1,"label":"A"}]})";
  EXPECT_THAT(Parse(kRow, {.coverage = Coverage::kComplete, .labels = {"B", "A"}})
                  .rows[0]
                  .answer.complete_labels(),
              ElementsAre("A", "B"));
  EXPECT_EQ(ErrorOf(kRow, {.coverage = Coverage::kComplete, .labels = {"C", "B"}}),
            "line 1: spans[0].label: is \"A\", not one of B, C");
  EXPECT_THAT(Parse(R"({"text":"ab","winnow":{"labels":["B"]}})", WithoutSpans(kComplete))
                  .rows[0]
                  .answer.complete_labels(),
              ElementsAre("B"));
  EXPECT_EQ(ErrorOf(R"({"text":"ab"})", WithoutSpans(kComplete)),
            "file: has no span with a label, so it does not say what the texts are complete for");
  EXPECT_EQ(ErrorOf(R"({"text":"ab","winnow":{"labels":["A",3]}})", kComplete),
            "line 1: winnow.labels: holds something else than labels");
}

TEST(ProdigyComplete, RefusesSpansThatAreNotAccepted) {
  EXPECT_EQ(
      ErrorOf(
          R"({"text":"ab","spans":[{"start":0,"end":1,"label":"A"},{"start":1,"end":2,"label":"A",)"
          R"("answer":"reject"}]})",
          kComplete),
      "line 1: spans[1].answer: is not accept, in an accepted complete annotation");
  EXPECT_EQ(ErrorOf(R"({"text":"ab","answer":"reject","spans":[{"start":0,"end":1,"label":"A",)"
                    R"("answer":"reject"}]})",
                    kComplete),
            "OK");
}

TEST(ProdigyComplete, RefusesOverlaps) {
  const std::string content =
      R"({"text":"abcdef","spans":[{"start":4,"end":6,"label":"A"},{"start":0,"end":5,)"
      R"("label":"B"},{"start":1,"end":2,"label":"A"},{"start":2,"end":3,"label":"A"}]})";
  EXPECT_EQ(ErrorOf(content, kComplete),
            "line 1: spans[2]: overlaps spans[1]\n  line 1: spans[3]: overlaps spans[1]\n"
            "  line 1: spans[1]: overlaps spans[0]");
  EXPECT_EQ(Parse(content, kBinary).counts.num_rows_with_overlaps, 1u);
  EXPECT_EQ(ErrorOf(R"({"text":"abcd","spans":[{"start":2,"end":4,"label":"A"},{"start":0,"end":2,)"
                    R"("label":"B"}]})",
                    kComplete),
            "OK")
      << "neighbours do not overlap";
}

TEST(UnusedRows, AreNotJudged) {
  const std::string bad =
      R"("spans":[{"start":0,"end":3,"label":"A"},{"start":1,"end":4,"label":"B"},{"start":7},)"
      R"({"start":2,"end":99,"label":" C "}]})";
  const std::string good = R"({"text":"good","spans":[{"start":0,"end":4,"label":"A"}]})";
  const auto file = [&](absl::string_view answer) {
    return absl::StrCat(good, "\n", R"({"text":"bad row","answer":")", answer, "\",", bad, "\n",
                        R"({"answer":")", answer, R"(","text":""})", "\n");
  };
  const ParsedDataset rejected = Parse(file("reject"), kComplete);
  EXPECT_EQ(rejected.counts.num_rows, 2u);
  EXPECT_EQ(rejected.counts.num_rejected_rows, 2u);
  EXPECT_EQ(rejected.counts.num_left_out_rows, 1u) << "without a text";
  EXPECT_THAT(Decisions(rejected.rows[1].answer), ElementsAre("0-3 A ACCEPT", "1-3 B ACCEPT"));
  EXPECT_THAT(rejected.rows[0].answer.complete_labels(), ElementsAre("A"));
  for (const ParseOptions& options : {kComplete, kBinary}) {
    const ParsedDataset ignored = Parse(file("ignore"), options);
    EXPECT_EQ(ignored.counts.num_ignored_rows, 2u);
    EXPECT_EQ(ignored.rows.size(), 2u);
  }
  EXPECT_THAT(ErrorOf(file("reject"), kBinary), HasSubstr("line 2: spans[2].label: is missing"))
      << "a rejected binary row is used";
}

TEST(Spans, ARepetitionIsMergedAndCounted) {
  const ParsedDataset dataset =
      Parse(R"({"text":"Nurse","spans":[{"start":0,"end":5,"label":"A"},{"start":0,"end":5,)"
            R"("label":"A","answer":"accept"},{"start":0,"end":5,"label":"A"}]})",
            kComplete);
  EXPECT_THAT(Decisions(dataset.rows[0].answer), ElementsAre("0-5 A ACCEPT"));
  EXPECT_EQ(dataset.counts.num_repeated_spans, 2u);
  EXPECT_EQ(dataset.counts.num_accepted, 1u);
  EXPECT_EQ(dataset.counts.num_rows_with_overlaps, 0u);
}

TEST(Spans, WhiteSpaceAtTheirEndsIsTakenOffAndCounted) {
  const ParsedDataset dataset = Parse(
      "{\"text\":\" Nurse \u00a0in\\tK\u00f6ln\\n  \",\"spans\":["
      "{\"start\":0,\"end\":8,\"label\":\"A\",\"text\":\" Nurse\"},"
      "{\"start\":10,\"end\":16,\"label\":\"B\"},"
      "{\"start\":16,\"end\":18,\"label\":\"C\"},"
      "{\"start\":1,\"end\":6,\"label\":\"A\"}]}",
      kBinary);
  EXPECT_THAT(Decisions(dataset.rows[0].answer),
              ElementsAre("1-6 A ACCEPT", "11-15 B ACCEPT", "16-18 C ACCEPT"))
      << "what is nothing but white space stays";
  EXPECT_EQ(dataset.counts.num_trimmed_spans, 2u);
  EXPECT_EQ(dataset.counts.num_repeated_spans, 1u);
}

TEST(Nulls, AreAsIfTheyWereMissing) {
  const ParsedDataset dataset = Parse(
      R"({"text":"Nurse","answer":null,"meta":null,"_view_id":null,"_annotator_id":null,)"
      R"("tokens":null,"entities":null,"winnow":null,"spans":[{"start":0,"end":5,"label":"A",)"
      R"("score":null,"answer":null,"text":null}]})"
      "\n"
      R"({"text":"none","spans":null})");
  EXPECT_THAT(Decisions(dataset.rows[0].answer), ElementsAre("0-5 A ACCEPT"));
  EXPECT_EQ(dataset.rows.size(), 2u);
}

TEST(Labels, WithOuterBlanksAreRefusedAndWithACommaRead) {
  for (const char* label : {" A", "A\\t", "A\u00a0", " "}) {
    EXPECT_THAT(ErrorOf(absl::StrCat(R"({"text":"ab","spans":[{"start":0,"end":1,"label":")", label,
                                     "\"}]}")),
                HasSubstr("spans[0].label: is \""))
        << label;
  }
  EXPECT_THAT(
      Decisions(Parse(R"({"text":"ab","spans":[{"start":0,"end":1,"label":"A, b"}]})", kBinary)
                    .rows[0]
                    .answer),
      ElementsAre("0-1 A, b ACCEPT"));
}

TEST(ProdigyOffsets, CountCodePoints) {
  // The astronaut is 3 code points, 11 bytes and 5 UTF-16 units; the e with its combining acute is
  // 2.
  const ParsedDataset dataset = Parse(
      R"({"text":"👩‍🚀 cafe\u0301 in Köln","spans":[{"start":4,"end":9,"label":"P"},{"start":13,)"
      R"("end":17,"label":"L"}]})"
      "\n"
      R"({"text":"\ud83d\ude00x","spans":[{"start":0,"end":2,"label":"P"}]})",
      kBinary);
  ASSERT_EQ(dataset.rows.size(), 2u);
  const text::OffsetMap map(dataset.rows[0].text);
  const storage::v1::Span& place = dataset.rows[0].answer.decisions(1).span();
  const uint32_t begin = map.CodePointToByte(place.start()).value();
  EXPECT_EQ(dataset.rows[0].text.substr(begin, *map.CodePointToByte(place.end()) - begin), "Köln");
  EXPECT_EQ(ErrorOf(R"({"text":"👩‍🚀 Köln","spans":[{"start":4,"end":9,"label":"L"}]})"),
            "line 1: spans[0].end: is 9, beyond the text's 8 characters");
  EXPECT_EQ(ErrorOf(R"({"text":"\ud83d\ude00x","spans":[{"start":0,"end":3,"label":"L"}]})"),
            "line 1: spans[0].end: is 3, beyond the text's 2 characters");
}

TEST(ProdigyRow, KeepsTheLineMetaAndProvenance) {
  const std::string first =
      R"( {"text":"a", "meta": {"score": 0.9525150387, "n":1.0},"_input_hash":-5,)"
      R"("_session_id":"s","_annotator_id":"ann","_timestamp":1700000000.25,"x":[1e5]} )";
  const std::string second =
      R"({"text":"b","_session_id":"s-2","_annotator_id":null,"_timestamp":"soon"})";
  const ParsedDataset dataset =
      Parse("\xEF\xBB\xBF" + first + "\r\n\r\n  \n" + second, WithoutSpans(kBinary));
  ASSERT_EQ(dataset.rows.size(), 2u);
  EXPECT_EQ(dataset.rows[0].answer.original_json(), first);
  EXPECT_EQ(dataset.rows[0].meta_json, R"({"score": 0.9525150387, "n":1.0})");
  EXPECT_EQ(dataset.rows[0].answer.annotator(), "ann");
  EXPECT_EQ(dataset.rows[0].answer.answered_unix_micros(), 1700000000250000);
  EXPECT_EQ(dataset.rows[1].answer.original_json(), second);
  EXPECT_EQ(dataset.rows[1].answer.annotator(), "s-2");
  EXPECT_EQ(dataset.rows[1].answer.answered_unix_micros(), 0);
}

TEST(ProdigyRow, OfADuplicateKeyTheLastCounts) {
  const ParsedDataset dataset =
      Parse(R"({"text":"abc","text":"de","meta":{"a":1},"meta":{"b":2},"answer":"accept",)"
            R"("answer":"reject","spans":[{"start":0,"start":1,"end":2,"label":"X"}]})",
            kBinary);
  EXPECT_EQ(dataset.rows[0].text, "de");
  EXPECT_EQ(dataset.rows[0].meta_json, R"({"b":2})");
  EXPECT_THAT(Decisions(dataset.rows[0].answer), ElementsAre("1-2 X REJECT"));
}

// One bad line each, and where and what it says.
struct BadLine {
  std::string line;
  std::string violation;
};

std::vector<BadLine> BadLines() {
  const auto span = [](absl::string_view members) {
    return absl::StrCat(R"({"text":"hello","spans":[{"start":0,"end":1,"label":"A"},{)", members,
                        "}]}");
  };
  return {
      {R"({"text":"a")", R"(malformed JSON at column 12: unexpected end of input; expected '}')"},
      {R"({"é":tru})", "malformed JSON at column 9: invalid literal"},
      {R"({"text":"a"} {})", "malformed JSON at column 14: unexpected '{'; expected end of input"},
      {R"({"text":"\ud83d lone"})",
       "malformed JSON at column 16: invalid string: surrogate U+D800..U+DBFF must be followed by "
       "U+DC00..U+DFFF"},
      {R"({"text":"\udc00"})",
       "malformed JSON at column 15: invalid string: surrogate U+DC00..U+DFFF must follow "
       "U+D800..U+DBFF"},
      {R"({"text":"a","n":1e999})", "malformed JSON: a number is too large"},
      {R"({"text":"a","n":NaN})", "NaN is no JSON; write null, or leave the key out"},
      {std::string("{\"text\":\"a\"}\0", 13), "NUL at byte 13"},
      {"{\"text\":\"a\xE9\"}", "invalid UTF-8 at byte 11"},
      {"\"text\"", "is \"text\", not a JSON object"},
      {"[]", "is an array, not a JSON object"},
      {R"({"txt":"a"})", "text: is missing"},
      {R"({"text":null})", "text: is missing"},
      {R"({"text":""})", "text: is empty"},
      {R"({"text":["a"]})", "text: is an array, not a string"},
      {R"({"text":"a\u0000"})", "text: contains a NUL character"},
      {R"({"text":"a","meta":"x"})", "meta: is \"x\", not an object"},
      {R"({"text":"a","answer":"yes"})", "answer: is \"yes\", not accept, reject or ignore"},
      {R"({"text":"a","spans":{"start":0}})", "spans: is an object, not an array"},
      {R"({"text":"a","spans":[7]})", "spans[0]: is 7, not an object"},
      {span(R"("end":2,"label":"A")"), "spans[1].start: is missing"},
      {span(R"("start":1,"label":"A")"), "spans[1].end: is missing"},
      {span(R"("start":1.5,"end":2,"label":"A")"), "spans[1].start: is 1.5, not an integer"},
      {span(R"("start":1,"end":2.0,"label":"A")"), "spans[1].end: is 2.0, not an integer"},
      {span(R"("start":"3","end":4,"label":"A")"), "spans[1].start: is \"3\", not an integer"},
      {span(R"("start":1,"end":true,"label":"A")"), "spans[1].end: is true, not an integer"},
      {span(R"("start":-1,"end":2,"label":"A")"), "spans[1].start: is -1, negative"},
      {span(R"("start":1,"end":4294967297,"label":"A")"),
       "spans[1].end: is 4294967297, beyond the text's 5 characters"},
      {span(R"("start":1,"end":99999999999999999999,"label":"A")"),
       "spans[1].end: is 1e+20, not an integer"},
      {span(R"("start":1,"end":6,"label":"A")"),
       "spans[1].end: is 6, beyond the text's 5 characters"},
      {span(R"("start":3,"end":1,"label":"A")"), "spans[1]: the span is reversed (start 3, end 1)"},
      {span(R"("start":5,"end":5,"label":"A")"), "spans[1]: the span is empty (start 5, end 5)"},
      {span(R"("start":1,"end":2)"), "spans[1].label: is missing"},
      {span(R"("start":1,"end":2,"label":"")"), "spans[1].label: is empty"},
      {span(R"("start":1,"end":2,"label":3)"), "spans[1].label: is 3, not a string"},
      {span(R"("start":1,"end":2,"label":"\u0000")"), "spans[1].label: contains a NUL character"},
      {span(R"("start":1,"end":2,"label":"A","answer":"no")"),
       "spans[1].answer: is \"no\", not accept, reject or ignore"},
      {span(R"("start":1,"end":2,"label":"A","score":"high")"),
       "spans[1].score: is \"high\", not a number"},
      {R"({"text":"a","_view_id":"compare"})",
       "_view_id: is \"compare\": a judgement of two models, which cannot be imported"},
  };
}

TEST(ProdigyViolations, EachSaysWhereAndWhat) {
  for (const auto& [line, violation] : BadLines()) {
    EXPECT_EQ(ErrorOf("{\"text\":\"ok\"}\n" + line + "\n"), "line 2: " + violation) << line;
  }
}

TEST(ProdigyViolations, AllAreListedInTheOrderOfTheLines) {
  std::string content;
  std::vector<std::string> expected;
  size_t number = 0;
  for (const auto& [line, violation] : BadLines()) {
    content += R"({"text":"good","spans":[{"start":0,"end":2,"label":"A"},{"start":1,"end":3,)"
               R"("label":"A"}]})"
               "\n";
    content += line + "\n";
    expected.push_back(absl::StrCat("line ", number + 1, ": spans[1]: overlaps spans[0]"));
    expected.push_back(absl::StrCat("line ", number + 2, ": ", violation));
    number += 2;
  }
  EXPECT_EQ(ErrorOf(content, kComplete), absl::StrJoin(expected, "\n  "));
  EXPECT_EQ(ErrorOf(R"({"answer":3,"spans":[{"start":-1,"end":"x"}],"meta":4})"),
            "line 1: answer: is 3, not accept, reject or ignore\n  line 1: text: is missing\n"
            "  line 1: meta: is 4, not an object\n  line 1: spans[0].label: is missing\n"
            "  line 1: spans[0].start: is -1, negative\n  line 1: spans[0].end: is \"x\", not an "
            "integer");
}

TEST(ProdigyViolations, LongValuesAreCutBetweenCharacters) {
  std::string label;
  for (int i = 0; i < 50; ++i) label += "ä";
  const std::string error = ErrorOf(absl::StrCat(R"({"text":"a","answer":"x)", label, "\"}"));
  EXPECT_EQ(text::FindInvalidUtf8(error), absl::string_view::npos);
  EXPECT_THAT(error, HasSubstr("ä..., not accept"));
}

TEST(ProdigyViolations, DeepNestingIsNoDanger) {
  const std::string deep = std::string(200000, '[') + std::string(200000, ']');
  EXPECT_EQ(ErrorOf(absl::StrCat(R"({"text":"a","x":)", deep, "}"), WithoutSpans(kBinary)), "OK");
  EXPECT_EQ(ErrorOf(absl::StrCat(R"({"text":)", deep, "}")),
            "line 1: text: is an array, not a string");
  EXPECT_THAT(ErrorOf(absl::StrCat(R"({"text":)", deep.substr(0, 200000))),
              HasSubstr("malformed JSON at column 200009"));
}

TEST(ProdigyViolations, AFileWithoutRowsIsRefused) {
  EXPECT_EQ(ErrorOf("\n\n"), "file: holds no rows");
  EXPECT_EQ(ErrorOf("", {}), "file: holds no rows");
}

// Rows for the inference of coverage.
constexpr absl::string_view kView =
    R"({"text":"ab","_view_id":"ner","spans":[{"start":0,"end":1,"label":"A"}]})";
constexpr absl::string_view kManualView =
    R"({"text":"ab","_view_id":"ner_manual","spans":[{"start":0,"end":1,"label":"A",)"
    R"("score":0.5}]})";
constexpr absl::string_view kScore =
    R"({"text":"ab","spans":[{"start":0,"end":1,"label":"A","score":0.5}],"tokens":[]})";
constexpr absl::string_view kMetaScore =
    R"({"text":"ab","spans":[{"start":0,"end":1,"label":"A"}],"meta":{"score":0.5},"tokens":[]})";
constexpr absl::string_view kUpvotes =
    R"({"text":"ab","spans":[{"start":0,"end":1,"label":"A"}],"meta":{"score":17},"tokens":[]})";
constexpr absl::string_view kSpanAnswer =
    R"({"text":"ab","spans":[{"start":0,"end":1,"label":"A","answer":"accept"}]})";
constexpr absl::string_view kTokens =
    R"({"text":"ab","spans":[{"start":0,"end":1,"label":"A"}],"tokens":[]})";
constexpr absl::string_view kOneSpan = R"({"text":"ab","spans":[{"start":0,"end":1,"label":"A"}]})";
constexpr absl::string_view kRejectedSpan =
    R"({"text":"ab","spans":[{"start":0,"end":1,"label":"A"}],"answer":"reject"})";
constexpr absl::string_view kNoSpan = R"({"text":"ab"})";

std::string Reason(std::vector<absl::string_view> rows) {
  const absl::StatusOr<ParsedDataset> dataset = ParseDataset(absl::StrJoin(rows, "\n"));
  if (!dataset.ok()) return ErrorOf(absl::StrJoin(rows, "\n"), {});
  const auto kind = dataset->survey.coverage == Coverage::kBinary ? storage::v1::TASK_KIND_TEACH
                                                                  : storage::v1::TASK_KIND_MANUAL;
  for (const ParsedRow& row : dataset->rows) EXPECT_EQ(row.answer.kind(), kind);
  return dataset->survey.coverage_reason;
}

TEST(ProdigyCoverage, IsInferredForTheWholeFile) {
  EXPECT_EQ(Reason({kView}), "inferred binary: line 1 has _view_id ner");
  EXPECT_EQ(Reason({kNoSpan, kManualView}), "inferred complete: line 2 has _view_id ner_manual");
  EXPECT_EQ(Reason({kOneSpan, kScore}), "inferred binary: line 2 has a span with a score");
  EXPECT_EQ(Reason({kMetaScore}), "inferred binary: line 1 has a score in meta");
  EXPECT_EQ(Reason({kUpvotes}), "inferred complete: line 1 has tokens and no score")
      << "a score, but of the text";
  EXPECT_EQ(Reason({kSpanAnswer}), "inferred binary: line 1 has a span with an answer");
  EXPECT_EQ(Reason({kTokens, kOneSpan}), "inferred complete: line 1 has tokens and no score");
  EXPECT_EQ(
      Reason({kOneSpan, kNoSpan}),
      "inferred complete: no scores, rows with no span or several, and none with a span rejected");
}

TEST(ProdigyCoverage, IsAskedForWhenTheFileDoesNotTell) {
  const std::string untold =
      "file: coverage: is not given, and no row tells whether it is binary or complete";
  EXPECT_EQ(Reason({kOneSpan, kOneSpan}), untold);
  EXPECT_EQ(Reason({kRejectedSpan, kNoSpan}), untold);
  EXPECT_EQ(Reason({kNoSpan}),
            untold +
                "\n  file: spans: no row has one (the keys of the first are text): say so if "
                "the texts truly have no entities");
  EXPECT_EQ(Reason({kTokens, kOneSpan, kScore}),
            "file: coverage: is not given, and the rows speak for both: binary (line 3 has a span "
            "with a score) and complete (line 1 has tokens and no score)");
  EXPECT_EQ(Parse(absl::StrCat(kTokens, "\n", kScore), kBinary).survey.coverage_reason,
            "binary as stated");
  EXPECT_EQ(Parse(absl::StrCat(kTokens, "\n", kScore), kComplete).survey.coverage_reason,
            "complete as stated");
}

TEST(ProdigyCoverage, IsReportedBesideOtherViolations) {
  EXPECT_EQ(ErrorOf(absl::StrCat(kTokens, "\n", kScore, "\n{}"), {}),
            "file: coverage: is not given, and the rows speak for both: binary (line 2 has a span "
            "with a score) and complete (line 1 has tokens and no score)\n"
            "  line 3: text: is missing");
  EXPECT_EQ(ErrorOf(absl::StrCat(kOneSpan, "\n{}"), {}), "line 2: text: is missing")
      << "the refused row may have been the evidence";
}

}  // namespace
}  // namespace winnow::formats
