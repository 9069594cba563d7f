#include "common/formats/coverage.h"

#include "absl/strings/str_cat.h"
#include "common/formats/jsonl.h"

namespace winnow::formats {
namespace {

using nlohmann::json;

struct RowEvidence {
  Coverage coverage = Coverage::kInfer;
  std::string reason;
};

RowEvidence EvidenceOfView(const json& row) {
  const json* view = FindMember(row, "_view_id");
  if (view == nullptr || !view->is_string()) return {};
  const std::string& id = view->get_ref<const std::string&>();
  if (id == "ner" || id == "spans") return {Coverage::kBinary, "has _view_id " + id};
  if (id == "ner_manual" || id == "spans_manual")
    return {Coverage::kComplete, "has _view_id " + id};
  return {};
}

// Scores and answers of spans come from a model that asked, so they mean binary.
RowEvidence EvidenceOfScores(const json& row) {
  const json* spans = FindMember(row, "spans");
  if (spans == nullptr || !spans->is_array() || spans->empty()) return {};
  for (const json& span : *spans) {
    if (!span.is_object()) continue;
    if (FindMember(span, "score") != nullptr) return {Coverage::kBinary, "has a span with a score"};
    if (FindMember(span, "answer") != nullptr)
      return {Coverage::kBinary, "has a span with an answer"};
  }
  const json* meta = FindMember(row, "meta");
  if (meta != nullptr && meta->is_object() && IsProbability(FindMember(*meta, "score")))
    return {Coverage::kBinary, "has a score in meta"};
  return {};
}

RowEvidence EvidenceOf(const FormatRow& row) {
  if (RowEvidence view = EvidenceOfView(row.row); view.coverage != Coverage::kInfer) return view;
  if (RowEvidence scores = EvidenceOfScores(row.row); scores.coverage != Coverage::kInfer)
    return scores;
  if (FindMember(row.row, "tokens") != nullptr)
    return {Coverage::kComplete, "has tokens and no score"};
  if (!row.format.empty() && row.format != kProdigy)
    return {Coverage::kComplete, absl::StrCat("has the format ", row.format)};
  return {};
}

}  // namespace

void CoverageEvidence::Add(const FormatRow& row, bool rejected) {
  const json* spans = FindMember(row.row, "spans");
  const size_t num_spans = spans == nullptr || !spans->is_array() ? 0 : spans->size();
  has_span_ |= num_spans > 0;
  has_other_number_ |= num_spans != 1;
  has_rejected_span_ |= num_spans > 0 && rejected;
  RowEvidence evidence = EvidenceOf(row);
  if (evidence.coverage == Coverage::kInfer) return;
  std::optional<Evidence>& first = evidence.coverage == Coverage::kBinary ? binary_ : complete_;
  if (!first.has_value()) first = {row.number, std::move(evidence.reason)};
}

// One row decides for all: a file is the export of one recipe.
void CoverageEvidence::Decide(const std::string& unit, DatasetSurvey& survey) const {
  if (binary_.has_value() && complete_.has_value()) {
    survey.problems.push_back(
        {"coverage", absl::StrCat("is not given, and the rows speak for both: binary (", unit, " ",
                                  binary_->number, " ", binary_->reason, ") and complete (", unit,
                                  " ", complete_->number, " ", complete_->reason, ")")});
  } else if (binary_.has_value() || complete_.has_value()) {
    const Evidence& evidence = binary_.has_value() ? *binary_ : *complete_;
    survey.coverage = binary_.has_value() ? Coverage::kBinary : Coverage::kComplete;
    survey.coverage_reason = absl::StrCat("inferred ", binary_.has_value() ? "binary" : "complete",
                                          ": ", unit, " ", evidence.number, " ", evidence.reason);
  } else if (has_span_ && has_other_number_ && !has_rejected_span_) {
    survey.coverage = Coverage::kComplete;
    survey.coverage_reason =
        "inferred complete: no scores, rows with no span or several, and none with a span "
        "rejected";
  } else {
    // A refused row may have been the evidence.
    survey.problems.push_back({"coverage",
                               "is not given, and no row tells whether it is binary or complete",
                               /*follows=*/true});
  }
}

}  // namespace winnow::formats
