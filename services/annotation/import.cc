#include "services/annotation/import.h"

#include <algorithm>
#include <set>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "common/base/names.h"
#include "common/base/status.h"
#include "common/corpus/ids.h"
#include "common/rpc/request_key.h"
#include "common/text/spans.h"
#include "common/text/tokenizer.h"

namespace winnow::annotation {
namespace {

constexpr int kMaxListedSpans = 100;
// Texts staged in one mutation: the writer is busy with them for a few milliseconds.
constexpr size_t kStagedTexts = 1'000;
constexpr size_t kStagedBytes = size_t{256} << 10;

// Spans that do not begin and end where tokens do: kept, but of no use to a tagger.
void CountOffTokenSpans(const std::string& unit, const formats::ParsedRow& row,
                        storage::v1::DatasetImport& result) {
  std::set<uint32_t> starts, ends;
  for (const text::Token& token : text::Tokenize(row.text)) {
    starts.insert(token.start);
    ends.insert(token.end);
  }
  const text::OffsetMap offsets(row.text);
  for (const storage::v1::Decision& decision : row.answer.decisions()) {
    const storage::v1::Span& span = decision.span();
    if (starts.count(span.start()) > 0 && ends.count(span.end()) > 0) continue;
    result.set_num_off_token_spans(result.num_off_token_spans() + 1);
    if (result.off_token_spans_size() < kMaxListedSpans) {
      result.add_off_token_spans(absl::StrCat(unit, " ", row.number, ": '",
                                              text::SpanText(row.text, offsets, span), "' [",
                                              span.start(), ", ", span.end(), ")"));
    }
  }
}

std::string TaskIdOf(const storage::v1::Answer& answer) {
  std::vector<storage::v1::Span> spans;
  for (const storage::v1::Decision& decision : answer.decisions()) spans.push_back(decision.span());
  return corpus::TaskIdOf(answer.example_id(), answer.kind(), spans);
}

storage::v1::DatasetImport CountRows(const formats::ParsedDataset& parsed) {
  storage::v1::DatasetImport result;
  const formats::DatasetCounts& counts = parsed.counts;
  result.set_num_rows(counts.num_rows);
  result.set_num_accepted(counts.num_accepted);
  result.set_num_rejected(counts.num_rejected);
  result.set_num_ignored(counts.num_ignored);
  result.set_coverage(parsed.survey.coverage == formats::Coverage::kComplete
                          ? storage::v1::COVERAGE_COMPLETE
                          : storage::v1::COVERAGE_BINARY);
  result.set_coverage_reason(parsed.survey.coverage_reason);
  result.set_format(parsed.survey.format);
  result.set_num_overlapping_rows(counts.num_rows_with_overlaps);
  result.set_num_rejected_rows(counts.num_rejected_rows);
  result.set_num_ignored_rows(counts.num_ignored_rows);
  result.set_num_left_out_rows(counts.num_left_out_rows);
  result.set_num_trimmed_spans(counts.num_trimmed_spans);
  result.set_num_repeated_spans(counts.num_repeated_spans);
  for (const formats::ParsedRow& row : parsed.rows) CountOffTokenSpans(parsed.unit, row, result);
  return result;
}

// What tells an import from others, without a copy of the file.
std::string DigestOf(const std::string& dataset, const formats::ParseOptions& options,
                     absl::string_view content) {
  Sha256Hasher digest;
  digest.Add(absl::StrCat(dataset, "\n", static_cast<int>(options.coverage), "\n",
                          static_cast<int>(options.offsets), "\n", options.allow_no_spans, "\n",
                          absl::StrJoin(options.labels, "\n"), "\n\n"));
  digest.Add(content);
  return digest.FinishHex();
}

// Rows on their way into a data set. Many rows go into one that is new in pieces, which are seen
// when the last one is stored; others are stored in one step.
class RowStore {
 public:
  RowStore(corpus::Corpus& corpus, std::string dataset, bool is_new)
      : corpus_(corpus), dataset_(std::move(dataset)), is_new_(is_new) {}

  absl::Status Add(formats::ParsedRow row) {
    row.answer.set_example_id(corpus::ExampleIdOf(row.text));
    row.answer.set_task_id(TaskIdOf(row.answer));
    num_bytes_ += row.text.size() + row.answer.ByteSizeLong();
    storage::v1::Example& example = examples_.emplace_back();
    example.set_text(std::move(row.text));
    example.set_meta_json(std::move(row.meta_json));
    answers_.push_back(std::move(row.answer));
    const bool is_full = answers_.size() == kStagedTexts || num_bytes_ >= kStagedBytes;
    return is_new_ && is_full ? Stage() : absl::OkStatus();
  }

  // Shows all, with `result` as the reply.
  absl::Status Publish(const corpus::RequestKey& key, storage::v1::DatasetImport& result) {
    const bool in_pieces = !staged_.name().empty();
    if (in_pieces && !answers_.empty()) WINNOW_RETURN_IF_ERROR(Stage());
    const auto publish = [&](corpus::Transaction& transaction) -> absl::StatusOr<std::string> {
      if (in_pieces) {
        WINNOW_RETURN_IF_ERROR(transaction.PublishAnswers(staged_));
      } else {
        WINNOW_RETURN_IF_ERROR(
            transaction.AppendAnswers(dataset_, std::move(answers_), examples_).status());
      }
      result.set_revision(transaction.revision());
      return result.SerializeAsString();
    };
    WINNOW_ASSIGN_OR_RETURN(const std::string reply, corpus_.Mutate(key, publish));
    if (!result.ParseFromString(reply)) return absl::DataLossError("a kept reply is damaged");
    return absl::OkStatus();
  }

 private:
  absl::Status Stage() {
    WINNOW_RETURN_IF_ERROR(corpus_.Change([&](corpus::Transaction& transaction) {
      return transaction.StageAnswers(dataset_, std::move(answers_), examples_, staged_);
    }));
    answers_.clear();
    examples_.clear();
    num_bytes_ = 0;
    return absl::OkStatus();
  }

  corpus::Corpus& corpus_;
  const std::string dataset_;
  const bool is_new_;
  std::vector<storage::v1::Answer> answers_;
  std::vector<storage::v1::Example> examples_;
  size_t num_bytes_ = 0;
  storage::v1::Dataset staged_;
};

}  // namespace

absl::StatusOr<storage::v1::DatasetImport> ImportDataset(corpus::Corpus& corpus,
                                                         const std::string& dataset,
                                                         const formats::ParseOptions& options,
                                                         absl::string_view request_id,
                                                         std::string content) {
  WINNOW_RETURN_IF_ERROR(ValidateName("dataset", dataset));
  const corpus::RequestKey key = rpc::MakeRequestKey("Annotation.ImportDataset", request_id,
                                                     DigestOf(dataset, options, content));
  storage::v1::DatasetImport result;
  const absl::StatusOr<std::string> kept = corpus.FindReply(key);
  if (kept.ok() && result.ParseFromString(*kept)) return result;
  if (!absl::IsNotFound(kept.status())) return kept.status();

  WINNOW_ASSIGN_OR_RETURN(formats::ParsedDataset parsed, formats::ParseDataset(content, options));
  // Not needed any more, and perhaps large.
  std::string().swap(content);
  result = CountRows(parsed);
  const bool is_new = absl::IsNotFound(corpus.reader().GetDataset(dataset).status());
  RowStore rows(corpus, dataset, is_new);
  for (formats::ParsedRow& row : parsed.rows) WINNOW_RETURN_IF_ERROR(rows.Add(std::move(row)));
  WINNOW_RETURN_IF_ERROR(rows.Publish(key, result));
  return result;
}

SourceImport::SourceImport(corpus::Corpus& corpus, std::string source, formats::SourceFormat format,
                           std::string request_id)
    : corpus_(&corpus),
      source_(std::move(source)),
      request_id_(std::move(request_id)),
      parser_(format),
      digest_(std::make_unique<Sha256Hasher>()) {
  digest_->Add(absl::StrCat(source_, "\n", static_cast<int>(format), "\n"));
}

absl::StatusOr<SourceImport> SourceImport::Begin(corpus::Corpus& corpus, std::string source,
                                                 formats::SourceFormat format,
                                                 std::string request_id) {
  WINNOW_RETURN_IF_ERROR(ValidateName("source", source));
  return SourceImport(corpus, std::move(source), format, std::move(request_id));
}

absl::Status SourceImport::Stage(std::vector<formats::SourceText> texts) {
  std::vector<storage::v1::Example> examples;
  size_t num_bytes = 0;
  const auto store = [&]() -> absl::Status {
    WINNOW_RETURN_IF_ERROR(corpus_->Change([&](corpus::Transaction& transaction) {
      return transaction.StageTexts(source_, examples, staged_);
    }));
    examples.clear();
    num_bytes = 0;
    return absl::OkStatus();
  };
  for (formats::SourceText& text : texts) {
    storage::v1::Example& example = examples.emplace_back();
    example.set_text(std::move(text.text));
    example.set_meta_json(std::move(text.meta_json));
    num_bytes += example.text().size() + example.meta_json().size();
    if (examples.size() == kStagedTexts || num_bytes >= kStagedBytes)
      WINNOW_RETURN_IF_ERROR(store());
  }
  return examples.empty() ? absl::OkStatus() : store();
}

absl::Status SourceImport::Add(absl::string_view piece) {
  digest_->Add(piece);
  return Stage(parser_.Add(piece));
}

absl::StatusOr<storage::v1::SourceImport> SourceImport::Finish() {
  WINNOW_ASSIGN_OR_RETURN(std::vector<formats::SourceText> last, parser_.Finish());
  const corpus::RequestKey key =
      rpc::MakeRequestKey("Annotation.ImportSource", request_id_, digest_->FinishHex());
  storage::v1::SourceImport result;
  const absl::StatusOr<std::string> kept = corpus_->FindReply(key);
  if (kept.ok() && result.ParseFromString(*kept)) return result;
  if (!absl::IsNotFound(kept.status())) return kept.status();

  WINNOW_RETURN_IF_ERROR(Stage(std::move(last)));
  const auto publish = [&](corpus::Transaction& transaction) -> absl::StatusOr<std::string> {
    WINNOW_RETURN_IF_ERROR(transaction.PublishTexts(source_, staged_));
    WINNOW_ASSIGN_OR_RETURN(*result.mutable_source(), transaction.GetSource(source_));
    result.set_num_added(staged_.num_added);
    result.set_num_duplicates(staged_.num_duplicates);
    return result.SerializeAsString();
  };
  WINNOW_RETURN_IF_ERROR(corpus_->Mutate(key, publish).status());
  return result;
}

SourceImports::Turn SourceImports::Begin(const std::string& source) {
  MutexLock lock(mutex_);
  while (running_.contains(source)) ended_.Wait(mutex_);
  running_.insert(source);
  return Turn(*this, source);
}

SourceImports::Turn::~Turn() {
  MutexLock lock(imports_.mutex_);
  imports_.running_.erase(source_);
  imports_.ended_.NotifyAll();
}

}  // namespace winnow::annotation
