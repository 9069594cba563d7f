// ner.evaluate and ner.predict.
#include <ostream>
#include <thread>
#include <utility>

#include "absl/strings/str_cat.h"
#include "common/base/status.h"
#include "services/cli/commands.h"
#include "services/cli/model_argument.h"
#include "services/cli/render.h"
#include "services/cli/upload.h"

namespace winnow::cli {
namespace {

using evaluation::v1::EvaluationService;

std::string LabelTable(const common::v1::Figure& figure) {
  Table table({"label", "spans", "F1 %", "precision %", "recall %"});
  for (const common::v1::LabelFigure& label : figure.labels()) {
    table.Add({label.label(), absl::StrCat(label.support()), Percent(label.f1()),
               Percent(label.precision()), Percent(label.recall())});
  }
  return table.ToString();
}

absl::Status Evaluate(const Invocation& invocation, Environment& environment) {
  WINNOW_ASSIGN_OR_RETURN(const auto session, environment.connect(invocation, environment));
  evaluation::v1::EvaluateRequest request;
  WINNOW_ASSIGN_OR_RETURN(*request.mutable_model(),
                          ResolveModel(invocation.Argument("MODEL"), *session, environment));
  request.set_dataset(invocation.Argument("DATASET"));
  for (const std::string& label : invocation.List("label")) request.add_labels(label);
  WINNOW_ASSIGN_OR_RETURN(
      const evaluation::v1::EvaluateResponse response,
      Call(session->evaluation(), &EvaluationService::Stub::Evaluate, request, kLongCall));
  if (invocation.Flag("json")) {
    PrintJson(ToJson(response), environment);
    return absl::OkStatus();
  }
  environment.out << FigureTable({{"", response.figure()}});
  if (response.figure().labels_size() > 1) environment.out << "\n" << LabelTable(response.figure());
  return absl::OkStatus();
}

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
  if (!text.meta_json.empty()) {
    row["meta"] =
        nlohmann::ordered_json::parse(text.meta_json, nullptr, /*allow_exceptions=*/false);
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

absl::Status Predict(const Invocation& invocation, Environment& environment) {
  const std::string path = invocation.Argument("FILE");
  WINNOW_ASSIGN_OR_RETURN(const std::string content, ReadInput(path, environment));
  WINNOW_ASSIGN_OR_RETURN(const formats::SourceFormat format, FormatOf(path, content));
  const absl::StatusOr<std::vector<formats::SourceText>> texts =
      formats::ParseSource(content, format);
  if (!texts.ok()) return InFile(path, texts.status());
  WINNOW_ASSIGN_OR_RETURN(const auto session, environment.connect(invocation, environment));
  evaluation::v1::PredictRequest settings;
  WINNOW_ASSIGN_OR_RETURN(*settings.mutable_model(),
                          ResolveModel(invocation.Argument("MODEL"), *session, environment));
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

std::vector<Command> EvalCommands() {
  return {
      {ClientSpec({.name = "ner.evaluate",
                   .summary = "Precision, recall and F1 of a model on completely annotated texts",
                   .arguments = {{"MODEL", "a name, name@N or an exported directory"},
                                 {"DATASET", "data set with complete annotations"}},
                   .options = {{{"-l", "--label"},
                                ValueKind::kList,
                                "LABELS",
                                "only these (default: all of the model)"}},
                   .example = "ner.evaluate job_titles@2 job_titles_gold"}),
       Evaluate},
      {ClientSpec(
           {.name = "ner.predict",
            .summary = "Spans of texts, as JSONL",
            .arguments = {{"MODEL", "a name, name@N or an exported directory"},
                          {"FILE", "texts: .jsonl or .txt, or - for standard input"}},
            .options = {{{"-l", "--label"},
                         ValueKind::kList,
                         "LABELS",
                         "only these (default: all of the model)"},
                        {{"--min-probability"},
                         ValueKind::kShare,
                         "P",
                         "all spans with at least this probability instead of the best labelling"}},
            .example = "ner.predict ./job_titles/ sample.jsonl > predicted.jsonl",
            .notes = "One line per text: {\"text\", \"spans\": [{\"start\", \"end\", \"label\", "
                     "\"score\"}], "
                     "\"model\", \"meta\"},\n"
                     "with offsets in Unicode code points; --json gives one object, "
                     "{\"predictions\": [...]}."}),
       Predict},
  };
}

}  // namespace winnow::cli
