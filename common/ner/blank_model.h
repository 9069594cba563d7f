// The model from which learning by yes and no alone begins.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "common/ner/model.h"

namespace winnow::ner {

// Whether the name of a model, "blank:en", says that there is none to start from. The language
// behind the colon is the field's habit and means nothing here.
bool IsBlankName(absl::string_view model);

// A model that expects no entity anywhere: a span of n tokens has about the probability 0.001 /
// 2^(n - 2). As the parent of a training it stands for what nobody said: yes and no speak of the
// spans asked about, and without complete annotations nothing else would teach that most tokens are
// of no entity. InvalidArgument for no, too many, empty or repeated labels.
absl::StatusOr<std::shared_ptr<const Model>> BlankModel(const std::vector<std::string>& labels);

// `model` with further labels, of which it expects no entity anywhere, as BlankModel does; of its
// own labels it finds what it found. Labels that it has are passed over. InvalidArgument for too
// many labels, or an empty one.
absl::StatusOr<std::shared_ptr<const Model>> WithBlankLabels(
    const Model& model, const std::vector<std::string>& labels);

}  // namespace winnow::ner
