#include "common/formats/source.h"

#include <iterator>
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
  std::string meta = ReadMeta(number, line, *object, violations);
  texts.push_back({std::move(text), std::move(meta), OtherMembers(line, "text")});
}

}  // namespace

absl::StatusOr<SourceFormat> SourceFormatOf(absl::string_view file_name) {
  if (absl::EndsWithIgnoreCase(file_name, ".jsonl")) return SourceFormat::kJsonl;
  if (absl::EndsWithIgnoreCase(file_name, ".txt")) return SourceFormat::kText;
  return absl::InvalidArgumentError(
      absl::StrCat("\"", file_name, "\" is neither a .jsonl nor a .txt file"));
}

std::vector<SourceText> SourceParser::Parse(absl::string_view lines) {
  std::vector<SourceText> texts;
  const auto read = [&](size_t number, absl::string_view line) {
    next_line_ = number + 1;
    const absl::string_view stripped = absl::StripAsciiWhitespace(line);
    if (stripped.empty()) return;
    if (format_ == SourceFormat::kJsonl) return ReadJsonLine(number, line, texts, violations_);
    if (CheckLine(number, line, violations_)) texts.push_back({std::string(stripped), "", ""});
  };
  ForEachLine(lines, read, next_line_);
  any_text_ |= !texts.empty();
  if (!violations_.empty()) texts.clear();
  return texts;
}

std::vector<SourceText> SourceParser::Add(absl::string_view piece) {
  const size_t end = piece.rfind('\n');
  if (end == absl::string_view::npos) {
    absl::StrAppend(&rest_, piece);
    return {};
  }
  absl::StrAppend(&rest_, piece.substr(0, end + 1));
  std::vector<SourceText> texts = Parse(rest_);
  rest_ = std::string(piece.substr(end + 1));
  return texts;
}

absl::StatusOr<std::vector<SourceText>> SourceParser::Finish() {
  std::vector<SourceText> texts = Parse(rest_);
  rest_.clear();
  if (!any_text_ && violations_.empty()) violations_.Add(0, "", "holds no texts");
  WINNOW_RETURN_IF_ERROR(violations_.ToStatus(
      format_ == SourceFormat::kJsonl ? "not a valid JSONL source" : "not a valid text source"));
  return texts;
}

absl::StatusOr<std::vector<SourceText>> ParseSource(absl::string_view content,
                                                    SourceFormat format) {
  SourceParser parser(format);
  std::vector<SourceText> texts = parser.Add(content);
  WINNOW_ASSIGN_OR_RETURN(std::vector<SourceText> last, parser.Finish());
  std::move(last.begin(), last.end(), std::back_inserter(texts));
  return texts;
}

}  // namespace winnow::formats
