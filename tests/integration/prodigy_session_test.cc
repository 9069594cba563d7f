// The one public log of a real ner.teach session: 1,800 answers, imported, exported and trained
// from.
#include <algorithm>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "common/base/file.h"
#include "common/text/split_key.h"
#include "common/text/tokenizer.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "nlohmann/json.hpp"
#include "tests/testing/real_data.h"
#include "tests/testing/scratch_directory.h"
#include "tests/testing/steps.h"

namespace winnow::integration {
namespace {

using testing::Contains;
using testing::HasSubstr;

// One span of the session, read from the file without the code under test.
struct SessionSpan {
  size_t line = 0;
  std::string text;
  uint32_t start = 0;
  uint32_t end = 0;
  // The span's own.
  std::string answer;
  std::string row_answer;
  bool off_token = false;
};

std::vector<SessionSpan> ReadSpans(const std::string& content) {
  std::vector<SessionSpan> spans;
  size_t line_number = 0;
  for (const absl::string_view line : absl::StrSplit(content, '\n', absl::SkipEmpty())) {
    const nlohmann::json row = nlohmann::json::parse(line.begin(), line.end());
    ++line_number;
    std::set<uint32_t> starts, ends;
    for (const text::Token& token : text::Tokenize(row["text"].get<std::string>())) {
      starts.insert(token.start);
      ends.insert(token.end);
    }
    // One row has one span twice.
    std::set<nlohmann::json> seen;
    for (const nlohmann::json& span : row["spans"]) {
      const auto start = span["start"].get<uint32_t>(), end = span["end"].get<uint32_t>();
      if (!seen.insert(nlohmann::json{start, end, span["answer"]}).second) continue;
      spans.push_back({line_number, row["text"], start, end, span["answer"], row["answer"],
                       starts.count(start) == 0 || ends.count(end) == 0});
    }
  }
  return spans;
}

bool IsHoldout(const SessionSpan& span) {
  return text::IsHoldout(text::Bucket(text::SplitKey(span.text)));
}

class ProdigySessionTest : public testing::Test {
 protected:
  void SetUp() override {
    auto content = ReadRealData("prodigy_examples/annotated_reddit-PRODUCT-ner.jsonl");
    if (!content.ok()) GTEST_SKIP() << content.status();
    content_ = *std::move(content);
    spans_ = ReadSpans(content_);
    auto session = cli::HostOn(scratch_ / "data");
    ASSERT_TRUE(session.ok()) << session.status();
    session_ = *std::move(session);
    auto imported = ImportDataset(*session_, "reddit", content_, annotation::v1::COVERAGE_BINARY);
    ASSERT_TRUE(imported.ok()) << imported.status();
    imported_ = *std::move(imported);
  }

  template <typename Wanted>
  uint64_t Count(const Wanted& wanted) const {
    return static_cast<uint64_t>(std::count_if(spans_.begin(), spans_.end(), wanted));
  }

  ScratchDirectory scratch_;
  std::string content_;
  std::vector<SessionSpan> spans_;
  std::unique_ptr<Session> session_;
  annotation::v1::ImportDatasetResponse imported_;
};

TEST_F(ProdigySessionTest, IsImportedSpanBySpan) {
  EXPECT_EQ(imported_.num_rows(), 1800u);
  EXPECT_EQ(imported_.coverage(), annotation::v1::COVERAGE_BINARY);
  // Of the 1,826 different spans five have another answer than their row: theirs counts.
  EXPECT_EQ(Count([](const SessionSpan& span) { return span.answer != span.row_answer; }), 5u);
  EXPECT_EQ(imported_.num_accepted(), 447u);
  EXPECT_EQ(imported_.num_rejected(), 1291u);
  EXPECT_EQ(imported_.num_ignored(), 88u);
  EXPECT_EQ(imported_.num_overlapping_rows(), 6u);
  EXPECT_EQ(imported_.num_repeated_spans(), 1u);

  const uint64_t num_off_token = Count([](const SessionSpan& span) { return span.off_token; });
  ASSERT_GT(num_off_token, 0u);
  EXPECT_EQ(imported_.num_off_token_spans(), num_off_token);
  EXPECT_EQ(static_cast<uint64_t>(imported_.off_token_spans_size()),
            std::min<uint64_t>(num_off_token, 100));
  const auto first = std::find_if(spans_.begin(), spans_.end(),
                                  [](const SessionSpan& span) { return span.off_token; });
  EXPECT_THAT(imported_.off_token_spans(0),
              testing::AllOf(HasSubstr(absl::StrCat("line ", first->line, ":")),
                             HasSubstr(absl::StrCat("[", first->start, ", ", first->end, ")"))));

  const auto log = ListLog(*session_, "reddit");
  ASSERT_TRUE(log.ok()) << log.status();
  ASSERT_EQ(log->size(), 1800u);
  size_t i = 0;
  for (const annotation::v1::LogEntry& entry : *log) {
    ASSERT_TRUE(entry.has_answer());
    for (const auto& judgement : entry.answer().judgements()) {
      ASSERT_LT(i, spans_.size());
      ASSERT_EQ(entry.answer().text(), spans_[i].text);
      ASSERT_EQ(judgement.span().start(), spans_[i].start);
      ASSERT_EQ(judgement.span().end(), spans_[i].end);
      const common::v1::Verdict verdict = judgement.verdict();
      ASSERT_EQ(verdict == common::v1::VERDICT_ACCEPT, spans_[i].answer == "accept")
          << "line " << spans_[i].line;
      ASSERT_EQ(verdict == common::v1::VERDICT_REJECT, spans_[i].answer == "reject")
          << "line " << spans_[i].line;
      ++i;
    }
  }
  EXPECT_EQ(i, spans_.size());
}

TEST_F(ProdigySessionTest, IsExportedToTheByte) {
  const auto exported = ExportDataset(*session_, "reddit");
  ASSERT_TRUE(exported.ok()) << exported.status();
  // Not EXPECT_EQ: a difference would print both files.
  EXPECT_TRUE(*exported == content_) << exported->size() << " bytes, not " << content_.size();
}

TEST_F(ProdigySessionTest, TheReportOfATrainingSaysWhatItsFiguresAreWorth) {
  training::v1::TrainingSpec spec = TrainingSpecOf("reddit", "blank:en", "products");
  spec.clear_labels();
  spec.add_labels("PRODUCT");
  const auto report = Train(*session_, spec);
  ASSERT_TRUE(report.ok()) << report.status();

  // Everything is a yes/no answer on a text that a model picked: there is agreement, labelled
  // biased, and no more.
  EXPECT_EQ(report->before_size(), 0);
  ASSERT_EQ(report->after_size(), 1);
  const common::v1::Figure& asked = report->after(0);
  EXPECT_EQ(asked.sample(), common::v1::SAMPLE_KIND_QUESTIONS_ASKED);
  EXPECT_TRUE(asked.biased());
  EXPECT_TRUE(asked.has_agreement());
  EXPECT_FALSE(asked.has_f1());
  EXPECT_THAT(asked.caveats(), Contains(HasSubstr("not an accuracy")));
  EXPECT_THAT(report->caveats(), Contains(HasSubstr("no unbiased figure")));

  EXPECT_EQ(report->num_complete_texts(), 0u);
  EXPECT_GT(report->num_texts(), 1000u);
  EXPECT_GT(report->num_holdout_texts(), 200u);
  std::set<std::string> texts;
  for (const SessionSpan& span : spans_) texts.insert(span.text);
  EXPECT_LE(report->num_texts() + report->num_holdout_texts(), texts.size());
  // Spans are left out where they are trained on, so those of hold-out texts and ignored ones do
  // not count.
  const uint64_t num_off_token = Count([](const SessionSpan& span) {
    return span.off_token && span.answer != "ignore" && !IsHoldout(span);
  });
  EXPECT_GT(report->num_off_token_spans(), 0u);
  // A question that was asked twice is one span.
  EXPECT_LE(report->num_off_token_spans(), num_off_token);
  EXPECT_EQ(report->gate().verdict(), training::v1::GATE_VERDICT_UNSPECIFIED);
  EXPECT_THAT(report->gate().reason(), HasSubstr("no version to compare with"));
}

}  // namespace
}  // namespace winnow::integration
