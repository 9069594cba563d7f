#include "services/training/version_publication.h"

#include <vector>

#include "absl/strings/str_cat.h"
#include "common/base/hash.h"
#include "common/base/log.h"
#include "common/base/status.h"
#include "common/models/lineage.h"
#include "common/models/replay.h"
#include "common/models/training_keys.h"
#include "common/training/training_spec.h"
#include "google/protobuf/util/json_util.h"
#include "services/training/version_verdict.h"

namespace winnow::training {
namespace {

using storage::v1::TrainingReport;

// Tells apart everything that a model is made of beside the spec and the parent.
std::string InputDigest(const TrainingInput& input, const ner::Knowledge& knowledge) {
  std::string bytes;
  for (const auto& lexicon : knowledge.lexicons)
    absl::StrAppend(&bytes, "lexicon ", lexicon->digest(), "\n");
  if (knowledge.patterns != nullptr)
    absl::StrAppend(&bytes, "patterns ", knowledge.patterns->digest(), "\n");
  for (const TrainingText& text : input.data.texts) {
    absl::StrAppend(&bytes, text.labelled.SerializeAsString(), "\n", text.replayed);
  }
  for (const std::string& text : input.raw_texts) absl::StrAppend(&bytes, "raw ", text, "\n");
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

absl::StatusOr<models::Lineage> MakeLineage(const models::ModelStore& store,
                                            const NewVersion& version) {
  models::Lineage lineage;
  lineage.job_id = version.job_id;
  lineage.database_id = version.corpus->database_id;
  lineage.revision = version.corpus->revision;
  lineage.datasets = DatasetsOf(*version.spec);
  lineage.labels = version.trained->model->labels();
  lineage.input_digest = InputDigest(*version.texts, *version.knowledge);
  if (version.parent != nullptr) {
    lineage.parent = version.parent->name.ToString();
    WINNOW_ASSIGN_OR_RETURN(lineage.parent_digest, store.GetDigest(version.parent->name));
  }
  lineage.spec_json = ToJson(*version.spec);
  lineage.gate_sample = version.gate_sample;
  return lineage;
}

models::Files MakeFiles(const NewVersion& version, const models::Lineage& lineage,
                        const TrainingReport& report) {
  models::Files files;
  files[std::string(models::kModelFile)] = version.trained->model->Serialize();
  files[std::string(models::kOptimizerFile)] = version.trained->optimizer.Serialize();
  files[std::string(models::kReplayFile)] =
      models::SerializeReplay(DrawReplay(version.texts->data.texts, version.texts->replay));
  files[std::string(models::kTrainingKeysFile)] =
      models::SerializeTrainingKeys(UnitedKeys(version.parent, version.texts->data));
  files[std::string(models::kLineageFile)] = lineage.ToJson();
  files[std::string(models::kMetricsFile)] = ToJson(report) + "\n";
  return files;
}

}  // namespace

absl::StatusOr<models::VersionName> PublishVersion(const TrainingEnvironment& environment,
                                                   const NewVersion& version,
                                                   TrainingReport& report) {
  models::ModelPublisher& publisher = *environment.publisher;
  const std::string& output = version.spec->output();
  WINNOW_ASSIGN_OR_RETURN(const models::Lineage lineage, MakeLineage(publisher.store(), version));
  WINNOW_RETURN_IF_ERROR(DecidePromotion(publisher.store(), output, *version.trained->model,
                                         version.texts->data, *report.mutable_gate()));
  WINNOW_ASSIGN_OR_RETURN(
      const models::VersionName published,
      publisher.Publish(output, environment.clock->Now(), MakeFiles(version, lineage, report)));
  LogEvent(LogLevel::kInfo, "version_published",
           {{"version", published.ToString()}, {"job", version.job_id}});
  return published;
}

absl::Status Announce(models::ModelPublisher& publisher, const models::VersionName& version,
                      TrainingReport& report) {
  report.set_model_version(version.ToString());
  for (storage::v1::Figure& figure : *report.mutable_after())
    figure.set_model_version(version.ToString());
  if (report.gate().promoted()) {
    WINNOW_RETURN_IF_ERROR(publisher.Promote(version).status());
    LogEvent(LogLevel::kInfo, "version_promoted", {{"version", version.ToString()}});
    return absl::OkStatus();
  }
  if (report.gate().verdict() == storage::v1::GATE_VERDICT_REFUSE)
    return publisher.DropCandidate(version);
  return publisher.SetCandidate(version).status();
}

}  // namespace winnow::training
