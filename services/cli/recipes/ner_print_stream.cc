// ner.print-stream: texts with what a model finds in them.
#include <utility>

#include "absl/strings/str_cat.h"
#include "common/base/status.h"
#include "nlohmann/json.hpp"
#include "services/cli/recipes/model_argument.h"
#include "services/cli/recipes/predicting.h"
#include "services/cli/recipes/recipes.h"
#include "services/cli/shell/connect.h"
#include "services/cli/shell/output.h"
#include "services/cli/terminal/highlight.h"

namespace winnow::cli {
namespace {

absl::Status Run(const Invocation& invocation, Environment& environment) {
  const bool colour = environment.WantsColour() && environment.out_is_terminal;
  nlohmann::ordered_json texts = nlohmann::ordered_json::array();
  const bool one_object = invocation.Flag("json");
  const auto take = [&](const Predicted& predicted) {
    if (one_object) {
      texts.push_back(PredictionJson(predicted));
    } else {
      const auto& spans = predicted.prediction.spans();
      environment.out << Highlight(predicted.text.text, {spans.begin(), spans.end()}, colour)
                      << "\n";
    }
    return environment.out.good();
  };
  WINNOW_RETURN_IF_ERROR(PredictFile(invocation, invocation.Argument("SOURCE"), take, environment));
  if (one_object) PrintJson({{"texts", std::move(texts)}}, environment);
  return absl::OkStatus();
}

}  // namespace

Command NerPrintStream() {
  return {ClientSpec({.name = "ner.print-stream",
                      .summary = "Show texts with the entities that a model finds in them",
                      .arguments = {{"MODEL", absl::StrCat("model to use: ", kModelHelp)},
                                    {"SOURCE", kTextsHelp}},
                      .options = {LabelsOption("only these (default: all of the model)"),
                                  ValueOption({"-n", "--limit"}, ValueKind::kCount, "N",
                                              "only the first N texts")},
                      .example = "ner.print-stream job_titles sample.jsonl -n 20",
                      .notes = "One text a line, with its entities in inverse video, or where the "
                               "output is no terminal as \"[Senior Nurse|job_title]\". `winnow "
                               "ner.predict` writes rows for programs."}),
          Run};
}

}  // namespace winnow::cli
