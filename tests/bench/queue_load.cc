#include "tests/bench/queue_load.h"

#include <algorithm>
#include <optional>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "common/base/random.h"
#include "common/rpc/client.h"
#include "grpcpp/alarm.h"
#include "grpcpp/client_context.h"
#include "grpcpp/create_channel.h"
#include "grpcpp/security/credentials.h"
#include "winnow/annotation/v1/annotation.grpc.pb.h"

namespace winnow::bench {
namespace {

using annotation::v1::AnnotationService;

constexpr absl::Duration kNoTaskWait = absl::Milliseconds(20);

}  // namespace

void Drive(absl::Span<Caller* const> callers) {
  grpc::CompletionQueue events;
  size_t num_active = 0;
  for (Caller* caller : callers) num_active += caller->Next(events) ? 1 : 0;
  void* tag = nullptr;
  bool ok = false;
  while (num_active > 0 && events.Next(&tag, &ok)) {
    if (!static_cast<Caller*>(tag)->Next(events)) --num_active;
  }
  events.Shutdown();
  while (events.Next(&tag, &ok)) continue;
}

std::shared_ptr<grpc::Channel> OwnConnection(const std::string& address,
                                             rpc::ConnectOptions options) {
  options.own_connection = true;
  // The files of TLS are those that the server was started with.
  return *rpc::Connect(address, options);
}

class QueueLoad::Person final : public Caller {
 public:
  Person(QueueLoad& load, size_t number)
      : load_(load),
        random_(number + 1),
        stub_(AnnotationService::NewStub(
            OwnConnection(load.options_.address, load.options_.connect))) {
    lease_request_.set_queue(load.options_.queue);
    lease_request_.set_annotator(absl::StrCat("person-", number));
    submit_request_.set_queue(load.options_.queue);
    submit_request_.set_annotator(lease_request_.annotator());
    submit_request_.add_answers();
  }

  void Begin() {
    num_answers_ = 0;
    state_ = State::kBegins;
  }

  bool Next(grpc::CompletionQueue& events) override {
    switch (state_) {
      case State::kBegins:
        // Not all at once, where they think.
        return Wait(events, random_.Uniform() * load_.options_.think, State::kPauses);
      case State::kPauses:
        return Lease(events);
      case State::kLeases:
        return TakeLease(events);
      case State::kThinks:
        return Submit(events);
      case State::kSubmits:
        TakeResult();
        return Lease(events);
    }
    return false;
  }

 private:
  // What has ended when Next is called.
  enum class State : uint8_t { kBegins, kPauses, kLeases, kThinks, kSubmits };

  bool Wait(grpc::CompletionQueue& events, absl::Duration wait, State then) {
    state_ = then;
    if (wait <= absl::ZeroDuration()) return Next(events);
    alarm_.Set(&events, absl::ToChronoTime(absl::Now() + wait), static_cast<Caller*>(this));
    return true;
  }

  template <typename Prepare, typename Request, typename Response>
  bool Call(grpc::CompletionQueue& events, Prepare prepare, const Request& request,
            std::unique_ptr<grpc::ClientAsyncResponseReader<Response>>& reader, Response& response,
            State state) {
    state_ = state;
    context_.emplace();
    start_ = absl::Now();
    reader = (stub_.get()->*prepare)(&*context_, request, &events);
    reader->StartCall();
    reader->Finish(&response, &status_, static_cast<Caller*>(this));
    return true;
  }

  bool Lease(grpc::CompletionQueue& events) {
    if (load_.limits_.IsOver() || num_answers_ >= load_.limits_.num_answers) return false;
    return Call(events, &AnnotationService::Stub::PrepareAsyncLeaseTasks, lease_request_, leasing_,
                leased_, State::kLeases);
  }

  bool TakeLease(grpc::CompletionQueue& events) {
    if (!Note(load_.result_.lease_ms)) return Wait(events, kNoTaskWait, State::kPauses);
    if (leased_.tasks_size() == 0) {
      ++load_.result_.num_waits;
      return Wait(events, kNoTaskWait, State::kPauses);
    }
    return Wait(events, (0.5 + random_.Uniform()) * load_.options_.think, State::kThinks);
  }

  bool Submit(grpc::CompletionQueue& events) {
    const annotation::v1::Task& task = leased_.tasks(0);
    const bool accept = task.question().span().score() >= 0.5;
    annotation::v1::NewAnswer& answer = *submit_request_.mutable_answers(0);
    answer.set_answer_id(rpc::NewRequestId());
    answer.set_task_id(task.task_id());
    answer.set_fencing_token(task.fencing_token());
    answer.set_verdict(load_.options_.ignore_all ? common::v1::VERDICT_IGNORE
                       : accept                  ? common::v1::VERDICT_ACCEPT
                                                 : common::v1::VERDICT_REJECT);
    return Call(events, &AnnotationService::Stub::PrepareAsyncSubmitAnswers, submit_request_,
                submitting_, submitted_, State::kSubmits);
  }

  void TakeResult() {
    ++num_answers_;
    if (!status_.ok() || !submitted_.results(0).has_error()) {
      Note(load_.result_.answer_ms);
      return;
    }
    Fail(submitted_.results(0).error().message());
  }

  // Whether the call succeeded.
  bool Note(std::vector<double>& millis) {
    if (status_.ok()) {
      millis.push_back(absl::ToDoubleMilliseconds(absl::Now() - start_));
    } else {
      Fail(absl::StrCat("code ", status_.error_code(), ": ", status_.error_message()));
    }
    return status_.ok();
  }

  void Fail(std::string error) {
    ++load_.result_.num_errors;
    load_.result_.error = std::move(error);
  }

  QueueLoad& load_;
  Random random_;
  const std::unique_ptr<AnnotationService::Stub> stub_;
  State state_ = State::kBegins;
  uint64_t num_answers_ = 0;
  grpc::Alarm alarm_;
  absl::Time start_;
  grpc::Status status_;
  annotation::v1::LeaseTasksRequest lease_request_;
  annotation::v1::LeaseTasksResponse leased_;
  annotation::v1::SubmitAnswersRequest submit_request_;
  annotation::v1::SubmitAnswersResponse submitted_;
  std::optional<grpc::ClientContext> context_;
  std::unique_ptr<grpc::ClientAsyncResponseReader<annotation::v1::LeaseTasksResponse>> leasing_;
  std::unique_ptr<grpc::ClientAsyncResponseReader<annotation::v1::SubmitAnswersResponse>>
      submitting_;
};

QueueLoad::QueueLoad(const LoadOptions& options) : options_(options) {
  for (size_t i = 0; i < options.num_people; ++i)
    people_.push_back(std::make_unique<Person>(*this, i));
}

QueueLoad::~QueueLoad() = default;

LoadResult QueueLoad::Run(const Limits& limits) {
  result_ = LoadResult();
  limits_ = limits;
  std::vector<Caller*> callers;
  for (const auto& person : people_) {
    person->Begin();
    callers.push_back(person.get());
  }
  const absl::Time start = absl::Now();
  Drive(callers);
  result_.seconds = absl::ToDoubleSeconds(absl::Now() - start);
  return std::move(result_);
}

double Quantile(std::vector<double>& values, double q) {
  std::sort(values.begin(), values.end());
  return values.empty() ? 0
                        : values[static_cast<size_t>(q * static_cast<double>(values.size() - 1))];
}

}  // namespace winnow::bench
