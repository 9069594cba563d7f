// What the recipes have in common that mark the texts of a file with a model.
#pragma once

#include <functional>
#include <string>

#include "absl/status/status.h"
#include "common/formats/source.h"
#include "nlohmann/json.hpp"
#include "services/cli/shell/environment.h"
#include "services/cli/shell/options.h"
#include "services/cli/shell/session.h"

namespace winnow::cli {

// The help of the file.
inline constexpr char kTextsHelp[] = "texts: .jsonl, .txt, .csv, or - for standard input";

struct Predicted {
  const formats::SourceText& text;
  // "name@N"
  const std::string& model_version;
  const evaluation::v1::PredictResponse::Prediction& prediction;
};

// Hands over the texts at `path` with what MODEL finds in them, in order, until there are no more,
// as many as --limit says, or `take` returns false. Reads --label, --min-probability and --limit
// where a recipe has them. Nothing is predicted where the file or the labels are refused.
absl::Status PredictFile(const Invocation& invocation, const std::string& path,
                         const std::function<bool(const Predicted&)>& take,
                         Environment& environment);

// {"text", "spans": [{"start", "end", "label", "score"}], "model"} and the other keys of the row.
nlohmann::ordered_json PredictionJson(const Predicted& predicted);

}  // namespace winnow::cli
