#include "common/formats/source.h"

#include <optional>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "common/base/status.h"
#include "common/formats/jsonl.h"
#include "common/formats/lines.h"

namespace winnow::formats {
namespace {

void ReadJsonLine(size_t number, absl::string_view line, std::vector<SourceText>& texts,
                  LineViolations& violations) {
  const std::optional<nlohmann::json> object = ParseJsonLine(number, line, violations);
  if (!object.has_value()) return;
  std::string text = ReadString(number, *object, "text", "text", violations);
  texts.push_back({std::move(text), ReadMeta(number, line, *object, violations)});
}

}  // namespace

absl::StatusOr<SourceFormat> SourceFormatOf(absl::string_view file_name) {
  if (absl::EndsWithIgnoreCase(file_name, ".jsonl")) return SourceFormat::kJsonl;
  if (absl::EndsWithIgnoreCase(file_name, ".txt")) return SourceFormat::kText;
  return absl::InvalidArgumentError(
      absl::StrCat("\"", file_name, "\" is neither a .jsonl nor a .txt file"));
}

absl::StatusOr<std::vector<SourceText>> ParseSource(absl::string_view content,
                                                    SourceFormat format) {
  std::vector<SourceText> texts;
  LineViolations violations;
  ForEachLine(content, [&](size_t number, absl::string_view line) {
    const absl::string_view stripped = absl::StripAsciiWhitespace(line);
    if (stripped.empty()) return;
    if (format == SourceFormat::kJsonl) return ReadJsonLine(number, line, texts, violations);
    if (CheckLine(number, line, violations)) texts.push_back({std::string(stripped), ""});
  });
  if (texts.empty() && violations.empty()) violations.Add(0, "", "holds no texts");
  WINNOW_RETURN_IF_ERROR(violations.ToStatus(
      format == SourceFormat::kJsonl ? "not a valid JSONL source" : "not a valid text source"));
  return texts;
}

}  // namespace winnow::formats
