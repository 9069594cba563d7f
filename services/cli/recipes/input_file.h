// Files on this machine that a command reads.
#pragma once

#include <functional>
#include <string>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "common/base/piecewise_file.h"
#include "common/formats/source.h"
#include "services/cli/shell/environment.h"

namespace winnow::cli {

// The content of a file, or of standard input for "-". InvalidArgument, naming the file, when it
// cannot be read.
absl::StatusOr<std::string> ReadInput(const std::string& path, Environment& environment);

// The same for files of any size, in little memory.
class InputFile {
 public:
  static absl::StatusOr<InputFile> Open(const std::string& path, Environment& environment);

  // Passes on the content, from the beginning and in pieces, until `take` fails; as often as
  // wanted.
  absl::Status Read(const std::function<absl::Status(absl::string_view)>& take) const;
  bool empty() const;

 private:
  InputFile(std::string path, PiecewiseFile content)
      : path_(std::move(path)), content_(std::move(content)) {}

  std::string path_;
  // What cannot be read twice, as a pipe, has been copied.
  PiecewiseFile content_;
};

// `status` with the file it speaks of in front of its message.
absl::Status InFile(const std::string& path, const absl::Status& status);

// A name for what a path points at: the last part without its extension (`./ads/sample.jsonl` gives
// "sample"); what is not allowed in a name becomes '_'.
std::string NameOfPath(const std::string& path, bool drop_extension);

// The format that a file is in by the extension of its name; where that does not tell, as for "-",
// it is to be recognised.
formats::SourceFormat FormatOf(const std::string& path);

}  // namespace winnow::cli
