// How right a model is on annotated sentences.
#pragma once

#include <string>
#include <vector>

#include "common/ner/model.h"
#include "nlohmann/json.hpp"
#include "tests/bench/sentences.h"

namespace winnow::bench {

// Precision, recall and F1 of exact spans as fractions of 1: micro-averaged, the F1 with its 95 %
// interval over the sentences (stats/f1.h), and of each label with its support. `labels` are those
// that the sentences' spans refer to, the model's first. The result does not depend on the number
// of threads.
nlohmann::ordered_json MeasureAccuracy(const ner::Model& model,
                                       const std::vector<Sentence>& sentences,
                                       const std::vector<std::string>& labels, size_t num_threads);

// How far the probabilities of all spans that may be asked about are from what they say: expected
// calibration error, what a perfect score would have by chance, and Brier score.
nlohmann::ordered_json MeasureCalibration(const ner::Model& model,
                                          const std::vector<Sentence>& sentences);

}  // namespace winnow::bench
