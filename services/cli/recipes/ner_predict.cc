// ner.predict: the spans of texts, as JSONL.
#include <utility>

#include "absl/strings/str_cat.h"
#include "common/base/status.h"
#include "nlohmann/json.hpp"
#include "services/cli/recipes/model_argument.h"
#include "services/cli/recipes/predicting.h"
#include "services/cli/recipes/recipes.h"
#include "services/cli/shell/connect.h"
#include "services/cli/shell/output.h"

namespace winnow::cli {
namespace {

absl::Status Run(const Invocation& invocation, Environment& environment) {
  nlohmann::ordered_json predictions = nlohmann::ordered_json::array();
  const bool one_object = invocation.Flag("json");
  const auto take = [&](const Predicted& predicted) {
    nlohmann::ordered_json row = PredictionJson(predicted);
    if (one_object) {
      predictions.push_back(std::move(row));
    } else {
      PrintJson(row, environment);
    }
    return true;
  };
  WINNOW_RETURN_IF_ERROR(PredictFile(invocation, invocation.Argument("FILE"), take, environment));
  if (one_object) PrintJson({{"predictions", std::move(predictions)}}, environment);
  return absl::OkStatus();
}

}  // namespace

Command NerPredict() {
  return {ClientSpec(
              {.name = "ner.predict",
               .summary = "Mark the entities of texts with a model, as JSONL",
               .arguments = {{"MODEL", absl::StrCat("model to use: ", kModelHelp)},
                             {"FILE", kTextsHelp}},
               .options = {LabelsOption("only these (default: all of the model)"),
                           ValueOption({"--min-probability"}, ValueKind::kShare, "P",
                                       "all spans that are at least this probable, instead of the "
                                       "best ones that do not overlap")},
               .example = "ner.predict ./job_titles/ sample.jsonl > predicted.jsonl",
               .notes = "One line per text: {\"text\", \"spans\": [{\"start\", \"end\", "
                        "\"label\", \"score\"}], \"model\"} and the other keys of the text's row, "
                        "with offsets in Unicode code points; --json gives one object, "
                        "{\"predictions\": [...]}."}),
          Run};
}

}  // namespace winnow::cli
