#include "common/formats/table.h"

#include <algorithm>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "common/formats/jsonl.h"

namespace winnow::formats {
namespace {

using nlohmann::json;
using Names = std::initializer_list<absl::string_view>;

constexpr Names kText = {"text", "sentence", "content"};
constexpr Names kToken = {"word", "token"};
constexpr Names kTag = {"tag", "ner_tag", "ner", "label"};
constexpr Names kSentence = {"sentence #", "sentence_id", "sentence id", "sentence_idx", "sent_id"};

std::string Name(absl::string_view cell) {
  return absl::AsciiStrToLower(absl::StripAsciiWhitespace(
      absl::StripSuffix(absl::StripPrefix(absl::StripAsciiWhitespace(cell), "\""), "\"")));
}

std::optional<size_t> Find(const std::vector<std::string>& names, Names wanted) {
  for (const absl::string_view name : wanted) {
    const auto it = std::find(names.begin(), names.end(), name);
    if (it != names.end()) return static_cast<size_t>(it - names.begin());
  }
  return std::nullopt;
}

json CellValue(size_t line, const std::string& name, const std::string& cell,
               LineViolations& violations) {
  int64_t number = 0;
  if ((name == "start" || name == "end") && absl::SimpleAtoi(cell, &number)) {
    if (number < 0) return number;
    return static_cast<uint64_t>(number);
  }
  const bool looks_like_json = absl::StartsWith(cell, "[") || absl::StartsWith(cell, "{");
  if (!looks_like_json || name == "text" || !json::accept(cell)) return cell;
  if (JsonDepth(cell) > kMaxJsonDepth) {
    violations.Add(line, name, absl::StrCat("is nested deeper than ", kMaxJsonDepth));
    return nullptr;
  }
  std::optional<json> value = ParseJson(line, cell, violations);
  return value.has_value() ? *std::move(value) : json();
}

}  // namespace

std::optional<char> TableDelimiter(absl::string_view first_line) {
  for (const char delimiter : {',', '\t', ';'}) {
    std::vector<std::string> names;
    for (const absl::string_view cell : absl::StrSplit(first_line, delimiter))
      names.push_back(Name(cell));
    // A single name is a line of text as well.
    if (names.size() > 1 && (Find(names, kText) || Find(names, kToken))) return delimiter;
  }
  return std::nullopt;
}

void Table::AddRow(size_t line, std::vector<std::string> cells) {
  if (names_.empty()) return ReadNames(std::move(cells));
  if (cells.size() > names_.size()) {
    return violations_.Add(
        line, "", absl::StrCat("has ", cells.size(), " cells under ", names_.size(), " names"));
  }
  cells.resize(names_.size());
  if (token_.has_value() && tag_.has_value()) return AddToken(line, cells);
  json row = json::object();
  for (size_t i = 0; i < cells.size(); ++i) {
    if (!cells[i].empty()) row[names_[i]] = CellValue(line, names_[i], cells[i], violations_);
  }
  if (has_spans_) return AddSpan(line, std::move(row));
  take_(line, std::move(row));
}

void Table::ReadNames(std::vector<std::string> cells) {
  for (const std::string& cell : cells) names_.push_back(Name(cell));
  token_ = Find(names_, kToken);
  tag_ = Find(names_, kTag);
  sentence_ = Find(names_, kSentence);
  if (const std::optional<size_t> text = Find(names_, kText)) names_[*text] = "text";
  has_spans_ = Find(names_, {"text"}) && Find(names_, {"start"}) && Find(names_, {"end"}) &&
               Find(names_, {"label"});
  if (has_spans_) token_ = std::nullopt;
}

void Table::AddSpan(size_t line, json row) {
  json span = json::object();
  for (const char* key : {"start", "end", "label"}) {
    if (const auto it = row.find(key); it != row.end()) span[key] = std::move(*it);
    row.erase(key);
  }
  if (gathered_.is_null() || gathered_["text"] != row["text"]) {
    Flush();
    gathered_ = std::move(row);
    gathered_["spans"] = json::array();
    gathered_line_ = line;
  }
  if (!span.empty()) gathered_["spans"].push_back(std::move(span));
}

void Table::AddToken(size_t line, const std::vector<std::string>& cells) {
  // Some write the sentence's name with its first token only.
  if (sentence_.has_value() && !cells[*sentence_].empty() && cells[*sentence_] != sentence_name_) {
    Flush();
    sentence_name_ = cells[*sentence_];
  }
  tokens_.tokens.push_back(cells[*token_]);
  tokens_.tags.push_back(cells[*tag_]);
  token_lines_.push_back(line);
}

void Table::Flush() {
  if (!gathered_.is_null()) take_(gathered_line_, std::move(gathered_));
  gathered_ = nullptr;
  if (token_lines_.empty()) return;
  json row = TaggedRow(tokens_, [&](size_t i, const std::string& what) {
    violations_.Add(token_lines_[i], "", what);
  });
  take_(token_lines_.front(), std::move(row));
  tokens_ = {};
  token_lines_.clear();
}

}  // namespace winnow::formats
