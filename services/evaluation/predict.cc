#include "services/evaluation/predict.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "common/base/status.h"
#include "common/text/utf8.h"

namespace winnow::evaluation {
namespace {

void CheckText(size_t index, absl::string_view text, RequestCheck& check) {
  const std::string field = absl::StrCat("texts[", index, "]");
  if (text.size() > kMaxTextBytes) {
    check.Add(field,
              absl::StrCat("has ", text.size(), " bytes; at most ", kMaxTextBytes, " are allowed"));
  } else if (const size_t at = text::FindInvalidUtf8(text); at != absl::string_view::npos) {
    check.Add(field, absl::StrCat("is not valid UTF-8 at byte ", at));
  }
}

absl::StatusOr<Model> CheckRequest(models::ModelCache& models, const PredictionRequest& request) {
  RequestCheck check;
  const Model model = check.FindModel(models, "model", request.model);
  if (request.texts.empty() || request.texts.size() > kMaxTexts) {
    check.Add("texts", absl::StrCat("must be 1 to ", kMaxTexts, ", not ", request.texts.size()));
  }
  for (size_t i = 0; i < std::min(request.texts.size(), kMaxTexts); ++i)
    CheckText(i, request.texts[i], check);
  // Written so that NaN is refused, too.
  if (const std::optional<double> p = request.min_probability;
      p.has_value() && !(*p >= kMinMinProbability && *p < 1)) {
    check.Add("min_probability",
              absl::StrCat("is ", *p, ", not at least ", kMinMinProbability, " and below 1"));
  }
  if (model != nullptr) check.CheckLabels(request.labels, *model);
  WINNOW_RETURN_IF_ERROR(check.ToStatus("cannot predict"));
  return model;
}

// By index of label: whether it was asked for.
std::vector<bool> WantedLabels(const ner::Model& model, const std::vector<std::string>& labels) {
  std::vector<bool> wanted(model.labels().size(), labels.empty());
  for (const std::string& label : labels)
    wanted[static_cast<size_t>(model.LabelIndex(label))] = true;
  return wanted;
}

}  // namespace

absl::StatusOr<Predictions> Predict(models::ModelCache& models, TaggerPool& taggers,
                                    const PredictionRequest& request,
                                    absl::FunctionRef<bool()> is_cancelled) {
  WINNOW_ASSIGN_OR_RETURN(const Model loaded, CheckRequest(models, request));
  const ner::Model& model = *loaded->model;
  const std::vector<bool> wanted = WantedLabels(model, request.labels);
  TaggerPool::Lease tagger = taggers.Borrow();
  Predictions predictions{loaded, {}};
  size_t num_spans = 0;
  for (const absl::string_view text : request.texts) {
    if (is_cancelled())
      return absl::CancelledError("the caller went away or its deadline has passed");
    std::vector<ner::ScoredSpan>& found = predictions.texts.emplace_back();
    if (request.min_probability.has_value()) {
      tagger->FindCandidates(model, text, *request.min_probability, found);
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
  }
  return predictions;
}

}  // namespace winnow::evaluation
