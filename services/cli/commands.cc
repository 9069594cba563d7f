#include "services/cli/commands.h"

#include <algorithm>
#include <iterator>
#include <ostream>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "common/base/names.h"

namespace winnow::cli {
namespace {

constexpr char kHelpEnd[] =
    "\n`winnow COMMAND --help` explains a command, with an example.\n\n"
    "A MODEL is a name (follows the version that serves), name@N, or an exported directory.\n"
    "Without --server HOST:PORT (or $WINNOW_SERVER) the services run in this process, on --data "
    "DIR (or "
    "$WINNOW_DATA_DIR,\n"
    "else ~/.local/share/winnow); `winnow serve` runs them for many. Results go to standard "
    "output, progress and notes "
    "to\n"
    "standard error; --json prints one JSON object, in which 64-bit integers are strings, as in "
    "every protobuf "
    "JSON.\n\n"
    "exit codes: 0 done; 2 the input or the command line is wrong, nothing was changed; 3 no "
    "server, or no answer in\n"
    "time; 1 anything else.\n";

std::string Overview(const std::vector<Command>& commands) {
  std::string help = "winnow makes a named-entity recogniser better with few yes/no answers.\n\n";
  size_t width = 0;
  for (const Command& command : commands) width = std::max(width, command.spec.name.size());
  for (const Command& command : commands) {
    absl::StrAppend(&help, "  ", command.spec.name,
                    std::string(width - command.spec.name.size() + 2, ' '), command.spec.summary,
                    "\n");
  }
  return absl::StrCat(help, kHelpEnd);
}

// The command that `words` begin with, which takes one or two of them; null if there is none.
const Command* FindCommand(const std::vector<Command>& commands,
                           const std::vector<std::string>& words, size_t& num_words) {
  for (num_words = std::min<size_t>(2, words.size()); num_words > 0; --num_words) {
    const std::string name =
        absl::StrJoin(words.begin(), words.begin() + static_cast<long>(num_words), " ");
    for (const Command& command : commands) {
      if (command.spec.name == name) return &command;
    }
  }
  return nullptr;
}

absl::Status UnknownCommand(const std::vector<Command>& commands,
                            const std::vector<std::string>& words) {
  std::vector<std::string> names;
  for (const Command& command : commands) names.push_back(command.spec.name);
  const std::string typed =
      words[0] == "models" && words.size() > 1 ? absl::StrCat(words[0], " ", words[1]) : words[0];
  return absl::InvalidArgumentError(absl::StrCat(
      "'", typed, "' is not a command.", DidYouMean(typed, names), " `winnow help` lists all"));
}

absl::Status Dispatch(std::vector<std::string> words, Environment& environment) {
  const std::vector<Command> commands = AllCommands();
  const auto is_help = [](const std::string& word) { return word == "--help" || word == "-h"; };
  bool help = words.empty() || words[0] == "help";
  if (help && !words.empty()) words.erase(words.begin());
  const auto options_end = std::find(words.begin(), words.end(), "--");
  if (const auto asked = std::find_if(words.begin(), options_end, is_help); asked != options_end) {
    help = true;
    words.erase(asked);
  }
  if (words.empty()) {
    environment.out << Overview(commands);
    return absl::OkStatus();
  }
  size_t num_words = 0;
  const Command* command = FindCommand(commands, words, num_words);
  if (command == nullptr) return UnknownCommand(commands, words);
  if (help) {
    environment.out << HelpOf(command->spec);
    return absl::OkStatus();
  }
  words.erase(words.begin(), words.begin() + static_cast<long>(num_words));
  const absl::StatusOr<Invocation> invocation = Parse(command->spec, words);
  if (!invocation.ok()) return invocation.status();
  return command->run(*invocation, environment);
}

}  // namespace

std::vector<Command> AllCommands() {
  std::vector<Command> all;
  for (std::vector<Command>& group : std::vector<std::vector<Command>>{
           TeachCommands(), TrainCommands(), EvalCommands(), CompareCommands(), DataCommands(),
           ModelsCommands(), ServeCommands()}) {
    std::move(group.begin(), group.end(), std::back_inserter(all));
  }
  return all;
}

int RunCommandLine(const std::vector<std::string>& words, Environment& environment) {
  absl::Status status = Dispatch(words, environment);
  environment.out.flush();
  if (status.ok() && !environment.out)
    status = absl::InternalError("cannot write to standard output");
  if (!status.ok()) environment.Note(status.message());
  return ExitCodeOf(status);
}

}  // namespace winnow::cli
