#include "services/cli/shell/label_list.h"

#include <filesystem>
#include <nlohmann/json.hpp>
#include <system_error>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "common/base/file.h"
#include "common/base/status.h"
#include "common/text/utf8.h"

namespace winnow::cli {
namespace {

using Labels = std::vector<std::string>;

Labels Split(absl::string_view text, char separator) {
  Labels labels;
  for (absl::string_view item : absl::StrSplit(text, separator)) {
    item = absl::StripAsciiWhitespace(item);
    if (!item.empty()) labels.emplace_back(item);
  }
  return labels;
}

absl::StatusOr<Labels> FromJson(const std::string& text) {
  const nlohmann::json list = nlohmann::json::parse(text, nullptr, /*allow_exceptions=*/false);
  if (!list.is_array())
    return absl::InvalidArgumentError("begins with '[' and is no JSON list of labels");
  Labels labels;
  for (const nlohmann::json& item : list) {
    const std::string label = item.is_string() ? item.get<std::string>() : "";
    if (label.empty() || absl::StripAsciiWhitespace(label) != label) {
      return absl::InvalidArgumentError(
          "holds something else than labels, which have no blanks at their ends");
    }
    labels.push_back(label);
  }
  return labels;
}

absl::StatusOr<Labels> FromText(const std::string& text, char separator) {
  if (text::FindInvalidUtf8(text) != absl::string_view::npos)
    return absl::InvalidArgumentError("is not UTF-8");
  return absl::StartsWith(text, "[") ? FromJson(text) : Split(text, separator);
}

}  // namespace

absl::StatusOr<Labels> ReadLabels(const std::string& value) {
  std::error_code ignored;
  // A label may have the name of a file that happens to be here.
  const bool is_file = (absl::StrContains(value, '/') || absl::StrContains(value, '.')) &&
                       std::filesystem::is_regular_file(value, ignored);
  if (!is_file && (absl::EndsWith(value, ".txt") || absl::EndsWith(value, ".json")))
    return absl::InvalidArgumentError(
        absl::StrCat("names '", value, "', and there is no such file"));
  absl::StatusOr<Labels> labels;
  if (is_file) {
    WINNOW_ASSIGN_OR_RETURN(const std::string content, ReadFile(value));
    labels = FromText(std::string(absl::StripAsciiWhitespace(content)), '\n');
  } else {
    labels = FromText(value, ',');
  }
  if (labels.ok() && labels->empty())
    return absl::InvalidArgumentError(is_file ? "names a file without labels" : "is an empty list");
  return labels;
}

}  // namespace winnow::cli
