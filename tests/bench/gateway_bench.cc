// Measures what the gateway costs: calls by way of it beside the same calls made directly, in one
// run, and the memory that it takes for streams on which nothing happens.

#include <sys/resource.h>

#include <algorithm>
#include <fstream>
#include <functional>
#include <iostream>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/time/clock.h"
#include "common/base/status.h"
#include "services/gateway/http/testing.h"
#include "tests/bench/in_parallel.h"
#include "tests/testing/programs.h"
#include "tests/testing/scratch_directory.h"

namespace winnow::bench {
namespace {

using annotation::v1::AnnotationService;
using integration::ChildProcess;
using integration::WinnowServer;

constexpr char kUsage[] = R"(Usage: gateway_bench [--seconds S] [--clients N] [--streams N]

Starts `winnow serve` with a queue, and `winnow-gateway` before it.

  --seconds S  of each row (default: 5)
  --clients N  that call at a time, each when it has its last reply (default: 8)
  --streams N  that watch the queue, of which nothing comes (default: 1000)
)";
constexpr char kQueue[] = "bench";
constexpr char kGetQueue[] = "/rpc/winnow.annotation.v1.AnnotationService/GetQueue";
constexpr char kWatchQueue[] = "/rpc/winnow.annotation.v1.AnnotationService/WatchQueue";

struct Settings {
  int seconds = 5;
  int clients = 8;
  int streams = 1000;
};

// Makes one call; false when it went wrong.
using Caller = std::function<bool()>;

// Calls of `clients` at a time, for as long as the settings say.
void Measure(const std::string& name, const Settings& settings,
             const std::function<Caller()>& connect) {
  std::vector<std::vector<double>> micros(settings.clients);
  std::atomic<int> failed = 0;
  const absl::Time end = absl::Now() + absl::Seconds(settings.seconds);
  InParallel(settings.clients, settings.clients, [&](size_t first, size_t) {
    const Caller call = connect();
    for (absl::Time now = absl::Now(); now < end;) {
      if (!call()) ++failed;
      const absl::Time then = absl::Now();
      micros[first].push_back(absl::ToDoubleMicroseconds(then - now));
      now = then;
    }
  });
  std::vector<double> all;
  for (const std::vector<double>& some : micros) all.insert(all.end(), some.begin(), some.end());
  std::sort(all.begin(), all.end());
  std::cout << absl::StreamFormat("%-28s %8.0f %8.2f %8.2f %7d\n", name,
                                  static_cast<double>(all.size()) / settings.seconds,
                                  all[all.size() / 2] / 1000, all[all.size() * 99 / 100] / 1000,
                                  failed.load())
            << std::flush;
}

Caller DirectCaller(const std::string& address) {
  auto channel = *rpc::Connect(address, {.own_connection = true});
  std::shared_ptr<AnnotationService::Stub> stub = AnnotationService::NewStub(channel);
  return [stub] {
    annotation::v1::GetQueueRequest request;
    request.set_name(kQueue);
    annotation::v1::Queue queue;
    grpc::ClientContext context;
    return stub->GetQueue(&context, request, &queue).ok();
  };
}

Caller GatewayCaller(int port, const std::string& type, const std::string& body) {
  auto client = std::make_shared<http::TestClient>(port);
  return [client, request = http::Post(kGetQueue, type, body)] {
    return client->Send(request) && client->Read().status == 200;
  };
}

double ResidentMib(pid_t pid) {
  std::ifstream status(absl::StrCat("/proc/", pid, "/status"));
  std::string line;
  while (std::getline(status, line)) {
    uint64_t kib = 0;
    if (absl::StartsWith(line, "VmRSS:") && absl::SimpleAtoi(line.substr(6, line.size() - 9), &kib))
      return static_cast<double>(kib) / 1024;
  }
  return 0;
}

void MeasureStreams(int port, const ChildProcess& gateway, int num_streams) {
  const double before = ResidentMib(gateway.pid());
  const std::string message = absl::StrCat("{\"name\":\"", kQueue, "\"}");
  const std::string body = absl::StrCat(std::string(4, '\0'),
                                        std::string(1, static_cast<char>(message.size())), message);
  std::vector<std::unique_ptr<http::TestClient>> clients;
  int alive = 0;
  for (int i = 0; i < num_streams; ++i) {
    clients.push_back(std::make_unique<http::TestClient>(port));
    clients.back()->Send(http::Post(kWatchQueue, "application/connect+json", body));
    if (clients.back()->ReadHead().status == 200 &&
        absl::StrContains(clients.back()->ReadChunk(), kQueue))
      ++alive;
  }
  absl::SleepFor(absl::Seconds(2));
  const double after = ResidentMib(gateway.pid());
  std::cout << absl::StreamFormat(
      "%d of %d streams are open; resident set %.1f MiB, %.1f MiB more than before\n", alive,
      num_streams, after, after - before);
}

// A queue without a model, of one text.
absl::Status MakeQueue(WinnowServer& server, const integration::ScratchDirectory& scratch) {
  WINNOW_ASSIGN_OR_RETURN(const std::string texts,
                          scratch.Write("texts.jsonl", "{\"text\": \"Nurse wanted\"}\n"));
  const integration::Finished added = integration::RunToEnd(
      "winnow", {"source", "add", "texts", texts, "--server", server.address()});
  if (added.exit_code != 0) return absl::InternalError(added.err);
  annotation::v1::CreateQueueRequest request;
  request.set_request_id(cli::NewRequestId());
  annotation::v1::QueueSpec& spec = *request.mutable_spec();
  spec.set_name(kQueue);
  spec.set_kind(annotation::v1::TASK_KIND_MANUAL);
  spec.set_source("texts");
  spec.set_dataset(kQueue);
  spec.add_labels("job_title");
  return cli::Call(server.session().annotation(), &AnnotationService::Stub::CreateQueue, request)
      .status();
}

absl::Status Run(const Settings& settings) {
  rlimit files{};
  getrlimit(RLIMIT_NOFILE, &files);
  files.rlim_cur = files.rlim_max;
  setrlimit(RLIMIT_NOFILE, &files);
  const integration::ScratchDirectory scratch;
  WINNOW_ASSIGN_OR_RETURN(const auto server,
                          WinnowServer::Start(scratch / "data", {"--web", "none"}));
  WINNOW_RETURN_IF_ERROR(MakeQueue(*server, scratch));
  ChildProcess gateway({integration::Program("winnow-gateway"), "--listen=127.0.0.1:0",
                        "--server=" + server->address(), "--data=" + (scratch / "gateway")});
  WINNOW_ASSIGN_OR_RETURN(const std::string url, gateway.AwaitLine("url=http://127.0.0.1:"));
  int port = 0;
  if (!absl::SimpleAtoi(url.substr(0, url.find('/')), &port))
    return absl::InternalError("no port: " + url);

  std::cout << absl::StreamFormat("%-28s %8s %8s %8s %7s\n", "GetQueue", "calls/s", "p50 ms",
                                  "p99 ms", "failed");
  const std::string json = absl::StrCat("{\"name\":\"", kQueue, "\"}");
  const std::string binary = absl::StrCat("\x0a\x05", kQueue);
  Measure("gRPC, directly", settings, [&] { return DirectCaller(server->address()); });
  Measure("gateway, Connect in JSON", settings,
          [&] { return GatewayCaller(port, "application/json", json); });
  Measure("gateway, Connect in binary", settings,
          [&] { return GatewayCaller(port, "application/proto", binary); });
  MeasureStreams(port, gateway, settings.streams);
  return absl::OkStatus();
}

}  // namespace
}  // namespace winnow::bench

int main(int argc, char** argv) {
  winnow::bench::Settings settings;
  for (int i = 1; i < argc; ++i) {
    const std::string word = argv[i];
    int* value = word == "--seconds"   ? &settings.seconds
                 : word == "--clients" ? &settings.clients
                 : word == "--streams" ? &settings.streams
                                       : nullptr;
    if (value == nullptr || i + 1 == argc || !absl::SimpleAtoi(argv[++i], value)) {
      std::cerr << winnow::bench::kUsage;
      return 2;
    }
  }
  const absl::Status status = winnow::bench::Run(settings);
  if (status.ok()) return 0;
  std::cerr << "gateway_bench: " << status << "\n";
  return 1;
}
