// SOURCE on a command line: a file, piped input, or the name of a source.
#pragma once

#include <string>

#include "absl/status/statusor.h"
#include "services/cli/shell/environment.h"
#include "services/cli/shell/session.h"

namespace winnow::cli {

// The help of it.
inline constexpr char kSourceHelp[] =
    "texts: a .jsonl, .txt or .csv file, the name of a source, or - (default: piped input)";

// The name of the source that SOURCE means: a file (ends with .jsonl, .txt or another extension of
// formats::SourceFormatOf, contains a '/', or is a file here) is imported into a source named after
// it, standard input ("-", or nothing where it is not a terminal) into one named after its content;
// anything else is the name of a source.
absl::StatusOr<std::string> ResolveSource(const std::string& argument, Session& session,
                                          Environment& environment);

}  // namespace winnow::cli
