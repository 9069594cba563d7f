// The commands of `winnow`, one file per group.
#pragma once

#include <vector>

#include "services/cli/command.h"

namespace winnow::cli {

// db-in, db-out, stats, drop.
std::vector<Command> DataCommands();
// ner.teach.
std::vector<Command> TeachCommands();
// ner.batch-train.
std::vector<Command> TrainCommands();
// ner.evaluate, ner.predict.
std::vector<Command> EvalCommands();
// ner.eval-ab.
std::vector<Command> CompareCommands();
// models list, show, export, import, promote, rollback.
std::vector<Command> ModelsCommands();
// serve.
std::vector<Command> ServeCommands();

// All of these, in the order of the help.
std::vector<Command> AllCommands();

// Runs one command line (without the program's name): help, or a command. Errors are printed on
// `environment.err`. Returns the exit code.
int RunCommandLine(const std::vector<std::string>& words, Environment& environment);

}  // namespace winnow::cli
