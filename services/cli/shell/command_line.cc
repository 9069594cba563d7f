#include "services/cli/shell/command_line.h"

#include <algorithm>
#include <iterator>
#include <ostream>

#include "absl/status/status.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "common/base/names.h"
#include "services/cli/shell/exit_code.h"
#include "services/cli/shell/help.h"
#include "services/cli/shell/hint.h"

namespace winnow::cli {
namespace {

// The command that `words` begin with, which takes one or two of them; null if there is none.
const Command* FindCommand(const std::vector<CommandGroup>& groups,
                           const std::vector<std::string>& words, size_t& num_words) {
  for (num_words = std::min<size_t>(2, words.size()); num_words > 0; --num_words) {
    const std::string name =
        absl::StrJoin(words.begin(), words.begin() + static_cast<long>(num_words), " ");
    for (const CommandGroup& group : groups) {
      for (const Command& command : group.commands) {
        if (command.spec.name == name) return &command;
      }
    }
  }
  return nullptr;
}

absl::Status UnknownCommand(const std::vector<CommandGroup>& groups,
                            const std::vector<std::string>& words) {
  std::vector<std::string> names;
  for (const CommandGroup& group : groups) {
    for (const Command& command : group.commands) names.push_back(command.spec.name);
  }
  std::vector<std::string> siblings;
  std::copy_if(names.begin(), names.end(), std::back_inserter(siblings),
               [&](const std::string& name) { return absl::StartsWith(name, words[0] + " "); });
  if (!siblings.empty() && words.size() == 1) {
    return absl::InvalidArgumentError(
        absl::StrCat("'", words[0], "' is half a command: ", absl::StrJoin(siblings, ", ")));
  }
  const std::string typed = siblings.empty() ? words[0] : absl::StrCat(words[0], " ", words[1]);
  return absl::InvalidArgumentError(absl::StrCat(
      "'", typed, "' is not a command.", DidYouMean(typed, names), " `winnow help` lists all"));
}

// Takes the words that ask for help out of `words`; false if there are none.
bool TakeHelp(std::vector<std::string>& words) {
  bool help = words.empty() || words[0] == "help";
  if (help && !words.empty()) words.erase(words.begin());
  const auto options_end = std::find(words.begin(), words.end(), "--");
  const auto asked = std::find_if(words.begin(), options_end, [](const std::string& word) {
    return word == "--help" || word == "-h";
  });
  if (asked == options_end) return help;
  words.erase(asked);
  return true;
}

absl::Status Dispatch(const std::vector<CommandGroup>& groups, std::vector<std::string> words,
                      Environment& environment) {
  if (words == std::vector<std::string>{"--version"}) {
    environment.out << environment.version << "\n";
    return absl::OkStatus();
  }
  const bool help = TakeHelp(words);
  if (words.empty()) {
    environment.out << OverviewOf(groups);
    return absl::OkStatus();
  }
  size_t num_words = 0;
  const Command* command = FindCommand(groups, words, num_words);
  if (command == nullptr) return UnknownCommand(groups, words);
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

int RunCommandLine(const std::vector<CommandGroup>& groups, const std::vector<std::string>& words,
                   Environment& environment) {
  absl::Status status = Dispatch(groups, words, environment);
  environment.out.flush();
  if (status.ok() && !environment.out)
    status = absl::InternalError("cannot write to standard output");
  if (!status.ok()) {
    const std::string hint = HintOf(status);
    environment.Note(absl::StrCat(status.message(), hint.empty() ? "" : "\n", hint));
  }
  return ExitCodeOf(status);
}

}  // namespace winnow::cli
