#include "tests/bench/queue_modes.h"

#include <signal.h>

#include <memory>
#include <string>
#include <thread>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "common/base/status.h"
#include "tests/bench/queue_baselines.h"
#include "tests/bench/queue_load.h"
#include "tests/bench/queue_setup.h"
#include "tests/testing/steps.h"

namespace winnow::bench {
namespace {

constexpr char kQueue[] = "people";
constexpr size_t kTextBytes = 250;
constexpr size_t kOtherTexts = 5'000;
constexpr size_t kNumDocuments = 2'000;
constexpr size_t kDocumentBytes = 10'000;
constexpr size_t kLongTextBytes = 1'000'000;
constexpr absl::Duration kBaseline = absl::Seconds(5);

absl::Status CheckGoingOn(const std::atomic<bool>& stop) {
  return stop ? absl::CancelledError("interrupted") : absl::OkStatus();
}

double Seconds(absl::Time since) { return absl::ToDoubleSeconds(absl::Now() - since); }

// A server with a queue that is open.
absl::StatusOr<std::unique_ptr<MeasuredServer>> StartWithQueue(const QueueBenchOptions& options,
                                                               size_t num_texts) {
  if (options.pin) PinTo(0);
  WINNOW_ASSIGN_OR_RETURN(std::unique_ptr<MeasuredServer> server,
                          MeasuredServer::Start({options.closed, options.tls}));
  if (options.pin) PinTo(1);
  WINNOW_RETURN_IF_ERROR(server->ImportTexts(kQueue, num_texts, kTextBytes));
  WINNOW_RETURN_IF_ERROR(server->CreateQueue(kQueue, kQueue, options.overlap));
  WINNOW_RETURN_IF_ERROR(integration::GetQueue(server->session(), kQueue).status());
  return server;
}

absl::Status AddBaselines(const QueueBenchOptions& options, const std::atomic<bool>& stop,
                          Json& result) {
  const std::string self = "/proc/self/exe";
  const std::string writers = absl::StrCat(options.num_people);
  const integration::ScratchDirectory directory;
  if (options.pin) PinTo(0);
  integration::ChildProcess echo({self, "serve-echo"});
  WINNOW_ASSIGN_OR_RETURN(const std::string address, echo.AwaitLine("echo on "));
  if (options.pin) PinTo(1);
  WINNOW_ASSIGN_OR_RETURN(result["echo_per_second"],
                          MeasureEcho(address, options.num_people, kBaseline, stop));
  echo.Signal(SIGTERM);

  if (options.pin) PinTo(0);
  integration::ChildProcess disk(
      {self, "write", directory / "db", writers, absl::StrCat(absl::ToInt64Seconds(kBaseline))});
  if (options.pin) PinTo(1);
  WINNOW_ASSIGN_OR_RETURN(const std::string written, disk.AwaitLine("writes per second: "));
  result["write_per_second"] = std::stod(written);
  return CheckGoingOn(stop);
}

void AddLoad(LoadResult& load, const std::string& suffix, Json& result) {
  result["lease_p50_ms" + suffix] = Quantile(load.lease_ms, 0.5);
  result["lease_p99_ms" + suffix] = Quantile(load.lease_ms, 0.99);
  result["answer_p50_ms" + suffix] = Quantile(load.answer_ms, 0.5);
  result["answer_p99_ms" + suffix] = Quantile(load.answer_ms, 0.99);
  result["waits" + suffix] = load.num_waits;
  result["errors" + suffix] = load.num_errors;
  if (load.num_errors > 0) result["error" + suffix] = load.error;
}

// People who work at kQueue on a thread of their own until Take.
class LoadBeside {
 public:
  explicit LoadBeside(const LoadOptions& options)
      : load_(options), thread_([this] { result_ = load_.Run({.stop = &stop_}); }) {}
  ~LoadBeside() {
    stop_ = true;
    if (thread_.joinable()) thread_.join();
  }

  LoadResult Take() {
    stop_ = true;
    thread_.join();
    return std::move(result_);
  }

 private:
  std::atomic<bool> stop_ = false;
  QueueLoad load_;
  LoadResult result_;
  std::thread thread_;
};

// Creates a queue over the source and leases its first question; the seconds from one to the other.
absl::StatusOr<double> AwaitFirstQuestion(MeasuredServer& server, const std::string& source) {
  const absl::Time start = absl::Now();
  WINNOW_RETURN_IF_ERROR(server.CreateQueue(source, source));
  annotation::v1::LeaseTasksRequest request;
  request.set_queue(source);
  request.set_annotator("first");
  while (true) {
    WINNOW_ASSIGN_OR_RETURN(
        const annotation::v1::LeaseTasksResponse response,
        cli::Call(server.session().annotation(),
                  &annotation::v1::AnnotationService::Stub::LeaseTasks, request, cli::kLongCall));
    if (response.tasks_size() > 0) return Seconds(start);
    if (response.no_task().reason() == annotation::v1::NO_TASK_REASON_EXHAUSTED)
      return absl::NotFoundError(response.no_task().message());
    absl::SleepFor(absl::Milliseconds(20));
  }
}

}  // namespace

absl::StatusOr<Json> MeasurePeople(const QueueBenchOptions& options,
                                   const std::atomic<bool>& stop) {
  WINNOW_ASSIGN_OR_RETURN(const std::unique_ptr<MeasuredServer> server,
                          StartWithQueue(options, options.num_texts));
  WINNOW_RETURN_IF_ERROR(CheckGoingOn(stop));
  const uint64_t alone = server->ResidentBytes();
  QueueLoad load({server->address(), server->connect(), kQueue, options.num_people, options.think,
                  !options.learner});
  load.Run({.num_answers = 1, .stop = &stop});
  const uint64_t connected = server->ResidentBytes();
  const double cpu_before = server->CpuSeconds();
  LoadResult seen = load.Run({.end = absl::Now() + options.length, .stop = &stop});
  const double cpu_seconds = server->CpuSeconds() - cpu_before;
  WINNOW_ASSIGN_OR_RETURN(const annotation::v1::Queue queue,
                          integration::GetQueue(server->session(), kQueue));
  WINNOW_RETURN_IF_ERROR(CheckGoingOn(stop));

  const double answers_per_second = static_cast<double>(seen.answer_ms.size()) / seen.seconds;
  const auto unlearnt = static_cast<double>(queue.status().num_unlearnt_answers());
  Json result = {{"people", options.num_people},
                 {"think_seconds", absl::ToDoubleSeconds(options.think)},
                 {"learner", options.learner},
                 {"pinned", options.pin},
                 {"answers_per_second", answers_per_second}};
  AddLoad(seen, "", result);
  result["server_cores"] = cpu_seconds / seen.seconds;
  result["learner_steps"] = queue.status().learner_step();
  result["learner_lag_steps"] = unlearnt / 10;
  result["learner_lag_seconds"] = unlearnt / answers_per_second;
  result["rss_bytes"] = server->ResidentBytes();
  result["bytes_per_person"] = (static_cast<double>(connected) - static_cast<double>(alone)) /
                               static_cast<double>(options.num_people);
  WINNOW_RETURN_IF_ERROR(AddBaselines(options, stop, result));
  return result;
}

absl::StatusOr<Json> MeasureImport(const QueueBenchOptions& options,
                                   const std::atomic<bool>& stop) {
  WINNOW_ASSIGN_OR_RETURN(const std::unique_ptr<MeasuredServer> server,
                          StartWithQueue(options, kOtherTexts));
  WINNOW_RETURN_IF_ERROR(CheckGoingOn(stop));
  const LoadOptions others = {server->address(),  server->connect(), kQueue,
                              options.num_people, options.think,     !options.learner};
  Json result = {{"people", options.num_people},
                 {"texts", options.num_texts},
                 {"rss_bytes_before", server->ResidentBytes()}};
  server->ResetPeak();
  {
    LoadBeside load(others);
    const absl::Time start = absl::Now();
    WINNOW_RETURN_IF_ERROR(server->ImportTexts("large", options.num_texts, kTextBytes));
    result["import_seconds"] = Seconds(start);
    LoadResult seen = load.Take();
    AddLoad(seen, "_importing", result);
  }
  WINNOW_RETURN_IF_ERROR(CheckGoingOn(stop));
  result["rss_bytes_importing"] = server->PeakBytes();
  result["rss_bytes_imported"] = server->ResidentBytes();
  server->ResetPeak();
  {
    LoadBeside load(others);
    WINNOW_ASSIGN_OR_RETURN(result["first_question_seconds"], AwaitFirstQuestion(*server, "large"));
    LoadResult seen = load.Take();
    AddLoad(seen, "_opening", result);
  }
  result["rss_bytes_opening"] = server->PeakBytes();
  // Answers make the large queue rank again and again.
  LoadBeside load(others);
  QueueLoad large(
      {server->address(), server->connect(), "large", options.num_people, options.think});
  LoadResult seen_large = large.Run({.end = absl::Now() + options.length, .stop = &stop});
  LoadResult seen = load.Take();
  AddLoad(seen_large, "_ranking", result);
  AddLoad(seen, "_others_ranking", result);
  result["rss_bytes"] = server->ResidentBytes();
  return result;
}

absl::StatusOr<Json> MeasureDocuments(const std::atomic<bool>& stop) {
  WINNOW_ASSIGN_OR_RETURN(const std::unique_ptr<MeasuredServer> server, MeasuredServer::Start());
  Json result;
  const auto measure = [&](const std::string& source, size_t num_texts,
                           size_t num_bytes) -> absl::Status {
    WINNOW_RETURN_IF_ERROR(server->ImportTexts(source, num_texts, num_bytes));
    const auto before = static_cast<double>(server->ResidentBytes());
    server->ResetPeak();
    WINNOW_ASSIGN_OR_RETURN(result[source + "_first_question_seconds"],
                            AwaitFirstQuestion(*server, source));
    result[source + "_megabytes"] = (static_cast<double>(server->PeakBytes()) - before) / 1e6;
    return CheckGoingOn(stop);
  };
  WINNOW_RETURN_IF_ERROR(measure("documents", kNumDocuments, kDocumentBytes));
  WINNOW_RETURN_IF_ERROR(measure("long_text", 1, kLongTextBytes));
  return result;
}

}  // namespace winnow::bench
