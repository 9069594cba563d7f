#include "common/ner/vectors_file.h"

#include <algorithm>
#include <cerrno>
#include <cmath>
#include <cstdio>
#include <cstring>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "absl/container/flat_hash_set.h"
#include "absl/status/status.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "common/base/status.h"
#include "common/ner/word_form.h"
#include "common/text/utf8.h"

namespace winnow::ner {
namespace {

constexpr size_t kMaxLineBytes = 1 << 20;
constexpr size_t kMaxDimensions = 10'000;

using NextPiece = absl::FunctionRef<absl::StatusOr<std::string>()>;

// The lines of a file, read as they are asked for. Not thread-safe.
class LineReader {
 public:
  LineReader(NextPiece next_piece, std::string name)
      : next_piece_(next_piece), name_(std::move(name)) {}

  // The next line without its line break, valid until the next call; nothing at the end.
  // InvalidArgument for a line that is too long or not UTF-8.
  absl::StatusOr<std::optional<absl::string_view>> Next() {
    size_t end;
    while ((end = buffer_.find('\n', begin_)) == std::string::npos && !at_end_) {
      if (buffer_.size() - begin_ > kMaxLineBytes) break;
      WINNOW_RETURN_IF_ERROR(Fill());
    }
    if (begin_ == buffer_.size()) return std::nullopt;
    ++number_;
    absl::string_view line =
        absl::string_view(buffer_).substr(begin_, end == std::string::npos ? end : end - begin_);
    begin_ = end == std::string::npos ? buffer_.size() : end + 1;
    if (line.size() > kMaxLineBytes) return Refuse("is too long: this is no text file of vectors");
    if (text::FindInvalidUtf8(line) != absl::string_view::npos) return Refuse("is not valid UTF-8");
    if (number_ == 1 && absl::ConsumePrefix(&line, "\xEF\xBB\xBF")) return line;
    return line;
  }

  // That the line read last cannot be used.
  absl::Status Refuse(absl::string_view what) const {
    return absl::InvalidArgumentError(absl::StrCat(name_, ":", number_, ": ", what));
  }

 private:
  absl::Status Fill() {
    buffer_.erase(0, begin_);
    begin_ = 0;
    WINNOW_ASSIGN_OR_RETURN(const std::string piece, next_piece_());
    buffer_ += piece;
    at_end_ = piece.empty();
    return absl::OkStatus();
  }

  NextPiece next_piece_;
  std::string name_;
  std::string buffer_;
  size_t begin_ = 0;  // the next line begins here
  size_t number_ = 0;
  bool at_end_ = false;
};

struct Header {
  size_t num_rows = 0;
  size_t num_dimensions = 0;
};

std::optional<Header> ParseHeader(absl::Span<const absl::string_view> fields) {
  Header header;
  if (fields.size() != 2 || !absl::SimpleAtoi(fields[0], &header.num_rows) ||
      !absl::SimpleAtoi(fields[1], &header.num_dimensions)) {
    return std::nullopt;
  }
  return header;
}

bool IsNumber(absl::string_view field) {
  float value;
  return absl::SimpleAtof(field, &value);
}

class VectorsReader {
 public:
  VectorsReader(LineReader lines, size_t max_words)
      : lines_(std::move(lines)), max_words_(max_words) {}

  absl::StatusOr<ImportedVectors> Read() && {
    size_t num_rows = 0;
    std::optional<Header> header;
    for (bool first = true; result_.word_hashes.size() < max_words_; first = false) {
      WINNOW_ASSIGN_OR_RETURN(const std::optional<absl::string_view> line, lines_.Next());
      if (!line.has_value()) break;
      fields_ = absl::StrSplit(*line, absl::ByAnyChar(" \t\r"), absl::SkipEmpty());
      if (first && (header = ParseHeader(fields_)).has_value()) {
        num_dimensions_ = header->num_dimensions;
        if (num_dimensions_ == 0) return lines_.Refuse("says that vectors have no dimensions");
        WINNOW_RETURN_IF_ERROR(CheckDimensions());
        continue;
      }
      if (fields_.empty()) continue;
      WINNOW_RETURN_IF_ERROR(ReadRow());
      ++num_rows;
    }
    const size_t num_kept = result_.word_hashes.size();
    if (num_kept < max_words_ && header.has_value() && num_rows != header->num_rows) {
      return lines_.Refuse(absl::StrCat("the file ends after ", num_rows, " rows; its header says ",
                                        header->num_rows));
    }
    if (num_kept == 0) return lines_.Refuse("the file has no vectors");
    result_.vectors.conservativeResize(static_cast<Eigen::Index>(num_kept), Eigen::NoChange);
    return std::move(result_);
  }

 private:
  absl::Status CheckDimensions() const {
    if (num_dimensions_ <= kMaxDimensions) return absl::OkStatus();
    return lines_.Refuse(
        absl::StrCat(num_dimensions_, " dimensions are more than ", kMaxDimensions));
  }

  absl::Status ReadRow() {
    if (num_dimensions_ == 0) {
      // The first row may have a word with blanks, too.
      const auto last = std::find_if_not(fields_.rbegin(), fields_.rend() - 1, IsNumber);
      num_dimensions_ = static_cast<size_t>(last - fields_.rbegin());
      if (num_dimensions_ == 0) return lines_.Refuse("has no values");
      WINNOW_RETURN_IF_ERROR(CheckDimensions());
    }
    // Behind the first field of a word with blanks may stand what is no number.
    size_t word_fields = 1;
    while (word_fields + num_dimensions_ < fields_.size() && !IsNumber(fields_[word_fields]))
      ++word_fields;
    if (fields_.size() != word_fields + num_dimensions_) {
      return lines_.Refuse(absl::StrCat("has ", fields_.size() - 1, " values, not ",
                                        num_dimensions_, " as the rows before or the header"));
    }
    values_.resize(static_cast<Eigen::Index>(num_dimensions_));
    for (size_t i = 0; i < num_dimensions_; ++i) {
      const absl::string_view field = fields_[word_fields + i];
      float value;
      if (!absl::SimpleAtof(field, &value) || !std::isfinite(value)) {
        return lines_.Refuse(absl::StrCat("value ", i + 1, ", \"", field.substr(0, 40),
                                          "\", is not a finite number"));
      }
      values_[static_cast<Eigen::Index>(i)] = value;
    }
    // A word with blanks is several tokens here, so nothing would ask for its vector.
    if (word_fields == 1) Keep(FormOf(fields_[0]).hash);
    return absl::OkStatus();
  }

  void Keep(uint64_t word_hash) {
    // Files are sorted by frequency: the first of the forms that are one word here counts.
    if (!seen_.insert(word_hash).second) return;
    const auto row = static_cast<Eigen::Index>(result_.word_hashes.size());
    if (row == result_.vectors.rows()) {
      result_.vectors.conservativeResize(std::max<Eigen::Index>(1024, 2 * row),
                                         static_cast<Eigen::Index>(num_dimensions_));
    }
    result_.vectors.row(row) = values_;
    result_.word_hashes.push_back(word_hash);
  }

  LineReader lines_;
  const size_t max_words_;
  size_t num_dimensions_ = 0;
  ImportedVectors result_;
  absl::flat_hash_set<uint64_t> seen_;
  std::vector<absl::string_view> fields_;
  Eigen::RowVectorXf values_;
};

}  // namespace

absl::StatusOr<ImportedVectors> ReadVectors(const std::filesystem::path& path, size_t max_words) {
  struct Close {
    void operator()(std::FILE* file) const { std::fclose(file); }
  };
  const std::unique_ptr<std::FILE, Close> file(std::fopen(path.c_str(), "rb"));
  const auto error = [&] {
    return absl::ErrnoToStatus(errno, absl::StrCat("cannot read ", path.string()));
  };
  if (file == nullptr) return error();
  const auto next_piece = [&]() -> absl::StatusOr<std::string> {
    std::string piece(1 << 16, '\0');
    piece.resize(std::fread(piece.data(), 1, piece.size(), file.get()));
    if (std::ferror(file.get()) != 0) return error();
    return piece;
  };
  return ReadVectors(next_piece, path.string(), max_words);
}

absl::StatusOr<ImportedVectors> ReadVectors(NextPiece next_piece, const std::string& name,
                                            size_t max_words) {
  return VectorsReader(LineReader(next_piece, name), max_words).Read();
}

}  // namespace winnow::ner
