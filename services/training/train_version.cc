#include "services/training/train_version.h"

#include <algorithm>
#include <chrono>
#include <iterator>
#include <memory>
#include <optional>
#include <set>
#include <thread>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "common/base/hash.h"
#include "common/base/status.h"
#include "common/measure/figures.h"
#include "common/measure/labelled_texts.h"
#include "common/models/lineage.h"
#include "common/models/replay.h"
#include "common/models/training_keys.h"
#include "common/ner/features.h"
#include "common/ner/knowledge.h"
#include "common/ner/learner.h"
#include "common/rpc/patterns.h"
#include "common/text/tokenizer.h"
#include "google/protobuf/util/json_util.h"
#include "services/training/model_training.h"
#include "services/training/pool.h"
#include "services/training/settings.h"
#include "services/training/training_data.h"
#include "services/training/training_spec.h"
#include "services/training/version_report.h"

namespace winnow::training {
namespace {

using storage::v1::LabelledText;

// A version with everything that a training takes from it.
struct LoadedVersion {
  models::VersionName name;
  std::shared_ptr<const ner::Model> model;
  std::optional<ner::OptimizerState> optimizer;
  std::vector<LabelledText> replay;
  models::TrainingKeys keys;
  bool lineage_known = true;
};

absl::StatusOr<LoadedVersion> LoadVersion(const models::ModelStore& store,
                                          const models::VersionName& name) {
  LoadedVersion version;
  version.name = name;
  WINNOW_ASSIGN_OR_RETURN(version.model, store.OpenModel(name));
  const absl::StatusOr<std::string> optimizer = store.ReadVersionFile(name, models::kOptimizerFile);
  if (optimizer.ok()) {
    WINNOW_ASSIGN_OR_RETURN(version.optimizer, ner::OptimizerState::Parse(*optimizer));
  }
  const absl::StatusOr<std::string> replay = store.ReadVersionFile(name, models::kReplayFile);
  if (replay.ok()) {
    WINNOW_ASSIGN_OR_RETURN(version.replay, models::ParseReplay(*replay));
  }
  absl::StatusOr<models::TrainingKeys> keys = models::ReadTrainingKeys(store, name);
  version.lineage_known = keys.ok();
  if (keys.ok()) version.keys = *std::move(keys);
  return version;
}

// Of everything that a model is made of beside the spec and the parent.
std::string InputDigest(const std::vector<TrainingText>& texts, const ner::Knowledge& knowledge) {
  std::string bytes;
  if (knowledge.lexicon != nullptr)
    absl::StrAppend(&bytes, "lexicon ", knowledge.lexicon->digest(), "\n");
  if (knowledge.patterns != nullptr)
    absl::StrAppend(&bytes, "patterns ", knowledge.patterns->digest(), "\n");
  for (const TrainingText& text : texts) {
    absl::StrAppend(&bytes, text.labelled.SerializeAsString(), "\n", text.replayed);
  }
  return Sha256Hex(bytes);
}

std::string ToJson(const google::protobuf::Message& message) {
  std::string json;
  google::protobuf::util::JsonPrintOptions options;
  options.preserve_proto_field_names = true;
  options.add_whitespace = true;
  // Fails for Any only, which these messages do not have.
  (void)google::protobuf::util::MessageToJsonString(message, &json, options);
  return json;
}

// One run of TrainVersion: the steps share what they read.
class Training {
 public:
  Training(const TrainingEnvironment& environment, const v1::TrainingJob& job, JobContext& context)
      : environment_(environment),
        store_(environment.publisher->store()),
        job_(job),
        spec_(job.spec()),
        context_(context) {}

  absl::StatusOr<v1::TrainingReport> Run() {
    if (IsPoolAlone(spec_)) {
      WINNOW_ASSIGN_OR_RETURN(const rpc::CorpusSnapshot snapshot, environment_.take_snapshot());
      WINNOW_RETURN_IF_ERROR(LearnWords(snapshot));
      return report_;
    }
    if (const auto published = FindPublished(); published.has_value()) {
      WINNOW_RETURN_IF_ERROR(Announce(*published));
      return report_;
    }
    WINNOW_RETURN_IF_ERROR(Progress("reading", 0, 0));
    WINNOW_RETURN_IF_ERROR(LoadParent());
    WINNOW_ASSIGN_OR_RETURN(const rpc::CorpusSnapshot snapshot, environment_.take_snapshot());
    WINNOW_RETURN_IF_ERROR(ReadTexts(snapshot));
    WINNOW_RETURN_IF_ERROR(ReadKnowledge(snapshot));
    WINNOW_RETURN_IF_ERROR(Train());
    WINNOW_RETURN_IF_ERROR(Progress("evaluating", 0, 0));
    WINNOW_ASSIGN_OR_RETURN(const std::string gate_sample, Measure(snapshot));
    WINNOW_RETURN_IF_ERROR(Progress("publishing", 0, 0));
    WINNOW_RETURN_IF_ERROR(Publish(snapshot, gate_sample));
    return report_;
  }

 private:
  absl::Status Progress(const std::string& phase, int epoch, double loss) {
    if (context_.Progress(phase, static_cast<uint32_t>(epoch), static_cast<uint32_t>(Epochs(spec_)),
                          loss)) {
      return absl::OkStatus();
    }
    return absl::CancelledError("the training was cancelled");
  }

  // The version that this job published before the process died; its report is then the one made
  // with it.
  std::optional<models::VersionName> FindPublished() {
    for (const uint64_t number : store_.ListVersions(spec_.output())) {
      const models::VersionName version{spec_.output(), number};
      const absl::StatusOr<std::string> json =
          store_.ReadVersionFile(version, models::kLineageFile);
      if (!json.ok()) continue;
      const absl::StatusOr<models::Lineage> lineage = models::Lineage::Parse(*json);
      if (!lineage.ok() || lineage->job_id != job_.id()) continue;
      const absl::StatusOr<std::string> metrics =
          store_.ReadVersionFile(version, models::kMetricsFile);
      v1::TrainingReport report;
      if (!metrics.ok() || !google::protobuf::util::JsonStringToMessage(*metrics, &report).ok())
        continue;
      report_ = std::move(report);
      return version;
    }
    return std::nullopt;
  }

  // The parent, and the baseline: the parent, or what the output serves now when there is no
  // parent.
  absl::Status LoadParent() {
    if (!IsFromNothing(spec_)) {
      WINNOW_ASSIGN_OR_RETURN(const models::VersionName name, store_.Resolve(spec_.parent()));
      WINNOW_ASSIGN_OR_RETURN(parent_, LoadVersion(store_, name));
      report_.set_parent_version(name.ToString());
      baseline_ = parent_;
      return absl::OkStatus();
    }
    const absl::StatusOr<models::VersionName> serving = store_.Resolve(spec_.output());
    if (serving.ok()) {
      WINNOW_ASSIGN_OR_RETURN(baseline_, LoadVersion(store_, *serving));
    }
    return absl::OkStatus();
  }

  absl::Status ReadTexts(const rpc::CorpusSnapshot& snapshot) {
    const std::vector<std::string> datasets(spec_.datasets().begin(), spec_.datasets().end());
    const std::vector<std::string> eval_datasets(spec_.eval_datasets().begin(),
                                                 spec_.eval_datasets().end());
    WINNOW_ASSIGN_OR_RETURN(
        answers_, measure::ReadLabelledTexts(snapshot.reader(), datasets, snapshot.revision()));
    WINNOW_ASSIGN_OR_RETURN(
        gold_, measure::ReadLabelledTexts(snapshot.reader(), eval_datasets, snapshot.revision()));
    WINNOW_RETURN_IF_ERROR(CheckEvalShare());
    models::TrainingKeys eval_keys;
    for (const measure::LabelledExample& example : gold_.texts)
      eval_keys.push_back(example.split_key);
    std::sort(eval_keys.begin(), eval_keys.end());
    models::TrainingKeys not_to_tune_on = eval_keys;
    if (parent_.has_value())
      not_to_tune_on.insert(not_to_tune_on.end(), parent_->keys.begin(), parent_->keys.end());
    std::sort(not_to_tune_on.begin(), not_to_tune_on.end());
    tuning_ = TuningTexts(spec_, answers_, not_to_tune_on, *report_.mutable_settings());

    const std::vector<LabelledText> none;
    const bool replay = parent_.has_value() && !spec_.no_replay();
    data_ = SelectTrainingTexts(spec_, answers_, replay ? parent_->replay : none, eval_keys);
    report_.set_num_ignored(answers_.num_ignored);
    report_.set_num_contradictions(answers_.num_contradictions);
    report_.set_num_holdout_texts(data_.num_holdout);
    report_.set_num_eval_texts(data_.num_eval);
    report_.set_dataset_revision(snapshot.revision());
    if (replay && parent_->replay.empty()) {
      report_.add_caveats(
          "the parent has no replay examples: only the pull towards its weights protects what it "
          "knew");
    }
    CountTexts();
    if (report_.num_texts() > 0) return absl::OkStatus();
    const std::set<std::string> labels = LabelsOfAnswers();
    return WithReason(
        absl::FailedPreconditionError(absl::StrCat(
            "nothing to train on: of ", answers_.texts.size(), " texts in ",
            absl::StrJoin(datasets, ", "), ", ", data_.num_holdout, " are held out and ",
            data_.num_eval, " are in --eval-id; the others say nothing of ",
            absl::StrJoin(spec_.labels(), ", "), labels.empty() ? "" : " (but of ",
            absl::StrJoin(labels, ", "), labels.empty() ? "" : ")",
            ". Answer more questions, or check -l with: winnow stats ", datasets[0])),
        "NOTHING_TO_TRAIN_ON");
  }

  // Those that are not to be learnt.
  std::set<std::string> LabelsOfAnswers() const {
    std::set<std::string> labels;
    for (const measure::LabelledExample& example : answers_.texts)
      AddLabels(example.labelled, labels);
    for (const std::string& label : spec_.labels()) labels.erase(label);
    return labels;
  }

  // What is known of words and phrases: by the patterns, the vectors, and the pool, if that is
  // large enough; else by the parent.
  absl::Status ReadKnowledge(const rpc::CorpusSnapshot& snapshot) {
    if (parent_.has_value()) knowledge_ = parent_->model->knowledge();
    if (!spec_.patterns().empty()) {
      WINNOW_ASSIGN_OR_RETURN(knowledge_.patterns, rpc::ReadPatterns(spec_.patterns()));
    }
    if (!spec_.lexicon().empty()) {
      WINNOW_ASSIGN_OR_RETURN(knowledge_.lexicon, ner::Lexicon::Parse(spec_.lexicon()));
    }
    if (spec_.pool().empty()) return absl::OkStatus();
    const absl::Status learnt = LearnWords(snapshot);
    if (!absl::IsFailedPrecondition(learnt)) return learnt;
    report_.add_caveats(absl::StrCat(learnt.message(), "; trained without it"));
    return absl::OkStatus();
  }

  absl::Status LearnWords(const rpc::CorpusSnapshot& snapshot) {
    const auto begin = std::chrono::steady_clock::now();
    const auto progress = [&](double share) {
      return context_.Progress("learning words", static_cast<uint32_t>(100 * share), 100, 0);
    };
    ner::PoolOptions options;
    options.seed = spec_.seed();
    options.num_threads = NumThreads();
    WINNOW_ASSIGN_OR_RETURN(const Pool pool,
                            LearnPool(snapshot.reader(), spec_.pool(), snapshot.revision(), options,
                                      *environment_.store, progress));
    knowledge_.lexicon = pool.lexicon;
    report_.set_num_pool_texts(pool.num_texts);
    report_.set_pool_seconds(
        std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count());
    return absl::OkStatus();
  }

  static size_t NumThreads() { return std::max(1u, std::thread::hardware_concurrency()); }

  // Holding out more than the fixed buckets would throw away answers that were asked in order to
  // learn from them.
  absl::Status CheckEvalShare() const {
    const auto asked = [](const measure::LabelledExample& example) {
      return !example.asked.empty();
    };
    if (EvalShare(spec_) <= kHoldout ||
        std::none_of(answers_.texts.begin(), answers_.texts.end(), asked)) {
      return absl::OkStatus();
    }
    Violations violations;
    violations.Add(
        "eval_split",
        absl::StrCat(
            "is ", spec_.eval_split(), "; above ", kHoldout,
            " it is for complete annotations only, and these data sets have yes/no answers"));
    return violations.ToStatus("cannot train");
  }

  void CountTexts() {
    for (const TrainingText& text : data_.texts) {
      if (text.replayed) {
        report_.set_num_replayed(report_.num_replayed() + 1);
        continue;
      }
      report_.set_num_texts(report_.num_texts() + 1);
      report_.set_num_complete_texts(report_.num_complete_texts() +
                                     !text.labelled.complete_labels().empty());
      report_.set_num_accepted(report_.num_accepted() +
                               static_cast<uint64_t>(text.labelled.accepted_size()));
      report_.set_num_rejected(report_.num_rejected() +
                               static_cast<uint64_t>(text.labelled.rejected_size()));
    }
  }

  absl::Status Train() {
    ModelInput input;
    input.spec = &spec_;
    input.data = &data_;
    if (parent_.has_value()) {
      input.parent = {parent_->model.get(),
                      parent_->optimizer.has_value() ? &*parent_->optimizer : nullptr};
    }
    input.knowledge = knowledge_;
    input.tuning = tuning_;
    input.num_threads = NumThreads();
    const auto progress = [this](const std::string& phase, int epoch, double loss) {
      return Progress(phase, epoch, loss);
    };
    WINNOW_ASSIGN_OR_RETURN(trained_, TrainModel(input, progress, report_));
    return absl::OkStatus();
  }

  models::TrainingKeys TrainingKeysOfNew() const {
    models::TrainingKeys keys;
    if (parent_.has_value()) keys = parent_->keys;
    for (const TrainingText& text : data_.texts) keys.push_back(text.split_key);
    std::sort(keys.begin(), keys.end());
    keys.erase(std::unique(keys.begin(), keys.end()), keys.end());
    return keys;
  }

  absl::StatusOr<std::string> Measure(const rpc::CorpusSnapshot& snapshot) {
    ReportInput input;
    input.spec = &spec_;
    input.reader = &snapshot.reader();
    input.revision = snapshot.revision();
    input.answers = &answers_;
    input.gold = &gold_;
    for (const measure::GoldText& text : tuning_) input.tuned_on.push_back(text.split_key);
    std::sort(input.tuned_on.begin(), input.tuned_on.end());
    if (baseline_.has_value()) {
      input.baseline = {baseline_->name.ToString(), baseline_->model.get(), baseline_->keys,
                        baseline_->lineage_known};
    }
    input.trained = {"", trained_.model.get(), TrainingKeysOfNew(), true};
    input.count_earlier_tries = [this](const std::string& digest) { return CountTries(digest); };
    return MeasureVersion(input, report_);
  }

  int CountTries(const std::string& digest) const {
    int tries = 0;
    for (const std::string& model : store_.ListModels()) {
      for (const uint64_t number : store_.ListVersions(model)) {
        const absl::StatusOr<std::string> json =
            store_.ReadVersionFile({model, number}, models::kLineageFile);
        if (!json.ok()) continue;
        const absl::StatusOr<models::Lineage> lineage = models::Lineage::Parse(*json);
        tries += lineage.ok() && lineage->gate_sample == digest;
      }
    }
    return tries;
  }

  absl::Status Publish(const rpc::CorpusSnapshot& snapshot, const std::string& gate_sample) {
    models::Lineage lineage;
    lineage.job_id = job_.id();
    lineage.database_id = snapshot.database_id();
    lineage.revision = snapshot.revision();
    lineage.datasets.assign(spec_.datasets().begin(), spec_.datasets().end());
    lineage.labels = trained_.model->labels();
    lineage.input_digest = InputDigest(data_.texts, knowledge_);
    if (parent_.has_value()) {
      lineage.parent = parent_->name.ToString();
      WINNOW_ASSIGN_OR_RETURN(lineage.parent_digest, store_.GetDigest(parent_->name));
    }
    lineage.spec_json = ToJson(Told(spec_));
    lineage.gate_sample = gate_sample;

    const absl::StatusOr<models::VersionName> serving = store_.Resolve(spec_.output());
    const bool promote = !serving.ok() || report_.gate().verdict() == v1::GATE_VERDICT_PROMOTE;
    report_.mutable_gate()->set_promoted(promote);
    WINNOW_ASSIGN_OR_RETURN(
        const models::VersionName version,
        environment_.publisher->Publish(spec_.output(), Header(), MakeFiles(lineage)));
    return Announce(version);
  }

  // Names the version in the report and moves the alias that the report says. May be done twice.
  absl::Status Announce(const models::VersionName& version) {
    report_.set_model_version(version.ToString());
    for (auto& figure : *report_.mutable_after()) figure.set_model_version(version.ToString());
    if (report_.gate().promoted()) return environment_.publisher->Promote(version).status();
    if (report_.gate().verdict() == v1::GATE_VERDICT_REFUSE) return absl::OkStatus();
    return environment_.publisher->SetCandidate(version).status();
  }

  models::Manifest Header() const {
    models::Manifest header;
    header.feature_version = static_cast<int>(ner::kFeatureVersion);
    header.tokenizer_version = text::kTokenizerVersion;
    header.tag_scheme = "BIOES";
    header.labels = trained_.model->labels();
    header.created_unix_micros = absl::ToUnixMicros(environment_.clock->Now());
    return header;
  }

  models::Files MakeFiles(const models::Lineage& lineage) const {
    const std::vector<LabelledText> none;
    models::Files files;
    files[std::string(models::kModelFile)] = trained_.model->Serialize();
    files[std::string(models::kOptimizerFile)] = trained_.optimizer.Serialize();
    files[std::string(models::kReplayFile)] = models::SerializeReplay(
        DrawReplay(data_.texts, parent_.has_value() ? parent_->replay : none));
    files[std::string(models::kTrainingKeysFile)] =
        models::SerializeTrainingKeys(TrainingKeysOfNew());
    files[std::string(models::kLineageFile)] = lineage.ToJson();
    files[std::string(models::kMetricsFile)] = ToJson(report_) + "\n";
    return files;
  }

  const TrainingEnvironment& environment_;
  const models::ModelStore& store_;
  const v1::TrainingJob& job_;
  const v1::TrainingSpec& spec_;
  JobContext& context_;
  v1::TrainingReport report_;
  ner::Knowledge knowledge_;
  std::optional<LoadedVersion> parent_;
  std::optional<LoadedVersion> baseline_;
  measure::LabelledTexts answers_;
  measure::LabelledTexts gold_;
  TrainingData data_;
  std::vector<measure::GoldText> tuning_;
  ner::TrainingResult trained_;
};

}  // namespace

absl::StatusOr<v1::TrainingReport> TrainVersion(const TrainingEnvironment& environment,
                                                const v1::TrainingJob& job, JobContext& context) {
  return Training(environment, job, context).Run();
}

}  // namespace winnow::training
