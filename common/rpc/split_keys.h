// Texts of a request by their split keys.
#pragma once

#include <cstdint>
#include <set>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "common/base/status.h"
#include "common/text/split_key.h"

namespace winnow::rpc {

inline constexpr int kMaxErasedTexts = 1000;

// InvalidArgument for none, more than kMaxErasedTexts, and texts without anything in them.
template <typename Texts>
absl::StatusOr<std::set<uint64_t>> SplitKeysOf(const Texts& texts) {
  Violations violations;
  std::set<uint64_t> keys;
  if (texts.empty() || texts.size() > kMaxErasedTexts) {
    violations.Add("texts", absl::StrCat("must be 1 to ", kMaxErasedTexts, ", not ", texts.size()));
  }
  for (int i = 0; i < texts.size(); ++i) {
    if (texts[i].find_first_not_of(" \t\r\n") == std::string::npos)
      violations.Add(absl::StrCat("texts[", i, "]"), "is empty");
    keys.insert(text::SplitKey(texts[i]));
  }
  WINNOW_RETURN_IF_ERROR(violations.ToStatus("cannot erase"));
  return keys;
}

}  // namespace winnow::rpc
