#include "common/formats/records.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "common/base/status.h"
#include "common/formats/csv.h"
#include "common/formats/json_values.h"
#include "common/formats/jsonl.h"
#include "common/formats/table.h"
#include "common/formats/token_lines.h"

namespace winnow::formats {

using nlohmann::json;

RecordReader::RecordReader(const Options& options, Take take, LineViolations& violations)
    : options_(options),
      take_(std::move(take)),
      violations_(violations),
      unpacking_(MakeUnpacking()) {
  if (options.text) Begin({.container = Container::kText, .looks_like = ""});
}

absl::Status RecordReader::Add(absl::string_view piece) {
  num_packed_bytes_ += piece.size();
  if (refused_.ok())
    refused_.Update(unpacking_->Add(piece, [this](absl::string_view text) { Read(text); }));
  return refused_;
}

absl::Status RecordReader::Finish() {
  if (refused_.ok())
    refused_.Update(unpacking_->Finish([this](absl::string_view text) { Read(text); }));
  if (refused_.ok() && !rows_.has_value()) Begin(Recognise(head_));
  if (refused_.ok()) rows_->finish();
  return refused_;
}

void RecordReader::Read(absl::string_view text) {
  if (!refused_.ok()) return;
  num_bytes_ += text.size();
  constexpr uint64_t kMaxRatio = 100;
  if (num_bytes_ > std::max(kMaxUnpackedBytes, kMaxRatio * num_packed_bytes_)) {
    refused_ = absl::InvalidArgumentError(
        absl::StrCat("unpacks to more than ", kMaxUnpackedBytes >> 20, " MiB and ", kMaxRatio,
                     " times its size; unpack it first"));
    return;
  }
  if (rows_.has_value()) return rows_->add(text);
  absl::StrAppend(&head_, text);
  if (head_.size() >= kRecogniseBytes)
    Begin(Recognise(absl::string_view(head_).substr(0, kRecogniseBytes)));
}

void RecordReader::Begin(const Recognised& recognised) {
  if (recognised.container == Container::kRefused) {
    refused_ = absl::InvalidArgumentError(absl::StrCat("looks like ", recognised.looks_like));
    return;
  }
  rows_ = MakeRows(recognised);
  rows_->add(std::exchange(head_, {}));
}

template <typename Reader>
RecordReader::Rows RecordReader::RowsOf(std::shared_ptr<Reader> reader) {
  return {[reader](absl::string_view text) { reader->Add(text); }, [reader] { reader->Finish(); }};
}

RecordReader::Rows RecordReader::LineRows(std::function<void(size_t, absl::string_view)> read) {
  const auto cutter = std::make_shared<LineCutter>(violations_);
  return {[=](absl::string_view text) { cutter->Add(text, read); }, [=] { cutter->Finish(read); }};
}

RecordReader::Rows RecordReader::MakeRows(const Recognised& recognised) {
  const Container container = recognised.container;
  const auto take_row = [=, this](size_t number, json row) {
    take_(container, {number, "", std::move(row)});
  };
  const auto take_json = [=, this](size_t number, absl::string_view raw) {
    if (std::optional<json> value = ParseJson(number, raw, violations_))
      take_(container, {number, raw, *std::move(value)});
  };
  switch (container) {
    case Container::kJsonArray:
    case Container::kJsonValues:
      violations_.set_unit("row");
      return RowsOf(
          std::make_shared<JsonValues>(container == Container::kJsonArray, take_json, violations_));
    case Container::kTokens: {
      const auto lines = std::make_shared<TokenLines>(take_row, violations_);
      Rows rows = LineRows([=](size_t n, absl::string_view line) { lines->ReadLine(n, line); });
      return {rows.add, [=] {
                rows.finish();
                lines->Finish();
              }};
    }
    case Container::kTable: {
      const auto table = std::make_shared<Table>(take_row, violations_);
      Rows rows = RowsOf(std::make_shared<CsvReader>(
          recognised.delimiter,
          [=](size_t n, std::vector<std::string> cells) { table->AddRow(n, std::move(cells)); },
          violations_));
      return {rows.add, [=] {
                rows.finish();
                table->Finish();
              }};
    }
    default:
      return LineRows([=, this](size_t number, absl::string_view line) {
        const absl::string_view stripped = absl::StripAsciiWhitespace(line);
        if (stripped.empty()) return;
        if (container == Container::kJsonLines) return take_json(number, line);
        if (CheckLine(number, line, violations_)) take_row(number, std::string(stripped));
      });
  }
}

}  // namespace winnow::formats
