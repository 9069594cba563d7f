#include "services/cli/recipes/prodigy_options.h"

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"

namespace winnow::cli {
namespace {

struct Row {
  // Separated by blanks; the recipe that our own replaces may have another name there.
  const char* recipes;
  ForeignOption option;
};

constexpr char kTeach[] = "ner.teach";
constexpr char kTrain[] = "ner.batch-train";
constexpr char kCompare[] = "ner.eval-ab";

// Theirs to ours. One row for each option of a recipe; nothing that works here stands here.
const std::vector<Row>& Rows() {
  static const auto& rows = *new std::vector<Row>{
      {"ner.teach ner.manual ner.correct ner.match ner.eval-ab mark db-in",
       {{"-lo", "--loader"}, true, "leave it out: the name of the file tells its format"}},
      {kTeach, {{"-m", "--model"}, true, "give the model as the second argument, MODEL"}},
      {"ner.manual",
       {{"-C", "--highlight-chars"},
        false,
        "leave it out: spans begin and end with tokens, which are as fine as words, numbers and "
        "single characters"}},
      {"ner.correct", {{"-U", "--unsegmented"}, false, "leave it out: whole texts are shown"}},
      {"ner.correct",
       {{"-UP", "--update"},
        false,
        "leave it out: train with `winnow ner.batch-train` now and then; the version that serves "
        "marks what comes next"}},
      {"ner.correct",
       {{"-c", "--component"}, true, "leave it out: a model here does nothing else"}},
      {"ner.match",
       {{"-R", "--resume"}, false, "leave it out: the same command goes on where it stopped"}},
      {"ner.match", {{"-C", "--combine-matches"}, false, "leave it out: each match is a question"}},
      {"review", {{"-v", "--view-id"}, true, "leave it out: the answers tell what was asked"}},
      {"review",
       {{"-S", "--show-skipped"}, false, "leave it out: who ignored a task says nothing of it"}},
      {"review",
       {{"-AS", "--accept-single"},
        false,
        "leave it out: what one person alone said is not under review; give trainings both "
        "datasets"}},
      {"mark",
       {{"-v", "--view-id"}, true, "leave it out: texts are shown with the spans of their rows"}},
      {"mark", {{"-l", "--label"}, true, "leave it out: a text is judged as a whole"}},
      {"mark",
       {{"-M", "--memorize"},
        false,
        "leave it out: what DATASET has judged as a whole is not asked again"}},
      {kTrain, {{"-m", "--base-model"}, true, "give it as the second argument, MODEL"}},
      {kTrain, {{"--ner"}, true, "give the datasets as the first argument, DATASET"}},
      {kTrain,
       {{"-NM", "--no-missing"},
        false,
        "say it of the annotations, once: winnow db-in DATASET FILE --complete; of a dataset both "
        "kinds of rows are used as what they are"}},
      {kTrain,
       {{"-d", "--dropout"},
        true,
        "leave it out: the model has none; --prior X pulls towards the weights of MODEL instead"}},
      {kTrain, {{"-b", "--batch-size"}, true, "leave it out: the learner chooses it"}},
      {kTrain,
       {{"-bw", "--beam-width"}, true, "leave it out: probabilities are exact, there is no beam"}},
      {kTrain, {{"-f", "--factor"}, true, "leave it out: all answers are used"}},
      {kTrain,
       {{"-U", "--unsegmented"}, false, "leave it out: whole texts are always learnt from"}},
      {kTrain, {{"-S", "--silent"}, false, "write 2>/dev/null: progress goes to standard error"}},
      {kTrain, {{"-g", "--gpu-id"}, true, "leave it out: no GPU is needed"}},
      {kTrain,
       {{"-L", "--label-stats"}, false, "ask `winnow ner.evaluate`, which tells each label"}},
      {kTrain,
       {{"-c", "--config"}, true, "leave it out: `winnow help ner.batch-train` has all settings"}},
      {kCompare,
       {{"-e", "--exclude"},
        true,
        "leave it out: texts that A or B was trained on, or that DATASET has judged, are not "
        "asked"}},
      {kCompare, {{"-U", "--unsegmented"}, false, "leave it out: whole texts are always shown"}},
      {"db-in",
       {{"-a", "--answer"}, true, "write \"answer\" into the rows: each is taken with its own"}},
      {"db-in", {{"-o", "--overwrite"}, false, "leave it out, or write \"answer\" into the rows"}},
      {"db-in db-out",
       {{"-D", "--dry"}, false, "leave it out: what is wrong is refused as a whole"}},
      {"db-in db-merge",
       {{"-rh", "--rehash"}, false, "leave it out: hashes are kept, and nothing depends on them"}},
      {"terms.to-patterns",
       {{"-m", "--spacy-model"}, true, "leave it out: words are cut as the learner cuts them"}},
      {"db-out",
       {{"-a", "--answer"}, true, "filter the rows: winnow db-out DATASET | grep '\"accept\"'"}},
      {"db-out", {{"-F", "--flagged-only"}, false, "filter the rows: there are no flags here"}},
      {"stats",
       {{"-l", "-ls", "--list-datasets", "--list-sessions"},
        false,
        "leave it out: all datasets are listed"}},
      {"stats", {{"-NF", "--no-format"}, false, "write --json"}},
      {"drop", {{"-n", "--batch-size"}, true, "leave it out: a dataset is removed in one step"}},
  };
  return rows;
}

}  // namespace

std::vector<ForeignOption> ProdigyOptions(absl::string_view recipe) {
  std::vector<ForeignOption> options;
  for (const Row& row : Rows()) {
    if (absl::StrContains(absl::StrCat(" ", row.recipes, " "), absl::StrCat(" ", recipe, " ")))
      options.push_back(row.option);
  }
  return options;
}

}  // namespace winnow::cli
