// Trains the learner on an annotated data set and measures accuracy, time and memory.
#include <sys/resource.h>

#include <ctime>
#include <filesystem>
#include <iostream>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "common/base/hash.h"
#include "common/base/random.h"
#include "common/base/status.h"
#include "common/ner/cross_fit.h"
#include "common/ner/features.h"
#include "common/ner/knowledge.h"
#include "common/ner/lexicon.h"
#include "common/ner/model.h"
#include "common/ner/training.h"
#include "nlohmann/json.hpp"
#include "tests/bench/in_parallel.h"
#include "tests/bench/ner_accuracy.h"
#include "tests/bench/ner_knowledge.h"
#include "tests/bench/ner_speed.h"
#include "tests/bench/sentences.h"

namespace winnow::bench {
namespace {

using Json = nlohmann::ordered_json;

constexpr char kUsage[] =
    R"(Usage: ner_bench DIR [--train-limit N] [--seed S] [--threads T] [--bag N]
                 [--pool FILE]... [--no-self-training] [--vectors FILE]...
                 [--patterns FILE] [--json]

Trains on DIR/train.conll and evaluates on DIR/dev.conll (may be missing; never used for training)
and DIR/test.conll. Each line: token, tab, tag (IOB2); an empty line between sentences. Where there
is no such file, DIR/train.prodigy.jsonl and so on: Prodigy's rows, completely annotated, cut into
tokens as texts are; spans off the tokens count as missed. Sentences that the training file has,
too, are left out. f1_interval is of 95 %, over the sentences.

  --train-limit N  train on N sentences, drawn with the seed (default: all)
  --seed S         order of the training examples (default: 1)
  --threads T      threads for feature extraction and prediction; the results do not depend on it
                   (default: 1)
  --bag N          the mean of N trainings, 1 to 16 (default: that of ner.batch-train)
  --pool FILE      learn word classes and cases from this file of unlabelled texts, too: the tokens
                   of a .conll file, or else plain text, one text per line; no effect below 300,000
                   tokens. From 5,000 texts on 20,000 of them are learnt from, too, as a first
                   training sees them, unless --no-self-training says otherwise
  --vectors FILE   word vectors (text format of word2vec, fastText and GloVe) to make word classes
                   of, too; up to 4 with those of the pool
  --patterns FILE  Prodigy patterns whose matches are features
  --json           one JSON object instead of a table

Precision, recall and F1 are of exact spans, micro-averaged, as fractions of 1. Training time covers
feature extraction and training. Tagging speed is of one thread, from raw tokens to spans, and from
raw text to spans; all_spans from raw text to all spans with a probability of 2 % or more. Span
marginals are the exact probabilities of all spans of up to 8 tokens, from extracted features,
scoring included. open: the model's file, checked and mapped. online step: 10
yes/no answers and 10 texts of replay, and a snapshot. F1 and calibration are those of the
calibrated model; the second training that calibration takes has a time of its own. model_sha256 is
that of the model's file.

Example: ner_bench data/wnut17 --seed 3 --json
)";

// Share of the training tokens that go without features of the lexicon.
constexpr double kDropout = 0.25;

struct Options {
  std::string directory;
  size_t train_limit = 0;
  uint64_t seed = 1;
  size_t num_threads = 1;
  int bag = ner::LearnerOptions().bag;
  KnowledgeFiles knowledge;
  bool self_training = true;
  bool json = false;
};

absl::StatusOr<Options> ParseArguments(const std::vector<std::string>& arguments) {
  Options options;
  const auto usage = [](absl::string_view what) {
    return absl::InvalidArgumentError(absl::StrCat(what, "\n\n", kUsage));
  };
  for (size_t i = 0; i < arguments.size(); ++i) {
    const std::string& argument = arguments[i];
    if (argument == "--json") {
      options.json = true;
    } else if (argument == "--no-self-training") {
      options.self_training = false;
    } else if (argument == "--pool") {
      if (++i == arguments.size()) return usage("--pool needs a file");
      options.knowledge.texts.push_back(arguments[i]);
    } else if (argument == "--vectors") {
      if (++i == arguments.size()) return usage("--vectors needs a file");
      options.knowledge.vectors.push_back(arguments[i]);
    } else if (argument == "--patterns") {
      if (++i == arguments.size()) return usage("--patterns needs a file");
      options.knowledge.patterns = arguments[i];
    } else if (argument == "--train-limit" || argument == "--seed" || argument == "--threads" ||
               argument == "--bag") {
      uint64_t value;
      if (++i == arguments.size() || !absl::SimpleAtoi(arguments[i], &value) ||
          (value == 0 && argument != "--seed")) {
        return usage(absl::StrCat(argument, " needs a number"));
      }
      if (argument == "--train-limit") options.train_limit = value;
      if (argument == "--seed") options.seed = value;
      if (argument == "--bag" && value > ner::kMaxBag) return usage("--bag is at most 16");
      if (argument == "--bag") options.bag = static_cast<int>(value);
      if (argument == "--threads") options.num_threads = std::min<uint64_t>(value, 256);
    } else if (argument[0] == '-') {
      return usage(absl::StrCat("unknown option ", argument));
    } else if (options.directory.empty()) {
      options.directory = argument;
    } else {
      return usage("more than one DIR");
    }
  }
  if (options.directory.empty()) return usage("DIR is missing");
  return options;
}

std::vector<ner::Example> MakeExamples(const std::vector<Sentence>& sentences, ner::TagSet tags,
                                       const ner::Knowledge& knowledge, uint64_t seed,
                                       size_t num_threads) {
  std::vector<ner::Example> examples(sentences.size());
  InParallel(sentences.size(), num_threads, [&](size_t first, size_t last) {
    ner::FeatureExtractor extractor;
    for (size_t i = first; i < last; ++i) {
      extractor.Extract(sentences[i].views(), knowledge, examples[i].features, kDropout,
                        MixHash(seed, i));
      examples[i].constraint.path =
          ner::TagsOfSpans(sentences[i].spans, sentences[i].tokens.size(), tags);
    }
  });
  return examples;
}

// Of the pool's texts those that are learnt from, as ner.batch-train does.
absl::StatusOr<std::vector<ner::Example>> RawExamples(const Options& options,
                                                      const ner::Knowledge& knowledge) {
  constexpr size_t kMinTexts = 5'000, kMaxTexts = 20'000;
  std::vector<ner::Example> examples;
  if (!options.self_training) return examples;
  WINNOW_ASSIGN_OR_RETURN(auto texts, ReadTexts(options.knowledge.texts));
  if (texts.size() < kMinTexts) return examples;
  Random random(options.seed);
  random.Shuffle(texts);
  examples.resize(std::min(texts.size(), kMaxTexts));
  InParallel(examples.size(), options.num_threads, [&](size_t first, size_t last) {
    ner::FeatureExtractor extractor;
    for (size_t i = first; i < last; ++i) {
      extractor.Extract(std::vector<absl::string_view>(texts[i].begin(), texts[i].end()), knowledge,
                        examples[i].features, kDropout, MixHash(options.seed + 1, i));
    }
  });
  return examples;
}

void DrawSentences(size_t limit, uint64_t seed, std::vector<Sentence>& sentences) {
  if (limit == 0 || limit >= sentences.size()) return;
  Random random(seed);
  random.Shuffle(sentences);
  sentences.resize(limit);
}

// Sentences of a data set; `labels` are the training's, then those that only others have.
struct Sentences {
  std::vector<Sentence> train, test;
  std::optional<std::vector<Sentence>> dev;
  std::vector<std::string> labels;
  size_t num_trained_labels = 0;
  size_t num_left_out = 0;
};

absl::StatusOr<Sentences> ReadSentences(const Options& options) {
  const std::filesystem::path directory = options.directory;
  Sentences sentences;
  std::vector<std::string>& labels = sentences.labels;
  WINNOW_ASSIGN_OR_RETURN(sentences.train, ReadAnnotated(FileOfSplit(directory, "train"), labels));
  sentences.num_trained_labels = labels.size();
  if (std::filesystem::exists(FileOfSplit(directory, "dev"))) {
    WINNOW_ASSIGN_OR_RETURN(sentences.dev, ReadAnnotated(FileOfSplit(directory, "dev"), labels));
    RemoveKnown(sentences.train, *sentences.dev);
  }
  WINNOW_ASSIGN_OR_RETURN(sentences.test, ReadAnnotated(FileOfSplit(directory, "test"), labels));
  sentences.num_left_out = RemoveKnown(sentences.train, sentences.test);
  DrawSentences(options.train_limit, options.seed, sentences.train);
  if (sentences.test.empty())
    return absl::InvalidArgumentError(
        absl::StrCat(FileOfSplit(directory, "test").string(), ": no sentence"));
  return sentences;
}

// A trained and calibrated model, and what it took.
struct Trained {
  std::vector<ner::Example> examples;
  ner::TrainingResult training;
  std::shared_ptr<const ner::Model> model;
  Json cost;
};

absl::StatusOr<Trained> TrainAndCalibrate(const Sentences& sentences, const Options& options) {
  Trained trained;
  const double knowledge_start = Seconds(CLOCK_PROCESS_CPUTIME_ID);
  ner::LearnerOptions learner;
  learner.seed = options.seed;
  learner.num_threads = options.num_threads;
  learner.bag = options.bag;
  WINNOW_ASSIGN_OR_RETURN(learner.knowledge,
                          MakeKnowledge(options.knowledge, options.seed, options.num_threads));
  if (!learner.knowledge.lexicons.empty()) {
    trained.cost["lexicon_cpu_seconds"] = Seconds(CLOCK_PROCESS_CPUTIME_ID) - knowledge_start;
    size_t bytes = 0;
    for (const auto& lexicon : learner.knowledge.lexicons) bytes += lexicon->Serialize().size();
    trained.cost["lexicon_bytes"] = bytes;
  }

  const double cpu_start = Seconds(CLOCK_PROCESS_CPUTIME_ID), wall_start = Seconds(CLOCK_MONOTONIC);
  const auto labels = absl::MakeConstSpan(sentences.labels).first(sentences.num_trained_labels);
  trained.examples = MakeExamples(sentences.train, ner::TagSet(static_cast<int>(labels.size())),
                                  learner.knowledge, options.seed, options.num_threads);
  WINNOW_ASSIGN_OR_RETURN(const std::vector<ner::Example> raw,
                          RawExamples(options, learner.knowledge));
  learner.unlabelled = raw;
  WINNOW_ASSIGN_OR_RETURN(trained.training, ner::Train(labels, trained.examples, {}, learner));
  trained.cost["train_cpu_seconds"] = Seconds(CLOCK_PROCESS_CPUTIME_ID) - cpu_start;
  trained.cost["train_wall_seconds"] = Seconds(CLOCK_MONOTONIC) - wall_start;

  // No sentence is kept from the training; hence the calibration comes of others, of three quarters
  // each, measured on the fourth.
  const double calibration_start = Seconds(CLOCK_PROCESS_CPUTIME_ID);
  const auto fold_of = [](size_t i) { return static_cast<int>(i % ner::kCalibrationFolds); };
  const auto is_answered = [](size_t) { return false; };
  WINNOW_ASSIGN_OR_RETURN(
      const ner::Calibration calibration,
      ner::CrossFit(labels, trained.examples, {fold_of, is_answered}, {}, learner));
  trained.cost["calibration_cpu_seconds"] = Seconds(CLOCK_PROCESS_CPUTIME_ID) - calibration_start;
  WINNOW_RETURN_IF_ERROR(ner::Calibrate(calibration, {}, trained.training));
  trained.model = trained.training.model;
  return trained;
}

absl::StatusOr<Json> MeasureSpeed(const Trained& trained, const std::vector<Sentence>& sentences) {
  const ner::Model& model = *trained.model;
  const double num_tokens = static_cast<double>(NumTokens(sentences));
  Json result;
  result["tag_tokens_per_second"] = num_tokens / TaggingSeconds(model, sentences);
  for (const bool all_spans : {false, true}) {
    result[all_spans ? "all_spans_tokens_per_second" : "tag_raw_text_tokens_per_second"] =
        TokensPerSecondOfRawText(model, sentences, all_spans);
  }
  result["span_marginal_microseconds_per_token"] =
      1e6 * MarginalSeconds(model, sentences) / num_tokens;
  WINNOW_ASSIGN_OR_RETURN(const double open_seconds, OpenSeconds(model, sentences[0]));
  result["open_milliseconds"] = 1e3 * open_seconds;
  WINNOW_ASSIGN_OR_RETURN(const double step_seconds,
                          StepSeconds(trained.training, sentences, trained.examples));
  result["online_step_milliseconds"] = 1e3 * step_seconds;
  return result;
}

absl::StatusOr<Json> Run(const Options& options) {
  WINNOW_ASSIGN_OR_RETURN(const Sentences sentences, ReadSentences(options));
  WINNOW_ASSIGN_OR_RETURN(const Trained trained, TrainAndCalibrate(sentences, options));
  const ner::Model& model = *trained.model;
  const auto accuracy = [&](const std::vector<Sentence>& gold) {
    return MeasureAccuracy(model, gold, sentences.labels, options.num_threads);
  };
  Json result;
  result["dev"] = sentences.dev.has_value() ? accuracy(*sentences.dev) : Json();
  result["test"] = accuracy(sentences.test);
  result["test_sentences_left_out"] = sentences.num_left_out;
  result["temperature"] = model.temperature();
  result["threshold"] = model.thresholds()[0];
  result["calibration"] = MeasureCalibration(model, sentences.test);
  result.update(trained.cost);
  WINNOW_ASSIGN_OR_RETURN(const Json speed, MeasureSpeed(trained, sentences.test));
  result.update(speed);
  rusage usage;
  getrusage(RUSAGE_SELF, &usage);
  result["peak_rss_bytes"] = static_cast<int64_t>(usage.ru_maxrss) * 1024;
  const std::string bytes = model.Serialize();
  result["model_bytes"] = bytes.size();
  result["model_sha256"] = Sha256Hex(bytes);
  return result;
}

void PrintTable(const Json& result) {
  for (const char* split : {"dev", "test"}) {
    if (result[split].is_null()) continue;
    absl::PrintF("%-28s %9s %9s %9s %9s\n", split, "precision", "recall", "f1", "support");
    const auto row = [](absl::string_view name, const Json& counts, absl::string_view support) {
      absl::PrintF("%-28s %9.4f %9.4f %9.4f %9s\n", name, counts["precision"].get<double>(),
                   counts["recall"].get<double>(), counts["f1"].get<double>(), support);
    };
    for (const auto& [label, counts] : result[split]["labels"].items()) {
      row(label, counts, absl::StrCat(counts["support"].get<size_t>()));
    }
    row("all", result[split], "");
    absl::PrintF("\n");
  }
  for (const auto& [name, value] : result.items()) {
    if (value.is_number()) absl::PrintF("%-38s %s\n", name, value.dump());
  }
}

int Main(const std::vector<std::string>& arguments) {
  if (arguments.size() == 1 && arguments[0] == "--help") {
    std::cout << kUsage;
    return 0;
  }
  const absl::StatusOr<Options> options = ParseArguments(arguments);
  const absl::StatusOr<Json> result = options.ok() ? Run(*options) : options.status();
  if (!result.ok()) {
    std::cerr << "ner_bench: " << result.status().message() << "\n";
    return 2;
  }
  if (options->json) {
    std::cout << result->dump() << "\n";
  } else {
    PrintTable(*result);
  }
  return 0;
}

}  // namespace
}  // namespace winnow::bench

int main(int argc, char** argv) { return winnow::bench::Main({argv + 1, argv + argc}); }
