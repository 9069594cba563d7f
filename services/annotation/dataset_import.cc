#include "services/annotation/dataset_import.h"

#include <set>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "common/base/hash.h"
#include "common/base/names.h"
#include "common/base/status.h"
#include "common/corpus/ids.h"
#include "common/formats/prodigy.h"
#include "common/formats/source.h"
#include "common/text/tokenizer.h"
#include "services/annotation/tasks.h"
#include "services/annotation/working_model.h"

namespace winnow::annotation {
namespace {

constexpr int kMaxListedSpans = 100;

// Spans that do not begin and end where tokens do: kept, but of no use to a tagger.
void CountOffTokenSpans(const formats::ParsedRow& row, v1::ImportDatasetResponse& response) {
  std::set<uint32_t> starts, ends;
  for (const text::Token& token : text::Tokenize(row.text)) {
    starts.insert(token.start);
    ends.insert(token.end);
  }
  for (const storage::v1::Decision& decision : row.answer.decisions()) {
    const storage::v1::Span& span = decision.span();
    if (starts.count(span.start()) > 0 && ends.count(span.end()) > 0) continue;
    response.set_num_off_token_spans(response.num_off_token_spans() + 1);
    if (response.off_token_spans_size() < kMaxListedSpans) {
      response.add_off_token_spans(absl::StrCat("line ", row.line, ": '",
                                                SpanText(row.text, span.start(), span.end()), "' [",
                                                span.start(), ", ", span.end(), ")"));
    }
  }
}

formats::Coverage CoverageOf(v1::Coverage coverage) {
  switch (coverage) {
    case v1::COVERAGE_BINARY:
      return formats::Coverage::kBinary;
    case v1::COVERAGE_COMPLETE:
      return formats::Coverage::kComplete;
    default:
      return formats::Coverage::kInfer;
  }
}

std::string TaskIdOf(const storage::v1::Answer& answer) {
  std::vector<storage::v1::Span> spans;
  for (const storage::v1::Decision& decision : answer.decisions()) spans.push_back(decision.span());
  return corpus::TaskIdOf(answer.example_id(), answer.kind(), spans);
}

}  // namespace

absl::StatusOr<v1::ImportDatasetResponse> ImportDataset(
    corpus::Corpus& corpus, const v1::ImportDatasetRequest::Header& header,
    absl::string_view content) {
  WINNOW_RETURN_IF_ERROR(ValidateName("dataset", header.dataset()));
  WINNOW_ASSIGN_OR_RETURN(
      formats::ParsedDataset parsed,
      formats::ParseProdigyJsonl(content, {CoverageOf(header.coverage()),
                                           {header.labels().begin(), header.labels().end()}}));
  v1::ImportDatasetResponse response;
  response.set_dataset(header.dataset());
  response.set_num_rows(parsed.rows.size());
  response.set_num_accepted(parsed.num_accepted);
  response.set_num_rejected(parsed.num_rejected);
  response.set_num_ignored(parsed.num_ignored);
  response.set_coverage(parsed.coverage == formats::Coverage::kComplete ? v1::COVERAGE_COMPLETE
                                                                        : v1::COVERAGE_BINARY);
  response.set_coverage_reason(parsed.coverage_reason);
  response.set_num_overlapping_rows(parsed.num_rows_with_overlaps);

  std::vector<storage::v1::Answer> answers;
  std::vector<storage::v1::Example> examples;
  for (formats::ParsedRow& row : parsed.rows) {
    CountOffTokenSpans(row, response);
    row.answer.set_example_id(corpus::ExampleIdOf(row.text));
    row.answer.set_task_id(TaskIdOf(row.answer));
    storage::v1::Example& example = examples.emplace_back();
    example.set_text(std::move(row.text));
    example.set_meta_json(std::move(row.meta_json));
    answers.push_back(std::move(row.answer));
  }
  const corpus::RequestKey key{
      "", "ImportDataset", header.request_id(),
      Sha256Hex(absl::StrCat(header.dataset(), "\n", header.coverage(), "\n",
                             absl::StrJoin(header.labels(), "\n"), "\n\n", content))};
  WINNOW_ASSIGN_OR_RETURN(
      const std::string reply,
      corpus.Mutate(key, [&](corpus::Transaction& transaction) -> absl::StatusOr<std::string> {
        WINNOW_RETURN_IF_ERROR(
            transaction.AppendAnswers(header.dataset(), answers, examples).status());
        response.set_revision(transaction.revision());
        return response.SerializeAsString();
      }));
  response.ParseFromString(reply);
  return response;
}

absl::StatusOr<v1::ImportSourceResponse> ImportSource(corpus::Corpus& corpus,
                                                      const v1::ImportSourceRequest::Header& header,
                                                      absl::string_view content) {
  WINNOW_RETURN_IF_ERROR(ValidateName("source", header.source()));
  const formats::SourceFormat format = header.format() == v1::SOURCE_FORMAT_TXT
                                           ? formats::SourceFormat::kText
                                           : formats::SourceFormat::kJsonl;
  WINNOW_ASSIGN_OR_RETURN(std::vector<formats::SourceText> texts,
                          formats::ParseSource(content, format));
  if (texts.empty()) return absl::InvalidArgumentError("the file has no text");
  std::vector<storage::v1::Example> examples(texts.size());
  for (size_t i = 0; i < texts.size(); ++i) {
    examples[i].set_text(std::move(texts[i].text));
    examples[i].set_meta_json(std::move(texts[i].meta_json));
  }
  const corpus::RequestKey key{
      "", "ImportSource", header.request_id(),
      Sha256Hex(absl::StrCat(header.source(), "\n", header.format(), "\n", content))};
  WINNOW_ASSIGN_OR_RETURN(
      const std::string reply,
      corpus.Mutate(key, [&](corpus::Transaction& transaction) -> absl::StatusOr<std::string> {
        WINNOW_ASSIGN_OR_RETURN(const corpus::ImportCounts counts,
                                transaction.ImportSource(header.source(), examples));
        WINNOW_ASSIGN_OR_RETURN(const storage::v1::Source source,
                                transaction.GetSource(header.source()));
        v1::ImportSourceResponse response;
        response.set_num_added(counts.num_added);
        response.set_num_duplicates(counts.num_duplicates);
        *response.mutable_source() = ToApi(source);
        return response.SerializeAsString();
      }));
  v1::ImportSourceResponse response;
  response.ParseFromString(reply);
  return response;
}

}  // namespace winnow::annotation
