#include "services/cli/recipes/input_file.h"

#include <filesystem>
#include <istream>
#include <iterator>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "common/base/file.h"
#include "common/base/status.h"

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
