#include "tests/crash/queue_people.h"

#include <algorithm>
#include <cstdlib>
#include <utility>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
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
constexpr size_t kFewTexts = 60;
// Long enough to outlive most restarts, short enough for tasks whose lease nobody heard of to come
// back.
constexpr absl::Duration kUsualLease = absl::Seconds(10);
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

absl::Status MakeModelAndSources(cli::Session& session) {
  WINNOW_ASSIGN_OR_RETURN(const std::string base, ExampleLines("job_titles_gold.jsonl", kBaseRows));
  WINNOW_RETURN_IF_ERROR(
      ImportDataset(session, "base", base, annotation::v1::COVERAGE_COMPLETE).status());
  for (const auto& [name, num_texts] : {std::pair(kPool, kPoolTexts), std::pair(kFew, kFewTexts)}) {
    WINNOW_ASSIGN_OR_RETURN(const std::string texts,
                            ExampleLines("job_titles_raw.jsonl", num_texts));
    WINNOW_RETURN_IF_ERROR(ImportSource(session, name, texts).status());
  }
  return Train(session, TrainingSpecOf("base", "blank:en", kTitles)).status();
}

absl::Status MakeQueue(cli::Session& session, const std::string& name, const std::string& source,
                       uint32_t overlap, double share) {
  annotation::v1::CreateQueueRequest request;
  request.set_request_id(cli::NewRequestId());
  annotation::v1::QueueSpec& spec = *request.mutable_spec();
  spec.set_name(name);
  spec.set_kind(annotation::v1::TASK_KIND_TEACH);
  spec.set_source(source);
  spec.set_dataset(name);
  spec.add_labels(kJobTitle);
  spec.set_model(kTitles);
  spec.set_overlap(overlap);
  spec.set_overlap_share(share);
  // A check is a task that somebody gets again.
  spec.set_check_share(0);
  return cli::Call(session.annotation(), &AnnotationService::Stub::CreateQueue, request).status();
}

void Door::Open(std::string address) {
  MutexLock lock(mutex_);
  server_ = {std::move(address), server_.number + 1};
  changed_.NotifyAll();
}

Door::Server Door::Enter(uint64_t last) {
  MutexLock lock(mutex_);
  if (server_.number == last) changed_.WaitFor(mutex_, std::chrono::milliseconds(20));
  return server_;
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
               Door& door, rpc::ConnectOptions connect)
    : name_(std::move(name)), door_(door), connect_(std::move(connect)), random_(seed) {
  for (std::vector<std::string>& queues : courses) courses_.push_back({std::move(queues)});
  thread_ = std::thread([this] { Work(); });
}

template <typename Request, typename Response>
absl::Status Person::CallUntilAnswered(grpc::Status (AnnotationService::Stub::*method)(
                                           grpc::ClientContext*, const Request&, Response*),
                                       const Request& request, Response& response) {
  const absl::Time start = absl::Now();
  for (bool repeated = false;; repeated = true) {
    while (session_ == nullptr) Enter();
    grpc::ClientContext context;
    context.set_deadline(absl::ToChronoTime(absl::Now() + absl::Minutes(1)));
    response.Clear();
    const grpc::Status status = (session_->annotation().*method)(&context, request, &response);
    if (repeated && !MayRepeat(status)) history_.recovery.push_back(absl::Now() - start);
    if (status.ok()) return absl::OkStatus();
    if (!MayRepeat(status)) return rpc::FromGrpc(status);
    const bool is_away = status.error_code() == grpc::StatusCode::UNAVAILABLE;
    ++history_.num_repeated[is_away ? "UNAVAILABLE" : rpc::FromGrpc(status).ToString()];
    Enter();
  }
}

void Person::Enter() {
  const Door::Server server = door_.Enter(server_.number);
  if (server.number == server_.number) return;
  server_ = server;
  rpc::ConnectOptions options = connect_;
  options.own_connection = true;
  // The certificates are there as long as the test.
  session_ = std::make_unique<cli::Session>(*rpc::Connect(server.address, options));
}

void Person::Work() {
  while (!hand_.empty() || !door_.is_closing()) {
    if (!hand_.empty()) {
      if (Sometimes(0.01)) Forge();
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
  const uint32_t max_tasks = Sometimes(0.3) ? static_cast<uint32_t>(2 + random_.Below(4)) : 1;
  const absl::Duration ttl =
      Sometimes(0.1) ? absl::Milliseconds(100 + random_.Below(900)) : kUsualLease;
  const annotation::v1::NoTask none = LeaseFrom(course.queues[course.at], max_tasks, ttl);
  if (!hand_.empty()) return;
  if (none.reason() == annotation::v1::NO_TASK_REASON_EXHAUSTED) {
    if (course.at + 1 < course.queues.size()) {
      ++course.at;
      return;
    }
    has_run_out_ = true;
  }
  absl::SleepFor(kNoTaskWait);
}

annotation::v1::NoTask Person::LeaseFrom(const std::string& queue, uint32_t max_tasks,
                                         absl::Duration ttl) {
  LeaseTasksRequest request;
  request.set_queue(queue);
  request.set_annotator(name_);
  request.set_max_tasks(max_tasks);
  *request.mutable_ttl() = rpc::ToDuration(ttl);
  LeaseTasksResponse response;
  if (const absl::Status status =
          CallUntilAnswered(&AnnotationService::Stub::LeaseTasks, request, response);
      !status.ok())
    history_.refused.push_back(absl::StrCat("a lease: ", status.ToString()));
  for (const Task& task : response.tasks()) Keep(task, ttl);
  return response.no_task();
}

void Person::AnswerTheRest(const std::string& queue) {
  while (history_.refused.empty()) {
    const annotation::v1::NoTask none = LeaseFrom(queue, 1, kUsualLease);
    if (!hand_.empty()) {
      AnswerSome();
    } else if (none.reason() == annotation::v1::NO_TASK_REASON_EXHAUSTED) {
      history_.told_nothing.push_back({queue, name_});
      return;
    } else {
      absl::SleepFor(kNoTaskWait);
    }
  }
}

void Person::Keep(const Task& task, absl::Duration ttl) {
  const absl::Time until = TimeOf(task.lease_expire_time());
  history_.held.push_back({task.queue(), task.task_id(), name_, until - ttl, until});
  hand_.push_back({task, server_.number});
}

SubmitAnswersRequest Person::AnswersTo(size_t number) {
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
  return request;
}

void Person::Forge() {
  SubmitAnswersRequest request = AnswersTo(1);
  const uint64_t others = request.answers(0).fencing_token() + 1 + random_.Below(1000);
  request.mutable_answers(0)->set_fencing_token(others);
  SubmitAnswersResponse response;
  const absl::Status status =
      CallUntilAnswered(&AnnotationService::Stub::SubmitAnswers, request, response);
  ++history_.num_forged;
  if (status.ok() && response.results(0).error().reason() == common::v1::ERROR_REASON_LEASE_LOST)
    return;
  history_.forged_and_taken.push_back(
      absl::StrCat(name_, ": ", status.ToString(), " ", response.ShortDebugString()));
}

void Person::AnswerSome() {
  const size_t number = Sometimes(0.5) ? 1 : hand_.size();
  const SubmitAnswersRequest request = AnswersTo(number);
  SubmitAnswersResponse response;
  const absl::Time sent = absl::Now();
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
                              in_hand.server != server_.number, sent, absl::Now()});
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

absl::StatusOr<QueueFindings> CompareWithServer(cli::Session& session, const std::string& queue,
                                                const OverlapOf& overlap_of,
                                                const QueueHistory& history) {
  auto log = ListLog(session, queue);
  // Nobody has answered there yet.
  if (absl::IsNotFound(log.status())) log = std::vector<annotation::v1::LogEntry>();
  WINNOW_RETURN_IF_ERROR(log.status());
  QueueFindings findings = Compare(queue, overlap_of, *log, history);
  WINNOW_ASSIGN_OR_RETURN(const auto facts, GetQueue(session, queue));
  const annotation::v1::QueueStatus& status = facts.status();
  if (status.num_answers() != findings.num_counted ||
      status.num_surplus_answers() != findings.num_surplus) {
    findings.words.push_back(absl::StrCat(
        queue, " tells of ", status.num_answers(), " answers and ", status.num_surplus_answers(),
        " surplus ones, not of ", findings.num_counted, " and ", findings.num_surplus));
  }
  return findings;
}

std::string Describe(const QueueHistory& history, const QueueFindings& findings) {
  size_t num_late = 0, num_outlived = 0;
  for (const AnswerGiven& given : history.given) {
    num_late += given.stored.late();
    num_outlived += given.outlived_a_server;
  }
  std::vector<absl::Duration> recovery = history.recovery;
  std::sort(recovery.begin(), recovery.end());
  const auto quantile = [&](double q) {
    return recovery.empty()
               ? absl::ZeroDuration()
               : recovery[static_cast<size_t>(q * static_cast<double>(recovery.size() - 1))];
  };
  return absl::StrCat(
      history.held.size(), " leases, ", history.given.size(), " acknowledged answers (",
      num_outlived, " to tasks leased from a server before, ", num_late, " late, ",
      findings.num_surplus, " surplus), ", history.taken_back.size(), " undos, ",
      history.num_forged, " forged tokens, told nothing ", history.told_nothing.size(),
      " times; calls made again by status code: ",
      absl::StrJoin(history.num_repeated, " ", absl::PairFormatter(":")), ", answered after p50 ",
      absl::FormatDuration(quantile(0.5)), ", p99 ", absl::FormatDuration(quantile(0.99)),
      "\nlost ", findings.num_lost, ", doubled ", findings.num_doubled, ", answered again ",
      findings.num_answered_again, ", handed again ", findings.num_handed_again,
      ", counted too often ", findings.num_counted_too_often, ", held too often ",
      findings.num_held_too_often, ", wrongly marked ", findings.num_wrongly_marked,
      ", out of order ", findings.num_out_of_order, ", kept back ", findings.num_kept_back,
      ", refused ", history.refused.size(), ", forged and taken ", history.forged_and_taken.size(),
      "\n");
}

}  // namespace winnow::integration
