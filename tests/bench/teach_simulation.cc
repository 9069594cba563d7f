#include "tests/bench/teach_simulation.h"

#include <algorithm>
#include <chrono>
#include <functional>
#include <iterator>
#include <map>
#include <memory>
#include <set>
#include <utility>

#include "absl/algorithm/container.h"
#include "absl/strings/ascii.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "common/base/hash.h"
#include "common/base/random.h"
#include "common/base/status.h"
#include "common/ner/candidates.h"
#include "common/ner/decode.h"
#include "common/ner/lattice.h"
#include "common/ner/model.h"
#include "common/ner/rehearsal.h"
#include "common/ner/tags.h"
#include "common/ner/transitions.h"

namespace winnow::bench {
namespace {

constexpr double kMinProbability = 0.02;
constexpr size_t kBlockTexts = 2000;
constexpr size_t kDropoutPasses = 5;
constexpr double kDropout = 0.3;

// Scratch memory of a thread.
struct Scan {
  std::vector<float> scores;
  ner::Lattice lattice;
  ner::Decoder decoder;
  std::vector<ner::Candidate> best;
  std::vector<ner::Candidate> candidates;

  void Run(const ner::Model& model, const ner::TextFeatures& features) {
    model.Score(features, scores);
    lattice.Forward(scores, features.num_tokens(), model.transition_factors());
    lattice.Backward();
  }
};

struct Counts {
  size_t correct = 0, predicted = 0, gold = 0;

  double F1() const {
    return predicted + gold > 0
               ? 200.0 * static_cast<double>(correct) / static_cast<double>(predicted + gold)
               : 0;
  }
};

// Over the labels that `counted` holds for.
double MeasureF1(
    const ner::Model& model, const std::vector<Text>& texts, Scan& scan,
    const std::function<bool(uint32_t)>& counted = [](uint32_t) { return true; }) {
  Counts counts;
  for (const Text& text : texts) {
    model.Score(text.features, scan.scores);
    scan.decoder.Decode(scan.scores, text.features.num_tokens(), model.transition_factors(),
                        model.thresholds(), scan.best);
    for (const ner::Candidate& predicted : scan.best) {
      if (!counted(predicted.span.label)) continue;
      ++counts.predicted;
      counts.correct += absl::c_linear_search(text.sentence.spans, predicted.span);
    }
    counts.gold += static_cast<size_t>(absl::c_count_if(
        text.sentence.spans, [&](const ner::TokenSpan& span) { return counted(span.label); }));
  }
  return counts.F1();
}

std::vector<ner::Outcome> Outcomes(const ner::Model& model, const std::vector<Text>& texts,
                                   Scan& scan) {
  std::vector<ner::Outcome> outcomes;
  for (const Text& text : texts) {
    scan.Run(model, text.features);
    ner::FindCandidates(scan.lattice, kMinProbability, scan.candidates);
    for (const ner::Candidate& candidate : scan.candidates) {
      outcomes.push_back(
          {candidate.probability, absl::c_linear_search(text.sentence.spans, candidate.span)});
    }
  }
  return outcomes;
}

// What answers have said of a text.
struct Answered {
  std::vector<ner::TokenSpan> accepted;
  std::set<ner::TokenSpan> rejected;
};

bool Overlaps(const ner::TokenSpan& a, const ner::TokenSpan& b) {
  return a.begin < b.end && b.begin < a.end;
}

// As ner::Compile for answers without complete labels.
ner::Constraint ToConstraint(const Answered& answered, size_t num_tokens, ner::TagSet tags) {
  ner::Constraint constraint;
  for (const ner::TokenSpan& span : answered.rejected) constraint.weighted.push_back({span, 0});
  if (answered.accepted.empty()) return constraint;
  const size_t width = static_cast<size_t>(tags.num_tags());
  constraint.allowed.assign(num_tokens * width, 1);
  const std::vector<uint16_t> path = ner::TagsOfSpans(answered.accepted, num_tokens, tags);
  for (const ner::TokenSpan& span : answered.accepted) {
    for (uint32_t t = span.begin; t < span.end; ++t) {
      std::fill_n(&constraint.allowed[t * width], width, 0);
      constraint.allowed[t * width + path[t]] = 1;
    }
  }
  return constraint;
}

ner::Example CompleteExample(const Text& text, ner::TagSet tags) {
  return {text.features,
          {.path = ner::TagsOfSpans(text.sentence.spans, text.sentence.tokens.size(), tags)}};
}

double BinaryEntropy(double p) {
  return p <= 0 || p >= 1 ? 0 : -(p * std::log(p) + (1 - p) * std::log1p(-p));
}

// Mutual information of the answer and the model, over models that give these probabilities
// (Houlsby et al. 2011).
double MutualInformation(absl::Span<const double> probabilities) {
  double mean = 0, entropy = 0;
  for (const double p : probabilities) {
    mean += p;
    entropy += BinaryEntropy(p);
  }
  const double n = static_cast<double>(probabilities.size());
  return std::max(0.0, BinaryEntropy(mean / n) - entropy / n);
}

// One data set and seed: base model and pool, common to the arms.
class Simulation {
 public:
  Simulation(const SimulationOptions& options, const DataSet& set, size_t seed)
      : options_(options), set_(set), seed_(seed), tags_(static_cast<int>(set.labels.size())) {}

  absl::Status Prepare() {
    std::vector<size_t> order(set_.train.size());
    for (size_t i = 0; i < order.size(); ++i) order[i] = i;
    Random random(seed_);
    random.Shuffle(order);
    if (order.size() <= options_.num_base)
      return absl::InvalidArgumentError(absl::StrCat(set_.name, ": no pool is left"));
    const auto split = order.begin() + static_cast<std::ptrdiff_t>(options_.num_base);
    for (auto it = order.begin(); it != split; ++it)
      base_.push_back(CompleteExample(set_.train[*it], tags_));
    pool_.assign(split, order.end());
    WINNOW_ASSIGN_OR_RETURN(parent_, TrainBase(seed_));
    for (size_t label = 0; label < set_.labels.size(); ++label) {
      untaught_.push_back(!options_.labels_taught.empty() &&
                          !absl::c_linear_search(options_.labels_taught, set_.labels[label]));
    }
    if (!absl::c_linear_search(untaught_, false)) {
      return absl::InvalidArgumentError(absl::StrCat(
          set_.name, ": none of the labels taught; it has ", absl::StrJoin(set_.labels, ", ")));
    }
    base_dev_ = MeasureF1(*parent_.model, set_.dev, scan_);
    base_test_ = MeasureF1(*parent_.model, set_.test, scan_);
    base_untaught_ = MeasureF1(*parent_.model, set_.test, scan_, Untaught());
    return absl::OkStatus();
  }

  absl::StatusOr<std::vector<Row>> Run(const Arm& arm) {
    answered_.clear();
    memory_.clear();
    ner::LearnerOptions online;
    online.seed = seed_;
    std::vector<ner::OnlineLearner> learners;
    WINNOW_ASSIGN_OR_RETURN(
        ner::OnlineLearner learner,
        ner::OnlineLearner::Create({parent_.model.get(), &parent_.optimizer}, online));
    learners.push_back(std::move(learner));
    std::vector<std::shared_ptr<const ner::Model>> models = {parent_.model};
    if (arm.kind == "committee") {
      WINNOW_ASSIGN_OR_RETURN(const ner::TrainingResult other, TrainBase(MixHash(seed_, 1)));
      WINNOW_ASSIGN_OR_RETURN(
          ner::OnlineLearner second,
          ner::OnlineLearner::Create({other.model.get(), &other.optimizer}, online));
      learners.push_back(std::move(second));
      models.push_back(other.model);
    }
    std::vector<Row> rows;
    size_t num_answers = 0, num_accepted = 0, num_steps = 0;
    double seconds = 0;
    Random oracle(MixHash(seed_, 2));
    while (num_answers < options_.num_answers) {
      const std::vector<Question> questions = Choose(arm, models, num_steps);
      if (questions.empty()) break;
      std::set<size_t> texts;
      for (const Question& question : questions) {
        num_accepted += Answer(question, oracle);
        texts.insert(question.text);
      }
      num_answers += questions.size();
      // The composition of a step is WorkingModel::Step's.
      std::vector<ner::Example> examples;
      for (const size_t text : texts) examples.push_back(AnsweredExample(text, 1));
      Random random(MixHash(parent_.model->digest(), num_steps));
      for (size_t i = 0; i < options_.batch; ++i)
        examples.push_back(base_[random.Below(base_.size())]);
      random.Shuffle(examples);
      std::vector<const ner::Example*> pointers;
      for (const ner::Example& example : examples) pointers.push_back(&example);
      const auto start = std::chrono::steady_clock::now();
      for (size_t i = 0; i < learners.size(); ++i) {
        WINNOW_RETURN_IF_ERROR(learners[i].Step(pointers).status());
        WINNOW_ASSIGN_OR_RETURN(models[i], learners[i].Snapshot());
      }
      seconds += std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
      ++num_steps;
      const bool last = num_answers >= options_.num_answers;
      if (!last && !IsCheckpoint(num_answers, questions.size())) continue;
      WINNOW_ASSIGN_OR_RETURN(Row row, Measure(*models[0], last));
      row.arm = arm.name;
      row.answers = num_answers;
      row.accepted = num_accepted;
      row.step_ms = 1e3 * seconds / static_cast<double>(num_steps);
      rows.push_back(std::move(row));
    }
    return rows;
  }

 private:
  struct Question {
    size_t text;
    ner::TokenSpan span;
    std::string string_key;
  };

  // The first step at or beyond one of the checkpoints.
  static bool IsCheckpoint(size_t num_answers, size_t step) {
    return absl::c_any_of(std::vector<size_t>{100, 200, 500, 1000, 2000},
                          [&](size_t c) { return num_answers >= c && num_answers - step < c; });
  }

  std::function<bool(uint32_t)> Untaught() const {
    return [this](uint32_t label) { return label < untaught_.size() && untaught_[label]; };
  }

  // As services/training: calibrated on a quarter of the first `num_new` examples by a model that
  // has not seen them.
  absl::StatusOr<ner::TrainingResult> Train(const std::vector<ner::Example>& examples,
                                            size_t num_new, const ner::Parent& parent,
                                            ner::LearnerOptions options, uint64_t seed) const {
    options.seed = seed;
    if (parent.model != nullptr) options.fixed_labels = untaught_;
    WINNOW_ASSIGN_OR_RETURN(ner::TrainingResult result,
                            ner::Train(set_.labels, examples, parent, options));
    const auto is_aside = [&](size_t i) { return i < num_new && MixHash(seed, i) % 4 == 0; };
    WINNOW_ASSIGN_OR_RETURN(const ner::Calibration calibration,
                            ner::CrossFit(set_.labels, examples, is_aside, parent, options));
    result.model = result.model->WithTemperature(calibration.temperature)
                       ->WithThresholds(calibration.thresholds);
    return result;
  }

  absl::StatusOr<ner::TrainingResult> TrainBase(uint64_t seed) const {
    return Train(base_, base_.size(), {}, {}, seed);
  }

  ner::Example AnsweredExample(size_t text, double weight) const {
    const ner::TextFeatures& features = set_.train[text].features;
    return {features, ToConstraint(answered_.at(text), features.num_tokens(), tags_), weight};
  }

  absl::StatusOr<std::shared_ptr<const ner::Model>> TrainBatch(
      std::vector<ner::Example> examples) const {
    const size_t num_new = examples.size();
    const size_t replayed =
        options_.from_scratch ? base_.size() : std::min(base_.size(), options_.num_replayed);
    examples.insert(examples.end(), base_.begin(),
                    base_.begin() + static_cast<std::ptrdiff_t>(replayed));
    const ner::Parent parent = options_.from_scratch
                                   ? ner::Parent{}
                                   : ner::Parent{parent_.model.get(), &parent_.optimizer};
    WINNOW_ASSIGN_OR_RETURN(const ner::TrainingResult trained,
                            Train(examples, num_new, parent, options_.training, seed_));
    return trained.model;
  }

  std::string StringKey(size_t text, const ner::TokenSpan& span) const {
    const auto first = set_.train[text].sentence.tokens.begin();
    return absl::StrCat(
        absl::AsciiStrToLower(absl::StrJoin(first + span.begin, first + span.end, " ")), "\n",
        span.label);
  }

  // As FindTextCandidates of the product; beyond ASCII every character counts as a letter.
  bool HasLetter(size_t text, const ner::TokenSpan& span) const {
    const std::vector<std::string>& tokens = set_.train[text].sentence.tokens;
    for (uint32_t t = span.begin; t < span.end; ++t) {
      if (absl::c_any_of(tokens[t],
                         [](unsigned char c) { return absl::ascii_isalpha(c) || c >= 0x80; }))
        return true;
    }
    return false;
  }

  std::vector<size_t> BlockOf(uint64_t step) const {
    std::vector<size_t> block = pool_;
    if (block.size() <= kBlockTexts) return block;
    Random random(MixHash(seed_, step));
    for (size_t i = 0; i < kBlockTexts; ++i)
      std::swap(block[i], block[i + random.Below(block.size() - i)]);
    block.resize(kBlockTexts);
    return block;
  }

  // Probabilities of `spans` with other models (committee) or without some of the features (bald).
  std::vector<std::vector<double>> Opinions(
      const Arm& arm, const std::vector<std::shared_ptr<const ner::Model>>& models, size_t text,
      absl::Span<const ner::Candidate> candidates, uint64_t draw) {
    std::vector<std::vector<double>> opinions(candidates.size());
    const ner::TextFeatures& features = set_.train[text].features;
    const auto ask = [&](const ner::Model& model, const ner::TextFeatures& seen) {
      other_.Run(model, seen);
      for (size_t i = 0; i < candidates.size(); ++i)
        opinions[i].push_back(other_.lattice.SpanProbability(candidates[i].span));
    };
    if (arm.kind == "committee") {
      for (const auto& model : models) ask(*model, features);
      return opinions;
    }
    Random random(MixHash(draw, text));
    for (size_t pass = 0; pass < kDropoutPasses; ++pass) {
      ner::TextFeatures kept;
      kept.begins.push_back(0);
      for (size_t t = 0; t < features.num_tokens(); ++t) {
        for (const uint32_t id : features.of(t)) {
          if (random.Uniform() >= kDropout) kept.ids.push_back(id);
        }
        kept.begins.push_back(static_cast<uint32_t>(kept.ids.size()));
      }
      ask(*models[0], kept);
    }
    return opinions;
  }

  // log p of the predicted labelling per token, negated: Shen et al. 2017.
  double Mnlp(const ner::Model& model, size_t num_tokens) {
    scan_.decoder.Decode(scan_.scores, num_tokens, model.transition_factors(), model.thresholds(),
                         scan_.best);
    std::vector<ner::TokenSpan> spans;
    for (const ner::Candidate& predicted : scan_.best) spans.push_back(predicted.span);
    const std::vector<uint16_t> path = ner::TagsOfSpans(spans, num_tokens, tags_);
    const double log_p =
        ner::PathScore(scan_.scores, path, model.transitions()) - scan_.lattice.log_z();
    return std::max(0.0, -log_p / static_cast<double>(num_tokens));
  }

  std::vector<Question> Choose(const Arm& arm,
                               const std::vector<std::shared_ptr<const ner::Model>>& models,
                               uint64_t step) {
    const ner::Model& model = *models[0];
    const uint64_t draw = MixHash(seed_, step);
    std::vector<ner::KeyedQuestion> keyed;
    std::vector<Question> questions;
    for (const size_t text : BlockOf(step)) {
      const ner::TextFeatures& features = set_.train[text].features;
      const uint32_t num_tokens = static_cast<uint32_t>(features.num_tokens());
      scan_.Run(model, features);
      ner::FindCandidates(scan_.lattice, kMinProbability, scan_.candidates);
      const auto answered = answered_.find(text);
      std::erase_if(scan_.candidates, [&](const ner::Candidate& candidate) {
        const auto overlaps = [&](const ner::TokenSpan& other) {
          return Overlaps(candidate.span, other);
        };
        return untaught_[candidate.span.label] || !HasLetter(text, candidate.span) ||
               (answered != answered_.end() &&
                (answered->second.rejected.contains(candidate.span) ||
                 absl::c_any_of(answered->second.accepted, overlaps)));
      });
      if (scan_.candidates.empty()) continue;
      std::vector<std::vector<double>> opinions;
      if (arm.kind == "bald" || arm.kind == "committee")
        opinions = Opinions(arm, models, text, scan_.candidates, draw);
      const double mnlp = arm.kind == "mnlp" ? Mnlp(model, num_tokens) : 0;
      double variances = 0;
      for (const ner::Candidate& c : scan_.candidates)
        variances += c.probability * (1 - c.probability);
      for (size_t i = 0; i < scan_.candidates.size(); ++i) {
        const ner::TokenSpan& span = scan_.candidates[i].span;
        const double p = scan_.candidates[i].probability;
        std::string string_key = StringKey(text, span);
        const auto memory = memory_.find(string_key);
        const ner::Evidence evidence{
            p, num_tokens, memory == memory_.end() ? ner::StringMemory{} : memory->second};
        double weight = 0;
        if (arm.weigh != nullptr) {
          weight = arm.weigh(evidence);
        } else if (arm.kind == "mnlp") {
          weight = variances > 0 ? mnlp * p * (1 - p) / variances * ner::Worth(evidence) : 0;
        } else if (arm.kind == "change") {
          const double norm = std::sqrt(features.begins[span.end] - features.begins[span.begin]);
          weight = p * (1 - p) * norm * ner::Worth(evidence);
        } else if (arm.kind == "yes") {
          weight = p * std::sqrt(1 - p) * ner::Worth(evidence);
        } else {
          weight = MutualInformation(opinions[i]) * ner::Worth(evidence);
        }
        const double uniform = UnitInterval(MixHash(
            draw, Hash64(absl::StrCat(text, ",", span.begin, ",", span.end, ",", span.label))));
        keyed.push_back({ner::SamplingKey(weight, uniform, arm.power), text, string_key});
        questions.push_back({text, span, std::move(string_key)});
      }
    }
    std::vector<Question> chosen;
    for (const size_t i : ner::OrderByTurn(keyed)) {
      if (chosen.size() == options_.batch) break;
      chosen.push_back(questions[i]);
    }
    return chosen;
  }

  // Whether it is accepted.
  bool Answer(const Question& question, Random& oracle) {
    const bool right =
        absl::c_linear_search(set_.train[question.text].sentence.spans, question.span);
    const bool accept = right != (oracle.Uniform() < options_.error_rate);
    Answered& answered = answered_[question.text];
    ner::StringMemory& memory = memory_[question.string_key];
    ++memory.num_asked;
    if (accept) {
      std::erase_if(answered.accepted,
                    [&](const ner::TokenSpan& other) { return Overlaps(other, question.span); });
      answered.accepted.push_back(question.span);
    } else {
      ++memory.num_rejected;
      answered.rejected.insert(question.span);
    }
    return accept;
  }

  absl::StatusOr<Row> Measure(const ner::Model& online, bool last) {
    std::vector<ner::Example> examples;
    Row row;
    for (const auto& [text, answered] : answered_) {
      examples.push_back(
          AnsweredExample(text, answered.accepted.empty() ? options_.reject_weight : 1));
      ner::Rehearse(*parent_.model, untaught_, examples.back());
      row.tokens += examples.back().features.num_tokens();
    }
    row.set = set_.name;
    row.seed = seed_;
    row.texts = answered_.size();
    WINNOW_ASSIGN_OR_RETURN(const std::shared_ptr<const ner::Model> trained, TrainBatch(examples));
    row.base_dev = base_dev_;
    row.base_test = base_test_;
    row.base_untaught = base_untaught_;
    row.dev = MeasureF1(*trained, set_.dev, scan_);
    row.test = MeasureF1(*trained, set_.test, scan_);
    row.untaught = MeasureF1(*trained, set_.test, scan_, Untaught());
    row.online_test = MeasureF1(online, set_.test, scan_);
    if (options_.full) {
      // The pool is in random order.
      std::vector<ner::Example> complete;
      for (size_t i = 0; i < row.texts; ++i)
        complete.push_back(CompleteExample(set_.train[pool_[i]], tags_));
      WINNOW_ASSIGN_OR_RETURN(const std::shared_ptr<const ner::Model> full,
                              TrainBatch(std::move(complete)));
      row.full_test = MeasureF1(*full, set_.test, scan_);
    }
    if (last) row.outcomes = Outcomes(*trained, set_.test, scan_);
    return row;
  }

  const SimulationOptions& options_;
  const DataSet& set_;
  const size_t seed_;
  const ner::TagSet tags_;
  std::vector<ner::Example> base_;
  // Indices of training sentences, in random order.
  std::vector<size_t> pool_;
  std::vector<bool> untaught_;
  ner::TrainingResult parent_;
  double base_dev_ = 0, base_test_ = 0, base_untaught_ = 0;
  // By index of the training sentence.
  std::map<size_t, Answered> answered_;
  std::map<std::string, ner::StringMemory> memory_;
  Scan scan_, other_;
};

}  // namespace

absl::StatusOr<Arm> ParseArm(const std::string& name) {
  Arm arm{name};
  const std::vector<std::string> parts = absl::StrSplit(name, '^');
  arm.kind = parts[0];
  if (parts.size() > 2 ||
      (parts.size() == 2 && (!absl::SimpleAtod(parts[1], &arm.power) || !(arm.power > 0)))) {
    return absl::InvalidArgumentError(
        absl::StrCat("arm '", name, "': expected NAME or NAME^POWER"));
  }
  if (absl::c_linear_search(std::vector<std::string>{"mnlp", "change", "bald", "committee", "yes"},
                            arm.kind))
    return arm;
  WINNOW_ASSIGN_OR_RETURN(arm.weigh, ner::FindAcquisitionFunction(arm.kind));
  return arm;
}

absl::StatusOr<std::vector<Row>> Simulate(const SimulationOptions& options, const DataSet& set,
                                          size_t seed, absl::Span<const Arm> arms) {
  Simulation simulation(options, set, seed);
  WINNOW_RETURN_IF_ERROR(simulation.Prepare());
  std::vector<Row> rows;
  for (const Arm& arm : arms) {
    WINNOW_ASSIGN_OR_RETURN(std::vector<Row> more, simulation.Run(arm));
    if (more.empty())
      return absl::FailedPreconditionError(
          "there is nothing to ask, or fewer candidates than the first checkpoint");
    std::move(more.begin(), more.end(), std::back_inserter(rows));
  }
  return rows;
}

}  // namespace winnow::bench
