// What the recipes have in common that ask about texts: ner.teach, ner.match, ner.manual and
// ner.correct about those of a source, review and ner.silver-to-gold about those of data sets.
#pragma once

#include <cstddef>
#include <limits>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "nlohmann/json.hpp"
#include "services/cli/recipes/answerer.h"
#include "services/cli/recipes/answering.h"
#include "services/cli/shell/environment.h"
#include "services/cli/shell/options.h"
#include "services/cli/shell/session.h"

namespace winnow::cli {

// How a recipe asks its questions, and what it tells of the answers.
struct Questions {
  // In the names of its queues: "teach".
  absl::string_view name;
  // `progress`: lines for the top of the screen.
  Reply (*ask_person)(Terminal& terminal, const annotation::v1::Task& task,
                      const std::string& progress);
  // Null where annotations do not tell the answer.
  Reply (*ask_oracle)(const Gold& gold, const annotation::v1::Task& task);
  nlohmann::ordered_json (*to_json)(const AnsweredTask& answer);
  // In words, without why it stopped.
  std::string (*summary)(const Answered& answered, const annotation::v1::Queue& queue);
  // For which a person has keys.
  size_t max_labels = std::numeric_limits<size_t>::max();
};

// Options that they have. SettingsOf and Annotate read those that a recipe has: those of
// AnsweringOptionSpecs (--oracle, --answers), and of MakingOptionSpecs (--queue, --make-only and
// who gets the tasks).
OptionSpec ExcludeOption();
OptionSpec PatternsOption(std::string help);
OptionSpec SeedOption(std::string help);
OptionSpec OrderOption();
OptionSpec AnswersOption();
std::vector<OptionSpec> AnsweringOptionSpecs();
std::vector<OptionSpec> MakingOptionSpecs();
// All options of a recipe in which texts are marked that a model has marked beforehand; `order`
// names its orders, the default first.
std::vector<OptionSpec> CorrectingOptionSpecs(std::string order_help,
                                              std::vector<std::string> orders);

// The settings of a queue that the options say; all but the model, the source and the name.
absl::StatusOr<annotation::v1::QueueSpec> SettingsOf(annotation::v1::TaskKind kind,
                                                     const Invocation& invocation,
                                                     Environment& environment);

// Makes the queue, or goes on with the one of the same command, asks until the person, the texts or
// --answers end it, and prints what came of it; with --make-only it asks nothing. The arguments are
// DATASET, SOURCE unless the settings name input data sets, and MODEL where the recipe has one; the
// labels are all of the input data sets where the settings have none. Nothing is made where nobody
// can answer, and nothing imported where anything can be refused: InvalidArgument also for more
// labels than a person has keys. An oracle waits for the learner, so that a seed gives the same
// questions.
absl::Status Annotate(annotation::v1::QueueSpec settings, const Questions& questions,
                      const Invocation& invocation, Environment& environment);

// The same on the queue QUEUE, which somebody has made.
absl::Status AnswerQueue(const annotation::v1::Queue& queue, const Questions& questions,
                         const Invocation& invocation, Session& session, Environment& environment);

// A queue as it stands; with `wait` when it has been opened.
absl::StatusOr<annotation::v1::Queue> GetQueue(const std::string& name, bool wait,
                                               Session& session);

// "3 answers: 1 accepted, 2 rejected (1 mended), 0 ignored"
std::string CountsOf(const Answered& answered);
// "300 answers in all"; with checks of people, which are none of these, "289 answers and 11 checks
// in all".
std::string AnswersInAll(const annotation::v1::QueueStatus& status);

}  // namespace winnow::cli
