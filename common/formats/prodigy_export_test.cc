#include <google/protobuf/util/message_differencer.h>

#include <algorithm>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "common/base/random.h"
#include "common/formats/dataset.h"
#include "common/formats/prodigy.h"
#include "common/text/utf8.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace winnow::formats {
namespace {

using google::protobuf::util::MessageDifferencer;
using storage::v1::Answer;
using storage::v1::Span;

void SetSpan(uint32_t start, uint32_t end, absl::string_view label, Span* span) {
  span->set_start(start);
  span->set_end(end);
  span->set_label(std::string(label));
}

storage::v1::Decision* AddDecision(Answer& answer, uint32_t start, uint32_t end,
                                   absl::string_view label, storage::v1::Verdict verdict) {
  storage::v1::Decision* decision = answer.add_decisions();
  SetSpan(start, end, label, decision->mutable_span());
  decision->set_verdict(verdict);
  return decision;
}

TEST(ProdigyExport, AnImportedRowIsItsOriginal) {
  Answer answer;
  answer.set_original_json("{ \"text\":\"x\",\"score\":0.10 }");
  EXPECT_EQ(ToProdigyJson(answer, "x", ""), answer.original_json());
}

TEST(ProdigyExport, ABinaryAnswerIsARowOfNerTeach) {
  Answer answer;
  answer.set_kind(storage::v1::TASK_KIND_TEACH);
  answer.set_coverage(storage::v1::COVERAGE_BINARY);
  answer.set_verdict(storage::v1::VERDICT_REJECT);
  AddDecision(answer, 2, 9, "B", storage::v1::VERDICT_REJECT)->set_score(0.1);
  AddDecision(answer, 3, 9, "B", storage::v1::VERDICT_ACCEPT);
  answer.set_annotator("ann");
  answer.set_answered_unix_micros(1'700'000'000'900'000);
  answer.mutable_selection()->set_model_version("m@3");
  answer.mutable_selection()->set_strategy("uncertainty");
  const std::string fields =
      R"({"meta":{"id": 1.0},"id": 12345678901234567890123,"url":"x","spans":[],"answer":"old"})";
  EXPECT_EQ(ToProdigyJson(answer, "😀 Old Navy", fields),
            R"({"text":"😀 Old Navy","meta":{"id": 1.0},"id": 12345678901234567890123,"url":"x",)"
            R"("spans":[)"
            R"({"start":2,"end":9,"label":"B","score":0.1,"answer":"reject"},)"
            R"({"start":3,"end":9,"label":"B","answer":"accept"}],)"
            R"("answer":"reject","_view_id":"ner","_annotator_id":"ann","_timestamp":1700000000,)"
            R"("winnow":{"model":"m@3","strategy":"uncertainty"}})");
}

TEST(ProdigyExport, AVerdictOnATextAsAWholeLeavesTheSpansOfItsRow) {
  Answer answer;
  answer.set_kind(storage::v1::TASK_KIND_MANUAL);
  answer.set_verdict(storage::v1::VERDICT_ACCEPT);
  const std::string row = ToProdigyJson(
      answer, "a cook", R"({"spans":[{"start":2,"end":6,"label":"J"}],"answer":"reject"})");
  EXPECT_EQ(row, R"({"text":"a cook","spans":[{"start":2,"end":6,"label":"J"}],"answer":"accept",)"
                 R"("_view_id":"text"})");
  const std::string bare = ToProdigyJson(answer, "a cook", "");
  EXPECT_EQ(bare, R"({"text":"a cook","answer":"accept","_view_id":"text"})");
  EXPECT_FALSE(ParseDataset(bare).ok()) << "it would be read as a text without entities";
}

TEST(ProdigyExport, ASessionIsAQueueAndAPersonOrWhatTheRowSays) {
  Answer answer;
  answer.set_annotator("ann");
  EXPECT_EQ(SessionOf(answer), "");
  answer.set_queue("d.teach-1");
  EXPECT_EQ(SessionOf(answer), "d.teach-1-ann");
  EXPECT_THAT(ToProdigyJson(answer, "x", ""),
              testing::HasSubstr(R"("_annotator_id":"ann","_session_id":"d.teach-1-ann")"));
  answer.set_original_json(R"({"text":"x","_session_id":"d-\u00e9va","_annotator_id":"d-eva"})");
  EXPECT_EQ(SessionOf(answer), "d-éva");
  for (const char* row : {R"({"text":"x"})", R"({"text":"x","_session_id":7})"}) {
    answer.set_original_json(row);
    EXPECT_EQ(SessionOf(answer), "") << row;
  }
}

TEST(ProdigyExport, AMarkedRowIsNotTakenBackIn) {
  for (const absl::string_view mark : {kUndoneMark, kSurplusMark}) {
    std::string row = R"( {"text":"a cook","spans":[{"start":2,"end":6,"label":"J"}]} )";
    EXPECT_TRUE(ParseDataset(row, {.coverage = Coverage::kBinary}).ok());
    AddMark(mark, row);
    EXPECT_EQ(row, absl::StrCat(R"( {"text":"a cook","spans":[{"start":2,"end":6,"label":"J"}],")",
                                mark, R"(":true} )"));
    EXPECT_THAT(ParseDataset(row, {.coverage = Coverage::kBinary}).status().message(),
                testing::HasSubstr(absl::StrCat("line 1: ", mark, ": says that the row does not")));
  }
}

TEST(ProdigyExport, ACompleteAnswerIsARowOfNerManual) {
  Answer answer;
  answer.set_kind(storage::v1::TASK_KIND_MANUAL);
  answer.set_coverage(storage::v1::COVERAGE_COMPLETE);
  answer.set_verdict(storage::v1::VERDICT_ACCEPT);
  answer.add_complete_labels("B");
  answer.add_complete_labels("C");
  AddDecision(answer, 2, 10, "B", storage::v1::VERDICT_ACCEPT);
  EXPECT_EQ(
      ToProdigyJson(answer, "😀 Old Navy!", ""),
      R"({"text":"😀 Old Navy!","tokens":[)"
      R"({"text":"😀","start":0,"end":1,"id":0,"ws":true},{"text":"Old","start":2,"end":5,"id":1,)"
      R"("ws":true},)"
      R"({"text":"Navy","start":6,"end":10,"id":2,"ws":false},{"text":"!","start":10,"end":11,)"
      R"("id":3,"ws":false}],)"
      R"("spans":[{"start":2,"end":10,"token_start":1,"token_end":2,"label":"B"}],)"
      R"("answer":"accept","_view_id":"ner_manual","winnow":{"labels":["B","C"]}})");
}

TEST(ProdigyExport, TokenPositionsStandOnlyOnTokenBoundaries) {
  Answer answer;
  answer.set_kind(storage::v1::TASK_KIND_TEACH);
  answer.set_coverage(storage::v1::COVERAGE_BINARY);
  for (uint32_t start = 0; start < 5; ++start) {
    for (uint32_t end = start + 1; end <= 5; ++end)
      AddDecision(answer, start, end, "A", storage::v1::VERDICT_ACCEPT);
  }
  const std::string row = ToProdigyJson(answer, "ab cd", "");
  size_t num_positions = 0;
  for (size_t at = row.find("token_start"); at != std::string::npos;
       at = row.find("token_start", at + 1))
    ++num_positions;
  EXPECT_EQ(num_positions, 3u) << row;
  EXPECT_THAT(row, testing::HasSubstr(R"({"start":0,"end":2,"token_start":0,"token_end":0,)"));
  EXPECT_THAT(row, testing::HasSubstr(R"({"start":3,"end":5,"token_start":1,"token_end":1,)"));
  EXPECT_THAT(row, testing::HasSubstr(R"({"start":0,"end":5,"token_start":0,"token_end":1,)"));
}

Answer MakeComparison(bool a_shown_second, storage::v1::Preference preference) {
  Answer answer;
  answer.set_kind(storage::v1::TASK_KIND_COMPARE);
  answer.set_verdict(storage::v1::VERDICT_ACCEPT);
  answer.mutable_comparison()->set_model_a("m@1");
  answer.mutable_comparison()->set_model_b("m@2");
  SetSpan(0, 1, "A", answer.mutable_comparison()->add_spans_a());
  answer.mutable_comparison()->set_a_shown_second(a_shown_second);
  answer.mutable_comparison()->set_preference(preference);
  return answer;
}

TEST(ProdigyExport, AComparisonIsARowOfCompare) {
  EXPECT_EQ(ToProdigyJson(MakeComparison(true, storage::v1::PREFERENCE_A), "x y", ""),
            R"({"text":"x y","input":{"text":"x y"},"accept":{"text":"x y","spans":[]},)"
            R"("reject":{"text":"x y","spans":[{"start":0,"end":1,"token_start":0,"token_end":0,)"
            R"("label":"A"}]},)"
            R"("mapping":{"A":"reject","B":"accept"},"answer":"reject","_view_id":"compare",)"
            R"("winnow":{"model_a":"m@1","model_b":"m@2","preference":"a"}})");
  const auto answer_of = [](bool a_shown_second, storage::v1::Preference preference) {
    const std::string row = ToProdigyJson(MakeComparison(a_shown_second, preference), "x y", "");
    const size_t begin = row.find("\"answer\":\"") + 10;
    return row.substr(begin, row.find('"', begin) - begin);
  };
  EXPECT_EQ(answer_of(false, storage::v1::PREFERENCE_A), "accept");
  EXPECT_EQ(answer_of(false, storage::v1::PREFERENCE_B), "reject");
  EXPECT_EQ(answer_of(true, storage::v1::PREFERENCE_B), "accept");
  EXPECT_EQ(answer_of(true, storage::v1::PREFERENCE_TIE), "ignore");
  EXPECT_EQ(answer_of(true, storage::v1::PREFERENCE_UNSPECIFIED), "ignore");
}

constexpr storage::v1::Verdict kVerdicts[] = {
    storage::v1::VERDICT_ACCEPT, storage::v1::VERDICT_REJECT, storage::v1::VERDICT_IGNORE};

std::string RandomText(Random& random) {
  static const std::vector<std::string> kPieces = {
      "a", "Old", " ", "  ", ".", "\"", "\\", "é", "\u0301", "😀", "\t", "日", "\x7F", "\u2028"};
  std::string text = "x";
  for (uint64_t n = random.Below(12); n > 0; --n) text += kPieces[random.Below(kPieces.size())];
  return text;
}

// Reading takes white space off the ends of spans, and merges what is said twice.
bool ReadsAsItIs(const std::string& text, const Answer& answer, uint32_t start, uint32_t end) {
  const text::OffsetMap map(text);
  const auto blank_at = [&](uint32_t position) {
    size_t byte = *map.CodePointToByte(position);
    return text::IsWhiteSpace(text::DecodeUtf8(text, byte));
  };
  return !blank_at(start) && !blank_at(end - 1) &&
         std::none_of(answer.decisions().begin(), answer.decisions().end(),
                      [&](const storage::v1::Decision& decision) {
                        return decision.span().start() == start && decision.span().end() == end;
                      });
}

Answer RandomAnswer(const std::string& text, storage::v1::TaskKind kind, Random& random) {
  static const std::vector<std::string> kLabels = {"A", "job_title", "Ü \"quoted\""};
  Answer answer;
  answer.set_kind(kind);
  answer.set_coverage(kind == storage::v1::TASK_KIND_MANUAL ? storage::v1::COVERAGE_COMPLETE
                                                            : storage::v1::COVERAGE_BINARY);
  answer.set_verdict(kVerdicts[random.Below(3)]);
  if (kind == storage::v1::TASK_KIND_MANUAL) {
    for (const std::string& label : kLabels) answer.add_complete_labels(label);
  }
  const uint32_t length = static_cast<uint32_t>(text::NumCodePoints(text));
  for (uint32_t position = 0; position < length && random.Below(5) > 0;) {
    const uint32_t start = position + static_cast<uint32_t>(random.Below(length - position));
    const uint32_t end = start + 1 + static_cast<uint32_t>(random.Below(length - start));
    const bool binary = kind == storage::v1::TASK_KIND_TEACH;
    position = binary ? 0 : end;
    if (!ReadsAsItIs(text, answer, start, end)) continue;
    auto* decision = AddDecision(answer, start, end, kLabels[random.Below(kLabels.size())],
                                 binary ? kVerdicts[random.Below(3)] : storage::v1::VERDICT_ACCEPT);
    if (random.Below(2) == 0) decision->set_score(random.Uniform());
  }
  if (random.Below(2) == 0) answer.set_annotator("Zoë");
  if (random.Below(2) == 0)
    answer.set_answered_unix_micros(1'000'000 * static_cast<int64_t>(random.Below(2'000'000'000)));
  return answer;
}

TEST(ProdigyExport, ReadingItBackGivesTheSameAnswers) {
  Random random(99);
  for (const storage::v1::TaskKind kind :
       {storage::v1::TASK_KIND_TEACH, storage::v1::TASK_KIND_MANUAL}) {
    std::string content;
    std::vector<std::string> texts;
    std::vector<Answer> answers;
    for (int i = 0; i < 1000; ++i) {
      texts.push_back(RandomText(random));
      answers.push_back(RandomAnswer(texts.back(), kind, random));
      absl::StrAppend(
          &content,
          ToProdigyJson(answers.back(), texts.back(), i % 2 ? R"({"meta": {"i": 1.50}})" : ""),
          "\n");
    }
    const absl::StatusOr<ParsedDataset> dataset = ParseDataset(content);
    ASSERT_TRUE(dataset.ok()) << dataset.status();
    ASSERT_EQ(dataset->rows.size(), answers.size());
    for (size_t i = 0; i < answers.size(); ++i) {
      Answer read = dataset->rows[i].answer;
      EXPECT_EQ(dataset->rows[i].text, texts[i]);
      EXPECT_EQ(dataset->rows[i].meta_json, i % 2 ? R"({"i": 1.50})" : "");
      read.clear_original_json();
      ASSERT_TRUE(MessageDifferencer::Equals(read, answers[i]))
          << read.DebugString() << answers[i].DebugString();
    }
  }
}

}  // namespace
}  // namespace winnow::formats
