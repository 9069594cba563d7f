#include "tests/crash/queue_people.h"

#include <cstdlib>
#include <utility>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "common/base/status.h"
#include "common/rpc/convert.h"
#include "common/rpc/errors.h"
#include "tests/testing/steps.h"

namespace winnow::integration {
namespace {

using annotation::v1::AnnotationService;
using annotation::v1::LeaseTasksRequest;
using annotation::v1::LeaseTasksResponse;
using annotation::v1::SubmitAnswersRequest;
using annotation::v1::SubmitAnswersResponse;
using annotation::v1::Task;
using annotation::v1::UndoAnswerRequest;
using annotation::v1::UndoAnswerResponse;

constexpr size_t kBaseRows = 60;
constexpr size_t kPoolTexts = 1500;
// Long enough to outlive a restart, short enough for tasks whose lease nobody heard of to come
// back.
constexpr absl::Duration kUsualLease = absl::Seconds(30);
// As the service gives it after an undo.
constexpr absl::Duration kUndoLease = absl::Minutes(5);
constexpr absl::Duration kNoTaskWait = absl::Milliseconds(20);

// What a call may come to when its server is killed or shuts down.
bool MayRepeat(const grpc::Status& status) {
  return status.error_code() == grpc::StatusCode::UNAVAILABLE ||
         status.error_code() == grpc::StatusCode::CANCELLED;
}

}  // namespace

size_t NumberFromEnvironment(const char* name, size_t otherwise) {
  const char* text = std::getenv(name);
  size_t number = 0;
  return text != nullptr && absl::SimpleAtoi(text, &number) ? number : otherwise;
}

absl::Status MakeQueues(cli::Session& session, const std::vector<std::string>& names) {
  WINNOW_ASSIGN_OR_RETURN(const std::string base, ExampleLines("job_titles_gold.jsonl", kBaseRows));
  WINNOW_ASSIGN_OR_RETURN(const std::string pool, ExampleLines("job_titles_raw.jsonl", kPoolTexts));
  WINNOW_RETURN_IF_ERROR(
      ImportDataset(session, "base", base, annotation::v1::COVERAGE_COMPLETE).status());
  WINNOW_RETURN_IF_ERROR(ImportSource(session, "pool", pool).status());
  WINNOW_RETURN_IF_ERROR(Train(session, TrainingSpecOf("base", "blank:en", "titles")).status());
  for (const std::string& name : names)
    WINNOW_RETURN_IF_ERROR(CreateTeachingQueue(session, name, "titles", "pool", name).status());
  return absl::OkStatus();
}

void Door::Open(Entered session) {
  MutexLock lock(mutex_);
  session_ = std::move(session);
  ++num_servers_;
  changed_.NotifyAll();
}

Door::Entered Door::Enter(const Entered& last) {
  MutexLock lock(mutex_);
  if (session_ == last) changed_.WaitFor(mutex_, std::chrono::milliseconds(20));
  return session_;
}

uint64_t Door::num_servers() {
  MutexLock lock(mutex_);
  return num_servers_;
}

void Door::CountAnswers(uint64_t number) {
  MutexLock lock(mutex_);
  num_answers_ += number;
}

uint64_t Door::num_answers() {
  MutexLock lock(mutex_);
  return num_answers_;
}

void Door::Close() {
  MutexLock lock(mutex_);
  closing_ = true;
}

bool Door::is_closing() {
  MutexLock lock(mutex_);
  return closing_;
}

Person::Person(std::string name, uint64_t seed, std::vector<std::vector<std::string>> courses,
               Door& door)
    : name_(std::move(name)), door_(door), random_(seed) {
  for (std::vector<std::string>& queues : courses) courses_.push_back({std::move(queues)});
  thread_ = std::thread([this] { Work(); });
}

template <typename Request, typename Response>
absl::Status Person::CallUntilAnswered(grpc::Status (AnnotationService::Stub::*method)(
                                           grpc::ClientContext*, const Request&, Response*),
                                       const Request& request, Response& response) {
  while (true) {
    while (session_ == nullptr) session_ = door_.Enter(session_);
    grpc::ClientContext context;
    context.set_deadline(absl::ToChronoTime(absl::Now() + absl::Minutes(1)));
    response.Clear();
    const grpc::Status status = (session_->annotation().*method)(&context, request, &response);
    if (status.ok()) return absl::OkStatus();
    if (!MayRepeat(status)) return rpc::FromGrpc(status);
    const bool is_away = status.error_code() == grpc::StatusCode::UNAVAILABLE;
    ++history_.num_repeated[is_away ? "UNAVAILABLE" : rpc::FromGrpc(status).ToString()];
    session_ = door_.Enter(session_);
  }
}

void Person::Work() {
  while (!hand_.empty() || !door_.is_closing()) {
    if (!hand_.empty()) {
      AnswerSome();
      continue;
    }
    if (last_answer_.revision != 0 && Sometimes(0.02)) {
      TakeBack();
    } else {
      Lease();
    }
    if (Sometimes(0.1)) absl::SleepFor(random_.Uniform() * absl::Seconds(1));
  }
}

void Person::Lease() {
  Course& course = courses_[random_.Below(courses_.size())];
  LeaseTasksRequest request;
  request.set_queue(course.queues[course.at]);
  request.set_annotator(name_);
  if (Sometimes(0.3)) request.set_max_tasks(static_cast<uint32_t>(2 + random_.Below(4)));
  const absl::Duration ttl =
      Sometimes(0.1) ? absl::Milliseconds(100 + random_.Below(900)) : kUsualLease;
  *request.mutable_ttl() = rpc::ToDuration(ttl);

  LeaseTasksResponse response;
  if (const absl::Status status =
          CallUntilAnswered(&AnnotationService::Stub::LeaseTasks, request, response);
      !status.ok()) {
    history_.refused.push_back(absl::StrCat("a lease: ", status.ToString()));
    return;
  }
  for (const Task& task : response.tasks()) Keep(task, ttl);
  if (!hand_.empty()) return;
  if (response.no_task().reason() == annotation::v1::NO_TASK_REASON_EXHAUSTED) {
    if (course.at + 1 < course.queues.size()) {
      ++course.at;
      return;
    }
    has_run_out_ = true;
  }
  absl::SleepFor(kNoTaskWait);
}

void Person::Keep(const Task& task, absl::Duration ttl) {
  const absl::Time until = TimeOf(task.lease_expire_time());
  history_.held.push_back({task.queue(), task.task_id(), name_, until - ttl, until});
  hand_.push_back({task, door_.num_servers()});
}

void Person::AnswerSome() {
  const size_t number = Sometimes(0.5) ? 1 : hand_.size();
  SubmitAnswersRequest request;
  request.set_queue(hand_[0].task.queue());
  request.set_annotator(name_);
  for (size_t i = 0; i < number; ++i) {
    annotation::v1::NewAnswer& answer = *request.add_answers();
    answer.set_answer_id(cli::NewRequestId());
    answer.set_task_id(hand_[i].task.task_id());
    answer.set_fencing_token(hand_[i].task.fencing_token());
    answer.set_verdict(static_cast<common::v1::Verdict>(1 + random_.Below(3)));
  }
  SubmitAnswersResponse response;
  const absl::Status status =
      CallUntilAnswered(&AnnotationService::Stub::SubmitAnswers, request, response);
  if (!status.ok()) history_.refused.push_back(absl::StrCat("answers: ", status.ToString()));

  for (int i = 0; i < response.results_size(); ++i) {
    const InHand& in_hand = hand_[static_cast<size_t>(i)];
    if (response.results(i).has_error()) {
      history_.refused.push_back(absl::StrCat("an answer of ", name_, " to ",
                                              in_hand.task.task_id(), ": ",
                                              response.results(i).error().ShortDebugString()));
      continue;
    }
    const SubmitAnswersResponse::Stored& stored = response.results(i).stored();
    history_.given.push_back({request.queue(), in_hand.task.task_id(), name_,
                              request.answers(i).verdict(), stored,
                              in_hand.server != door_.num_servers()});
    // A surplus answer takes no place, so that its undo would crowd the task.
    last_answer_ = {request.queue(), stored.surplus() ? 0 : stored.revision()};
  }
  door_.CountAnswers(static_cast<uint64_t>(response.results_size()));
  hand_.erase(hand_.begin(), hand_.begin() + static_cast<ptrdiff_t>(number));
}

void Person::TakeBack() {
  UndoAnswerRequest request;
  request.set_request_id(cli::NewRequestId());
  request.set_queue(last_answer_.queue);
  request.set_annotator(name_);
  request.set_revision(last_answer_.revision);
  last_answer_.revision = 0;
  UndoAnswerResponse response;
  if (const absl::Status status =
          CallUntilAnswered(&AnnotationService::Stub::UndoAnswer, request, response);
      !status.ok()) {
    history_.refused.push_back(absl::StrCat("an undo: ", status.ToString()));
    return;
  }
  history_.taken_back.push_back({request.queue(), response.undone_revision()});
  Keep(response.task(), kUndoLease);
}

}  // namespace winnow::integration
