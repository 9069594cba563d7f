#include "tests/bench/teach_simulation.h"

#include <algorithm>
#include <iterator>
#include <memory>
#include <utility>

#include "absl/algorithm/container.h"
#include "common/base/status.h"
#include "common/measure/figures.h"
#include "common/measure/people_errors.h"
#include "common/ner/model.h"
#include "common/text/tokenizer.h"
#include "common/training/train_tagger.h"
#include "tests/bench/teach_base.h"

namespace winnow::bench {
namespace {

using storage::v1::LabelledText;

// One data set and seed.
class Simulation {
 public:
  Simulation(const SimulationOptions& options, const DataSet& set, size_t seed, Base base)
      : options_(options), set_(set), seed_(seed), base_(std::move(base)) {}

  absl::StatusOr<std::vector<Row>> Run(const std::string& strategy) {
    Classroom classroom(options_.classroom, base_, strategy, seed_);
    WINNOW_RETURN_IF_ERROR(classroom.Open());
    std::vector<Row> rows;
    while (classroom.num_answers() < options_.num_answers) {
      WINNOW_ASSIGN_OR_RETURN(const bool answered, classroom.AnswerOne());
      if (!answered) break;
      const bool last = classroom.num_answers() == options_.num_answers;
      if (!last && (options_.last_only || !IsCheckpoint(classroom.num_answers()))) continue;
      WINNOW_ASSIGN_OR_RETURN(Row row, Measure(classroom, last));
      row.arm = strategy;
      rows.push_back(std::move(row));
    }
    return rows;
  }

 private:
  static bool IsCheckpoint(size_t num_answers) {
    return absl::c_linear_search(std::vector<size_t>{100, 200, 350, 500, 1000, 2000}, num_answers);
  }

  absl::StatusOr<std::shared_ptr<const ner::Model>> TrainBatch(
      const std::vector<LabelledText>& texts) const {
    training::TaggerOptions options;
    options.learner = options_.learner;
    options.learner.seed = seed_;
    if (options_.from_scratch) {
      std::vector<LabelledText> all = texts;
      all.insert(all.end(), base_.texts.begin(), base_.texts.end());
      WINNOW_ASSIGN_OR_RETURN(const ner::TrainingResult trained,
                              training::TrainTagger(all, set_.labels, options));
      return trained.model;
    }
    options.parent = {base_.trained.model.get(), &base_.trained.optimizer};
    options.replay =
        absl::MakeConstSpan(base_.texts).first(std::min(base_.texts.size(), options_.num_replayed));
    WINNOW_ASSIGN_OR_RETURN(const ner::TrainingResult trained,
                            training::TrainTagger(texts, base_.labels_taught, options));
    return trained.model;
  }

  // F1 of a training that weighs people; nan where nothing tells their errors.
  absl::StatusOr<double> MeasureWeighed(const Classroom& classroom) const {
    WINNOW_ASSIGN_OR_RETURN(const std::vector<measure::PersonErrors> people, classroom.Errors());
    if (people.empty()) return std::nan("");
    const ner::ErrorsOfPeople errors = measure::ErrorsOf(people);
    WINNOW_ASSIGN_OR_RETURN(const std::vector<LabelledText> answered, classroom.Answered(&errors));
    WINNOW_ASSIGN_OR_RETURN(const std::shared_ptr<const ner::Model> trained, TrainBatch(answered));
    return MeasureF1(*trained, set_.test);
  }

  absl::StatusOr<Row> Measure(Classroom& classroom, bool last) {
    Row row;
    row.set = set_.name;
    row.seed = seed_;
    row.answers = classroom.num_answers();
    row.accepted = classroom.num_accepted();
    WINNOW_ASSIGN_OR_RETURN(const std::vector<LabelledText> answered, classroom.Answered());
    row.texts = answered.size();
    for (const LabelledText& text : answered) row.tokens += text::Tokenize(text.text()).size();
    row.base_dev = base_.dev;
    row.base_test = base_.test;
    row.base_untaught = base_.untaught;

    WINNOW_ASSIGN_OR_RETURN(const std::shared_ptr<const ner::Model> trained, TrainBatch(answered));
    row.dev = MeasureF1(*trained, set_.dev);
    row.test = MeasureF1(*trained, set_.test);
    row.hindsight_test = HindsightF1(*trained, set_.test);
    if (options_.weigh_people) {
      WINNOW_ASSIGN_OR_RETURN(row.weighed_test, MeasureWeighed(classroom));
    }
    row.untaught = MeasureF1(*trained, set_.test, base_.labels_untaught);
    row.audit_answers = classroom.num_audit();
    WINNOW_ASSIGN_OR_RETURN(row.gate, classroom.Gate(*base_.trained.model, *trained));
    WINNOW_ASSIGN_OR_RETURN(const auto online, classroom.Online());
    row.online_dev = MeasureF1(*online.first, set_.dev);
    row.online_test = MeasureF1(*online.first, set_.test);
    row.online_hindsight_test = HindsightF1(*online.first, set_.test);
    row.step_ms = online.second;
    if (options_.full) {
      // The pool is in random order.
      const size_t num_texts = std::min(answered.size(), base_.pool.size());
      WINNOW_ASSIGN_OR_RETURN(
          const std::shared_ptr<const ner::Model> full,
          TrainBatch(
              {base_.pool.begin(), base_.pool.begin() + static_cast<std::ptrdiff_t>(num_texts)}));
      row.full_test = MeasureF1(*full, set_.test);
    }
    row.dev_ece = ner::MeasureReliability(measure::CandidateOutcomes(*trained, set_.dev)).ece;
    std::vector<ner::Outcome> outcomes = measure::CandidateOutcomes(*trained, set_.test);
    row.test_ece = ner::MeasureReliability(outcomes).ece;
    if (last) row.outcomes = std::move(outcomes);
    return row;
  }

  const SimulationOptions& options_;
  const DataSet& set_;
  const size_t seed_;
  const Base base_;
};

}  // namespace

absl::StatusOr<std::vector<Row>> Simulate(const SimulationOptions& options, const DataSet& set,
                                          size_t seed, absl::Span<const std::string> arms) {
  WINNOW_ASSIGN_OR_RETURN(Base base, MakeBase(options.num_base, options.labels_taught, set, seed));
  Simulation simulation(options, set, seed, std::move(base));
  std::vector<Row> rows;
  for (const std::string& arm : arms) {
    WINNOW_ASSIGN_OR_RETURN(std::vector<Row> more, simulation.Run(arm));
    if (more.empty())
      return absl::FailedPreconditionError(
          "there is nothing to ask, or fewer candidates than the first checkpoint");
    std::move(more.begin(), more.end(), std::back_inserter(rows));
  }
  return rows;
}

}  // namespace winnow::bench
