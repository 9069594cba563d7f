#include "services/evaluation/predict.h"

#include <algorithm>
#include <vector>

#include "absl/strings/str_cat.h"
#include "common/base/status.h"
#include "common/text/utf8.h"
#include "services/evaluation/request_check.h"

namespace winnow::evaluation {
namespace {

void CheckText(int index, const std::string& text, RequestCheck& check) {
  const std::string field = absl::StrCat("texts[", index, "]");
  if (text.size() > kMaxTextBytes) {
    check.Add(field,
              absl::StrCat("has ", text.size(), " bytes; at most ", kMaxTextBytes, " are allowed"));
  } else if (const size_t at = text::FindInvalidUtf8(text); at != absl::string_view::npos) {
    check.Add(field, absl::StrCat("is not valid UTF-8 at byte ", at));
  }
}

absl::StatusOr<Model> CheckRequest(models::ModelCache& models, const v1::PredictRequest& request) {
  RequestCheck check;
  const Model model = check.FindModel(models, "model", request.model());
  if (request.texts_size() == 0 || request.texts_size() > kMaxTexts) {
    check.Add("texts", absl::StrCat("must be 1 to ", kMaxTexts, ", not ", request.texts_size()));
  }
  for (int i = 0; i < std::min(request.texts_size(), kMaxTexts); ++i)
    CheckText(i, request.texts(i), check);
  if (request.has_min_probability() &&
      !(request.min_probability() >= kMinMinProbability && request.min_probability() < 1)) {
    check.Add("min_probability", absl::StrCat("is ", request.min_probability(), ", not at least ",
                                              kMinMinProbability, " and below 1"));
  }
  if (model != nullptr) check.CheckLabels(request.labels(), *model);
  WINNOW_RETURN_IF_ERROR(check.ToStatus("cannot predict"));
  return model;
}

// By index of label: whether it was asked for.
std::vector<bool> WantedLabels(const ner::Model& model, const RepeatedString& labels) {
  std::vector<bool> wanted(model.labels().size(), labels.empty());
  for (const std::string& label : labels)
    wanted[static_cast<size_t>(model.LabelIndex(label))] = true;
  return wanted;
}

}  // namespace

absl::StatusOr<v1::PredictResponse> Predict(models::ModelCache& models, TaggerPool& taggers,
                                            const v1::PredictRequest& request,
                                            const IsCancelled& is_cancelled) {
  WINNOW_ASSIGN_OR_RETURN(const Model loaded, CheckRequest(models, request));
  const ner::Model& model = *loaded->model;
  const std::vector<bool> wanted = WantedLabels(model, request.labels());
  TaggerPool::Lease tagger = taggers.Borrow();
  v1::PredictResponse response;
  response.set_model_version(loaded->version.ToString());
  std::vector<ner::ScoredSpan> found;
  size_t num_spans = 0;
  for (const std::string& text : request.texts()) {
    if (is_cancelled())
      return absl::CancelledError("the caller went away or its deadline has passed");
    if (request.has_min_probability()) {
      tagger->FindCandidates(model, text, request.min_probability(), found);
    } else {
      tagger->Tag(model, text, found);
    }
    std::erase_if(found, [&](const ner::ScoredSpan& span) { return !wanted[span.label]; });
    num_spans += found.size();
    if (num_spans > kMaxSpansPerReply) {
      return absl::ResourceExhaustedError(
          absl::StrCat("the reply would have more than ", kMaxSpansPerReply,
                       " spans; send fewer texts at a time, or raise min_probability"));
    }
    v1::PredictResponse::Prediction& prediction = *response.add_predictions();
    for (const ner::ScoredSpan& span : found) {
      winnow::common::v1::Span& item = *prediction.add_spans();
      item.set_start(span.start);
      item.set_end(span.end);
      item.set_label(model.labels()[span.label]);
      item.set_score(span.probability);
    }
  }
  return response;
}

}  // namespace winnow::evaluation
