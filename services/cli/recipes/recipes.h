// The recipes of `winnow`, one file each, named after the recipe.
#pragma once

#include <vector>

#include "services/cli/shell/command.h"

namespace winnow::cli {

Command NerTeach();
Command NerManual();
Command NerCorrect();
Command NerMatch();
Command NerSilverToGold();
Command Mark();
Command NerBatchTrain();
Command NerEvalAb();
Command NerEvaluate();
Command NerPredict();
Command DbMerge();
Command NerPrintStream();
Command NerPrintDataset();
Command PeopleAdd();
Command PeopleList();
Command PeopleDisable();
Command PeopleEnable();
Command PeopleRole();
Command PeopleRotate();
Command PeopleRemove();
Command Audit();
Command Answer();
Command Progress();
Command QueueSet();
Command Review();
Command Agreement();
Command PoolTrain();
Command DbIn();
Command DbOut();
Command TermsToPatterns();
Command Stats();
Command Drop();
Command SourceList();
Command SourceAdd();
Command SourceShow();
Command SourceDrop();
Command EraseTexts();
Command ModelsList();
Command ModelsShow();
Command ModelsExport();
Command ModelsImport();
Command ModelsJudge();
Command ModelsPromote();
Command ModelsRollback();
Command Serve();
Command Open();

// All of them, in the order of the help.
std::vector<CommandGroup> Recipes();

}  // namespace winnow::cli
