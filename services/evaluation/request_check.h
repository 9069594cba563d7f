// Everything that is wrong with one request, as one status.
#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "common/base/status.h"
#include "common/models/model_cache.h"

namespace winnow::evaluation {

using Model = std::shared_ptr<const models::LoadedModel>;

// Not thread-safe.
class RequestCheck {
 public:
  void Add(absl::string_view field, absl::string_view what) { violations_.Add(field, what); }

  // The model that `field` names, or null, and then what is wrong is kept.
  Model FindModel(models::ModelCache& models, absl::string_view field, absl::string_view reference);

  // Each of the labels must be one that the model knows.
  void CheckLabels(absl::Span<const std::string> labels, const models::LoadedModel& model);

  // OK when nothing is wrong. Models that are missing, and nothing else: their own error
  // (UNKNOWN_MODEL). Labels that are unknown, and nothing else: UNKNOWN_LABEL. Otherwise
  // InvalidArgument with all violations.
  absl::Status ToStatus(absl::string_view summary) const;

 private:
  Violations violations_;
  size_t num_unknown_labels_ = 0;
  // Field and error.
  std::vector<std::pair<std::string, absl::Status>> missing_models_;
};

}  // namespace winnow::evaluation
