// DatasetReader: the second reading of a file of annotated texts.
#include <cmath>
#include <utility>

#include "absl/strings/str_cat.h"
#include "common/base/names.h"
#include "common/base/status.h"
#include "common/formats/dataset.h"
#include "common/formats/jsonl.h"
#include "common/formats/lines.h"
#include "common/formats/prodigy.h"
#include "common/formats/records.h"
#include "common/formats/row_formats.h"
#include "common/formats/row_spans.h"

namespace winnow::formats {
namespace {

using nlohmann::json;
using storage::v1::Answer;
using storage::v1::Decision;
using storage::v1::Verdict;

// Reads who answered and when. Values of another kind than Prodigy's are left to original_json.
void ReadProvenance(const json& row, Answer& answer) {
  for (const char* key : {"_session_id", "_annotator_id"}) {
    const json* name = FindMember(row, key);
    if (name != nullptr && name->is_string()) answer.set_annotator(name->get<std::string>());
  }
  constexpr double kMaxUnixSeconds = 1e11;
  const json* timestamp = FindMember(row, "_timestamp");
  if (timestamp == nullptr || !timestamp->is_number()) return;
  const double seconds = timestamp->get<double>();
  if (seconds >= 0 && seconds < kMaxUnixSeconds)
    answer.set_answered_unix_micros(std::llround(seconds * 1e6));
}

bool HasUsableText(const json& row) {
  const json* text = FindMember(row, "text");
  return text != nullptr && text->is_string() && *text != "" &&
         text->get_ref<const std::string&>().find('\0') == std::string::npos;
}

std::string Dump(const json& value) {
  return value.dump(-1, ' ', /*ensure_ascii=*/false, json::error_handler_t::replace);
}

}  // namespace

class DatasetReader::Impl {
 public:
  Impl(const ParseOptions& options, DatasetSurvey survey, Take take)
      : options_(options),
        span_options_{options.offsets, {options.labels.begin(), options.labels.end()}},
        survey_(std::move(survey)),
        take_(std::move(take)),
        records_(
            {}, [this](Container container, Record record) { Read(container, std::move(record)); },
            violations_) {}

  void Add(absl::string_view piece) {
    if (whole_.ok()) whole_ = records_.Add(piece);
  }

  absl::StatusOr<DatasetCounts> Finish() {
    if (whole_.ok()) whole_ = records_.Finish();
    if (!whole_.ok()) violations_.Add(0, "", whole_.message());
    const bool clean = violations_.empty();
    for (const DatasetSurvey::Problem& problem : survey_.problems) {
      if (clean || !problem.follows) violations_.Add(0, problem.field, problem.what);
    }
    WINNOW_RETURN_IF_ERROR(violations_.ToStatus("not valid annotations"));
    return counts_;
  }

  const std::string& unit() const { return violations_.unit(); }

 private:
  void Read(Container container, Record record) {
    if (container == Container::kText) return;  // The survey has said so.
    const size_t depth = record.raw.empty() ? 0 : JsonDepth(record.raw);
    ReadFormatRow(
        container, std::move(record),
        [&](FormatRow row) {
          if (options_.offsets != Offsets::kCodePoints && depth > kMaxJsonDepth) {
            return violations_.Add(row.number, "",
                                   absl::StrCat("is nested deeper than ", kMaxJsonDepth));
          }
          ReadRow(std::move(row));
        },
        violations_);
  }

  void ReadRow(FormatRow row) {
    if (!row.format.empty() && row.format != survey_.format) {
      return violations_.Add(row.number, row.spans_key,
                             absl::StrCat("has the format ", row.format,
                                          ", and the rows before it have ", survey_.format));
    }
    CheckCounts(row);
    const bool is_complete = survey_.coverage == Coverage::kComplete;
    Verdict verdict = ReadVerdict(row.number, row.row, "answer", violations_);
    if (verdict == storage::v1::VERDICT_UNSPECIFIED) verdict = storage::v1::VERDICT_ACCEPT;
    const bool rejected = is_complete && verdict == storage::v1::VERDICT_REJECT;
    const bool ignored = verdict == storage::v1::VERDICT_IGNORE;
    counts_.num_rejected_rows += rejected;
    counts_.num_ignored_rows += ignored;
    const bool used = !rejected && !ignored;
    if (!used && !HasUsableText(row.row)) {
      ++counts_.num_left_out_rows;
      return;
    }
    LineViolations unused;
    ParsedRow parsed = ParseRow(row, verdict, used ? violations_ : unused);
    ++counts_.num_rows;
    take_(std::move(parsed));
  }

  ParsedRow ParseRow(FormatRow& row, Verdict verdict, LineViolations& violations) {
    ParsedRow parsed;
    parsed.number = row.number;
    parsed.text = ReadString(row.number, row.row, "text", "text", violations);
    parsed.meta_json = ReadMeta(row.number, row.raw, row.row, violations);
    CheckWinnowLabels(row, violations);
    Answer& answer = parsed.answer;
    answer.set_verdict(verdict);
    ReadProvenance(row.row, answer);
    RowSpans spans = ReadRowSpans(row, parsed.text, verdict, span_options_, violations);
    if (survey_.coverage == Coverage::kBinary) {
      answer.set_kind(storage::v1::TASK_KIND_TEACH);
      answer.set_coverage(storage::v1::COVERAGE_BINARY);
    }
    if (survey_.coverage == Coverage::kComplete) FinishComplete(row, spans, answer, violations);
    Count(spans, answer);
    for (Decision& decision : spans.decisions) *answer.add_decisions() = std::move(decision);
    answer.set_original_json(row.raw.empty() ? Dump(row.row) : std::string(row.raw));
    return parsed;
  }

  // What was exported although it does not count would count here.
  void CheckCounts(const FormatRow& row) {
    for (const absl::string_view mark : {kUndoneMark, kSurplusMark}) {
      const json* value = FindMember(row.row, mark);
      if (value != nullptr && *value == true)
        violations_.Add(row.number, mark, "says that the row does not count; leave it out");
    }
  }

  void CheckWinnowLabels(const FormatRow& row, LineViolations& violations) const {
    const json* winnow = FindMember(row.row, "winnow");
    const json* labels =
        winnow != nullptr && winnow->is_object() ? FindMember(*winnow, "labels") : nullptr;
    if (labels == nullptr || !options_.labels.empty()) return;
    if (!labels->is_array()) {
      return violations.Add(row.number, "winnow.labels", Describe(*labels) + ", not an array");
    }
    for (const json& label : *labels) {
      if (!label.is_string() || label == "" ||
          label.get_ref<const std::string&>().size() > kMaxLabelBytes)
        violations.Add(row.number, "winnow.labels", "holds something else than labels");
    }
  }

  void FinishComplete(const FormatRow& row, RowSpans& spans, Answer& answer,
                      LineViolations& violations) const {
    answer.set_kind(storage::v1::TASK_KIND_MANUAL);
    answer.set_coverage(storage::v1::COVERAGE_COMPLETE);
    // A row without a label is complete for it, too, if any row of the file has it.
    for (const std::string& label : survey_.labels) answer.add_complete_labels(label);
    for (const auto& [first, second] : spans.Overlaps()) {
      violations.Add(row.number, spans.fields[second],
                     absl::StrCat("overlaps ", spans.fields[first]));
    }
    for (size_t i = 0; i < spans.decisions.size(); ++i) {
      if (spans.decisions[i].verdict() != storage::v1::VERDICT_ACCEPT) {
        violations.Add(row.number, absl::StrCat(spans.fields[i], ".answer"),
                       "is not accept, in an accepted complete annotation");
      }
      spans.decisions[i].set_verdict(storage::v1::VERDICT_ACCEPT);
    }
  }

  void Count(const RowSpans& spans, const Answer& answer) {
    const bool is_complete = survey_.coverage == Coverage::kComplete;
    for (const Decision& decision : spans.decisions) {
      const Verdict verdict = is_complete ? answer.verdict() : decision.verdict();
      counts_.num_accepted += verdict == storage::v1::VERDICT_ACCEPT;
      counts_.num_rejected += verdict == storage::v1::VERDICT_REJECT;
      counts_.num_ignored += verdict == storage::v1::VERDICT_IGNORE;
    }
    counts_.num_rows_with_overlaps += spans.Overlaps().empty() ? 0 : 1;
    counts_.num_trimmed_spans += spans.num_trimmed;
    counts_.num_repeated_spans += spans.num_repeated;
  }

  const ParseOptions options_;
  const SpanOptions span_options_;
  const DatasetSurvey survey_;
  const Take take_;
  LineViolations violations_;
  RecordReader records_;
  // What the file as a whole was refused for.
  absl::Status whole_;
  DatasetCounts counts_;
};

DatasetReader::DatasetReader(const ParseOptions& options, DatasetSurvey survey, Take take)
    : impl_(std::make_unique<Impl>(options, std::move(survey), std::move(take))) {}
DatasetReader::~DatasetReader() = default;
void DatasetReader::Add(absl::string_view piece) { impl_->Add(piece); }
absl::StatusOr<DatasetCounts> DatasetReader::Finish() { return impl_->Finish(); }
const std::string& DatasetReader::unit() const { return impl_->unit(); }

absl::StatusOr<ParsedDataset> ParseDataset(absl::string_view content, const ParseOptions& options) {
  ParsedDataset dataset;
  DatasetSurveyor surveyor(options);
  surveyor.Add(content);
  dataset.survey = surveyor.Finish();
  DatasetReader reader(options, dataset.survey,
                       [&](ParsedRow row) { dataset.rows.push_back(std::move(row)); });
  reader.Add(content);
  WINNOW_ASSIGN_OR_RETURN(dataset.counts, reader.Finish());
  dataset.unit = reader.unit();
  return dataset;
}

}  // namespace winnow::formats
