#include "services/training/training_input.h"

#include <algorithm>
#include <optional>
#include <set>
#include <string>

#include "absl/algorithm/container.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "common/base/status.h"
#include "common/measure/people_errors.h"
#include "common/text/split_key.h"
#include "common/training/settings.h"
#include "common/training/superseded.h"
#include "common/training/training_spec.h"
#include "services/training/pool.h"

namespace winnow::training {
namespace {

using storage::v1::LabelledText;
using storage::v1::TrainingReport;
using storage::v1::TrainingSpec;

// Holding out more than the fixed buckets would throw away answers that were asked in order to
// learn from them.
absl::Status CheckEvalShare(const TrainingSpec& spec, const measure::LabelledTexts& answers) {
  const auto asked = [](const measure::LabelledExample& example) { return !example.asked.empty(); };
  if (EvalShare(spec) <= kHoldout || absl::c_none_of(answers.texts, asked)) return absl::OkStatus();
  Violations violations;
  violations.Add(
      "eval_split",
      absl::StrCat(
          "is ", spec.eval_split(), "; above ", kHoldout,
          " it is for complete annotations only, and these data sets have yes/no answers"));
  return violations.ToStatus("cannot train");
}

models::TrainingKeys KeysOfGold(const measure::LabelledTexts& gold) {
  models::TrainingKeys keys;
  for (const measure::LabelledExample& example : gold.texts) keys.push_back(example.split_key);
  std::sort(keys.begin(), keys.end());
  return keys;
}

// Texts of the gold sets, and those that the parent has learnt from; sorted.
models::TrainingKeys NotToTuneOn(models::TrainingKeys keys, const LoadedVersion* parent) {
  if (parent != nullptr) {
    keys.insert(keys.end(), parent->keys.begin(), parent->keys.end());
    for (const LabelledText& labelled : parent->replay)
      keys.push_back(text::SplitKey(labelled.text()));
  }
  std::sort(keys.begin(), keys.end());
  return keys;
}

bool HasHoldoutTexts(const TrainingSpec& spec, const measure::LabelledTexts& answers) {
  return absl::c_any_of(
      measure::GoldTexts(answers.texts, LabelsOf(spec)),
      [&](const measure::GoldText& text) { return InShare(text.split_key, EvalShare(spec)); });
}

// Data sets that were learnt from before and are still there, without those of the spec.
std::vector<std::string> OthersLearntFrom(const corpus::CorpusReader& reader,
                                          const TrainingSpec& spec,
                                          const std::vector<std::string>& learnt_before) {
  std::vector<std::string> others;
  for (const std::string& dataset : learnt_before) {
    if (!absl::c_linear_search(spec.datasets(), dataset) &&
        !absl::c_linear_search(spec.eval_datasets(), dataset) &&
        !absl::c_linear_search(others, dataset) && reader.GetDataset(dataset).ok()) {
      others.push_back(dataset);
    }
  }
  return others;
}

absl::Status ReadHoldout(const CorpusView& corpus, const TrainingSpec& spec,
                         const std::vector<std::string>& learnt_before, TrainingInput& input) {
  std::vector<std::string> datasets = DatasetsOf(spec);
  const std::vector<std::string> others = OthersLearntFrom(*corpus.reader, spec, learnt_before);
  datasets.insert(datasets.end(), others.begin(), others.end());
  for (const std::string& dataset : datasets) {
    WINNOW_ASSIGN_OR_RETURN(const measure::LabelledTexts alone,
                            measure::ReadLabelledTexts(*corpus.reader, {dataset}, corpus.revision));
    if (HasHoldoutTexts(spec, alone)) input.holdout_datasets.push_back(dataset);
  }
  WINNOW_ASSIGN_OR_RETURN(input.holdout,
                          measure::ReadLabelledTexts(*corpus.reader, datasets, corpus.revision));
  return absl::OkStatus();
}

// How often each person errs, as the spec wants it to count; nothing to follow the majority. Tells
// the report what was estimated.
absl::StatusOr<std::optional<ner::ErrorsOfPeople>> WeighPeople(const CorpusView& corpus,
                                                               const TrainingSpec& spec,
                                                               TrainingReport& report) {
  if (!spec.weigh_people()) return std::nullopt;
  WINNOW_ASSIGN_OR_RETURN(
      const std::vector<measure::PersonErrors> people,
      measure::EstimateErrors(*corpus.reader, DatasetsOf(spec), corpus.revision));
  if (people.empty()) {
    report.add_caveats(
        "people could not be weighed, and the majority was followed: nobody's errors are known "
        "without gold checks, or questions that three people answered");
    return std::nullopt;
  }
  for (const measure::PersonErrors& from : people) {
    storage::v1::PersonErrors& person = *report.add_people();
    person.set_person(from.person);
    person.set_reject_error(from.errors.reject_right);
    person.set_accept_error(from.errors.accept_wrong);
    person.set_num_right_checks(from.num_right_checks);
    person.set_num_wrong_checks(from.num_wrong_checks);
    person.set_num_shared_questions(from.num_shared_questions);
  }
  return measure::ErrorsOf(people);
}

void CountTexts(const TrainingData& data, TrainingReport& report) {
  report.set_num_holdout_texts(data.num_holdout);
  report.set_num_eval_texts(data.num_eval);
  for (const TrainingText& text : data.texts) {
    if (text.replayed) {
      report.set_num_replayed(report.num_replayed() + 1);
      continue;
    }
    const LabelledText& labelled = text.labelled;
    report.set_num_texts(report.num_texts() + 1);
    report.set_num_complete_texts(report.num_complete_texts() +
                                  !labelled.complete_labels().empty());
    report.set_num_accepted(report.num_accepted() +
                            static_cast<uint64_t>(labelled.accepted_size()));
    report.set_num_rejected(report.num_rejected() +
                            static_cast<uint64_t>(labelled.rejected_size()));
  }
}

// What the pool gives to self-training.
absl::Status ReadRawTexts(const CorpusView& corpus, const TrainingSpec& spec,
                          const models::TrainingKeys& eval_keys, TrainingInput& input,
                          TrainingReport& report) {
  if (spec.pool().empty() || (spec.has_self_training() && !spec.self_training()))
    return absl::OkStatus();
  std::set<uint64_t> known(eval_keys.begin(), eval_keys.end());
  for (const TrainingText& text : input.data.texts) known.insert(text.split_key);
  const auto may_learn = [&](uint64_t split_key) {
    return !InShare(split_key, HoldoutShare(spec)) && !known.contains(split_key);
  };
  WINNOW_ASSIGN_OR_RETURN(input.raw_texts, DrawRawTexts(*corpus.reader, spec.pool(),
                                                        corpus.revision, spec.seed(), may_learn));
  if (input.raw_texts.empty() && spec.has_self_training())
    report.add_caveats("the pool has too few further texts for self-training");
  return absl::OkStatus();
}

// Says which labels the answers are about instead.
absl::Status NothingToTrainOn(const TrainingSpec& spec, const TrainingInput& input) {
  std::set<std::string> others;
  for (const measure::LabelledExample& example : input.answers.texts)
    AddLabels(example.labelled, others);
  for (const std::string& label : spec.labels()) others.erase(label);
  return WithReason(
      absl::FailedPreconditionError(absl::StrCat(
          "nothing to train on: of ", input.answers.texts.size(), " texts in ",
          absl::StrJoin(spec.datasets(), ", "), ", ", input.data.num_holdout, " are held out and ",
          input.data.num_eval, " are in evaluation datasets; the others say nothing of ",
          absl::StrJoin(spec.labels(), ", "), others.empty() ? "" : " (but of ",
          absl::StrJoin(others, ", "), others.empty() ? "" : ")")),
      "NOTHING_TO_TRAIN_ON");
}

}  // namespace

absl::StatusOr<TrainingInput> ReadTrainingInput(const CorpusView& corpus, const TrainingSpec& spec,
                                                const LoadedVersion* parent,
                                                const std::vector<std::string>& learnt_before,
                                                TrainingReport& report) {
  TrainingInput input;
  WINNOW_ASSIGN_OR_RETURN(const std::optional<ner::ErrorsOfPeople> errors,
                          WeighPeople(corpus, spec, report));
  WINNOW_ASSIGN_OR_RETURN(
      input.answers, measure::ReadLabelledTexts(*corpus.reader, DatasetsOf(spec), corpus.revision,
                                                errors.has_value() ? &*errors : nullptr));
  WINNOW_ASSIGN_OR_RETURN(input.gold, measure::ReadLabelledTexts(
                                          *corpus.reader, EvalDatasetsOf(spec), corpus.revision));
  WINNOW_RETURN_IF_ERROR(CheckEvalShare(spec, input.answers));
  WINNOW_RETURN_IF_ERROR(ReadHoldout(corpus, spec, learnt_before, input));
  const models::TrainingKeys eval_keys = KeysOfGold(input.gold);
  input.tuning =
      TuningTexts(spec, input.answers, NotToTuneOn(eval_keys, parent), *report.mutable_settings());

  LearntTexts learnt;
  if (parent != nullptr) {
    WINNOW_ASSIGN_OR_RETURN(input.replay, WithoutSuperseded(parent->replay, *corpus.reader,
                                                            DatasetsOf(spec), corpus.revision));
    learnt.keys = parent->keys;
    if (!spec.no_replay()) learnt.replay = input.replay;
  }
  input.data = SelectTrainingTexts(spec, input.answers, learnt, eval_keys);
  report.set_num_ignored(input.answers.num_ignored);
  report.set_num_contradictions(input.answers.num_contradictions);
  if (const std::string caveat = measure::DisagreementCaveat(input.answers); !caveat.empty())
    report.add_caveats(caveat);
  report.set_dataset_revision(corpus.revision);
  if (parent != nullptr && !spec.no_replay() && parent->replay.empty()) {
    report.add_caveats(
        "the parent has no replay examples: only the pull towards its weights protects what it "
        "knew");
  }
  WINNOW_RETURN_IF_ERROR(ReadRawTexts(corpus, spec, eval_keys, input, report));
  CountTexts(input.data, report);
  if (report.num_texts() == 0) return NothingToTrainOn(spec, input);
  return input;
}

}  // namespace winnow::training
