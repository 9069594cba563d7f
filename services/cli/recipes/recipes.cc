#include "services/cli/recipes/recipes.h"

#include "services/cli/recipes/prodigy_options.h"

namespace winnow::cli {

std::vector<CommandGroup> Recipes() {
  std::vector<CommandGroup> groups = {
      {"improve a recogniser", {NerTeach(), NerBatchTrain(), NerEvalAb(), PoolTrain()}},
      {"annotate texts", {NerManual(), NerCorrect(), NerMatch(), NerSilverToGold(), Mark()}},
      {"use and measure one", {NerPredict(), NerPrintStream(), NerEvaluate()}},
      {"datasets and texts",
       {DbIn(), DbOut(), DbMerge(), NerPrintDataset(), TermsToPatterns(), Stats(), Drop(),
        SourceList(), SourceAdd(), SourceShow(), SourceDrop(), EraseTexts()}},
      {"models",
       {ModelsList(), ModelsShow(), ModelsJudge(), ModelsPromote(), ModelsRollback(),
        ModelsExport(), ModelsImport()}},
      {"for a team",
       {Serve(), Open(), Answer(), Progress(), QueueSet(), Agreement(), Review(), PeopleAdd(),
        PeopleList(), PeopleDisable(), PeopleEnable(), PeopleRole(), PeopleRotate(), PeopleRemove(),
        Audit()}},
  };
  for (CommandGroup& group : groups) {
    for (Command& command : group.commands)
      command.spec.foreign_options = ProdigyOptions(command.spec.name);
  }
  return groups;
}

}  // namespace winnow::cli
