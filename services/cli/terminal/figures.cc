#include "services/cli/terminal/figures.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "services/cli/terminal/printable.h"
#include "services/cli/terminal/table.h"

namespace winnow::cli {
namespace {

std::vector<std::string> NotesOf(const std::vector<NamedFigure>& figures) {
  std::vector<std::string> notes;
  for (const auto& [name, figure] : figures) {
    if (figure.num_leaked() > 0) {
      notes.push_back(
          absl::StrCat(SampleName(figure), name.empty() ? "" : ", ", name, ": ",
                       Counted(figure.num_leaked(), "text"),
                       " left out because the model or an ancestor was trained on them"));
    }
    if (figure.num_ignored() > 0) {
      notes.push_back(absl::StrCat(SampleName(figure), ": ",
                                   Counted(figure.num_ignored(), "answer"),
                                   " \"ignore\" in the sample"));
    }
    notes.insert(notes.end(), figure.caveats().begin(), figure.caveats().end());
  }
  return notes;
}

}  // namespace

std::string SampleName(common::v1::SampleKind kind) {
  switch (kind) {
    case common::v1::SAMPLE_KIND_GOLD:
      return "gold";
    case common::v1::SAMPLE_KIND_HOLDOUT:
      return "hold-out";
    case common::v1::SAMPLE_KIND_AUDIT:
      return "audit (unbiased, of askable spans)";
    case common::v1::SAMPLE_KIND_QUESTIONS_ASKED:
      return "questions asked (BIASED: agreement, not accuracy)";
    default:
      return "unknown sample";
  }
}

std::string SampleName(const common::v1::Figure& figure) {
  const std::string name = SampleName(figure.sample());
  if (figure.sample() != common::v1::SAMPLE_KIND_HOLDOUT || figure.datasets().empty()) return name;
  return absl::StrCat(name, " of ", absl::StrJoin(figure.datasets(), ", "));
}

std::string Percent(const common::v1::Estimate& estimate) {
  if (!estimate.has_low() || !estimate.has_high()) return Percent(estimate.value());
  return absl::StrCat(Percent(estimate.value()), " [", Percent(estimate.low()), ", ",
                      Percent(estimate.high()), "]");
}

std::string FigureTable(const std::vector<NamedFigure>& figures) {
  if (figures.empty()) return "nothing could be measured\n";
  Table table(
      {"sample", "", "model", "n", "spans", "F1 %", "precision %", "recall %", "agreement %"});
  const auto cell = [](bool present, const common::v1::Estimate& estimate) {
    return present ? Percent(estimate) : std::string("-");
  };
  for (const auto& [name, figure] : figures) {
    table.Add({SampleName(figure), name, figure.model_version(), absl::StrCat(figure.num_items()),
               absl::StrCat(figure.num_spans()), cell(figure.has_f1(), figure.f1()),
               cell(figure.has_precision(), figure.precision()),
               cell(figure.has_recall(), figure.recall()),
               cell(figure.has_agreement(), figure.agreement())});
  }
  return absl::StrCat(table.ToString(), NoteList(NotesOf(figures)));
}

std::string LabelTable(const common::v1::Figure& figure) {
  Table table({"label", "spans", "F1 %", "precision %", "recall %"});
  for (const common::v1::LabelFigure& label : figure.labels()) {
    table.Add({label.label(), absl::StrCat(label.support()), Percent(label.f1()),
               Percent(label.precision()), Percent(label.recall())});
  }
  return table.ToString();
}

std::string NoteList(const std::vector<std::string>& notes) {
  std::string list;
  std::vector<std::string> seen;
  for (const std::string& note : notes) {
    if (std::find(seen.begin(), seen.end(), note) != seen.end()) continue;
    absl::StrAppend(&list, "  * ", Printable(note), "\n");
    seen.push_back(note);
  }
  return list;
}

}  // namespace winnow::cli
