// ner.print-dataset: the annotations of a data set.
#include <algorithm>
#include <cstddef>
#include <set>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "common/base/names.h"
#include "common/base/status.h"
#include "nlohmann/json.hpp"
#include "services/cli/recipes/recipes.h"
#include "services/cli/recipes/standing_answers.h"
#include "services/cli/shell/connect.h"
#include "services/cli/shell/output.h"
#include "services/cli/terminal/card.h"

namespace winnow::cli {
namespace {

// Leaves those of one person; NotFound with the nearest names when there is nobody of that name.
absl::Status KeepOnly(const std::string& annotator, std::vector<annotation::v1::Answer>& answers) {
  std::set<std::string> people;
  for (const annotation::v1::Answer& answer : answers) {
    if (!answer.annotator().empty()) people.insert(answer.annotator());
  }
  if (!people.contains(annotator)) {
    return absl::NotFoundError(absl::StrCat("no row is of the person \"", annotator, "\".",
                                            DidYouMean(annotator, {people.begin(), people.end()})));
  }
  std::erase_if(answers, [&](const auto& answer) { return answer.annotator() != annotator; });
  return absl::OkStatus();
}

absl::Status Run(const Invocation& invocation, Environment& environment) {
  WINNOW_ASSIGN_OR_RETURN(const auto session, environment.connect(invocation, environment));
  WINNOW_ASSIGN_OR_RETURN(std::vector<annotation::v1::Answer> answers,
                          ListStandingAnswers(*session, invocation.Argument("DATASET")));
  if (invocation.Has("annotator"))
    WINNOW_RETURN_IF_ERROR(KeepOnly(invocation.Text("annotator"), answers));
  if (invocation.Has("limit"))
    answers.resize(std::min<size_t>(answers.size(), invocation.Count("limit")));
  if (invocation.Flag("json")) {
    nlohmann::ordered_json rows = nlohmann::ordered_json::array();
    for (const annotation::v1::Answer& answer : answers) rows.push_back(ToJson(answer));
    PrintJson({{"answers", std::move(rows)}}, environment);
    return absl::OkStatus();
  }
  const bool colour = environment.WantsColour() && environment.out_is_terminal;
  for (const annotation::v1::Answer& answer : answers) {
    environment.out << AnswerCard(answer, colour) << "\n";
    if (!environment.out) break;
  }
  return absl::OkStatus();
}

}  // namespace

Command NerPrintDataset() {
  return {ClientSpec({.name = "ner.print-dataset",
                      .summary = "Show the annotations of a dataset",
                      .arguments = {{"DATASET", "dataset to show"}},
                      .options = {ValueOption({"-n", "--limit"}, ValueKind::kCount, "N",
                                              "only the first N answers"),
                                  ValueOption({"--annotator"}, ValueKind::kText, "A",
                                              "only answers of this person")},
                      .example = "ner.print-dataset job_titles_1 -n 20 --annotator anna",
                      .notes = "The answers that count, in the order in which they came: verdict, "
                               "person and time, then the text. Spans are green when accepted, "
                               "red when rejected, yellow when ignored; where the output is no "
                               "terminal it says so: \"[Nurse|job_title: reject]\"."}),
          Run};
}

}  // namespace winnow::cli
