#include "services/cli/recipes/training_report.h"

#include <algorithm>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "services/cli/terminal/figures.h"
#include "services/cli/terminal/printable.h"
#include "services/cli/terminal/table.h"
#include "services/cli/terminal/time_text.h"

namespace winnow::cli {
namespace {

using common::v1::Figure;

// The figures of all versions, each sample's "before" above its "after".
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
    add("parent", report.parent(), figure.sample());
    add("after", report.after(), figure.sample());
  }
  return figures;
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

std::string PeopleText(const training::v1::TrainingReport& report) {
  if (report.people().empty()) return "";
  Table table({"person", "rejects right %", "accepts wrong %", "gold checks", "shared questions"});
  for (const training::v1::PersonErrors& person : report.people()) {
    table.Add({Printable(person.person()), Percent(person.reject_error()),
               Percent(person.accept_error()),
               absl::StrCat(person.num_right_checks() + person.num_wrong_checks()),
               absl::StrCat(person.num_shared_questions())});
  }
  return absl::StrCat(
      "people: yes and no were weighed by these rates; others are taken to err once in 19 "
      "answers\n",
      table.ToString());
}

std::string GateText(const training::v1::TrainingReport& report) {
  const training::v1::GateReport& gate = report.gate();
  std::string verdict = "not asked";
  if (gate.verdict() == training::v1::GATE_VERDICT_PROMOTE) verdict = "promote";
  if (gate.verdict() == training::v1::GATE_VERDICT_REFUSE) verdict = "refuse";
  if (gate.verdict() == training::v1::GATE_VERDICT_UNDECIDED) verdict = "undecided";
  std::string text = absl::StrCat("gate: ", verdict, "\n");
  if (!gate.reason().empty()) absl::StrAppend(&text, "      ", Printable(gate.reason()), "\n");
  // The reason says how many more answers would decide; there is a quicker way.
  if (gate.measurement().has_num_more_spans())
    absl::StrAppend(&text, "      `winnow models judge ", report.model_version(),
                    "` asks again after them; `winnow ner.eval-ab` is the other way to find out\n");
  // A version that takes nobody's place serves whatever the verdict is, which needs a word.
  const bool is_first = gate.promoted() && gate.verdict() != training::v1::GATE_VERDICT_PROMOTE;
  return absl::StrCat(text, "      ", report.model_version(),
                      is_first ? " serves now, as the first of its name\n"
                      : gate.promoted()
                          ? " serves now\n"
                          : absl::StrCat(" does not serve; `winnow models promote ",
                                         report.model_version(), "` has it serve all the same\n"));
}

}  // namespace

std::string ReportText(const training::v1::TrainingReport& report) {
  std::string out = absl::StrCat(
      report.model_version(), " from ",
      report.parent_version().empty() ? "nothing" : report.parent_version(), ": ",
      Counted(report.num_texts(), "text"), " (", report.num_complete_texts(),
      " completely annotated), ", report.num_accepted(), " accepted and ", report.num_rejected(),
      " rejected spans, ", Counted(report.num_replayed(), "text"), " replayed, the mean of ",
      Counted(report.bag(), "training"), ", ",
      absl::StrFormat("%.1f s", SecondsOf(report.train_duration())), "\n");
  if (report.num_pool_texts() > 0) {
    absl::StrAppend(&out, "words: learnt from ", Counted(report.num_pool_texts(), "text"),
                    absl::StrFormat(" of the pool in %.1f s\n", SecondsOf(report.pool_duration())));
  }
  if (report.num_self_taught() > 0) {
    absl::StrAppend(&out, "self-training: a first training was learnt from in ",
                    Counted(report.num_self_taught(), "text"), " of the pool\n");
  }
  if (!report.parent_version().empty()) absl::StrAppend(&out, SettingsText(report.settings()));
  absl::StrAppend(&out, PeopleText(report));
  absl::StrAppend(&out, "left out: ", Counted(report.num_holdout_texts(), "hold-out text"), ", ",
                  Counted(report.num_eval_texts(), "text"), " of gold sets, ",
                  Counted(report.num_off_token_spans(), "span"), " off the tokens, ",
                  Counted(report.num_overlapping_spans(), "overlapping span"), ", ",
                  Counted(report.num_contradictions(), "contradiction"), ", ",
                  Counted(report.num_ignored(), "ignored answer"), "\n\n");
  return absl::StrCat(out, VerdictText(report));
}

std::string VerdictText(const training::v1::TrainingReport& report) {
  std::string out = FigureTable(PairFigures(report));
  absl::StrAppend(&out, NoteList({report.caveats().begin(), report.caveats().end()}));
  if (report.has_calibration()) absl::StrAppend(&out, "\n", CalibrationText(report.calibration()));
  return absl::StrCat(out, "\n", GateText(report));
}

}  // namespace winnow::cli
