#include "services/evaluation/request_check.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "common/base/names.h"

namespace winnow::evaluation {

Model RequestCheck::FindModel(models::ModelCache& models, absl::string_view field,
                              absl::string_view reference) {
  absl::StatusOr<Model> model = models.Get(reference);
  if (model.ok()) return *std::move(model);
  missing_models_.emplace_back(std::string(field), model.status());
  return nullptr;
}

void RequestCheck::CheckLabels(absl::Span<const std::string> labels,
                               const models::LoadedModel& model) {
  for (size_t i = 0; i < labels.size(); ++i) {
    if (model.model->LabelIndex(labels[i]) >= 0) continue;
    ++num_unknown_labels_;
    violations_.Add(absl::StrCat("labels[", i, "]"),
                    absl::StrCat("\"", labels[i], "\" is not a label of ", model.version.ToString(),
                                 ", which knows ", absl::StrJoin(model.model->labels(), ", "), ".",
                                 DidYouMean(labels[i], model.model->labels())));
  }
}

absl::Status RequestCheck::ToStatus(absl::string_view summary) const {
  const auto is_like_the_first = [&](const auto& missing) {
    return missing.second.code() == missing_models_.front().second.code();
  };
  if (violations_.empty() && !missing_models_.empty() &&
      std::all_of(missing_models_.begin(), missing_models_.end(), is_like_the_first)) {
    const absl::Status& first = missing_models_.front().second;
    if (missing_models_.size() == 1) return first;
    const auto describe = [](std::string* out, const auto& missing) {
      absl::StrAppend(out, missing.first, ": ", missing.second.message());
    };
    return WithReason(absl::Status(first.code(), absl::StrJoin(missing_models_, "; ", describe)),
                      ReasonOf(first));
  }
  Violations all = violations_;
  for (const auto& [field, status] : missing_models_) all.Add(field, status.message());
  const absl::Status status = all.ToStatus(summary);
  const bool only_labels = !status.ok() && all.count() == num_unknown_labels_;
  return only_labels ? WithReason(status, "UNKNOWN_LABEL") : status;
}

}  // namespace winnow::evaluation
