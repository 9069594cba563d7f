// SOURCE on a command line: a file, piped input, or the name of a source.
#pragma once

#include <optional>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "common/formats/source.h"
#include "services/cli/recipes/input_file.h"
#include "services/cli/shell/environment.h"
#include "services/cli/shell/session.h"

namespace winnow::cli {

// The help of it.
inline constexpr char kSourceHelp[] =
    "texts: a .jsonl, .txt or .csv file, the name of a source, or - (default: piped input)";

// A SOURCE that was read. Nothing is imported before Import, so that a command can check everything
// else first.
class SourceArgument {
 public:
  // A file (ends with .jsonl, .txt or another extension of formats::SourceFormatOf, contains a '/',
  // or is a file here) means the source named after it and its content: "sample-0123456789ab". So
  // files of one name are different sources, and a file that was edited is another source, which
  // has what is in the file now. Standard input ("-", or nothing where it is not a terminal) means
  // one named after its content. Anything else is the name of a source; NotFound (UNKNOWN_SOURCE)
  // when there is none.
  static absl::StatusOr<SourceArgument> Read(const std::string& argument, Session& session,
                                             Environment& environment);
  // The texts of a file, or of standard input for "-", for the source of that name.
  static absl::StatusOr<SourceArgument> ReadFor(const std::string& name, const std::string& path,
                                                Environment& environment);

  // Of the source, which may be yet to be imported.
  const std::string& name() const { return name_; }

  // Imports the texts, unless the source is there. InvalidArgument, naming the file, with
  // everything that is wrong in it.
  absl::Status Import(Session& session, Environment& environment) const;
  // Imports them into the source, whether it is there or not; errors as Import. REQUIRES: it was
  // read from a file or the pipe.
  absl::StatusOr<annotation::v1::ImportSourceResponse> Add(Session& session) const;

 private:
  std::string name_;
  // Empty for the name of a source.
  std::string path_;
  std::optional<InputFile> file_;
  formats::SourceFormat format_ = formats::SourceFormat::kJsonl;
};

}  // namespace winnow::cli
