// Simulated teaching: oracles that know the gold spans answer the questions of a teach queue.
#pragma once

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "common/ner/reliability.h"
#include "common/ner/training.h"
#include "tests/bench/classroom.h"
#include "tests/bench/teach_data.h"

namespace winnow::bench {

struct SimulationOptions {
  // Sentences that the base model is trained on. > 0.
  size_t num_base = 300;
  // Teaching ends with so many. > 0.
  size_t num_answers = 1000;
  // Measure at the end only.
  bool last_only = false;
  // Who answers.
  ClassroomOptions classroom;
  // Train on the answers weighed by the error rates of people, too.
  bool weigh_people = false;
  // Only about these is asked; empty: about all.
  std::vector<std::string> labels_taught;
  // Train on as many complete sentences, too, for comparison.
  bool full = true;
  // Of the trainings on answers; the seed is set by the simulation.
  ner::LearnerOptions learner;
  // Base sentences that a batch training replays; at most all.
  size_t num_replayed = SIZE_MAX;
  // Batch trainings have no parent and all base sentences.
  bool from_scratch = false;
};

// One line of the CSV: an arm after some answers. F1 is of exact spans, in points from 0 to 100.
struct Row {
  std::string set, arm;
  // Answers so far, the texts that they are about, the tokens of these, and how many of the answers
  // are yes.
  size_t seed = 0, answers = 0, texts = 0, tokens = 0, accepted = 0;
  size_t audit_answers = 0;
  GateOutcome gate;
  // F1 of the base model, of the batch-trained one, and of the working model.
  double base_dev = 0, base_test = 0, dev = 0, test = 0, online_dev = 0, online_test = 0;
  // F1 on test of the batch-trained model, and of the working model, at the threshold that suits
  // test best.
  double hindsight_test = 0, online_hindsight_test = 0;
  // Of a model trained on the answers weighed by the error rates of people; nan: not trained, or
  // nothing tells the rates.
  double weighed_test = std::nan("");
  // Of a model trained on as many complete sentences as texts were answered about, drawn at random;
  // nan: not trained.
  double full_test = std::nan("");
  // F1 on test over the labels that are not taught, of the base model and of the batch-trained one.
  double base_untaught = 0, untaught = 0;
  // Expected calibration error of the batch-trained model's candidates on dev and test.
  double dev_ece = 0, test_ece = 0;
  // Mean milliseconds of a step so far: the only value that is not the same each time.
  double step_ms = 0;
  // Candidates of the test texts under the batch-trained model; empty before
  // SimulationOptions::num_answers.
  std::vector<ner::Outcome> outcomes;
};

// Teaches with each of the strategies (ner::Acquisitions) on one data set, from one base model and
// pool, which is without the texts that the product holds out. Rows: by arm, then at 100, 200, 350,
// 500, 1,000, 2,000 and num_answers answers, as far as there are questions. Thread-safe.
// InvalidArgument: the base takes all sentences; the data set has none of the labels to teach.
// FailedPrecondition: the questions of an arm run out before its first row. Else the product's
// errors.
absl::StatusOr<std::vector<Row>> Simulate(const SimulationOptions& options, const DataSet& set,
                                          size_t seed, absl::Span<const std::string> arms);

}  // namespace winnow::bench
