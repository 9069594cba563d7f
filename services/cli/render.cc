#include "services/cli/render.h"

#include <algorithm>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"
#include "services/cli/highlight.h"

namespace winnow::cli {
namespace {

using common::v1::Figure;

// The figures of both sides, each sample's "before" above its "after".
std::vector<NamedFigure> PairFigures(const training::v1::TrainingReport& report) {
  std::vector<NamedFigure> figures;
  const auto add = [&](absl::string_view name, const auto& side, common::v1::SampleKind sample) {
    for (const Figure& figure : side) {
      if (figure.sample() == sample) figures.push_back({std::string(name), figure});
    }
  };
  std::vector<common::v1::SampleKind> seen;
  for (const Figure& figure : report.after()) {
    if (std::find(seen.begin(), seen.end(), figure.sample()) != seen.end()) continue;
    seen.push_back(figure.sample());
    add("before", report.before(), figure.sample());
    add("after", report.after(), figure.sample());
  }
  return figures;
}

// Sentences, each once.
void AppendNotes(const std::vector<std::string>& notes, std::string& out) {
  std::vector<std::string> seen;
  for (const std::string& note : notes) {
    if (std::find(seen.begin(), seen.end(), note) != seen.end()) continue;
    absl::StrAppend(&out, "  * ", Printable(note), "\n");
    seen.push_back(note);
  }
}

std::vector<std::string> NotesOf(const std::vector<NamedFigure>& figures) {
  std::vector<std::string> notes;
  for (const auto& [name, figure] : figures) {
    if (figure.num_leaked() > 0) {
      notes.push_back(absl::StrCat(
          SampleName(figure.sample()), ", ", name, ": ", Counted(figure.num_leaked(), "text"),
          " left out because the model or an ancestor was trained on them"));
    }
    if (figure.num_ignored() > 0) {
      notes.push_back(absl::StrCat(SampleName(figure.sample()), ": ",
                                   Counted(figure.num_ignored(), "answer"),
                                   " \"ignore\" in the sample"));
    }
    notes.insert(notes.end(), figure.caveats().begin(), figure.caveats().end());
  }
  return notes;
}

std::string CalibrationText(const training::v1::CalibrationReport& calibration) {
  Table table({"stated %", "right %", "spans"});
  for (const training::v1::ReliabilityBin& bin : calibration.bins()) {
    table.Add(
        {Percent(bin.probability()), Percent(bin.frequency()), absl::StrCat(bin.num_spans())});
  }
  return absl::StrCat("calibration on ", SampleName(calibration.sample()), ", ",
                      Counted(calibration.num_spans(), "span"), ": ECE ",
                      Percent(calibration.ece()), " % (of a perfect score below ",
                      Percent(calibration.perfect_ece()), " % nine times in ten), Brier score ",
                      absl::StrFormat("%.3f", calibration.brier()), "\n", table.ToString());
}

std::string SettingsText(const training::v1::SettingsReport& settings) {
  std::string text = absl::StrCat("settings: ", Printable(settings.reason()), "\n");
  if (settings.trials().empty()) return text;
  Table table({"share of the parent", "prior", "F1 % before calibration", "difference", "chosen"});
  for (const training::v1::SettingsTrial& trial : settings.trials()) {
    table.Add(
        {absl::StrFormat("%g", trial.parent_share()), absl::StrFormat("%g", trial.prior()),
         Percent(trial.f1()),
         absl::StrFormat("%+.1f +- %.1f", 100 * trial.delta_f1(), 100 * trial.standard_error()),
         trial.chosen() ? "yes" : ""});
  }
  return absl::StrCat(text, table.ToString(), "  chosen on ",
                      Counted(settings.num_texts(), "hold-out text"), " with ",
                      Counted(settings.num_spans(), "span"), ", which are in no figure below\n");
}

std::string GateText(const training::v1::TrainingReport& report) {
  const training::v1::GateReport& gate = report.gate();
  std::string verdict = "not asked";
  if (gate.verdict() == training::v1::GATE_VERDICT_PROMOTE) verdict = "promote";
  if (gate.verdict() == training::v1::GATE_VERDICT_REFUSE) verdict = "refuse";
  if (gate.verdict() == training::v1::GATE_VERDICT_UNDECIDED) verdict = "undecided";
  std::string text = absl::StrCat("gate: ", verdict, "\n");
  if (!gate.reason().empty()) absl::StrAppend(&text, "      ", Printable(gate.reason()), "\n");
  if (gate.num_more_spans() > 0) {
    absl::StrAppend(&text, "      ", Counted(gate.num_more_spans(), "further reporting span"),
                    " would decide if the difference stays; `winnow ner.eval-ab` is the other way "
                    "to find out\n");
  }
  if (gate.num_earlier_tries() > 0) {
    absl::StrAppend(&text, "      ", Counted(gate.num_earlier_tries(), "earlier training"),
                    gate.num_earlier_tries() == 1 ? " was" : " were", " measured on this sample\n");
  }
  return absl::StrCat(text, "      ", report.model_version(),
                      gate.promoted() ? " serves now\n" : " does not serve\n");
}

bool StartsWithDigit(absl::string_view cell) {
  return cell == "-" || (!cell.empty() && absl::ascii_isdigit(static_cast<unsigned char>(cell[0])));
}

}  // namespace

Table::Table(std::vector<std::string> header) { rows_.push_back(std::move(header)); }

void Table::Add(std::vector<std::string> row) { rows_.push_back(std::move(row)); }

std::string Table::ToString() const {
  std::string out;
  std::vector<size_t> widths(rows_[0].size(), 0);
  std::vector<bool> flush_right(rows_[0].size(), rows_.size() > 1);
  for (size_t i = 0; i < rows_.size(); ++i) {
    for (size_t column = 0; column < rows_[i].size(); ++column) {
      widths[column] = std::max(widths[column], DisplayWidth(rows_[i][column]));
      if (i > 0 && !StartsWithDigit(rows_[i][column])) flush_right[column] = false;
    }
  }
  for (const std::vector<std::string>& row : rows_) {
    std::string line;
    for (size_t column = 0; column < row.size(); ++column) {
      const std::string blanks(widths[column] - DisplayWidth(row[column]), ' ');
      absl::StrAppend(&line, column > 0 ? "  " : "",
                      flush_right[column] ? blanks + row[column] : row[column] + blanks);
    }
    absl::StrAppend(&out, absl::StripTrailingAsciiWhitespace(line), "\n");
  }
  return out;
}

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

std::string Percent(double share) { return absl::StrFormat("%.1f", 100 * share); }

std::string Percent(const common::v1::Estimate& estimate) {
  if (!estimate.has_low() || !estimate.has_high()) return Percent(estimate.value());
  return absl::StrCat(Percent(estimate.value()), " [", Percent(estimate.low()), ", ",
                      Percent(estimate.high()), "]");
}

std::string Counted(uint64_t count, absl::string_view noun) {
  return absl::StrCat(count, " ", noun, count == 1 ? "" : "s");
}

std::string FigureTable(const std::vector<NamedFigure>& figures) {
  if (figures.empty()) return "nothing could be measured\n";
  Table table(
      {"sample", "", "model", "n", "spans", "F1 %", "precision %", "recall %", "agreement %"});
  const auto cell = [](bool present, const common::v1::Estimate& estimate) {
    return present ? Percent(estimate) : std::string("-");
  };
  for (const auto& [name, figure] : figures) {
    table.Add({SampleName(figure.sample()), name, figure.model_version(),
               absl::StrCat(figure.num_items()), absl::StrCat(figure.num_spans()),
               cell(figure.has_f1(), figure.f1()), cell(figure.has_precision(), figure.precision()),
               cell(figure.has_recall(), figure.recall()),
               cell(figure.has_agreement(), figure.agreement())});
  }
  std::string out = table.ToString();
  AppendNotes(NotesOf(figures), out);
  return out;
}

std::string ReportText(const training::v1::TrainingReport& report) {
  std::string out = absl::StrCat(
      report.model_version(), " from ",
      report.parent_version().empty() ? "nothing" : report.parent_version(), ": ",
      Counted(report.num_texts(), "text"), " (", report.num_complete_texts(),
      " completely annotated), ", report.num_accepted(), " accepted and ", report.num_rejected(),
      " rejected spans, ", Counted(report.num_replayed(), "text"), " replayed, ",
      absl::StrFormat("%.1f s", report.train_seconds()), "\n");
  if (report.num_pool_texts() > 0) {
    absl::StrAppend(&out, "words: learnt from ", Counted(report.num_pool_texts(), "text"),
                    absl::StrFormat(" of the pool in %.1f s\n", report.pool_seconds()));
  }
  if (!report.parent_version().empty()) absl::StrAppend(&out, SettingsText(report.settings()));
  absl::StrAppend(&out, "left out: ", Counted(report.num_holdout_texts(), "hold-out text"), ", ",
                  Counted(report.num_eval_texts(), "text"), " of gold sets, ",
                  Counted(report.num_off_token_spans(), "span"), " off the tokens, ",
                  Counted(report.num_overlapping_spans(), "overlapping span"), ", ",
                  Counted(report.num_contradictions(), "contradiction"), ", ",
                  Counted(report.num_ignored(), "ignored answer"), "\n\n");
  absl::StrAppend(&out, FigureTable(PairFigures(report)));
  AppendNotes({report.caveats().begin(), report.caveats().end()}, out);
  if (report.has_calibration()) absl::StrAppend(&out, "\n", CalibrationText(report.calibration()));
  return absl::StrCat(out, "\n", GateText(report));
}

std::string ComparisonText(const evaluation::v1::Comparison& comparison) {
  std::string verdict = "none yet";
  if (comparison.verdict() == evaluation::v1::COMPARISON_VERDICT_A) verdict = "A is better";
  if (comparison.verdict() == evaluation::v1::COMPARISON_VERDICT_B) verdict = "B is better";
  if (comparison.verdict() == evaluation::v1::COMPARISON_VERDICT_NO_DIFFERENCE)
    verdict = "no difference";
  if (comparison.verdict() == evaluation::v1::COMPARISON_VERDICT_UNDECIDED) verdict = "undecided";
  const uint64_t agreeing =
      comparison.num_texts() - std::min(comparison.num_differing(), comparison.num_texts());
  const double agreement =
      comparison.num_texts() == 0
          ? 0
          : static_cast<double>(agreeing) / static_cast<double>(comparison.num_texts());
  return absl::StrCat(
      "A: ", comparison.version_a(), "\nB: ", comparison.version_b(), "\nsame output on ", agreeing,
      " of ", Counted(comparison.num_texts(), "text"), " (", Percent(agreement),
      " %), different on ", comparison.num_differing(), "\nA preferred ", comparison.num_prefer_a(),
      ", B preferred ", comparison.num_prefer_b(), ", ties ", comparison.num_ties(), ", ignored ",
      comparison.num_ignored(), "\ne-value ", absl::StrFormat("%.3g", comparison.e_value()),
      " (20 decides)",
      comparison.has_preference_b()
          ? absl::StrCat(", B preferred in ", Percent(comparison.preference_b()),
                         " % of the judgements")
          : "",
      "\nverdict: ", verdict, "\n",
      comparison.reason().empty() ? "" : absl::StrCat("  ", Printable(comparison.reason()), "\n"));
}

}  // namespace winnow::cli
