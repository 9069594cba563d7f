// How models and their versions are named: "name" follows an alias, "name@N" is version N.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace winnow::models {

struct VersionName {
  std::string model;
  uint64_t number = 0;

  std::string ToString() const;
  friend bool operator==(const VersionName&, const VersionName&) = default;
  friend auto operator<=>(const VersionName&, const VersionName&) = default;
};

// "name" (number empty) or "name@N".
struct Reference {
  std::string model;
  std::optional<uint64_t> number;

  // InvalidArgument for anything that is not a valid name (common/base/names.h), with an optional
  // "@N", N >= 1.
  static absl::StatusOr<Reference> Parse(absl::string_view text);
};

}  // namespace winnow::models
