// Trains the learner on a CoNLL data set and measures accuracy, time and memory.
#include <sys/resource.h>
#include <unistd.h>

#include <chrono>
#include <ctime>
#include <filesystem>
#include <iostream>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "common/base/file.h"
#include "common/base/hash.h"
#include "common/base/random.h"
#include "common/base/status.h"
#include "common/formats/patterns.h"
#include "common/ner/calibration.h"
#include "common/ner/candidates.h"
#include "common/ner/decode.h"
#include "common/ner/features.h"
#include "common/ner/knowledge.h"
#include "common/ner/lattice.h"
#include "common/ner/learner.h"
#include "common/ner/lexicon.h"
#include "common/ner/model.h"
#include "common/ner/patterns.h"
#include "common/ner/pool.h"
#include "common/ner/scorer.h"
#include "common/ner/tagger.h"
#include "common/text/tokenizer.h"
#include "common/text/utf8.h"
#include "nlohmann/json.hpp"
#include "tests/bench/conll.h"

namespace winnow::bench {
namespace {

using Json = nlohmann::ordered_json;

constexpr char kUsage[] =
    R"(Usage: ner_bench DIR [--train-limit N] [--seed S] [--threads T] [--pool FILE]... [--vectors FILE]
                 [--patterns FILE] [--json]

Trains on DIR/train.conll and evaluates on DIR/dev.conll (may be missing; never used for training) and DIR/test.conll.
Each line: token, tab, tag (IOB2); an empty line between sentences. Sentences that train.conll has, too, are left out.

  --train-limit N  train on N sentences, drawn with the seed (default: all)
  --seed S         order of the training examples (default: 1)
  --threads T      threads for feature extraction and prediction; the results do not depend on it (default: 1)
  --pool FILE      learn word classes and cases from this file, too: the tokens of a .conll file, or else plain text,
                   one text per line; no effect below 300,000 tokens
  --vectors FILE   word vectors (text format of word2vec, fastText and GloVe) to make word classes of
  --patterns FILE  Prodigy patterns whose matches are features
  --json           one JSON object instead of a table

Precision, recall and F1 are of exact spans, micro-averaged, as fractions of 1. Training time covers feature extraction
and training. Tagging speed is of one thread, from raw tokens to spans, and from raw text to spans. Span marginals are
the exact probabilities of all spans of up to 8 tokens, from extracted features, scoring included. open: the model's
file, checked and mapped. online step: 10 yes/no answers and 10 texts of replay, and a snapshot. F1 and calibration are
those of the calibrated model; the second training that calibration takes has a time of its own.

Example: ner_bench data/wnut17 --seed 3 --json
)";

constexpr uint32_t kMarginalLength = 8;
constexpr double kMeasureSeconds = 0.5;
// Spans below this probability are not shown to annotators.
constexpr double kShown = 0.02;
// Share of the training tokens that go without features of the lexicon.
constexpr double kDropout = 0.25;

struct Options {
  std::string directory;
  size_t train_limit = 0;
  uint64_t seed = 1;
  size_t num_threads = 1;
  std::vector<std::string> pools;
  std::string vectors;
  std::string patterns;
  bool json = false;
};

struct Counts {
  size_t correct = 0, predicted = 0, gold = 0;

  Json ToJson() const {
    const auto ratio = [](double a, double b) { return b > 0 ? a / b : 0; };
    return {{"precision", ratio(correct, predicted)},
            {"recall", ratio(correct, gold)},
            {"f1", ratio(2.0 * correct, predicted + gold)}};
  }
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
    } else if (argument == "--pool") {
      if (++i == arguments.size()) return usage("--pool needs a file");
      options.pools.push_back(arguments[i]);
    } else if (argument == "--vectors") {
      if (++i == arguments.size()) return usage("--vectors needs a file");
      options.vectors = arguments[i];
    } else if (argument == "--patterns") {
      if (++i == arguments.size()) return usage("--patterns needs a file");
      options.patterns = arguments[i];
    } else if (argument == "--train-limit" || argument == "--seed" || argument == "--threads") {
      uint64_t value;
      if (++i == arguments.size() || !absl::SimpleAtoi(arguments[i], &value) ||
          (value == 0 && argument != "--seed")) {
        return usage(absl::StrCat(argument, " needs a number"));
      }
      if (argument == "--train-limit") options.train_limit = value;
      if (argument == "--seed") options.seed = value;
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

double Seconds(clockid_t clock) {
  timespec time;
  clock_gettime(clock, &time);
  return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_nsec) * 1e-9;
}

// Calls work(first, last) for parts of [0, size) in threads of their own.
template <typename Work>
void InParallel(size_t size, size_t num_threads, const Work& work) {
  std::vector<std::thread> threads;
  for (size_t i = 1; i < num_threads; ++i) {
    threads.emplace_back(work, size * i / num_threads, size * (i + 1) / num_threads);
  }
  work(0, size / num_threads);
  for (std::thread& thread : threads) thread.join();
}

std::vector<ner::Example> MakeExamples(const std::vector<ConllSentence>& sentences,
                                       ner::TagSet tags, const ner::Knowledge& knowledge,
                                       uint64_t seed, size_t num_threads) {
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

// What one thread needs to tag.
struct Scratch {
  ner::Scorer scorer;
  std::vector<float> scores;
  ner::Decoder decoder;
  std::vector<ner::Candidate> spans;
};

void Tag(const ner::Model& model, absl::Span<const absl::string_view> tokens, Scratch& scratch) {
  scratch.scorer.Score(model, tokens, scratch.scores);
  scratch.decoder.Decode(scratch.scores, tokens.size(), model.transition_factors(),
                         model.thresholds(), scratch.spans);
}

Json Evaluate(const ner::Model& model, const std::vector<ConllSentence>& sentences,
              const std::vector<std::string>& labels, size_t num_threads) {
  std::vector<std::vector<ner::TokenSpan>> predictions(sentences.size());
  InParallel(sentences.size(), num_threads, [&](size_t first, size_t last) {
    Scratch scratch;
    for (size_t i = first; i < last; ++i) {
      Tag(model, sentences[i].views(), scratch);
      for (const ner::Candidate& candidate : scratch.spans)
        predictions[i].push_back(candidate.span);
    }
  });
  Counts all;
  std::map<uint32_t, Counts> by_label;
  const auto count = [&](const std::vector<ner::TokenSpan>& spans, size_t Counts::*number) {
    for (const ner::TokenSpan& span : spans) {
      ++(all.*number);
      ++(by_label[span.label].*number);
    }
  };
  for (size_t i = 0; i < sentences.size(); ++i) {
    std::vector<ner::TokenSpan> correct;
    const std::set<ner::TokenSpan> gold(sentences[i].spans.begin(), sentences[i].spans.end());
    for (const ner::TokenSpan& span : predictions[i]) {
      if (gold.contains(span)) correct.push_back(span);
    }
    count(correct, &Counts::correct);
    count(predictions[i], &Counts::predicted);
    count(sentences[i].spans, &Counts::gold);
  }
  Json result = all.ToJson();
  result["labels"] = Json::object();
  for (const auto& [label, counts] : by_label) {
    Json& entry = result["labels"][labels[label]] = counts.ToJson();
    entry["support"] = counts.gold;
  }
  return result;
}

// How far the probabilities of spans, of all from kShown up, are from what they say.
Json Calibration(const ner::Model& model, const std::vector<ConllSentence>& sentences) {
  ner::Scorer scorer;
  ner::Lattice lattice;
  std::vector<float> scores;
  std::vector<ner::Candidate> candidates;
  std::vector<ner::Outcome> outcomes;
  for (const ConllSentence& sentence : sentences) {
    scorer.Score(model, sentence.views(), scores);
    if (!lattice.Forward(scores, sentence.tokens.size(), model.transition_factors())) continue;
    lattice.Backward();
    ner::FindCandidates(lattice, kShown, candidates);
    const std::set<ner::TokenSpan> gold(sentence.spans.begin(), sentence.spans.end());
    for (const ner::Candidate& candidate : candidates) {
      outcomes.push_back({candidate.probability, gold.contains(candidate.span)});
    }
  }
  const ner::Reliability reliability = ner::MeasureReliability(outcomes);
  return {{"num_spans", outcomes.size()},
          {"ece", reliability.ece},
          {"ece_of_perfect_score", ner::PerfectEce(outcomes)},
          {"brier", reliability.brier}};
}

size_t NumTokens(const std::vector<ConllSentence>& sentences) {
  size_t n = 0;
  for (const ConllSentence& sentence : sentences) n += sentence.tokens.size();
  return n;
}

// Seconds per pass, the mean over about kMeasureSeconds, after one pass to warm up.
template <typename Pass>
double SecondsPerPass(const Pass& pass) {
  pass();
  size_t passes = 0;
  const double start = Seconds(CLOCK_THREAD_CPUTIME_ID);
  double elapsed = 0;
  do {
    pass();
    ++passes;
    elapsed = Seconds(CLOCK_THREAD_CPUTIME_ID) - start;
  } while (elapsed < kMeasureSeconds);
  return elapsed / static_cast<double>(passes);
}

// The words are new to each pass, as they are to a process that reads a text once.
double TaggingSeconds(const ner::Model& model, const std::vector<ConllSentence>& sentences) {
  std::vector<std::vector<absl::string_view>> views;
  for (const ConllSentence& sentence : sentences) views.push_back(sentence.views());
  return SecondsPerPass([&] {
    Scratch scratch;
    for (const auto& tokens : views) Tag(model, tokens, scratch);
  });
}

// The same from raw texts: the tokens between blanks, cut again. Per token of the tokenizer.
double TokensPerSecondOfRawText(const ner::Model& model,
                                const std::vector<ConllSentence>& sentences) {
  std::vector<std::string> texts;
  for (const ConllSentence& sentence : sentences)
    texts.push_back(absl::StrJoin(sentence.tokens, " "));
  size_t num_tokens = 0;
  std::vector<ner::ScoredSpan> spans;
  const double seconds = SecondsPerPass([&] {
    ner::Tagger tagger;
    num_tokens = 0;
    for (const std::string& text : texts) {
      tagger.Tag(model, text, spans);
      num_tokens += tagger.tokens().size();
    }
  });
  return static_cast<double>(num_tokens) / seconds;
}

double MarginalSeconds(const ner::Model& model, const std::vector<ConllSentence>& sentences) {
  std::vector<ner::TextFeatures> features(sentences.size());
  ner::FeatureExtractor extractor;
  for (size_t i = 0; i < sentences.size(); ++i) {
    extractor.Extract(sentences[i].views(), model.knowledge(), features[i]);
  }
  std::vector<float> scores, marginals;
  ner::Lattice lattice;
  return SecondsPerPass([&] {
    for (const ner::TextFeatures& text : features) {
      model.Score(text, scores);
      lattice.Forward(scores, text.num_tokens(), model.transition_factors());
      lattice.Backward();
      ner::SpanMarginals(lattice, kMarginalLength, marginals);
    }
  });
}

// Opening the model's file, which is in the page cache, until the first text is tagged.
absl::StatusOr<double> OpenSeconds(const ner::Model& model, const ConllSentence& sentence) {
  const std::filesystem::path path =
      std::filesystem::temp_directory_path() / absl::StrCat("ner_bench_", getpid());
  WINNOW_RETURN_IF_ERROR(WriteFileAtomically(path, model.Serialize()));
  absl::Status status = absl::OkStatus();
  const double seconds = SecondsPerPass([&] {
    const auto opened = ner::Model::Open(path);
    Scratch scratch;
    status.Update(opened.status());
    if (opened.ok()) Tag(**opened, sentence.views(), scratch);
  });
  std::filesystem::remove(path);
  WINNOW_RETURN_IF_ERROR(status);
  return seconds;
}

// One step of a model that learns in use: 10 answers, each a yes or no to one span, with 10 texts
// of replay, until the next questions can be asked of the new model.
absl::StatusOr<double> StepSeconds(const ner::TrainingResult& trained,
                                   const std::vector<ConllSentence>& sentences,
                                   const std::vector<ner::Example>& replay) {
  constexpr size_t kAnswers = 10;
  std::vector<ner::Example> answers;
  for (size_t i = 0; i < sentences.size() && answers.size() < 20 * kAnswers; ++i) {
    if (sentences[i].spans.empty()) continue;
    ner::Example& answer = answers.emplace_back();
    ner::FeatureExtractor().Extract(sentences[i].views(), trained.model->knowledge(),
                                    answer.features);
    // A reject: of a right span, which is the harder lesson.
    answer.constraint.weighted = {{sentences[i].spans[0], 0.0}};
  }
  WINNOW_ASSIGN_OR_RETURN(
      auto learner, ner::OnlineLearner::Create({trained.model.get(), &trained.optimizer}, {}));
  size_t num_steps = 0;
  const double start = Seconds(CLOCK_THREAD_CPUTIME_ID);
  for (; (num_steps + 1) * kAnswers <= answers.size(); ++num_steps) {
    std::vector<const ner::Example*> step;
    for (size_t i = num_steps * kAnswers; i < (num_steps + 1) * kAnswers; ++i) {
      step.push_back(&answers[i]);
      step.push_back(&replay[i % replay.size()]);
    }
    WINNOW_RETURN_IF_ERROR(learner.Step(step).status());
    WINNOW_RETURN_IF_ERROR(learner.Snapshot().status());
  }
  return (Seconds(CLOCK_THREAD_CPUTIME_ID) - start) /
         static_cast<double>(std::max<size_t>(1, num_steps));
}

// The texts of the files, as tokens.
absl::StatusOr<std::vector<std::vector<std::string>>> ReadPools(
    const std::vector<std::string>& files) {
  std::vector<std::vector<std::string>> texts;
  for (const std::string& file : files) {
    if (absl::EndsWith(file, ".conll")) {
      std::vector<std::string> labels;
      WINNOW_ASSIGN_OR_RETURN(auto sentences, ReadConll(file, labels));
      for (ConllSentence& sentence : sentences) texts.push_back(std::move(sentence.tokens));
      continue;
    }
    WINNOW_ASSIGN_OR_RETURN(const std::string content, ReadFile(file));
    if (text::FindInvalidUtf8(content) != absl::string_view::npos) {
      return absl::InvalidArgumentError(absl::StrCat(file, ": not UTF-8"));
    }
    for (const absl::string_view line : absl::StrSplit(content, '\n', absl::SkipEmpty())) {
      const std::vector<absl::string_view> forms = text::Forms(line, text::Tokenize(line));
      texts.emplace_back(forms.begin(), forms.end());
    }
  }
  return texts;
}

// The word classes of the vectors or the pool; null without --pool and --vectors, or with too small
// a pool.
absl::StatusOr<std::shared_ptr<const ner::Lexicon>> MakeLexicon(const Options& options) {
  if (options.pools.empty() && options.vectors.empty()) return nullptr;
  WINNOW_ASSIGN_OR_RETURN(const auto texts, ReadPools(options.pools));
  std::vector<std::vector<absl::string_view>> views;
  for (const auto& tokens : texts) views.emplace_back(tokens.begin(), tokens.end());
  ner::PoolOptions pool;
  pool.seed = options.seed;
  pool.num_threads = options.num_threads;
  ner::ImportedVectors vectors;
  if (!options.vectors.empty()) {
    WINNOW_ASSIGN_OR_RETURN(vectors, ner::ReadVectors(options.vectors));
    pool.vectors = &vectors;
  }
  auto lexicon = ner::LearnLexicon(views, pool);
  if (lexicon.status().code() != absl::StatusCode::kFailedPrecondition) return lexicon;
  std::cerr << "ner_bench: without word classes: " << lexicon.status().message() << "\n";
  return nullptr;
}

absl::StatusOr<ner::Knowledge> MakeKnowledge(const Options& options) {
  ner::Knowledge knowledge;
  WINNOW_ASSIGN_OR_RETURN(knowledge.lexicon, MakeLexicon(options));
  if (options.patterns.empty()) return knowledge;
  WINNOW_ASSIGN_OR_RETURN(const std::string content, ReadFile(options.patterns));
  WINNOW_ASSIGN_OR_RETURN(storage::v1::PatternSet patterns, formats::ParsePatterns(content));
  WINNOW_ASSIGN_OR_RETURN(knowledge.patterns, ner::PatternSet::Make(std::move(patterns)));
  return knowledge;
}

void DrawSentences(size_t limit, uint64_t seed, std::vector<ConllSentence>& sentences) {
  if (limit == 0 || limit >= sentences.size()) return;
  Random random(seed);
  random.Shuffle(sentences);
  sentences.resize(limit);
}

absl::StatusOr<Json> Run(const Options& options) {
  const std::filesystem::path directory = options.directory;
  std::vector<std::string> labels;
  WINNOW_ASSIGN_OR_RETURN(auto train, ReadConll(directory / "train.conll", labels));
  const std::vector<std::string> trained_labels = labels;
  std::optional<std::vector<ConllSentence>> dev;
  if (std::filesystem::exists(directory / "dev.conll")) {
    WINNOW_ASSIGN_OR_RETURN(dev, ReadConll(directory / "dev.conll", labels));
    RemoveKnown(train, *dev);
  }
  WINNOW_ASSIGN_OR_RETURN(auto test, ReadConll(directory / "test.conll", labels));
  const size_t num_known = RemoveKnown(train, test);
  DrawSentences(options.train_limit, options.seed, train);
  if (test.empty())
    return absl::InvalidArgumentError(
        absl::StrCat((directory / "test.conll").string(), ": no sentence"));

  const double pool_start = Seconds(CLOCK_PROCESS_CPUTIME_ID);
  WINNOW_ASSIGN_OR_RETURN(const ner::Knowledge knowledge, MakeKnowledge(options));
  const double pool_cpu = Seconds(CLOCK_PROCESS_CPUTIME_ID) - pool_start;
  const double cpu_start = Seconds(CLOCK_PROCESS_CPUTIME_ID), wall_start = Seconds(CLOCK_MONOTONIC);
  const ner::TagSet tags(static_cast<int>(trained_labels.size()));
  const std::vector<ner::Example> examples =
      MakeExamples(train, tags, knowledge, options.seed, options.num_threads);
  ner::LearnerOptions learner;
  learner.seed = options.seed;
  learner.num_threads = options.num_threads;
  learner.knowledge = knowledge;
  WINNOW_ASSIGN_OR_RETURN(const ner::TrainingResult trained,
                          ner::Train(trained_labels, examples, {}, learner));
  const double cpu = Seconds(CLOCK_PROCESS_CPUTIME_ID) - cpu_start,
               wall = Seconds(CLOCK_MONOTONIC) - wall_start;

  const double calibration_start = Seconds(CLOCK_PROCESS_CPUTIME_ID);
  WINNOW_ASSIGN_OR_RETURN(
      const ner::Calibration calibration,
      ner::CrossFit(
          trained_labels, examples, [](size_t i) { return i % 4 == 0; }, {}, learner));
  const double calibration_cpu = Seconds(CLOCK_PROCESS_CPUTIME_ID) - calibration_start;
  const std::shared_ptr<const ner::Model> calibrated =
      trained.model->WithTemperature(calibration.temperature)
          ->WithThresholds(calibration.thresholds);
  const ner::Model& model = *calibrated;

  Json result;
  result["dev"] = dev.has_value() ? Evaluate(model, *dev, labels, options.num_threads) : Json();
  result["test"] = Evaluate(model, test, labels, options.num_threads);
  result["test_sentences_left_out"] = num_known;
  result["temperature"] = model.temperature();
  result["threshold"] = model.thresholds()[0];
  result["calibration"] = Calibration(model, test);
  if (knowledge.lexicon != nullptr) {
    result["lexicon_cpu_seconds"] = pool_cpu;
    result["lexicon_bytes"] = knowledge.lexicon->Serialize().size();
  }
  result["train_cpu_seconds"] = cpu;
  result["train_wall_seconds"] = wall;
  result["calibration_cpu_seconds"] = calibration_cpu;
  const double num_tokens = static_cast<double>(NumTokens(test));
  result["tag_tokens_per_second"] = num_tokens / TaggingSeconds(model, test);
  result["tag_raw_text_tokens_per_second"] = TokensPerSecondOfRawText(model, test);
  result["span_marginal_microseconds_per_token"] = 1e6 * MarginalSeconds(model, test) / num_tokens;
  WINNOW_ASSIGN_OR_RETURN(const double open_seconds, OpenSeconds(model, test[0]));
  result["open_milliseconds"] = 1e3 * open_seconds;
  WINNOW_ASSIGN_OR_RETURN(const double step_seconds, StepSeconds(trained, test, examples));
  result["online_step_milliseconds"] = 1e3 * step_seconds;
  rusage usage;
  getrusage(RUSAGE_SELF, &usage);
  result["peak_rss_bytes"] = static_cast<int64_t>(usage.ru_maxrss) * 1024;
  result["model_bytes"] = model.Serialize().size();
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
