#include "common/models/version_name.h"

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "common/base/names.h"
#include "common/base/status.h"

namespace winnow::models {

std::string VersionName::ToString() const { return absl::StrCat(model, "@", number); }

absl::StatusOr<Reference> Reference::Parse(absl::string_view text) {
  Reference reference;
  const size_t at = text.rfind('@');
  reference.model = std::string(text.substr(0, at));
  WINNOW_RETURN_IF_ERROR(ValidateName("model", reference.model));
  if (at == absl::string_view::npos) return reference;
  uint64_t number = 0;
  if (!absl::SimpleAtoi(text.substr(at + 1), &number) || number == 0) {
    return WithReason(absl::InvalidArgumentError(absl::StrCat(
                          "model '", text, "': after '@' comes a version number from 1")),
                      "INVALID_INPUT");
  }
  reference.number = number;
  return reference;
}

}  // namespace winnow::models
