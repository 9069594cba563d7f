// Acquisition functions say which question is next. They are pure and named; a queue chooses one by
// its name.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"

namespace winnow::ner {

// Earlier questions about spans with the same string (case folded) and label.
struct StringMemory {
  uint32_t num_asked = 0;
  uint32_t num_rejected = 0;
};

// The evidence on a candidate question.
struct Evidence {
  // Exact probability of the span under the working model, in [0, 1].
  double probability = 0;
  // Tokens of the text that a person has to read.
  uint32_t num_tokens = 0;
  StringMemory memory;
};

// The utility of asking, whatever the answer teaches: 1 / expected seconds of reading, times
// novelty 1 / sqrt(1 + asked), times 1 / (1 + rejected): a string rejected before is asked rarely,
// but not never. > 0.
double Utility(const Evidence& evidence);

// What people have always rejected is asked again only from this probability on.
inline constexpr double kMinRejectedProbability = 0.1;

// Whether people have always rejected the string and the model, too, thinks it unlikely: another no
// would be an answer wasted, and it is asked no more while that is so.
bool IsSettled(const Evidence& evidence);

// What a complete annotation of a text is worth: -log p / n, the normalised log-probability of its
// predicted labelling (MNLP; Shen, Yun, Lipton, Kronrod, Anandkumar 2018) without its sign, over
// the expected seconds of reading. `log_probability`: see Tagger::TagAndJudge. 0 for a text without
// tokens.
double MarkupWorth(double log_probability, uint32_t num_tokens);

// The larger, the sooner it is asked. >= 0.
using AcquisitionFunction = double (*)(const Evidence& evidence);

struct Acquisition {
  absl::string_view name;
  AcquisitionFunction weigh;
};

// All there are, each from the probability p of the span alone, so that one pass of the model
// suffices: "uncertainty": p (1 - p) * Utility, the variance of the answer. "deviation": sqrt(p (1
// - p)) * Utility, its standard deviation; nearer to the proportions in which spans occur.
// "entropy":
// (-p log p - (1 - p) log(1 - p)) * Utility, what the answer tells of itself, in nats. "random":
// every candidate alike; the baseline.
absl::Span<const Acquisition> Acquisitions();

// InvalidArgument, naming those there are, for any other name.
absl::StatusOr<AcquisitionFunction> FindAcquisitionFunction(absl::string_view name);

// Between asking in proportion to the weights (1) and always asking the largest (infinity): see
// SamplingKey. Chosen on three data sets against 1, 4 and 16 (decision 0007).
inline constexpr double kSharpness = 8;

// Weighted sampling without replacement (Efraimidis and Spirakis 2006): asking in ascending order
// of these keys draws each next question with a probability proportional to weight^sharpness.
// `uniform` in [0, 1). Infinite for weight 0.
double SamplingKey(double weight, double uniform, double sharpness = kSharpness);

// A candidate question to be put in order.
struct KeyedQuestion {
  // See SamplingKey.
  double key = 0;
  size_t text = 0;
  // Equal for near-duplicates: case-folded string and label.
  std::string string_key;
};

// Indices of the questions in asking order: by key, but first those that are the first about both
// their text and their string, then those that are the second about either, ...: near-duplicates
// wait. Of equal keys the earlier index wins.
std::vector<size_t> OrderByTurn(absl::Span<const KeyedQuestion> questions);

}  // namespace winnow::ner
