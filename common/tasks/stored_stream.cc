#include "common/tasks/stored_stream.h"

#include "common/base/status.h"

namespace winnow::tasks {

using corpus::Id;
using storage::v1::Task;

absl::StatusOr<std::unique_ptr<StoredStream>> StoredStream::Open(const storage::v1::Queue& queue,
                                                                 const corpus::Corpus& corpus) {
  std::unique_ptr<StoredStream> stream(new StoredStream(queue, corpus));
  WINNOW_RETURN_IF_ERROR(stream->Refresh());
  return stream;
}

absl::Status StoredStream::Refresh() {
  MutexLock refreshing(refresh_mutex_);
  uint64_t last = read_revision_;
  std::vector<Id> added;
  WINNOW_RETURN_IF_ERROR(corpus_.reader().ForEachTask(queue_, read_revision_, corpus::kLatest,
                                                      [&](uint64_t revision, const Task& task) {
                                                        added.emplace_back(task.id());
                                                        last = revision;
                                                        return true;
                                                      }));
  read_revision_ = last;
  MutexLock lock(mutex_);
  tasks_.insert(tasks_.end(), added.begin(), added.end());
  return absl::OkStatus();
}

std::optional<Task> StoredStream::Next(const AskedCounts&,
                                       absl::FunctionRef<bool(const Id& task)> is_known) {
  MutexLock lock(mutex_);
  while (next_ < tasks_.size() && is_known(tasks_[next_])) ++next_;
  if (next_ == tasks_.size()) return std::nullopt;
  Task task;
  task.set_id(std::string(tasks_[next_].bytes()));
  return task;
}

void StoredStream::Restart() {
  MutexLock lock(mutex_);
  next_ = 0;
}

absl::Status StoredStream::Complete(Task& task) const {
  if (task.body_case() != Task::BODY_NOT_SET) return absl::OkStatus();
  WINNOW_ASSIGN_OR_RETURN(task, corpus_.reader().GetTask(queue_, task.id()));
  return absl::OkStatus();
}

void StoredStream::WhenCurrent(uint64_t, std::function<void(absl::Status)> done) {
  done(absl::OkStatus());
}

Emptiness StoredStream::WhyEmpty() const {
  MutexLock lock(mutex_);
  if (tasks_.empty())
    return {NoTask::kExhausted, absl::InfiniteFuture(), "the queue has no tasks yet"};
  return {NoTask::kExhausted, absl::InfiniteFuture(), "every task of the queue has been asked"};
}

uint64_t StoredStream::Generation() const {
  MutexLock lock(mutex_);
  return tasks_.size();
}

StreamFacts StoredStream::Facts() const {
  MutexLock lock(mutex_);
  StreamFacts facts;
  facts.num_stored_tasks = tasks_.size();
  facts.num_fresh_tasks = tasks_.size() - next_;
  return facts;
}

}  // namespace winnow::tasks
