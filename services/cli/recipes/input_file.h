// Files on this machine that a command reads.
#pragma once

#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "common/formats/source.h"
#include "services/cli/shell/environment.h"

namespace winnow::cli {

// The content of a file, or of standard input for "-". InvalidArgument, naming the file, when it
// cannot be read.
absl::StatusOr<std::string> ReadInput(const std::string& path, Environment& environment);

// `status` with the file it speaks of in front of its message.
absl::Status InFile(const std::string& path, const absl::Status& status);

// A name for what a path points at: the last part without its extension (`./ads/sample.jsonl` gives
// "sample"); what is not allowed in a name becomes '_'.
std::string NameOfPath(const std::string& path, bool drop_extension);

// The format that a file is in by the extension of its name; where that does not tell, as for "-",
// it is to be recognised.
formats::SourceFormat FormatOf(const std::string& path);

}  // namespace winnow::cli
