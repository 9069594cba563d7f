// What the tests of a corpus share.
#pragma once

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "common/base/status.h"
#include "common/corpus/corpus.h"
#include "common/corpus/ids.h"
#include "common/corpus/transaction.h"
#include "winnow/storage/v1/records.pb.h"

namespace winnow::corpus {

inline storage::v1::Example MakeExample(absl::string_view text, absl::string_view meta_json = "") {
  storage::v1::Example example;
  example.set_text(std::string(text));
  example.set_meta_json(std::string(meta_json));
  return example;
}

inline storage::v1::Span MakeSpan(uint32_t start, uint32_t end, absl::string_view label) {
  storage::v1::Span span;
  span.set_start(start);
  span.set_end(end);
  span.set_label(std::string(label));
  return span;
}

// A yes/no answer about the first character of the text.
inline storage::v1::Answer MakeAnswer(absl::string_view text,
                                      storage::v1::Verdict verdict = storage::v1::VERDICT_ACCEPT) {
  storage::v1::Answer answer;
  answer.set_example_id(ExampleIdOf(text));
  answer.set_kind(storage::v1::TASK_KIND_TEACH);
  answer.set_coverage(storage::v1::COVERAGE_BINARY);
  answer.set_verdict(verdict);
  storage::v1::Decision& decision = *answer.add_decisions();
  *decision.mutable_span() = MakeSpan(0, 1, "job_title");
  decision.set_verdict(verdict);
  answer.set_task_id(TaskIdOf(answer.example_id(), answer.kind(), {decision.span()}));
  return answer;
}

// Appends one answer about the text and returns its revision.
inline absl::StatusOr<uint64_t> Append(Transaction& transaction, absl::string_view dataset,
                                       absl::string_view text,
                                       storage::v1::Verdict verdict = storage::v1::VERDICT_ACCEPT) {
  WINNOW_ASSIGN_OR_RETURN(
      const std::vector<uint64_t> revisions,
      transaction.AppendAnswers(dataset, {MakeAnswer(text, verdict)}, {MakeExample(text)}));
  return revisions[0];
}

inline absl::StatusOr<uint64_t> Append(Corpus& corpus, absl::string_view dataset,
                                       absl::string_view text,
                                       storage::v1::Verdict verdict = storage::v1::VERDICT_ACCEPT) {
  uint64_t revision = 0;
  WINNOW_RETURN_IF_ERROR(corpus
                             .Mutate([&](Transaction& transaction) -> absl::StatusOr<std::string> {
                               WINNOW_ASSIGN_OR_RETURN(revision,
                                                       Append(transaction, dataset, text, verdict));
                               return "";
                             })
                             .status());
  return revision;
}

// The answers of a data set, also those taken back, all or up to a revision.
inline std::vector<storage::v1::Answer> AnswersOf(const CorpusReader& reader,
                                                  absl::string_view dataset, uint64_t after = 0,
                                                  uint64_t up_to = kLatest) {
  std::vector<storage::v1::Answer> answers;
  const absl::Status status =
      reader.ForEachEntry(dataset, after, up_to, [&](const storage::v1::LogEntry& entry) {
        if (entry.has_answer()) answers.push_back(entry.answer());
        return true;
      });
  return status.ok() ? answers : std::vector<storage::v1::Answer>();
}

}  // namespace winnow::corpus
