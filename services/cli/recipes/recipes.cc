#include "services/cli/recipes/recipes.h"

namespace winnow::cli {

std::vector<CommandGroup> Recipes() {
  return {
      {"improve a recogniser", {NerTeach(), NerBatchTrain(), NerEvalAb(), PoolTrain()}},
      {"use and measure one", {NerPredict(), NerEvaluate()}},
      {"datasets and texts", {DbIn(), DbOut(), Stats(), Drop()}},
      {"models",
       {ModelsList(), ModelsShow(), ModelsPromote(), ModelsRollback(), ModelsExport(),
        ModelsImport()}},
      {"for a team", {Serve()}},
  };
}

}  // namespace winnow::cli
