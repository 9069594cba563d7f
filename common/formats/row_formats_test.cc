// The formats of other tools, as they write them.
#include "common/formats/row_formats.h"

#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "common/formats/dataset.h"
#include "common/formats/prodigy.h"
#include "common/text/spans.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace winnow::formats {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

// "text: cut LABEL, cut LABEL" of each row.
std::vector<std::string> Rows(absl::string_view content, const ParseOptions& options = {}) {
  const absl::StatusOr<ParsedDataset> dataset = ParseDataset(content, options);
  EXPECT_TRUE(dataset.ok()) << dataset.status() << "\n" << content;
  std::vector<std::string> rows;
  if (!dataset.ok()) return rows;
  for (const ParsedRow& row : dataset->rows) {
    const text::OffsetMap map(row.text);
    std::vector<std::string> spans;
    for (const storage::v1::Decision& decision : row.answer.decisions()) {
      spans.push_back(absl::StrCat(text::SpanText(row.text, map, decision.span()), " ",
                                   decision.span().label()));
    }
    rows.push_back(absl::StrCat(row.text, ": ", absl::StrJoin(spans, ", ")));
  }
  return rows;
}

std::string FormatOf(absl::string_view content) {
  const absl::StatusOr<ParsedDataset> dataset = ParseDataset(content, {});
  EXPECT_TRUE(dataset.ok()) << dataset.status();
  return dataset.ok() ? dataset->survey.format : "";
}

std::string ErrorOf(absl::string_view content, const ParseOptions& options = {}) {
  const absl::StatusOr<ParsedDataset> dataset = ParseDataset(content, options);
  if (dataset.ok()) return "OK";
  const std::string message(dataset.status().message());
  return message.substr(message.find("\n  ") + 3);
}

const auto kNurse = ElementsAre("Nurse in Köln: Nurse JOB, Köln LOC", "No entity: ");

TEST(RowFormats, DoccanoRowsAreNotTakenAsTextsWithoutEntities) {
  const std::string old = R"({"id":1,"text":"Nurse in Köln","label":[[0,5,"JOB"],[9,13,"LOC"]]})"
                          "\n"
                          R"({"id":2,"text":"No entity","label":[]})";
  EXPECT_THAT(Rows(old), kNurse);
  EXPECT_EQ(FormatOf(old), "doccano");
  EXPECT_THAT(Rows(R"({"text":"Nurse in Köln","entities":[{"id":3,"label":"JOB","start_offset":0,)"
                   R"("end_offset":5},{"id":4,"label":"LOC","start_offset":9,"end_offset":13}],)"
                   R"("relations":[],"Comments":[]})"
                   "\n"
                   R"({"text":"No entity","entities":[],"relations":[]})"),
              kNurse);
  EXPECT_THAT(Rows(R"({"data":"Nurse in Köln","labels":[["JOB",0,5],["LOC",9,13]]})"
                   "\n"
                   R"({"data":"No entity","labels":[]})"),
              kNurse);
}

TEST(RowFormats, SpacyTuplesAndDocs) {
  constexpr absl::string_view kTuples =
      R"([["Nurse in Köln", {"entities": [[0, 5, "JOB"], [9, 13, "LOC"]]}],
          ["No entity", {"entities": []}]])";
  EXPECT_THAT(Rows(kTuples), kNurse);
  EXPECT_EQ(FormatOf(kTuples), "spaCy");
  EXPECT_THAT(Rows(R"(["Nurse in Köln", {"entities": [[0, 5, "JOB"], [9, 13, "LOC"]]}])"
                   "\n"
                   R"(["No entity", {"entities": []}])"),
              kNurse);
  EXPECT_THAT(Rows(absl::StrCat(R"({"classes":["JOB"],"annotations":)", kTuples, "}")), kNurse);
  EXPECT_THAT(Rows(R"({"text":"Nurse in Köln","ents":[{"start":0,"end":5,"label":"JOB"},)"
                   R"({"start":9,"end":13,"label":"LOC"}],"tokens":[{"id":0,"start":0,"end":5}]})"
                   "\n"
                   R"({"text":"No entity","ents":[],"tokens":[]})"),
              kNurse);
}

TEST(RowFormats, SpansAsListsAndDataTurks) {
  EXPECT_THAT(Rows(R"({"text":"Nurse in Köln","spans":[[0,5,"JOB"],[9,13,"LOC"]]})"
                   "\n"
                   R"({"text":"No entity"})"),
              kNurse);
  EXPECT_THAT(Rows(R"({"content":"Nurse in Köln","annotation":[{"label":["JOB"],"points":[)"
                   R"({"start":0,"end":4,"text":"Nurse"}]},{"label":["LOC"],"points":[{"start":9,)"
                   R"("end":12,"text":"Köln"}]}],"extras":null})"
                   "\n"
                   R"({"content":"No entity","annotation":[]})",
                   {.coverage = Coverage::kInfer, .labels = {}, .offsets = Offsets::kInclusive}),
              kNurse);
}

TEST(RowFormats, SpacyTrainingJson) {
  EXPECT_THAT(Rows(R"([{"id":0,"paragraphs":[{"raw":"Nurse in Köln","sentences":[{"tokens":[
        {"orth":"Nurse","ner":"U-JOB"},{"orth":"in","ner":"O"},{"orth":"Köln","ner":"U-LOC"}]}]},
        {"raw":"No entity","sentences":[{"tokens":[{"orth":"No","ner":"-"},{"orth":"entity"}]}]}]}]
      )"),
              kNurse);
}

constexpr absl::string_view kTasks = R"([
  {"id": 7, "data": {"text": "Nurse in Köln", "url": "u"},
   "annotations": [
     {"completed_by": 3, "was_cancelled": false, "result": [
       {"type": "labels", "value": {"start": 0, "end": 5, "text": "Nurse", "labels": ["JOB"]}},
       {"type": "labels", "value": {"start": 9, "end": 13, "text": "Köln", "labels": ["LOC"]}},
       {"type": "relation", "from_id": "a", "to_id": "b"}]},
     {"completed_by": {"email": "x@y"}, "was_cancelled": true, "result": []}]},
  {"id": 8, "data": {"text": "No entity"}, "annotations": [{"result": []}]},
  {"id": 9, "data": {"text": "Nobody has looked"}, "annotations": []}
])";

TEST(RowFormats, LabelStudioTasks) {
  const auto dataset = ParseDataset(kTasks, {});
  ASSERT_TRUE(dataset.ok()) << dataset.status();
  EXPECT_THAT(Rows(kTasks), ElementsAre("Nurse in Köln: Nurse JOB, Köln LOC",
                                        "Nurse in Köln: ", "No entity: ", "Nobody has looked: "));
  EXPECT_EQ(dataset->rows[0].answer.annotator(), "3");
  EXPECT_EQ(dataset->rows[0].meta_json, R"({"url":"u"})");
  EXPECT_EQ(dataset->rows[0].answer.verdict(), storage::v1::VERDICT_ACCEPT);
  EXPECT_EQ(dataset->rows[1].answer.verdict(), storage::v1::VERDICT_IGNORE) << "cancelled";
  EXPECT_EQ(dataset->rows[2].answer.verdict(), storage::v1::VERDICT_ACCEPT);
  EXPECT_EQ(dataset->rows[3].answer.verdict(), storage::v1::VERDICT_IGNORE) << "not annotated";
  EXPECT_THAT(Rows(R"([{"id":1,"text":"Nurse in Köln","label":[{"start":0,"end":5,"text":"Nurse",
      "labels":["JOB"]},{"start":9,"end":13,"text":"Köln","labels":["LOC"]}],"annotator":1},
      {"id":2,"text":"No entity","label":[]}])"),
              kNurse);
}

TEST(RowFormats, TokensWithTags) {
  EXPECT_THAT(Rows(R"({"tokens":["Nurse","in","Köln"],"ner_tags":["B-JOB","O","S-LOC"]})"
                   "\n"
                   R"({"tokens":["No","entity"],"ner_tags":["O","O"]})"
                   "\n"
                   R"({"tokens":[],"ner_tags":[]})"),
              kNurse);
  EXPECT_THAT(
      Rows(R"({"words":["K","-","ln","x"],"text":"K-ln  x","labels":["B-A","I-A","E-A","O"]})"),
      ElementsAre("K-ln  x: K-ln A"));
  EXPECT_EQ(ErrorOf(R"({"tokens":["a","b"],"ner_tags":["B-A"]})"),
            "line 1: ner_tags: are 1, the tokens 2");
  EXPECT_THAT(ErrorOf(R"({"tokens":["a"],"ner_tags":[3]})"),
              HasSubstr("line 1: ner_tags: are numbers, and their names are not in the file"));
  EXPECT_THAT(ErrorOf(R"({"tokens":["a"],"tags":["NN"]})"),
              HasSubstr("line 1: tags[0]: the tag is \"NN\", not O"));
  EXPECT_THAT(ErrorOf(R"({"tokens":["a"],"text":"b","tags":["B-X"]})"),
              HasSubstr("the token \"a\" does not follow in the text"));
}

TEST(RowFormats, TokenLinesOfEveryScheme) {
  const auto kSales = ElementsAre("Field Sales in London: Field Sales JOB, London LOC", "x: ");
  EXPECT_THAT(Rows("Field\tB-JOB\nSales\tI-JOB\nin\tO\nLondon\tB-LOC\n\nx\tO\n"), kSales);
  EXPECT_THAT(Rows("\xEF\xBB\xBF"
                   "Field I-JOB\r\nSales I-JOB\r\nin O\r\nLondon I-LOC\r\n\r\nx O"),
              kSales);
  EXPECT_THAT(
      Rows("-DOCSTART- -X- -X- O\n\nField NN B-NP B-JOB\nSales NN I-NP E-JOB\nin IN B-PP O\n"
           "London NNP B-NP S-LOC\n\n\nx X O O"),
      kSales);
  EXPECT_THAT(
      Rows("# id 1\n1\tField\tB-JOB\n2\tSales\tL-JOB\n3\tin\tO\n4\tLondon\tU-LOC\n\n1\tx\tO"),
      kSales);
  EXPECT_THAT(Rows("a\tI-x\nb\tI-x\nc\tI-y\nd\tB-y\ne\tE-x\n"),
              ElementsAre("a b c d e: a b x, c y, d y, e x"));
  const auto dataset = ParseDataset("a\tB-X\nb\tO\n", {});
  ASSERT_TRUE(dataset.ok()) << dataset.status();
  EXPECT_EQ(dataset->survey.format, "CoNLL");
  EXPECT_EQ(dataset->survey.coverage_reason, "inferred complete: line 1 has the format CoNLL");
  std::string many;
  for (int i = 0; i < 40; ++i) absl::StrAppend(&many, "w\tB-X\n\n");
  EXPECT_EQ(ErrorOf(absl::StrCat(many, "alone\n\tB-X\nv\tfoo\n\xFF\tO\n")),
            "line 81: has a token and no tag\n  line 82: the token is empty\n"
            "  line 83: the tag is \"foo\", not O, or B-, I-, E-, S-, L-, U- with a label\n"
            "  line 84: invalid UTF-8 at byte 1");
}

TEST(RowFormats, Tables) {
  EXPECT_THAT(Rows("text,start,end,label\n\"Nurse in \"\"Köln\"\"\",0,5,JOB\n"
                   "\"Nurse in \"\"Köln\"\"\",10,14,LOC\nNo entity,,,\n"),
              ElementsAre("Nurse in \"Köln\": Nurse JOB, Köln LOC", "No entity: "));
  EXPECT_THAT(Rows("id;Text;label\r\n1;\"Nurse\nin Köln\";\"[[0,5,\"\"JOB\"\"]]\"\r\n"),
              ElementsAre("Nurse\nin Köln: Nurse JOB"));
  EXPECT_THAT(Rows("Sentence #,Word,POS,Tag\nSentence: 1,Nurse,NN,B-JOB\n,in,IN,O\n"
                   ",Köln,NNP,B-LOC\nSentence: 2,No,DT,O\n,entity,NN,O\n"),
              kNurse);
  EXPECT_EQ(ErrorOf("text,start,end,label\nNurse,0,9,JOB\na,b,c,d,e\nx,one,1,A\n"),
            "line 2: spans[0].end: is 9, beyond the text's 5 characters\n"
            "  line 3: has 5 cells under 4 names\n"
            "  line 4: spans[0].start: is \"one\", not an integer");
  EXPECT_THAT(ErrorOf("text,label\n\"Nurse"), HasSubstr("line 2: a quoted cell has no end"));
}

TEST(RowFormats, RowsThatSayNothingOfSpansAreRefusedByName) {
  EXPECT_EQ(ErrorOf(R"({"text":"a","_view_id":"choice","accept":["x"]})"),
            "line 1: _view_id: is \"choice\": a choice among options, which cannot be imported");
  EXPECT_EQ(ErrorOf(R"({"text":"a","options":[{"id":"x"}],"accept":["x"]})"),
            "line 1: options: looks like a choice among options, which cannot be imported");
  EXPECT_EQ(ErrorOf(R"({"image":"a.png","answer":"accept"})"),
            "line 1: image: looks like an annotation of an image, which cannot be imported");
  EXPECT_THAT(ErrorOf(R"({"text":"a","_view_id":"review","spans":[],"versions":[]})"),
              HasSubstr("_view_id: is \"review\""));
  EXPECT_THAT(ErrorOf(R"({"text":"a","label":"INSULT","answer":"accept"})"),
              HasSubstr("line 1: label: is \"INSULT\", not spans: looks like a text "
                        "classification"));
  EXPECT_THAT(ErrorOf(R"(["a", {"cats": {"POSITIVE": 1}}])"),
              HasSubstr("cats: looks like a text classification"));
  EXPECT_THAT(ErrorOf(R"([{"data":{"text":"a"},"annotations":[{"result":[{"type":"choices",
      "value":{"choices":["x"]}}]}]}])"),
              HasSubstr("row 1: annotations: look like choices or ratings"));
}

TEST(RowFormats, AFileWithoutASpanIsNotTakenForTextsWithoutEntities) {
  constexpr absl::string_view kRows = R"({"text":"Nurse in Köln","named":[{"from":0,"to":5}]})"
                                      "\n"
                                      R"({"text":"No entity","named":[]})";
  for (const Coverage coverage : {Coverage::kComplete, Coverage::kBinary}) {
    EXPECT_EQ(ErrorOf(kRows, {.coverage = coverage, .labels = {"JOB"}}),
              "file: spans: no row has one (the keys of the first are named, text): say so if the "
              "texts truly have no entities");
  }
  EXPECT_THAT(Rows(kRows, {.coverage = Coverage::kComplete,
                           .labels = {"JOB"},
                           .offsets = Offsets::kCodePoints,
                           .allow_no_spans = true}),
              ElementsAre("Nurse in Köln: ", "No entity: "));
  EXPECT_EQ(ErrorOf("Nurse in Köln\nNo entity\n"),
            "file: looks like plain text, which has no annotations: it can be a source of texts");
}

TEST(RowFormats, FormatsAreNotMixed) {
  EXPECT_EQ(ErrorOf(R"({"text":"ab","spans":[{"start":0,"end":1,"label":"A"}]})"
                    "\n"
                    R"({"text":"ab","label":[[0,1,"A"]]})",
                    {.coverage = Coverage::kComplete}),
            "line 2: label: has the format doccano, and the rows before it have Prodigy");
  EXPECT_EQ(ErrorOf(R"({"text":"ab","label":[[0,1,"A"]],"entities":[[0,1,"A"]]})"),
            "line 1: label: has spans, and so has entities");
}

TEST(RowFormats, WrongSpansAreNamedWhereTheyStand) {
  EXPECT_EQ(ErrorOf(R"({"text":"ab","label":[[0,1,"A"],[1,9,"A"]]})"
                    "\n"
                    R"({"text":"ab","label":[[0,1,"A"],[0,1]]})"),
            "line 1: label[1].end: is 9, beyond the text's 2 characters\n"
            "  line 2: label: is an array, not spans: looks like a text classification, or a "
            "format that is not known");
}

TEST(RowFormats, RowsOfOtherFormatsAreExportedAsProdigyWritesThem) {
  const auto dataset =
      ParseDataset(R"({"id":1,"text":"Köln","label":[[0,4,"LOC"]],"url":"u","n":[1.5]})", {});
  ASSERT_TRUE(dataset.ok()) << dataset.status();
  const ParsedRow& row = dataset->rows[0];
  EXPECT_EQ(ToProdigyJson(row.answer, row.text, row.meta_json),
            R"({"id":1,"n":[1.5],"spans":[{"end":4,"label":"LOC","start":0}],"text":"Köln",)"
            R"("url":"u"})");
}

TEST(RowFormats, DeepNestingIsNoDangerInAnyFormat) {
  const std::string deep = std::string(200000, '[') + std::string(200000, ']');
  for (const absl::string_view row :
       {R"({"text":"a","label":[[0,1,"A"]],"x":)", R"({"data":{"text":"a"},"annotations":)",
        R"({"tokens":["a"],"ner_tags":["O"],"x":)"}) {
    EXPECT_THAT(ErrorOf(absl::StrCat(row, deep, "}")), HasSubstr("is nested deeper than 200"));
  }
  EXPECT_THAT(ErrorOf(absl::StrCat(R"({"text":"a","spans":[{"start":0,"end":1,"label":"A"}],"x":)",
                                   deep, "}"),
                      {.coverage = Coverage::kBinary, .labels = {}, .offsets = Offsets::kBytes}),
              HasSubstr("is nested deeper than 200"));
}

TEST(Recognising, JsonThatIsNoJsonLines) {
  const std::vector<std::string> files = {
      R"([{"text":"Nurse in Köln","spans":[{"start":0,"end":5,"label":"JOB"},{"start":9,"end":13,
         "label":"LOC"}]},{"text":"No entity","spans":[]}])",
      "{\n \"text\": \"Nurse in Köln\",\n \"spans\": [{\"start\":0,\"end\":5,\"label\":\"JOB\"},\n"
      "{\"start\":9,\"end\":13,\"label\":\"LOC\"}]\n}\n{\n \"text\": \"No entity\"}\n"};
  for (const std::string& file : files) EXPECT_THAT(Rows(file), kNurse);
  EXPECT_EQ(ErrorOf(R"([{"text":"a","spans":[{"start":0,"end":1,"label":"A"}]},{"text":tru}])"),
            "row 2: malformed JSON at column 12: invalid literal");
  EXPECT_THAT(ErrorOf("[{\"text\":\"a\",\"spans\":[]},\n{\"text\":\"b"),
              HasSubstr("row 2: the file ends inside it"));
}

TEST(Recognising, WhatCannotBeReadIsNamed) {
  const std::vector<std::pair<std::string, std::string>> files = {
      {"TRAIN_DATA = [(\"a\", {\"entities\": []})]", "looks like Python source"},
      {"{'text': 'a'}", "this is Python, not JSON; write it with json.dumps"},
      {"{\"text\":\"a\",\"n\":NaN}", "NaN is no JSON; write null, or leave the key out"},
      {"<root/>", "looks like XML or HTML"},
      {"T1\tPER 0 5\tParis\nT2\tPER 7 9\tx\n", "looks like brat's standoff (.ann)"},
      {"#FORMAT=WebAnno TSV 3.3\n", "looks like INCEpTION's or WebAnno's TSV"},
      {std::string("PK\x03\x04 and more than sixteen bytes"), "looks like a ZIP archive"},
      {std::string("SQLite format 3\0 and more", 25), "looks like an SQLite database"},
      {std::string("\x78\x9C\x01", 3), "looks like spaCy's binary (.spacy)"},
  };
  for (const auto& [content, message] : files)
    EXPECT_THAT(ErrorOf(content), HasSubstr(message)) << content;
}

TEST(Recognising, AFileMayComeInPiecesOfAnySize) {
  const std::string csv = "text,start,end,label\n\"Nurse, \"\"x\"\"\",0,5,JOB\n";
  for (const std::string& content :
       {std::string(kTasks), csv, std::string("Field B-JOB\nin O\n\nx O\n")}) {
    const auto whole = ParseDataset(content, {});
    ASSERT_TRUE(whole.ok()) << whole.status();
    for (const size_t size : {1, 7}) {
      const auto feed = [&](auto& reader) {
        for (size_t at = 0; at < content.size(); at += size)
          reader.Add(absl::string_view(content).substr(at, size));
      };
      DatasetSurveyor surveyor({});
      feed(surveyor);
      std::vector<std::string> texts, expected;
      DatasetReader reader({}, surveyor.Finish(),
                           [&](ParsedRow row) { texts.push_back(row.answer.original_json()); });
      feed(reader);
      const auto counts = reader.Finish();
      ASSERT_TRUE(counts.ok()) << counts.status();
      for (const ParsedRow& row : whole->rows) expected.push_back(row.answer.original_json());
      EXPECT_EQ(texts, expected);
    }
  }
}

}  // namespace
}  // namespace winnow::formats
