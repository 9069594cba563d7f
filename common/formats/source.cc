#include "common/formats/source.h"

#include <iterator>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "common/base/status.h"
#include "common/formats/jsonl.h"
#include "common/formats/lines.h"
#include "common/formats/records.h"
#include "common/formats/row_formats.h"

namespace winnow::formats {
namespace {

using nlohmann::json;

struct Extension {
  absl::string_view name;
  SourceFormat format;
};

constexpr Extension kExtensions[] = {
    {".txt", SourceFormat::kText},      {".jsonl", SourceFormat::kJsonl},
    {".json", SourceFormat::kJsonl},    {".csv", SourceFormat::kRecognise},
    {".tsv", SourceFormat::kRecognise}, {".conll", SourceFormat::kRecognise},
    {".iob", SourceFormat::kRecognise}, {".bio", SourceFormat::kRecognise},
};

}  // namespace

absl::StatusOr<SourceFormat> SourceFormatOf(absl::string_view file_name) {
  absl::string_view name = file_name;
  for (const absl::string_view packed : {".gz", ".zst"}) {
    if (absl::EndsWithIgnoreCase(name, packed)) name.remove_suffix(packed.size());
  }
  for (const Extension& extension : kExtensions) {
    if (absl::EndsWithIgnoreCase(name, extension.name)) return extension.format;
  }
  return absl::InvalidArgumentError(
      absl::StrCat("\"", file_name, "\" does not end as a file of texts does, .txt or .jsonl"));
}

class SourceParser::Impl {
 public:
  explicit Impl(SourceFormat format)
      : format_(format),
        records_(
            {.text = format == SourceFormat::kText},
            [this](Container container, Record record) { Read(container, std::move(record)); },
            violations_) {}

  std::vector<SourceText> Add(absl::string_view piece) {
    if (whole_.ok()) whole_ = records_.Add(piece);
    return TakeTexts();
  }

  absl::StatusOr<std::vector<SourceText>> Finish() {
    if (whole_.ok()) whole_ = records_.Finish();
    if (!whole_.ok()) violations_.Add(0, "", whole_.message());
    std::vector<SourceText> texts = TakeTexts();
    if (!any_text_ && violations_.empty()) violations_.Add(0, "", "holds no texts");
    WINNOW_RETURN_IF_ERROR(violations_.ToStatus("not a valid source"));
    return texts;
  }

 private:
  std::vector<SourceText> TakeTexts() {
    any_text_ |= !texts_.empty();
    if (!violations_.empty() || !whole_.ok()) texts_.clear();
    return std::exchange(texts_, {});
  }

  void Read(Container container, Record record) {
    if (container == Container::kText && format_ == SourceFormat::kJsonl) {
      if (!std::exchange(refused_, true))
        violations_.Add(0, "", "looks like plain text; name it .txt if a line is a text");
      return;
    }
    if (record.value.is_string()) return ReadText(record.number, json{{"text", record.value}}, "");
    if (record.value.is_object() && FindMember(record.value, "text") != nullptr) {
      if (container == Container::kTable) MoveIntoMeta(record.value);
      return ReadText(record.number, record.value, record.raw);
    }
    // Some formats keep the text elsewhere.
    ReadFormatRow(
        container, std::move(record),
        [this](const FormatRow& row) { ReadText(row.number, row.row, row.raw); }, violations_);
  }

  static void MoveIntoMeta(json& row) {
    json meta = json::object();
    for (auto& [key, value] : row.items()) {
      if (key != "text") meta[key] = std::move(value);
    }
    row = {{"text", std::move(row["text"])}};
    if (!meta.empty()) row["meta"] = std::move(meta);
  }

  // Those of the row as it stands in the file, if it is an object there.
  static std::string FieldsOf(const json& row, absl::string_view raw) {
    if (absl::StartsWith(absl::StripLeadingAsciiWhitespace(raw), "{"))
      return OtherMembers(raw, "text");
    json others = row;
    others.erase("text");
    return others.empty() ? "" : others.dump(-1, ' ', false, json::error_handler_t::replace);
  }

  void ReadText(size_t number, const json& row, absl::string_view raw) {
    std::string text = ReadString(number, row, "text", "text", violations_);
    std::string meta = ReadMeta(number, raw, row, violations_);
    texts_.push_back({std::move(text), std::move(meta), FieldsOf(row, raw)});
  }

  const SourceFormat format_;
  LineViolations violations_;
  RecordReader records_;
  // What the file as a whole was refused for.
  absl::Status whole_;
  std::vector<SourceText> texts_;
  bool any_text_ = false;
  bool refused_ = false;
};

SourceParser::SourceParser(SourceFormat format) : impl_(std::make_unique<Impl>(format)) {}
SourceParser::~SourceParser() = default;
SourceParser::SourceParser(SourceParser&&) = default;
std::vector<SourceText> SourceParser::Add(absl::string_view piece) { return impl_->Add(piece); }
absl::StatusOr<std::vector<SourceText>> SourceParser::Finish() { return impl_->Finish(); }

absl::StatusOr<std::vector<SourceText>> ParseSource(absl::string_view content,
                                                    SourceFormat format) {
  SourceParser parser(format);
  std::vector<SourceText> texts = parser.Add(content);
  WINNOW_ASSIGN_OR_RETURN(std::vector<SourceText> last, parser.Finish());
  std::move(last.begin(), last.end(), std::back_inserter(texts));
  return texts;
}

}  // namespace winnow::formats
