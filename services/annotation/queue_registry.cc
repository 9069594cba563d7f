#include "services/annotation/queue_registry.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "common/base/names.h"
#include "common/base/status.h"
#include "common/corpus/ids.h"
#include "common/models/training_keys.h"
#include "common/ner/acquisition.h"
#include "common/rpc/convert.h"
#include "common/rpc/patterns.h"
#include "services/annotation/cold_start.h"
#include "services/annotation/comparison_supply.h"
#include "services/annotation/question_pool.h"
#include "services/annotation/tasks.h"
#include "services/annotation/teach_supply.h"

namespace winnow::annotation {
namespace {

using storage::v1::Queue;

constexpr double kDefaultAuditShare = 0.15;

// The record of a spec, with its defaults filled in.
Queue RecordOf(const v1::QueueSpec& spec) {
  Queue queue;
  queue.set_name(spec.name());
  queue.set_kind(spec.kind() == v1::QUEUE_KIND_COMPARISON ? storage::v1::TASK_KIND_COMPARISON
                                                          : storage::v1::TASK_KIND_BINARY);
  queue.set_source(spec.source());
  queue.set_dataset(spec.dataset());
  *queue.mutable_labels() = spec.labels();
  queue.set_model(spec.model());
  *queue.mutable_exclude_datasets() = spec.exclude_datasets();
  queue.set_overlap(std::max(spec.overlap(), 1u));
  queue.set_seed(spec.seed());
  if (spec.kind() == v1::QUEUE_KIND_COMPARISON) return queue;
  queue.set_strategy(spec.strategy().empty() ? "uncertainty" : spec.strategy());
  queue.set_audit_share(spec.has_audit_share() ? spec.audit_share() : kDefaultAuditShare);
  queue.set_ask_without_letters(spec.ask_without_letters());
  queue.set_unsegmented(spec.unsegmented());
  queue.set_patterns(spec.patterns());
  return queue;
}

void CheckPatterns(const v1::QueueSpec& spec, Violations& violations) {
  if (spec.patterns().empty()) {
    if (IsBlank(spec.model()))
      violations.Add("patterns", "must be given where there is no model yet");
    return;
  }
  const auto patterns = rpc::ReadPatterns(spec.patterns(), violations);
  if (patterns == nullptr) return;
  const std::vector<std::string>& labels = patterns->labels();
  const bool any = std::any_of(labels.begin(), labels.end(), [&](const std::string& label) {
    return std::find(spec.labels().begin(), spec.labels().end(), label) != spec.labels().end();
  });
  if (any) return;
  violations.Add("patterns", absl::StrCat("have the labels ", absl::StrJoin(labels, ", "),
                                          ", none of the queue's"));
}

}  // namespace

absl::Status QueueRegistry::CheckSpec(const v1::QueueSpec& spec) const {
  Violations violations;
  if (const absl::Status name = ValidateName("queue", spec.name()); !name.ok())
    violations.Add("name", name.message());
  if (const absl::Status name = ValidateName("dataset", spec.dataset()); !name.ok()) {
    violations.Add("dataset", name.message());
  }
  if (spec.kind() != v1::QUEUE_KIND_BINARY && spec.kind() != v1::QUEUE_KIND_COMPARISON) {
    violations.Add("kind", "must be BINARY or COMPARISON");
  }
  if (spec.overlap() > 1)
    violations.Add("overlap", "must be 1: several annotators per task are not supported yet");
  if (spec.kind() == v1::QUEUE_KIND_BINARY) {
    if (spec.labels().empty()) violations.Add("labels", "must name at least one label (-l)");
    if (spec.has_audit_share() && !(spec.audit_share() >= 0 && spec.audit_share() <= 1)) {
      violations.Add("audit_share",
                     absl::StrCat("must lie between 0 and 1, not ", spec.audit_share()));
    }
    if (!spec.strategy().empty()) {
      const auto acquisition = ner::FindAcquisitionFunction(spec.strategy());
      if (!acquisition.ok()) violations.Add("strategy", acquisition.status().message());
    }
    CheckPatterns(spec, violations);
  }
  return violations.ToStatus("cannot make the queue");
}

absl::StatusOr<std::shared_ptr<TaskQueue>> QueueRegistry::Create(const corpus::RequestKey& key,
                                                                 const v1::QueueSpec& spec) {
  WINNOW_RETURN_IF_ERROR(CheckSpec(spec));
  Queue queue = RecordOf(spec);
  const absl::StatusOr<Queue> existing = corpus_.reader().GetQueue(spec.name());
  if (existing.ok()) {
    if (SpecOf(*existing).SerializeAsString() == SpecOf(queue).SerializeAsString())
      return Get(spec.name());
    return absl::FailedPreconditionError(
        absl::StrCat("queue '", spec.name(),
                     "' exists with other settings; use the same ones to go on, or another name"));
  }
  std::vector<storage::v1::StoredTask> frame;
  queue.set_created_unix_micros(absl::ToUnixMicros(clock_.Now()));
  if (queue.kind() == storage::v1::TASK_KIND_BINARY) {
    WINNOW_ASSIGN_OR_RETURN(const std::shared_ptr<const models::LoadedModel> version,
                            VersionOf(queue, models_));
    for (const std::string& label : queue.labels()) {
      if (version->model->LabelIndex(label) >= 0) continue;
      return WithReason(absl::InvalidArgumentError(absl::StrCat(
                            version->version.ToString(), " does not know the label '", label, "'.",
                            DidYouMean(label, version->model->labels()),
                            " Teach it first from complete annotations: winnow ner.batch-train")),
                        "UNKNOWN_LABEL");
    }
    queue.set_frame_source_revision(corpus_.revision());
    queue.set_frame_version(version->version.ToString());
    queue.set_frame_min_probability(kMinProbability);
    WINNOW_ASSIGN_OR_RETURN(const QuestionPool pool,
                            ReadPool(corpus_.reader(), queue, queue.frame_source_revision()));
    const absl::StatusOr<models::TrainingKeys> trained_on =
        models::ReadTrainingKeys(store_, version->version);
    if (!IsBlank(queue.model())) {
      frame =
          MakeAuditFrame(pool, *version->model, queue, trained_on.value_or(models::TrainingKeys()));
    }
  }
  const auto put = [&](corpus::Transaction& transaction) -> absl::StatusOr<std::string> {
    WINNOW_RETURN_IF_ERROR(transaction.PutQueue(queue));
    WINNOW_RETURN_IF_ERROR(transaction.AppendTasks(queue.name(), frame).status());
    return queue.name();
  };
  WINNOW_RETURN_IF_ERROR(corpus_.Mutate(key, put).status());
  return Get(spec.name());
}

absl::StatusOr<std::shared_ptr<TaskQueue>> QueueRegistry::Get(absl::string_view name) {
  MutexLock lock(mutex_);
  const auto it = queues_.find(name);
  if (it != queues_.end()) return it->second;
  WINNOW_ASSIGN_OR_RETURN(const Queue spec, corpus_.reader().GetQueue(name));
  WINNOW_ASSIGN_OR_RETURN(std::shared_ptr<TaskQueue> queue, Open(spec));
  return queues_.emplace(std::string(name), std::move(queue)).first->second;
}

absl::StatusOr<std::shared_ptr<TaskQueue>> QueueRegistry::Open(const Queue& spec) {
  std::unique_ptr<TaskSupply> supply;
  if (spec.kind() == storage::v1::TASK_KIND_COMPARISON) {
    WINNOW_ASSIGN_OR_RETURN(supply, ComparisonSupply::Open(spec, corpus_));
  } else {
    WINNOW_ASSIGN_OR_RETURN(supply, TeachSupply::Open(spec, corpus_, models_, store_));
  }
  WINNOW_ASSIGN_OR_RETURN(std::shared_ptr<TaskQueue> queue,
                          TaskQueue::Open(spec, corpus_, clock_, std::move(supply)));
  return queue;
}

absl::StatusOr<uint64_t> QueueRegistry::AddComparisons(const corpus::RequestKey& key,
                                                       const v1::AddComparisonsRequest& request) {
  WINNOW_ASSIGN_OR_RETURN(const std::shared_ptr<TaskQueue> queue, Get(request.queue()));
  auto* supply = dynamic_cast<ComparisonSupply*>(&queue->supply());
  if (supply == nullptr) {
    return absl::FailedPreconditionError(
        absl::StrCat("queue '", request.queue(), "' is not a queue of comparisons"));
  }
  std::vector<storage::v1::StoredTask> tasks;
  std::vector<storage::v1::Example> examples;
  for (const v1::ComparisonTask& given : request.tasks()) {
    storage::v1::StoredTask& task = tasks.emplace_back();
    storage::v1::Comparison& comparison = *task.mutable_comparison();
    comparison.set_model_a(given.model_a());
    comparison.set_model_b(given.model_b());
    comparison.set_a_shown_second(given.a_shown_second());
    for (const auto& span : given.spans_a()) *comparison.add_spans_a() = rpc::ToRecord(span);
    for (const auto& span : given.spans_b()) *comparison.add_spans_b() = rpc::ToRecord(span);
    task.set_example_id(corpus::ExampleIdOf(given.text()));
    task.set_task_id(corpus::ComparisonTaskIdOf(
        task.example_id(), {comparison.spans_a().begin(), comparison.spans_a().end()},
        {comparison.spans_b().begin(), comparison.spans_b().end()}));
    examples.emplace_back().set_text(given.text());
  }
  WINNOW_ASSIGN_OR_RETURN(
      const std::string reply,
      corpus_.Mutate(key, [&](corpus::Transaction& transaction) -> absl::StatusOr<std::string> {
        WINNOW_ASSIGN_OR_RETURN(const uint64_t added,
                                transaction.AppendTasks(request.queue(), tasks, examples));
        return absl::StrCat(added);
      }));
  WINNOW_RETURN_IF_ERROR(supply->Reload());
  return std::stoull(reply);
}

}  // namespace winnow::annotation
