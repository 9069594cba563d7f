#include "services/annotation/comparison_supply.h"

#include <utility>

#include "common/base/status.h"
#include "services/annotation/tasks.h"

namespace winnow::annotation {

absl::StatusOr<std::unique_ptr<ComparisonSupply>> ComparisonSupply::Open(
    const storage::v1::Queue& queue, const corpus::Corpus& corpus) {
  std::unique_ptr<ComparisonSupply> supply(new ComparisonSupply(queue, corpus));
  WINNOW_RETURN_IF_ERROR(supply->Reload());
  return supply;
}

absl::Status ComparisonSupply::Reload() {
  MutexLock lock(mutex_);
  absl::Status status = absl::OkStatus();
  const auto add = [&](uint64_t revision, const storage::v1::StoredTask& stored) {
    absl::StatusOr<storage::v1::Example> example = corpus_.reader().GetExample(stored.example_id());
    if (!example.ok()) {
      status = example.status();
      return false;
    }
    tasks_.push_back(ComparisonTaskOf(stored, *example));
    read_revision_ = revision;
    return true;
  };
  WINNOW_RETURN_IF_ERROR(corpus_.reader().ForEachTask(name_, read_revision_, corpus::kLatest, add));
  return status;
}

std::optional<v1::Task> ComparisonSupply::Next(const AskedTasks& asked) {
  MutexLock lock(mutex_);
  for (const v1::Task& task : tasks_) {
    if (!asked.taken(task.task_id())) return task;
  }
  return std::nullopt;
}

void ComparisonSupply::Describe(v1::Queue& queue) const {
  MutexLock lock(mutex_);
  queue.set_num_open_tasks(tasks_.size());
}

std::string ComparisonSupply::ExhaustedReason() const {
  return "every text on which the two models differ has been asked";
}

}  // namespace winnow::annotation
