// ner.predict: the spans of texts, as JSONL.
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "common/base/status.h"
#include "common/formats/source.h"
#include "common/rpc/errors.h"
#include "grpcpp/client_context.h"
#include "nlohmann/json.hpp"
#include "services/cli/recipes/input_file.h"
#include "services/cli/recipes/model_argument.h"
#include "services/cli/recipes/recipes.h"
#include "services/cli/shell/connect.h"
#include "services/cli/shell/output.h"

namespace winnow::cli {
namespace {

// Requests of a few texts each, so that replies begin to come at once and none is too large.
std::vector<evaluation::v1::PredictRequest> Batches(const evaluation::v1::PredictRequest& settings,
                                                    const std::vector<formats::SourceText>& texts) {
  constexpr int kMaxTexts = 100;
  constexpr size_t kMaxBytes = 4 << 20;
  std::vector<evaluation::v1::PredictRequest> batches;
  size_t bytes = 0;
  for (const formats::SourceText& text : texts) {
    if (batches.empty() || batches.back().texts_size() == kMaxTexts ||
        bytes + text.text.size() > kMaxBytes) {
      batches.push_back(settings);
      bytes = 0;
    }
    batches.back().add_texts(text.text);
    bytes += text.text.size();
  }
  return batches;
}

nlohmann::ordered_json PredictionJson(
    const formats::SourceText& text, const std::string& model_version,
    const evaluation::v1::PredictResponse::Prediction& prediction) {
  nlohmann::ordered_json spans = nlohmann::ordered_json::array();
  for (const common::v1::Span& span : prediction.spans()) {
    nlohmann::ordered_json item = {
        {"start", span.start()}, {"end", span.end()}, {"label", span.label()}};
    if (span.has_score()) item["score"] = span.score();
    spans.push_back(std::move(item));
  }
  nlohmann::ordered_json row = {
      {"text", text.text}, {"spans", std::move(spans)}, {"model", model_version}};
  if (text.fields_json.empty()) return row;
  const auto fields =
      nlohmann::ordered_json::parse(text.fields_json, nullptr, /*allow_exceptions=*/false);
  for (const auto& [key, value] : fields.items()) {
    if (!row.contains(key)) row[key] = value;
  }
  return row;
}

// Streams all batches and hands each prediction to `take`, in order.
template <typename Take>
absl::Status PredictAll(const std::vector<evaluation::v1::PredictRequest>& batches,
                        const std::vector<formats::SourceText>& texts, Session& session,
                        Take take) {
  grpc::ClientContext context;
  const auto stream = session.evaluation().PredictStream(&context);
  std::thread writer([&] {
    for (const evaluation::v1::PredictRequest& batch : batches) {
      if (!stream->Write(batch)) break;
    }
    stream->WritesDone();
  });
  evaluation::v1::PredictResponse response;
  size_t num_done = 0;
  while (stream->Read(&response)) {
    for (const auto& prediction : response.predictions()) {
      if (num_done < texts.size())
        take(PredictionJson(texts[num_done], response.model_version(), prediction));
      ++num_done;
    }
  }
  writer.join();
  WINNOW_RETURN_IF_ERROR(rpc::FromGrpc(stream->Finish()));
  if (num_done == texts.size()) return absl::OkStatus();
  return absl::InternalError(
      absl::StrCat("the server predicted ", num_done, " of ", texts.size(), " texts"));
}

absl::Status Run(const Invocation& invocation, Environment& environment) {
  const std::string path = invocation.Argument("FILE");
  WINNOW_ASSIGN_OR_RETURN(const std::string content, ReadInput(path, environment));
  const absl::StatusOr<std::vector<formats::SourceText>> texts =
      formats::ParseSource(content, FormatOf(path));
  if (!texts.ok()) return InFile(path, texts.status());
  WINNOW_ASSIGN_OR_RETURN(const auto session, environment.connect(invocation, environment));
  evaluation::v1::PredictRequest settings;
  WINNOW_ASSIGN_OR_RETURN(ModelArgument model,
                          ModelArgument::Check(invocation.Argument("MODEL"), *session));
  WINNOW_RETURN_IF_ERROR(model.CheckLabels(invocation.List("label")));
  WINNOW_RETURN_IF_ERROR(model.Import(*session, environment));
  settings.set_model(model.name());
  if (invocation.Has("min-probability"))
    settings.set_min_probability(invocation.Number("min-probability"));
  for (const std::string& label : invocation.List("label")) settings.add_labels(label);
  nlohmann::ordered_json predictions = nlohmann::ordered_json::array();
  const bool one_object = invocation.Flag("json");
  WINNOW_RETURN_IF_ERROR(
      PredictAll(Batches(settings, *texts), *texts, *session, [&](nlohmann::ordered_json row) {
        if (one_object) {
          predictions.push_back(std::move(row));
        } else {
          PrintJson(row, environment);
        }
      }));
  if (one_object) PrintJson({{"predictions", std::move(predictions)}}, environment);
  return absl::OkStatus();
}

}  // namespace

Command NerPredict() {
  return {ClientSpec(
              {.name = "ner.predict",
               .summary = "Mark the entities of texts with a model, as JSONL",
               .arguments = {{"MODEL", absl::StrCat("model to use: ", kModelHelp)},
                             {"FILE", "texts: .jsonl, .txt, .csv, or - for standard input"}},
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
