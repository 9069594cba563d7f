#include "services/evaluation/differences.h"

#include <algorithm>
#include <map>
#include <set>
#include <utility>

#include "common/base/random.h"
#include "common/base/status.h"
#include "common/corpus/ids.h"
#include "common/measure/figures.h"
#include "common/models/training_keys.h"
#include "common/rpc/convert.h"
#include "common/text/split_key.h"

namespace winnow::evaluation {
namespace {

using annotation::v1::ComparisonTask;
using storage::v1::ComparisonRun;
using storage::v1::Span;
using Spans = std::vector<Span>;

bool SameSpans(const Spans& a, const Spans& b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(), [](const Span& x, const Span& y) {
    return x.start() == y.start() && x.end() == y.end() && x.label() == y.label();
  });
}

// The texts that a or b was trained on.
absl::StatusOr<std::set<uint64_t>> TrainedOn(const std::vector<Model>& models,
                                             const models::ModelStore& store,
                                             std::vector<std::string>& unknown_lineage) {
  std::set<uint64_t> trained_on;
  for (const Model& model : models) {
    const absl::StatusOr<models::TrainingKeys> keys =
        models::ReadTrainingKeys(store, model->version);
    if (absl::IsNotFound(keys.status())) {
      unknown_lineage.push_back(model->version.ToString());
      continue;
    }
    WINNOW_RETURN_IF_ERROR(keys.status());
    trained_on.insert(keys->begin(), keys->end());
  }
  return trained_on;
}

// Ids of the comparisons that the data set had answered when the run began.
absl::StatusOr<std::set<std::string>> AnsweredBefore(const ComparisonRun& run,
                                                     const corpus::CorpusReader& reader) {
  std::map<uint64_t, std::string> standing;
  const absl::Status read = reader.ForEachAnswer(
      run.dataset(), 0, run.start_revision(), [&](const storage::v1::Answer& answer) {
        if (answer.kind() == storage::v1::TASK_KIND_TOMBSTONE) standing.erase(answer.undoes());
        if (answer.kind() == storage::v1::TASK_KIND_COMPARISON)
          standing[answer.revision()] = answer.task_id();
        return true;
      });
  if (!read.ok() && !absl::IsNotFound(read)) return read;
  std::set<std::string> ids;
  for (const auto& [revision, id] : standing) ids.insert(id);
  return ids;
}

ComparisonTask TaskOf(const ComparisonRun& run, const std::string& text, const Spans& a,
                      const Spans& b) {
  ComparisonTask task;
  task.set_text(text);
  task.set_model_a(run.version_a());
  task.set_model_b(run.version_b());
  for (const Span& span : a) *task.add_spans_a() = rpc::ToApi(span);
  for (const Span& span : b) *task.add_spans_b() = rpc::ToApi(span);
  return task;
}

void ShuffleTextsAndSides(uint64_t seed, std::vector<ComparisonTask>& tasks) {
  Random random(seed);
  random.Shuffle(tasks);
  for (ComparisonTask& task : tasks) task.set_a_shown_second(random.Below(2) == 1);
}

}  // namespace

absl::StatusOr<Differences> FindDifferences(const ComparisonRun& run, const Model& a,
                                            const Model& b, const models::ModelStore& store,
                                            const corpus::CorpusReader& reader,
                                            const IsCancelled& is_cancelled) {
  Differences result;
  WINNOW_ASSIGN_OR_RETURN(const std::set<uint64_t> trained_on,
                          TrainedOn({a, b}, store, result.unknown_lineage));
  WINNOW_ASSIGN_OR_RETURN(const std::set<std::string> answered, AnsweredBefore(run, reader));
  const std::vector<std::string> labels(run.labels().begin(), run.labels().end());
  std::set<uint64_t> seen;
  bool cancelled = false;
  const auto compare = [&](const corpus::SourceExample& item) {
    cancelled = is_cancelled();
    if (cancelled) return false;
    const std::string& text = item.example.text();
    const uint64_t key = text::SplitKey(text);
    if (!seen.insert(key).second) return true;
    if (trained_on.contains(key)) {
      ++result.num_trained_on;
      return true;
    }
    ++result.num_texts;
    const Spans spans_a = measure::PredictSpans(*a->model, text, labels);
    const Spans spans_b = measure::PredictSpans(*b->model, text, labels);
    if (SameSpans(spans_a, spans_b)) return true;
    result.tasks.push_back(TaskOf(run, text, spans_a, spans_b));
    result.num_answered_before +=
        answered.contains(corpus::ComparisonTaskIdOf(item.example_id, spans_a, spans_b));
    return true;
  };
  WINNOW_RETURN_IF_ERROR(
      reader.ForEachSourceExample(run.source(), 0, run.start_revision(), compare));
  if (cancelled) return absl::CancelledError("the caller went away or its deadline has passed");
  ShuffleTextsAndSides(run.seed(), result.tasks);
  return result;
}

}  // namespace winnow::evaluation
