#include "services/cli/shell/environment.h"

#include <ostream>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "services/cli/terminal/printable.h"

namespace winnow::cli {

bool Environment::WantsColour() const {
  return variable("NO_COLOR").empty() && variable("TERM") != "dumb";
}

void Environment::Note(absl::string_view message) {
  std::string lines = "winnow: ";
  for (absl::string_view line : absl::StrSplit(message, '\n'))
    absl::StrAppend(&lines, Printable(line), "\n");
  err << lines << std::flush;
}

}  // namespace winnow::cli
