#include "services/annotation/import.h"

#include <algorithm>
#include <set>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "common/base/hash.h"
#include "common/base/names.h"
#include "common/base/status.h"
#include "common/corpus/ids.h"
#include "common/rpc/request_key.h"
#include "common/text/spans.h"
#include "common/text/tokenizer.h"
#include "services/annotation/answer_store.h"

namespace winnow::annotation {
namespace {

constexpr int kMaxListedSpans = 100;
// Texts staged in one mutation: the writer is busy with them for a few milliseconds.
constexpr size_t kStagedTexts = 1'000;
constexpr size_t kStagedBytes = size_t{256} << 10;
// Imports at a time, of all data sets and sources.
constexpr size_t kImportsAtOnce = 4;

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

// The first reading.
absl::StatusOr<formats::DatasetSurvey> Survey(const formats::ParseOptions& options,
                                              const ReadFile& read, Sha256Hasher& digest) {
  formats::DatasetSurveyor surveyor(options);
  WINNOW_RETURN_IF_ERROR(read([&](absl::string_view piece) {
    digest.Add(piece);
    surveyor.Add(piece);
    return absl::OkStatus();
  }));
  return surveyor.Finish();
}

// The second reading; `take` gets the rows, and what they are numbered by.
absl::StatusOr<formats::DatasetCounts> ReadRows(
    const formats::ParseOptions& options, const formats::DatasetSurvey& survey,
    const ReadFile& read,
    const std::function<absl::Status(const std::string& unit, formats::ParsedRow)>& take) {
  absl::Status taken;
  formats::DatasetReader reader(options, survey, [&](formats::ParsedRow row) {
    if (taken.ok()) taken = take(reader.unit(), std::move(row));
  });
  WINNOW_RETURN_IF_ERROR(read([&](absl::string_view piece) {
    reader.Add(piece);
    return taken;
  }));
  WINNOW_ASSIGN_OR_RETURN(const formats::DatasetCounts counts, reader.Finish());
  WINNOW_RETURN_IF_ERROR(taken);
  return counts;
}

// What an import tells of a file; InvalidArgument with every violation.
absl::StatusOr<storage::v1::DatasetImport> CheckRows(const formats::ParseOptions& options,
                                                     const formats::DatasetSurvey& survey,
                                                     const ReadFile& read) {
  storage::v1::DatasetImport result;
  WINNOW_ASSIGN_OR_RETURN(
      const formats::DatasetCounts counts,
      ReadRows(options, survey, read, [&](const std::string& unit, const formats::ParsedRow& row) {
        CountOffTokenSpans(unit, row, result);
        return absl::OkStatus();
      }));
  result.set_num_rows(counts.num_rows);
  result.set_num_accepted(counts.num_accepted);
  result.set_num_rejected(counts.num_rejected);
  result.set_num_ignored(counts.num_ignored);
  result.set_coverage(survey.coverage == formats::Coverage::kComplete
                          ? storage::v1::COVERAGE_COMPLETE
                          : storage::v1::COVERAGE_BINARY);
  result.set_coverage_reason(survey.coverage_reason);
  result.set_format(survey.format);
  result.set_num_overlapping_rows(counts.num_rows_with_overlaps);
  result.set_num_rejected_rows(counts.num_rejected_rows);
  result.set_num_ignored_rows(counts.num_ignored_rows);
  result.set_num_left_out_rows(counts.num_left_out_rows);
  result.set_num_trimmed_spans(counts.num_trimmed_spans);
  result.set_num_repeated_spans(counts.num_repeated_spans);
  return result;
}

absl::Status CheckTexts(formats::SourceFormat format, const ReadFile& read, Sha256Hasher& digest) {
  formats::SourceParser parser(format);
  WINNOW_RETURN_IF_ERROR(read([&](absl::string_view piece) {
    digest.Add(piece);
    parser.Add(piece);
    return absl::OkStatus();
  }));
  return parser.Finish().status();
}

// Texts on their way into a source, in pieces, which are seen when the last one is stored.
class TextStore {
 public:
  TextStore(corpus::Corpus& corpus, std::string source)
      : corpus_(corpus), source_(std::move(source)) {}

  absl::Status Add(std::vector<formats::SourceText> texts) {
    for (formats::SourceText& text : texts) {
      storage::v1::Example& example = examples_.emplace_back();
      example.set_text(std::move(text.text));
      num_bytes_ += example.text().size() + text.fields_json.size();
      fields_.push_back(std::move(text.fields_json));
      if (examples_.size() == kStagedTexts || num_bytes_ >= kStagedBytes)
        WINNOW_RETURN_IF_ERROR(Stage());
    }
    return absl::OkStatus();
  }

  // Shows all, with `result` as the reply.
  absl::Status Publish(const corpus::RequestKey& key, storage::v1::SourceImport& result) {
    if (!examples_.empty()) WINNOW_RETURN_IF_ERROR(Stage());
    const auto publish = [&](corpus::Transaction& transaction) -> absl::StatusOr<std::string> {
      WINNOW_RETURN_IF_ERROR(transaction.PublishTexts(source_, staged_));
      WINNOW_ASSIGN_OR_RETURN(*result.mutable_source(), transaction.GetSource(source_));
      result.set_num_added(staged_.num_added);
      result.set_num_duplicates(staged_.num_duplicates);
      return result.SerializeAsString();
    };
    return corpus_.Mutate(key, publish).status();
  }

 private:
  absl::Status Stage() {
    WINNOW_RETURN_IF_ERROR(corpus_.Change([&](corpus::Transaction& transaction) {
      return transaction.StageTexts(source_, examples_, staged_, fields_);
    }));
    examples_.clear();
    fields_.clear();
    num_bytes_ = 0;
    return absl::OkStatus();
  }

  corpus::Corpus& corpus_;
  const std::string source_;
  std::vector<storage::v1::Example> examples_;
  std::vector<std::string> fields_;
  size_t num_bytes_ = 0;
  corpus::ImportCounts staged_;
};

}  // namespace

absl::StatusOr<storage::v1::DatasetImport> ImportDataset(corpus::Corpus& corpus,
                                                         const std::string& dataset,
                                                         const formats::ParseOptions& options,
                                                         absl::string_view request_id,
                                                         const ReadFile& read) {
  WINNOW_RETURN_IF_ERROR(ValidateName("dataset", dataset));
  // Tells the import from others.
  Sha256Hasher digest;
  digest.Add(absl::StrCat(dataset, "\n", static_cast<int>(options.coverage), "\n",
                          static_cast<int>(options.offsets), "\n", options.allow_no_spans, "\n",
                          absl::StrJoin(options.labels, "\n"), "\n\n"));
  WINNOW_ASSIGN_OR_RETURN(const formats::DatasetSurvey survey, Survey(options, read, digest));
  const corpus::RequestKey key =
      rpc::MakeRequestKey("Annotation.ImportDataset", request_id, digest.FinishHex());
  storage::v1::DatasetImport result;
  const absl::StatusOr<std::string> kept = corpus.FindReply(key);
  if (kept.ok() && result.ParseFromString(*kept)) return result;
  if (!absl::IsNotFound(kept.status())) return kept.status();

  WINNOW_ASSIGN_OR_RETURN(result, CheckRows(options, survey, read));
  const bool is_new = absl::IsNotFound(corpus.reader().GetDataset(dataset).status());
  AnswerStore rows(corpus, dataset, is_new);
  WINNOW_RETURN_IF_ERROR(
      ReadRows(options, survey, read, [&](const std::string& /*unit*/, formats::ParsedRow row) {
        row.answer.set_example_id(corpus::ExampleIdOf(row.text));
        row.answer.set_task_id(TaskIdOf(row.answer));
        return rows.Add(std::move(row.answer), std::move(row.text));
      }).status());
  WINNOW_ASSIGN_OR_RETURN(
      const std::string reply,
      rows.Publish(key, [&](corpus::Transaction& transaction) -> absl::StatusOr<std::string> {
        result.set_revision(transaction.revision());
        return result.SerializeAsString();
      }));
  if (!result.ParseFromString(reply)) return absl::DataLossError("a kept reply is damaged");
  return result;
}

absl::StatusOr<storage::v1::SourceImport> ImportSource(corpus::Corpus& corpus,
                                                       const std::string& source,
                                                       formats::SourceFormat format,
                                                       absl::string_view request_id,
                                                       const ReadFile& read) {
  WINNOW_RETURN_IF_ERROR(ValidateName("source", source));
  Sha256Hasher digest;
  digest.Add(absl::StrCat(source, "\n", static_cast<int>(format), "\n"));
  WINNOW_RETURN_IF_ERROR(CheckTexts(format, read, digest));
  const corpus::RequestKey key =
      rpc::MakeRequestKey("Annotation.ImportSource", request_id, digest.FinishHex());
  storage::v1::SourceImport result;
  const absl::StatusOr<std::string> kept = corpus.FindReply(key);
  if (kept.ok() && result.ParseFromString(*kept)) return result;
  if (!absl::IsNotFound(kept.status())) return kept.status();

  TextStore texts(corpus, source);
  formats::SourceParser parser(format);
  WINNOW_RETURN_IF_ERROR(
      read([&](absl::string_view piece) { return texts.Add(parser.Add(piece)); }));
  WINNOW_ASSIGN_OR_RETURN(std::vector<formats::SourceText> last, parser.Finish());
  WINNOW_RETURN_IF_ERROR(texts.Add(std::move(last)));
  WINNOW_RETURN_IF_ERROR(texts.Publish(key, result));
  return result;
}

ImportTurns::Turn ImportTurns::Begin(const std::string& target) {
  MutexLock lock(mutex_);
  while (running_.size() == kImportsAtOnce || running_.contains(target)) ended_.Wait(mutex_);
  running_.insert(target);
  return Turn(*this, target);
}

ImportTurns::Turn::~Turn() {
  MutexLock lock(turns_.mutex_);
  turns_.running_.erase(target_);
  turns_.ended_.NotifyAll();
}

}  // namespace winnow::annotation
