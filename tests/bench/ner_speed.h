// How fast the learner tags, scores, opens and learns.
#pragma once

#include <ctime>
#include <vector>

#include "absl/status/statusor.h"
#include "common/ner/example.h"
#include "common/ner/model.h"
#include "common/ner/training.h"
#include "tests/bench/sentences.h"

namespace winnow::bench {

// The time of a clock in seconds.
double Seconds(clockid_t clock);

size_t NumTokens(const std::vector<Sentence>& sentences);

// All speeds are of one thread, in seconds of its processor time.

// Seconds to tag all sentences from tokens. The words are new to each pass, as they are to a
// process that reads a text once.
double TaggingSeconds(const ner::Model& model, const std::vector<Sentence>& sentences);

// The same from raw texts, the tokens between blanks, cut again: in tokens of the tokenizer. With
// `all_spans` those that may be asked, predicted or not (stats::kMinAskedProbability).
double TokensPerSecondOfRawText(const ner::Model& model, const std::vector<Sentence>& sentences,
                                bool all_spans);

// Seconds for the probabilities of all spans of up to 8 tokens of all sentences, from extracted
// features.
double MarginalSeconds(const ner::Model& model, const std::vector<Sentence>& sentences);

// Seconds to open the model's file, which is in the page cache, until the first text is tagged.
absl::StatusOr<double> OpenSeconds(const ner::Model& model, const Sentence& sentence);

// Seconds of one step of a model that learns in use: 10 answers, each a no to one span, with 10
// texts of replay, until the next questions can be asked of the new model.
absl::StatusOr<double> StepSeconds(const ner::TrainingResult& trained,
                                   const std::vector<Sentence>& sentences,
                                   const std::vector<ner::Example>& replay);

}  // namespace winnow::bench
