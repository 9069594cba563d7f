#include "services/cli/recipes/predicting.h"

#include <algorithm>
#include <cstddef>
#include <thread>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "common/base/status.h"
#include "common/rpc/errors.h"
#include "grpcpp/client_context.h"
#include "services/cli/recipes/input_file.h"
#include "services/cli/recipes/model_argument.h"

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

// Streams all batches and hands each prediction to `take`, in order.
absl::Status PredictAll(const std::vector<evaluation::v1::PredictRequest>& batches,
                        const std::vector<formats::SourceText>& texts,
                        const std::function<bool(const Predicted&)>& take, Session& session) {
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
  bool wanted = true;
  while (wanted && stream->Read(&response)) {
    for (const auto& prediction : response.predictions()) {
      wanted = wanted && (num_done >= texts.size() ||
                          take({texts[num_done], response.model_version(), prediction}));
      ++num_done;
    }
  }
  if (!wanted) context.TryCancel();
  writer.join();
  const absl::Status finished = rpc::FromGrpc(stream->Finish());
  if (!wanted) return absl::OkStatus();
  WINNOW_RETURN_IF_ERROR(finished);
  if (num_done == texts.size()) return absl::OkStatus();
  return absl::InternalError(
      absl::StrCat("the server predicted ", num_done, " of ", texts.size(), " texts"));
}

}  // namespace

absl::Status PredictFile(const Invocation& invocation, const std::string& path,
                         const std::function<bool(const Predicted&)>& take,
                         Environment& environment) {
  WINNOW_ASSIGN_OR_RETURN(const std::string content, ReadInput(path, environment));
  absl::StatusOr<std::vector<formats::SourceText>> texts =
      formats::ParseSource(content, FormatOf(path));
  if (!texts.ok()) return InFile(path, texts.status());
  if (invocation.Has("limit"))
    texts->resize(std::min<size_t>(texts->size(), invocation.Count("limit")));
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
  return PredictAll(Batches(settings, *texts), *texts, take, *session);
}

nlohmann::ordered_json PredictionJson(const Predicted& predicted) {
  nlohmann::ordered_json spans = nlohmann::ordered_json::array();
  for (const common::v1::Span& span : predicted.prediction.spans()) {
    nlohmann::ordered_json item = {
        {"start", span.start()}, {"end", span.end()}, {"label", span.label()}};
    if (span.has_score()) item["score"] = span.score();
    spans.push_back(std::move(item));
  }
  nlohmann::ordered_json row = {{"text", predicted.text.text},
                                {"spans", std::move(spans)},
                                {"model", predicted.model_version}};
  if (predicted.text.fields_json.empty()) return row;
  const auto fields = nlohmann::ordered_json::parse(predicted.text.fields_json, nullptr,
                                                    /*allow_exceptions=*/false);
  for (const auto& [key, value] : fields.items()) {
    if (!row.contains(key)) row[key] = value;
  }
  return row;
}

}  // namespace winnow::cli
