// DatasetSurveyor: the first reading of a file of annotated texts.
#include <algorithm>
#include <optional>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "common/base/names.h"
#include "common/formats/coverage.h"
#include "common/formats/dataset.h"
#include "common/formats/jsonl.h"
#include "common/formats/lines.h"
#include "common/formats/records.h"
#include "common/formats/row_formats.h"

namespace winnow::formats {

using nlohmann::json;

namespace {

// Each complete answer says all labels of its file.
constexpr size_t kMaxFileLabels = 1'000;

}  // namespace

class DatasetSurveyor::Impl {
 public:
  explicit Impl(const ParseOptions& options)
      : options_(options),
        records_(
            {}, [this](Container container, Record record) { Read(container, std::move(record)); },
            violations_) {}

  // What is wrong with rows, and with the file as a whole, is told by the second reading.
  void Add(absl::string_view piece) { static_cast<void>(records_.Add(piece)); }

  DatasetSurvey Finish() {
    static_cast<void>(records_.Finish());
    if (is_text_) {
      survey_.problems.push_back(
          {"", "looks like plain text, which has no annotations: it can be a source of texts"});
      return std::move(survey_);
    }
    if (num_records_ == 0) {
      survey_.problems.push_back({"", "holds no rows", /*follows=*/true});
      return std::move(survey_);
    }
    DecideCoverage();
    if (num_spans_ == 0 && !options_.allow_no_spans) SayNoSpans();
    if (std::string shift = diagnosis_.Explain(options_.offsets); !shift.empty())
      survey_.problems.push_back({"offsets", std::move(shift)});
    DecideLabels();
    return std::move(survey_);
  }

 private:
  void Read(Container container, Record record) {
    ++num_records_;
    is_text_ |= container == Container::kText;
    if (is_text_) return;
    if (keys_.empty() && record.value.is_object()) {
      constexpr size_t kMaxShown = 10, kMaxBytes = 60;
      for (const auto& [key, value] : record.value.items()) {
        if (keys_.size() < kMaxShown && key.size() <= kMaxBytes) keys_.push_back(key);
      }
    }
    ReadFormatRow(
        container, std::move(record), [this](FormatRow row) { ReadRow(row); }, violations_);
  }

  void ReadRow(const FormatRow& row) {
    if (survey_.format.empty()) survey_.format = row.format;
    const json* answer = FindMember(row.row, "answer");
    const bool rejected = answer != nullptr && *answer == "reject";
    const bool ignored = answer != nullptr && *answer == "ignore";
    evidence_.Add(row, rejected);
    ReadWinnowLabels(row.row);
    const json* spans = FindMember(row.row, "spans");
    if (spans == nullptr || !spans->is_array()) return;
    num_spans_ += spans->size();
    if (ignored) return;
    std::optional<text::OffsetMap> map;
    for (const json& span : *spans) {
      if (!span.is_object()) continue;
      const json* label = FindMember(span, "label");
      if (label != nullptr && label->is_string() && *label != "")
        AddLabel(label->get_ref<const std::string&>(),
                 rejected ? rejected_labels_ : survey_.labels);
      Diagnose(row.row, span, map);
    }
  }

  void ReadWinnowLabels(const json& row) {
    const json* winnow = FindMember(row, "winnow");
    const json* labels =
        winnow != nullptr && winnow->is_object() ? FindMember(*winnow, "labels") : nullptr;
    if (labels == nullptr || !labels->is_array()) return;
    for (const json& label : *labels) {
      if (label.is_string() && label != "")
        AddLabel(label.get_ref<const std::string&>(), survey_.labels);
    }
  }

  // Longer ones are refused with their rows.
  void AddLabel(const std::string& label, std::set<std::string>& labels) {
    if (label.size() > kMaxLabelBytes || labels.contains(label)) return;
    if (labels.size() < kMaxFileLabels) {
      labels.insert(label);
    } else if (!std::exchange(has_many_labels_, true)) {
      survey_.problems.push_back(
          {"labels", absl::StrCat("are more than ", kMaxFileLabels, " different ones")});
    }
  }

  void Diagnose(const json& row, const json& span, std::optional<text::OffsetMap>& map) {
    const json* text = FindMember(row, "text");
    const json* own = FindMember(span, "text");
    const json* start = FindMember(span, "start");
    const json* end = FindMember(span, "end");
    if (text == nullptr || !text->is_string() || own == nullptr || !own->is_string() ||
        start == nullptr || !start->is_number_unsigned() || end == nullptr ||
        !end->is_number_unsigned()) {
      return;
    }
    const std::string& string = text->get_ref<const std::string&>();
    if (!map.has_value()) map.emplace(string);
    diagnosis_.Add(string, *map, start->get<uint64_t>(), end->get<uint64_t>(),
                   own->get_ref<const std::string&>());
  }

  void DecideCoverage() {
    survey_.coverage = options_.coverage;
    if (options_.coverage == Coverage::kInfer) {
      evidence_.Decide(violations_.unit(), survey_);
    } else {
      survey_.coverage_reason =
          options_.coverage == Coverage::kBinary ? "binary as stated" : "complete as stated";
    }
  }

  void SayNoSpans() {
    survey_.problems.push_back(
        {"spans",
         absl::StrCat("no row has one",
                      survey_.format.empty() ? absl::StrCat(" (the keys of the first are ",
                                                            absl::StrJoin(keys_, ", "), ")")
                                             : "",
                      ": say so if the texts truly have no entities"),
         /*follows=*/true});
  }

  void DecideLabels() {
    if (survey_.labels.empty()) survey_.labels = std::move(rejected_labels_);
    if (!options_.labels.empty()) survey_.labels = {options_.labels.begin(), options_.labels.end()};
    if (survey_.coverage == Coverage::kComplete && survey_.labels.empty()) {
      survey_.problems.push_back(
          {"", "has no span with a label, so it does not say what the texts are complete for",
           /*follows=*/true});
    }
  }

  const ParseOptions options_;
  LineViolations violations_;
  RecordReader records_;
  CoverageEvidence evidence_;
  OffsetDiagnosis diagnosis_;
  DatasetSurvey survey_;
  // Those of rows that were rejected, which count where there are no others.
  std::set<std::string> rejected_labels_;
  size_t num_records_ = 0;
  size_t num_spans_ = 0;
  bool has_many_labels_ = false;
  bool is_text_ = false;
  // Of the first row.
  std::vector<std::string> keys_;
};

DatasetSurveyor::DatasetSurveyor(const ParseOptions& options)
    : impl_(std::make_unique<Impl>(options)) {}
DatasetSurveyor::~DatasetSurveyor() = default;
void DatasetSurveyor::Add(absl::string_view piece) { impl_->Add(piece); }
DatasetSurvey DatasetSurveyor::Finish() { return impl_->Finish(); }

}  // namespace winnow::formats
