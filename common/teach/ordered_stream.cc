#include "common/teach/ordered_stream.h"

#include <algorithm>
#include <iterator>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "common/base/log.h"
#include "common/base/status.h"
#include "common/teach/ranking.h"

namespace winnow::teach {

using corpus::Id;
using storage::v1::Task;
using tasks::NoTask;

namespace {

bool IsWorthMore(const FoundTask& a, const FoundTask& b) { return a.worth > b.worth; }

}  // namespace

OrderedStream::OrderedStream(const TeachEnvironment& environment, const storage::v1::Queue& queue,
                             std::unique_ptr<TaskFinder> finder)
    : environment_(environment), queue_(queue), finder_(std::move(finder)), pool_(queue) {}

absl::StatusOr<std::unique_ptr<OrderedStream>> OrderedStream::Open(
    const TeachEnvironment& environment, const storage::v1::Queue& queue,
    std::unique_ptr<TaskFinder> finder) {
  std::unique_ptr<OrderedStream> stream(new OrderedStream(environment, queue, std::move(finder)));
  // So that an open queue has tasks.
  stream->TakeTurn();
  {
    MutexLock lock(stream->mutex_);
    if (!stream->status_.ok() && ReasonOf(stream->status_) != "UNKNOWN_LABEL")
      return stream->status_;
  }
  environment.learners->Add(stream.get());
  return stream;
}

OrderedStream::~OrderedStream() {
  Stop();
  environment_.learners->Remove(this);
}

void OrderedStream::Stop() { waiters_.Close(); }

// A turn.

bool OrderedStream::TakeTurn() {
  const absl::StatusOr<bool> more = Read();
  bool is_news = false;
  {
    MutexLock lock(mutex_);
    is_news = more.status() != status_;
    if (is_news) ++num_changes_;
    status_ = more.status();
  }
  if (is_news && !more.ok()) LogWarning("queue ", queue_.name(), ": ", more.status().message());
  waiters_.SetStatus(more.status());
  return more.value_or(false);
}

absl::StatusOr<bool> OrderedStream::Read() {
  const uint64_t revision = environment_.corpus->revision();
  WINNOW_ASSIGN_OR_RETURN(const bool is_stale, finder_->Follow());
  is_stale_ |= is_stale;
  if (is_stale_ && num_read_ == pool_.teaching().size()) {
    num_read_ = 0;
    is_stale_ = false;
  }
  WINNOW_RETURN_IF_ERROR(FollowSource());
  Order found;
  WINNOW_ASSIGN_OR_RETURN(const size_t end, ReadBlock(found));
  const bool anew = num_read_ == 0;
  if (end > num_read_) {
    num_read_ = end;
    Publish(std::move(found), anew);
  }
  if (end < pool_.teaching().size() || is_stale_) return true;
  waiters_.Reach(revision);
  return false;
}

absl::Status OrderedStream::FollowSource() {
  const corpus::CorpusReader& reader = environment_.corpus->reader();
  WINNOW_ASSIGN_OR_RETURN(const uint64_t revision, LastChange(reader, queue_));
  if (revision == pool_revision_) return absl::OkStatus();
  WINNOW_RETURN_IF_ERROR(pool_.Extend(reader, revision));
  pool_revision_ = revision;
  MutexLock lock(mutex_);
  ++num_changes_;
  facts_.num_teaching_texts = pool_.teaching().size();
  facts_.num_excluded_texts = pool_.num_excluded();
  return absl::OkStatus();
}

absl::StatusOr<size_t> OrderedStream::ReadBlock(Order& found) {
  const std::vector<PoolText>& texts = pool_.teaching();
  const size_t last = std::min(texts.size(), num_read_ + kBlockTexts);
  size_t end = num_read_;
  for (size_t num_bytes = 0; end < last && num_bytes < kBlockBytes; ++end) {
    WINNOW_ASSIGN_OR_RETURN(const size_t size, finder_->Find(texts[end].example, found));
    num_bytes += size;
  }
  WINNOW_RETURN_IF_ERROR(finder_->Finish());
  return end;
}

void OrderedStream::Publish(Order found, bool anew) {
  std::stable_sort(found.begin(), found.end(), IsWorthMore);
  std::shared_ptr<const Order> before;
  {
    MutexLock lock(mutex_);
    before = order_;
  }
  auto order = std::make_shared<Order>();
  if (anew) {
    *order = std::move(found);
  } else {
    order->reserve(before->size() + found.size());
    std::merge(before->begin(), before->end(), found.begin(), found.end(),
               std::back_inserter(*order), IsWorthMore);
  }
  MutexLock lock(mutex_);
  order_ = std::move(order);
  next_ = 0;
  num_looked_through_ = num_read_;
  ++num_changes_;
  facts_.model_version = finder_->model_version();
}

// Handing out.

std::optional<Task> OrderedStream::Next(const tasks::AskedCounts&,
                                        absl::FunctionRef<bool(const Id& task)> is_known) {
  MutexLock lock(mutex_);
  // A paused queue asks nothing, so that it is seen to be paused.
  if (!status_.ok()) return std::nullopt;
  for (; next_ < order_->size(); ++next_) {
    Task task = finder_->TaskOf((*order_)[next_]);
    if (!is_known(Id(task.id()))) return task;
  }
  return std::nullopt;
}

void OrderedStream::Restart() {
  MutexLock lock(mutex_);
  next_ = 0;
}

absl::Status OrderedStream::Refresh() {
  environment_.learners->Wake(this);
  return absl::OkStatus();
}

absl::Status OrderedStream::Complete(Task& task) const { return finder_->Complete(task); }

void OrderedStream::WhenCurrent(uint64_t revision, std::function<void(absl::Status)> done) {
  if (waiters_.Add(revision, std::move(done))) environment_.learners->Wake(this);
}

tasks::Emptiness OrderedStream::WhyEmpty() const {
  MutexLock lock(mutex_);
  if (!status_.ok()) return {NoTask::kPaused, absl::InfinitePast(), std::string(status_.message())};
  if (num_looked_through_ < facts_.num_teaching_texts) {
    return {NoTask::kSearching, absl::InfinitePast(),
            absl::StrCat("reading the texts: ", num_looked_through_, " of ",
                         facts_.num_teaching_texts)};
  }
  if (facts_.num_teaching_texts == 0 && facts_.num_excluded_texts > 0) {
    return {NoTask::kAllExcluded, absl::InfiniteFuture(),
            absl::StrCat("every text of ", OriginOf(queue_),
                         " is in the data set of the queue, completely annotated, or in one of "
                         "the excluded data sets: ",
                         absl::StrJoin(queue_.exclude_datasets(), ", "))};
  }
  return {NoTask::kExhausted, absl::InfiniteFuture(), finder_->WhyExhausted()};
}

uint64_t OrderedStream::Generation() const {
  MutexLock lock(mutex_);
  return num_changes_;
}

tasks::StreamFacts OrderedStream::Facts() const {
  MutexLock lock(mutex_);
  tasks::StreamFacts facts = facts_;
  facts.num_fresh_tasks = order_->size() - next_;
  return facts;
}

}  // namespace winnow::teach
