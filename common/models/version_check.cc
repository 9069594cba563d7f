#include "common/models/version_check.h"

#include <memory>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "common/base/status.h"
#include "common/models/bounded_json.h"
#include "common/models/lineage.h"
#include "common/models/replay.h"
#include "common/models/training_keys.h"
#include "common/ner/model_file.h"
#include "common/ner/optimizer_state.h"
#include "common/ner/supervision.h"
#include "common/text/tokenizer.h"
#include "common/text/utf8.h"

namespace winnow::models {
namespace {

using storage::v1::LabelledText;

absl::Status CheckOptimizer(absl::string_view bytes, const ner::Model& model) {
  WINNOW_ASSIGN_OR_RETURN(const ner::OptimizerState state, ner::OptimizerState::Parse(bytes));
  const size_t k = model.labels().size();
  if (state.model_digest == model.digest() && state.num_labels == k &&
      state.rows.size() == model.num_rows() * (5 * k + 1)) {
    return absl::OkStatus();
  }
  return absl::InvalidArgumentError("does not belong to model.bin");
}

absl::Status CheckReplay(absl::string_view bytes, const ner::Model& model) {
  WINNOW_ASSIGN_OR_RETURN(const std::vector<LabelledText> records, ParseReplay(bytes));
  for (size_t i = 0; i < records.size(); ++i) {
    const auto compiled =
        ner::Compile(records[i], text::Tokenize(records[i].text()), model.labels());
    if (!compiled.ok()) {
      return absl::InvalidArgumentError(
          absl::StrCat("text ", i + 1, ": ", compiled.status().message()));
    }
  }
  return absl::OkStatus();
}

absl::Status CheckMetrics(absl::string_view json) {
  WINNOW_ASSIGN_OR_RETURN(const Json metrics, ParseJson(kMetricsFile, json));
  return metrics.is_object() ? absl::OkStatus() : CorruptFile(kMetricsFile, "is no object");
}

// Every file but the model.
void CheckOthers(const Files& files, const ner::Model& model, Violations& violations) {
  const auto check = [&](absl::string_view name,
                         absl::FunctionRef<absl::Status(absl::string_view)> of_content) {
    const auto file = files.find(std::string(name));
    if (file == files.end()) return;
    const absl::Status status = of_content(file->second);
    if (status.ok()) return;
    // Most readers name their file, as does the violation.
    violations.Add(name, text::ReplaceInvalidUtf8(
                             absl::StripPrefix(status.message(), absl::StrCat(name, ": "))));
  };
  check(kOptimizerFile, [&](absl::string_view bytes) { return CheckOptimizer(bytes, model); });
  check(kReplayFile, [&](absl::string_view bytes) { return CheckReplay(bytes, model); });
  check(kTrainingKeysFile,
        [](absl::string_view bytes) { return ParseTrainingKeys(bytes).status(); });
  check(kLineageFile, [](absl::string_view json) { return Lineage::Parse(json).status(); });
  check(kMetricsFile, CheckMetrics);
}

// A model of older features is read, so its manifest is right to tell of them and their tokens.
// REQUIRES: `model` are the bytes of a model.
void CheckFeatures(const Manifest& manifest, absl::string_view model, Violations& violations) {
  const auto features = static_cast<int>(ner::ReadHeader(model).feature_version);
  if (manifest.feature_version != features) {
    violations.Add(kManifestFile, absl::StrCat("feature_version is ", manifest.feature_version,
                                               ", that of model.bin is ", features));
  }
  if (manifest.tokenizer_version < 1 || manifest.tokenizer_version > text::kTokenizerVersion) {
    violations.Add(kManifestFile,
                   absl::StrCat("tokenizer_version is ", manifest.tokenizer_version,
                                ", this program reads 1 to ", text::kTokenizerVersion));
  }
}

}  // namespace

absl::Status CheckVersion(const Manifest& manifest, const Files& files) {
  Violations violations;
  manifest.CheckFiles(files, violations);
  if (const auto bytes = files.find(std::string(kModelFile)); bytes != files.end()) {
    const auto model = ner::Model::Parse(bytes->second);
    if (model.ok()) {
      manifest.CheckModel(**model, violations);
      CheckFeatures(manifest, bytes->second, violations);
      CheckOthers(files, **model, violations);
    } else {
      violations.Add(kModelFile, text::ReplaceInvalidUtf8(model.status().message()));
    }
  }
  if (violations.empty()) return absl::OkStatus();
  return WithReason(violations.ToStatus("the model's files are damaged"), "CORRUPT_MODEL");
}

}  // namespace winnow::models
