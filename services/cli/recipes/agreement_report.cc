#include "services/cli/recipes/agreement_report.h"

#include <algorithm>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/time/time.h"
#include "services/cli/terminal/figures.h"
#include "services/cli/terminal/printable.h"
#include "services/cli/terminal/table.h"

namespace winnow::cli {
namespace {

using evaluation::v1::AgreementFigure;
using evaluation::v1::MeasureAgreementResponse;
using evaluation::v1::SpanAgreement;

// Of rows that come in any number; --json has the others.
constexpr int kMaxRows = 15;

// "83.1 [78.2, 87.5]" in percent.
std::string Share(const AgreementFigure& figure) {
  common::v1::Estimate estimate;
  estimate.set_value(figure.value());
  if (figure.has_low()) estimate.set_low(figure.low());
  if (figure.has_high()) estimate.set_high(figure.high());
  return Percent(estimate);
}

// "0.53 [0.45, 0.61]"
std::string Number(const AgreementFigure& figure) {
  if (!figure.has_low() || !figure.has_high()) return absl::StrFormat("%.2f", figure.value());
  return absl::StrFormat("%.2f [%.2f, %.2f]", figure.value(), figure.low(), figure.high());
}

// Texts, F1 of the same spans, F1 of overlapping ones.
void AppendSpans(bool present, const SpanAgreement& spans, std::vector<std::string>& row) {
  row.push_back(present ? absl::StrCat(spans.num_texts()) : "-");
  row.push_back(spans.has_exact_f1() ? Share(spans.exact_f1()) : "-");
  row.push_back(spans.has_overlap_f1() ? Share(spans.overlap_f1()) : "-");
}

std::string LabelsText(const MeasureAgreementResponse& agreement) {
  Table table({"label", "questions", "same answer %", "alpha", "Fleiss' kappa", "texts",
               "F1 same spans %", "F1 overlapping %"});
  const auto add = [&](const std::string& name, const evaluation::v1::LabelAgreement& label) {
    const evaluation::v1::QuestionAgreement& questions = label.questions();
    std::vector<std::string> row = {name, "-", "-", "-", "-"};
    if (label.has_questions()) {
      row = {name, absl::StrCat(questions.num_questions()), Share(questions.observed()),
             Number(questions.alpha()),
             absl::StrCat(Number(questions.fleiss_kappa()), " of ", questions.fleiss_questions(),
                          " with ", questions.fleiss_answers(), " answers")};
    }
    AppendSpans(label.has_spans(), label.spans(), row);
    table.Add(std::move(row));
  };
  for (const auto& label : agreement.labels()) add(Printable(label.label()), label);
  if (agreement.labels_size() != 1) add("(all)", agreement.all());
  return table.ToString();
}

std::string PairsText(const MeasureAgreementResponse& agreement) {
  Table table({"person", "and", "questions", "same answer %", "kappa", "texts", "F1 same spans %",
               "F1 overlapping %"});
  const int num_shown = std::min(kMaxRows, agreement.pairs_size());
  for (int i = 0; i < num_shown; ++i) {
    const evaluation::v1::PairAgreement& pair = agreement.pairs(i);
    std::vector<std::string> row = {Printable(pair.first()), Printable(pair.second()), "-", "-",
                                    "-"};
    if (pair.num_questions() > 0) {
      row[2] = absl::StrCat(pair.num_questions());
      row[3] = Share(pair.observed());
      row[4] = Number(pair.kappa());
    }
    AppendSpans(pair.has_spans(), pair.spans(), row);
    table.Add(std::move(row));
  }
  const uint64_t num_more = agreement.num_pairs() - static_cast<uint64_t>(num_shown);
  return absl::StrCat(
      table.ToString(),
      num_more == 0 ? "" : absl::StrCat("and ", num_more, " more that share less\n"));
}

std::string RatesText(const MeasureAgreementResponse& agreement) {
  if (!agreement.has_rates()) return absl::StrCat(Printable(agreement.no_rates_reason()), "\n");
  Table table(
      {"person", "questions", "accepts right ones %", "rejects wrong ones %", "competence"});
  for (const evaluation::v1::PersonRates& person : agreement.rates().people()) {
    table.Add({Printable(person.person()), absl::StrCat(person.num_questions()),
               Percent(person.accepts_right()), Percent(person.rejects_wrong()),
               absl::StrFormat("%.2f", person.competence())});
  }
  return absl::StrCat("estimated from ", Counted(agreement.rates().num_questions(), "question"),
                      " to three people or more (Dawid-Skene; competence: MACE):\n",
                      table.ToString());
}

std::string ConfusionsText(const MeasureAgreementResponse& agreement) {
  Table labels({"one says", "another", "times"});
  bool has_labels = false;
  for (const evaluation::v1::LabelConfusion& confusion : agreement.label_confusions()) {
    if (confusion.first() == confusion.second()) continue;
    has_labels = true;
    labels.Add({Printable(confusion.first()),
                confusion.second().empty() ? "(nothing)" : Printable(confusion.second()),
                absl::StrCat(confusion.count())});
  }
  Table boundaries({"label", "one marks", "another", "times"});
  const int num_shown = std::min(kMaxRows, agreement.boundary_confusions_size());
  for (int i = 0; i < num_shown; ++i) {
    const evaluation::v1::BoundaryConfusion& confusion = agreement.boundary_confusions(i);
    boundaries.Add({Printable(confusion.label()), Printable(confusion.longer()),
                    Printable(confusion.shorter()), absl::StrCat(confusion.count())});
  }
  return absl::StrCat(has_labels ? "\n" + labels.ToString() : "",
                      num_shown > 0 ? "\n" + boundaries.ToString() : "");
}

std::string WeeksText(const MeasureAgreementResponse& agreement) {
  if (agreement.weeks().empty()) return "";
  Table table({"week from", "pairs of answers", "same answer %", "texts", "F1 same spans %",
               "F1 overlapping %"});
  for (const evaluation::v1::WeekAgreement& week : agreement.weeks()) {
    std::vector<std::string> row = {
        absl::FormatTime("%Y-%m-%d", absl::FromUnixSeconds(week.start_time().seconds()),
                         absl::UTCTimeZone()),
        absl::StrCat(week.num_answer_pairs()), week.has_observed() ? Share(week.observed()) : "-"};
    AppendSpans(week.has_spans(), week.spans(), row);
    table.Add(std::move(row));
  }
  return "\n" + table.ToString();
}

}  // namespace

std::string AgreementText(const MeasureAgreementResponse& agreement) {
  return absl::StrCat(agreement.num_people(), " people\n\n", LabelsText(agreement), "\n",
                      PairsText(agreement), "\n", RatesText(agreement), ConfusionsText(agreement),
                      WeeksText(agreement),
                      NoteList({agreement.caveats().begin(), agreement.caveats().end()}));
}

}  // namespace winnow::cli
