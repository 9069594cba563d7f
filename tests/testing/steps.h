// The steps of the story as calls to the services, for tests and benchmarks that play parts of it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "services/cli/recipes/oracle.h"
#include "services/cli/shell/session.h"

namespace winnow::integration {

using cli::Session;

// The first `num_lines` lines of a file of examples/: job_titles_gold.jsonl, job_titles_raw.jsonl
// or job_titles_raw_gold.jsonl.
absl::StatusOr<std::string> ExampleLines(const std::string& file, size_t num_lines);
inline constexpr char kJobTitle[] = "job_title";

absl::StatusOr<annotation::v1::ImportDatasetResponse> ImportDataset(
    Session& session, const std::string& name, absl::string_view rows,
    annotation::v1::Coverage coverage);
absl::StatusOr<std::string> ExportDataset(Session& session, const std::string& name);
// All answers and undos.
absl::StatusOr<std::vector<annotation::v1::LogEntry>> ListLog(Session& session,
                                                              const std::string& dataset);

absl::StatusOr<annotation::v1::ImportSourceResponse> ImportSource(Session& session,
                                                                  const std::string& name,
                                                                  absl::string_view rows);

// Of kind TEACH and open, for the label job_title, with the defaults of the service.
absl::StatusOr<annotation::v1::Queue> CreateTeachingQueue(Session& session, const std::string& name,
                                                          const std::string& model,
                                                          const std::string& source,
                                                          const std::string& dataset);
absl::StatusOr<annotation::v1::Queue> GetQueue(Session& session, const std::string& name);

// The best questions now, after the learner has caught up.
absl::StatusOr<std::vector<annotation::v1::Task>> Lease(Session& session, const std::string& queue,
                                                        uint32_t max_tasks);
// Leases one question at a time, each asked by a model that has learnt from all answers before it,
// and answers it from complete annotations. Returns the tasks; FailedPrecondition when there are
// fewer.
absl::StatusOr<std::vector<annotation::v1::Task>> Teach(Session& session, const std::string& queue,
                                                        const cli::Gold& gold, size_t num_answers);

// A spec for the label job_title.
training::v1::TrainingSpec TrainingSpecOf(const std::string& dataset, const std::string& parent,
                                          const std::string& output);
// Runs a training to its end. Error: that of the job.
absl::StatusOr<training::v1::TrainingReport> Train(Session& session,
                                                   const training::v1::TrainingSpec& spec);

// The files of a version by name, manifest.json among them.
using ModelFiles = std::map<std::string, std::string>;
absl::StatusOr<ModelFiles> ExportModel(Session& session, const std::string& name);
absl::StatusOr<training::v1::ModelVersion> ImportModel(Session& session, const std::string& model,
                                                       const ModelFiles& files);
// The same model as another version: its manifest says that it was made `micros` later.
ModelFiles CopyMadeLater(ModelFiles files, int64_t micros);
absl::StatusOr<training::v1::Model> Promote(Session& session, const std::string& version);

// The version that a model name stands for and what it finds in `texts`.
absl::StatusOr<evaluation::v1::PredictResponse> Predict(Session& session, const std::string& model,
                                                        const std::vector<std::string>& texts);

}  // namespace winnow::integration
