#include "common/base/names.h"

#include <algorithm>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "common/base/status.h"

namespace winnow {
namespace {

// Optimal string alignment distance (Damerau-Levenshtein without repeated edits of a substring);
// three rows of the usual dynamic programme.
size_t EditDistance(absl::string_view a, absl::string_view b) {
  std::vector<size_t> before(b.size() + 1), previous(b.size() + 1), current(b.size() + 1);
  for (size_t j = 0; j <= b.size(); ++j) current[j] = j;
  for (size_t i = 1; i <= a.size(); ++i) {
    std::swap(before, previous);
    std::swap(previous, current);
    current[0] = i;
    for (size_t j = 1; j <= b.size(); ++j) {
      const size_t replace = previous[j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1);
      current[j] = std::min({previous[j] + 1, current[j - 1] + 1, replace});
      if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1]) {
        current[j] = std::min(current[j], before[j - 2] + 1);
      }
    }
  }
  return current[b.size()];
}

absl::Status Refuse(absl::string_view what, absl::string_view name, absl::string_view why) {
  // Enough to recognise it by, and no part of a character.
  size_t end = std::min<size_t>(name.size(), 64);
  while (end > 0 && end < name.size() && (static_cast<unsigned char>(name[end]) & 0xC0) == 0x80)
    --end;
  return absl::InvalidArgumentError(
      absl::StrCat("\"", absl::Utf8SafeCHexEscape(name.substr(0, end)),
                   end < name.size() ? "...\"" : "\"", " is no ", what, ": ", why));
}

absl::Status CheckLength(absl::string_view what, absl::string_view name, size_t max_bytes) {
  if (name.empty()) return Refuse(what, name, "it is empty");
  if (name.size() <= max_bytes) return absl::OkStatus();
  return Refuse(what, name, absl::StrCat("it is longer than ", max_bytes, " bytes"));
}

// What may be in any script.
absl::Status CheckFree(absl::string_view what, absl::string_view name, size_t max_bytes) {
  WINNOW_RETURN_IF_ERROR(CheckLength(what, name, max_bytes));
  if (std::any_of(name.begin(), name.end(), [](char c) { return absl::ascii_iscntrl(c); }))
    return Refuse(what, name, "it has a control character");
  return absl::OkStatus();
}

}  // namespace

absl::Status ValidateName(absl::string_view what, absl::string_view name) {
  const auto refuse = [&](absl::string_view why) {
    return Refuse(absl::StrCat(what, " name"), name, why);
  };
  WINNOW_RETURN_IF_ERROR(CheckLength(absl::StrCat(what, " name"), name, kMaxNameBytes));
  const auto allowed = [](char c) {
    return absl::ascii_isalnum(c) || c == '.' || c == '_' || c == '-';
  };
  if (!std::all_of(name.begin(), name.end(), allowed)) {
    return refuse("only the characters A-Z a-z 0-9 . _ - are allowed");
  }
  if (name[0] == '.' || name[0] == '-') return refuse("it must start with a letter, a digit or _");
  return absl::OkStatus();
}

absl::Status ValidatePerson(absl::string_view name) {
  return CheckFree("name of a person", name, kMaxNameBytes);
}

absl::Status ValidateLabel(absl::string_view label) {
  return CheckFree("label", label, kMaxLabelBytes);
}

std::vector<std::string> NearestNames(absl::string_view name,
                                      const std::vector<std::string>& candidates, size_t limit) {
  const std::string wanted = absl::AsciiStrToLower(name.substr(0, kMaxNameBytes));
  std::vector<std::pair<size_t, std::string>> near;
  for (const std::string& candidate : candidates) {
    const size_t distance = EditDistance(wanted, absl::AsciiStrToLower(candidate));
    if (distance <= wanted.size() / 3 + 1) near.emplace_back(distance, candidate);
  }
  std::sort(near.begin(), near.end());
  std::vector<std::string> names;
  for (auto& [distance, candidate] : near) {
    if (names.size() == limit) break;
    names.push_back(std::move(candidate));
  }
  return names;
}

std::string DidYouMean(absl::string_view name, const std::vector<std::string>& candidates) {
  const std::vector<std::string> near = NearestNames(name, candidates);
  if (near.empty()) return "";
  return absl::StrCat(" Did you mean \"", absl::StrJoin(near, "\" or \""), "\"?");
}

}  // namespace winnow
