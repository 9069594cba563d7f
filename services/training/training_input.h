// Reads the texts of a training: those to learn from, to choose settings on, and to measure on.
#pragma once

#include <vector>

#include "absl/status/statusor.h"
#include "common/measure/figures.h"
#include "common/measure/labelled_texts.h"
#include "common/training/training_data.h"
#include "services/training/loaded_version.h"
#include "services/training/training_environment.h"
#include "winnow/storage/v1/training_records.pb.h"

namespace winnow::training {

struct TrainingInput {
  // Everything that the data sets, and the gold sets, say.
  measure::LabelledTexts answers;
  measure::LabelledTexts gold;
  // What the data sets say, together with those that the predecessors learnt from and that are no
  // gold sets; and those of both that have completely annotated hold-out texts.
  measure::LabelledTexts holdout;
  std::vector<std::string> holdout_datasets;
  // What is still to be replayed of the parent (superseded.h), also where this training does not.
  std::vector<storage::v1::LabelledText> replay;
  TrainingData data;
  // Texts of the pool that are in none of the above, nor held out (pool.h).
  std::vector<std::string> raw_texts;
  // Texts that settings are chosen on (settings.h); may be empty.
  std::vector<measure::GoldText> tuning;
};

// `learnt_before`: data sets that the predecessors learnt from; those that are gone are no error.
// `parent` may be null. Adds to the report what goes in, what is left out, and caveats. NotFound
// for an unknown data set; InvalidArgument for a larger eval_split than yes/no answers allow;
// FailedPrecondition (NOTHING_TO_TRAIN_ON).
absl::StatusOr<TrainingInput> ReadTrainingInput(const CorpusView& corpus,
                                                const storage::v1::TrainingSpec& spec,
                                                const LoadedVersion* parent,
                                                const std::vector<std::string>& learnt_before,
                                                storage::v1::TrainingReport& report);

}  // namespace winnow::training
