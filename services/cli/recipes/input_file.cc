#include "services/cli/recipes/input_file.h"

#include <filesystem>
#include <istream>
#include <iterator>
#include <system_error>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "common/base/file.h"
#include "common/base/status.h"
#include "common/rpc/server.h"

namespace winnow::cli {

absl::Status InFile(const std::string& path, const absl::Status& status) {
  if (status.ok()) return status;
  return WithMessage(status,
                     absl::StrCat(path == "-" ? "standard input" : path, ": ", status.message()));
}

absl::StatusOr<std::string> ReadInput(const std::string& path, Environment& environment) {
  if (path == "-") return std::string(std::istreambuf_iterator<char>(environment.in), {});
  absl::StatusOr<std::string> content = ReadFile(path);
  if (!content.ok()) return absl::InvalidArgumentError(content.status().message());
  return content;
}

absl::StatusOr<InputFile> InputFile::Open(const std::string& path, Environment& environment) {
  std::error_code unknown;
  if (path != "-" && std::filesystem::is_regular_file(path, unknown)) {
    absl::StatusOr<PiecewiseFile> file = PiecewiseFile::Open(path);
    if (!file.ok()) return absl::InvalidArgumentError(file.status().message());
    return InputFile(path, *std::move(file));
  }
  WINNOW_ASSIGN_OR_RETURN(PiecewiseFile copy,
                          PiecewiseFile::MakeNameless(std::filesystem::temp_directory_path()));
  if (path == "-") {
    std::string piece(rpc::kChunkBytes, '\0');
    while (environment.in.read(piece.data(), static_cast<std::streamsize>(piece.size())) ||
           environment.in.gcount() > 0) {
      WINNOW_RETURN_IF_ERROR(copy.Add(
          absl::string_view(piece).substr(0, static_cast<size_t>(environment.in.gcount()))));
    }
  } else {
    WINNOW_ASSIGN_OR_RETURN(const std::string content, ReadInput(path, environment));
    WINNOW_RETURN_IF_ERROR(copy.Add(content));
  }
  return InputFile(path, std::move(copy));
}

absl::Status InputFile::Read(const std::function<absl::Status(absl::string_view)>& take) const {
  return InFile(path_, content_.Read(take));
}

bool InputFile::empty() const {
  return content_.Read([](absl::string_view) { return absl::AbortedError("not empty"); }).ok();
}

std::string NameOfPath(const std::string& path, bool drop_extension) {
  std::filesystem::path normal = std::filesystem::absolute(path).lexically_normal();
  if (!normal.has_filename()) normal = normal.parent_path();
  std::string name = (drop_extension ? normal.stem() : normal.filename()).string();
  for (char& c : name) {
    if (!absl::ascii_isalnum(static_cast<unsigned char>(c)) && !absl::StrContains("._-", c))
      c = '_';
  }
  if (name.empty() || name[0] == '.' || name[0] == '-') name.insert(0, "_");
  return name;
}

formats::SourceFormat FormatOf(const std::string& path) {
  return formats::SourceFormatOf(path).value_or(formats::SourceFormat::kRecognise);
}

}  // namespace winnow::cli
