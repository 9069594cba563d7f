#include "services/cli/shell/help.h"

#include <algorithm>
#include <cstddef>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/string_view.h"
#include "services/cli/shell/exit_code.h"

namespace winnow::cli {
namespace {

constexpr size_t kColumns = 80;
constexpr size_t kIndent = 2;

constexpr char kInCommon[] =
    "`winnow COMMAND --help` explains a command, with an example; `winnow --version` says which "
    "winnow this is.\n\n"
    "A MODEL is a name (the version of it that serves), a version (name@N), or a directory that "
    "`-o DIR/` or `models export` has written.\n\n"
    "Without --server HOST:PORT (or $WINNOW_SERVER) a command runs the services itself, on --data "
    "DIR (or $WINNOW_DATA_DIR, else ~/.local/share/winnow). `winnow serve` runs them for many.\n\n"
    "Results go to standard output, progress and notes to standard error. --json prints one JSON "
    "object, in which 64-bit integers are strings, as in every protobuf JSON.\n\n";

// `text` in lines of at most kColumns, of which all but the first begin with `indent` blanks; its
// own line breaks stay, and lines that fit stay as they are. The first line has `used` columns
// already.
std::string Wrapped(absl::string_view text, size_t indent, size_t used) {
  std::string out;
  size_t column = used;
  for (absl::string_view line : absl::StrSplit(text, '\n')) {
    if (!out.empty()) {
      absl::StrAppend(&out, "\n");
      column = 0;
    }
    if (std::max(column, indent) + line.size() <= kColumns) {
      absl::StrAppend(&out, std::string(line.empty() || column > 0 ? 0 : indent, ' '), line);
      continue;
    }
    for (absl::string_view word : absl::StrSplit(line, ' ', absl::SkipEmpty())) {
      if (column > indent && column + 1 + word.size() > kColumns) {
        absl::StrAppend(&out, "\n");
        column = 0;
      }
      const size_t blanks = column == 0 ? indent : column > indent ? 1 : 0;
      absl::StrAppend(&out, std::string(blanks, ' '), word);
      column += blanks + word.size();
    }
  }
  return out;
}

using Rows = std::vector<std::pair<std::string, std::string>>;

size_t WidthOf(const Rows& rows) {
  size_t width = 0;
  for (const auto& [heading, text] : rows) width = std::max(width, heading.size());
  return width;
}

// Two columns, the first `width` wide.
std::string Columns(const Rows& rows, size_t width) {
  const size_t indent = kIndent + width + 2;
  std::string out;
  for (const auto& [heading, text] : rows) {
    absl::StrAppend(&out, std::string(kIndent, ' '), heading,
                    std::string(width - heading.size() + 2, ' '), Wrapped(text, indent, indent),
                    "\n");
  }
  return out;
}

}  // namespace

std::string HelpOf(const CommandSpec& spec) {
  Rows rows;
  for (const ArgumentSpec& argument : spec.arguments)
    rows.emplace_back(argument.name, argument.help);
  for (const OptionSpec& option : spec.options) {
    rows.emplace_back(option.Heading(),
                      option.required ? absl::StrCat(option.help, " (required)") : option.help);
  }
  return absl::StrCat(spec.summary, "\n\n", UsageOf(spec), "\n\n", Columns(rows, WidthOf(rows)),
                      spec.notes.empty() ? "" : absl::StrCat("\n", Wrapped(spec.notes, 0, 0), "\n"),
                      "\nexample:\n  winnow ", spec.example, "\n");
}

std::string OverviewOf(const std::vector<CommandGroup>& groups) {
  // One width for all groups, so that the summaries stand in one column.
  std::vector<Rows> tables;
  size_t width = 0;
  for (const CommandGroup& group : groups) {
    Rows& rows = tables.emplace_back();
    for (const Command& command : group.commands)
      rows.emplace_back(command.spec.name, command.spec.summary);
    width = std::max(width, WidthOf(rows));
  }
  std::string help = "winnow makes a named-entity recogniser better with few yes/no answers.\n";
  for (size_t i = 0; i < groups.size(); ++i)
    absl::StrAppend(&help, "\n", groups[i].title, ":\n", Columns(tables[i], width));
  return absl::StrCat(help, "\n", Wrapped(kInCommon, 0, 0), kExitCodes);
}

}  // namespace winnow::cli
