// Measures a queue at work: people who ask and answer, against the real server on a real disk.
#include <signal.h>

#include <algorithm>
#include <atomic>
#include <iostream>
#include <string>
#include <vector>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "common/base/log.h"
#include "common/base/status.h"
#include "tests/bench/queue_access.h"
#include "tests/bench/queue_baselines.h"
#include "tests/bench/queue_modes.h"

namespace winnow::bench {
namespace {

constexpr char kUsage[] =
    R"(Usage: queue_bench [--people N] [--seconds S] [--think S] [--texts N] [--no-learner]
                   [--overlap N] [--tokens] [--tls] [--pin] [--json]
       queue_bench --import [--texts N] [--people N] [--seconds S] [--think S] [--pin] [--json]
       queue_bench --documents [--json]
       queue_bench --access [--rounds N] [--people N] [--seconds S] [--texts N] [--no-learner]
                   [--json]

Starts `winnow serve` on a directory of its own, trains a model of job titles on examples/, and lets
people work at one teach queue over generated texts of 250 bytes: each leases one task, thinks, and
answers it, over a TCP connection of its own. Then, in the same way, a service that answers at once
(echo) and a database that as many threads write records of 1,000 bytes to.

  --people N      people at the queue (default: 50)
  --seconds S     how long they work (default: 10)
  --think S       mean time between task and answer (default: 0)
  --texts N       texts of the source (default: 20000)
  --no-learner    people ignore every question, from which nothing is learnt
  --overlap N     people for each task (default: 1)
  --tokens        callers are asked who they are
  --tls           connections are encrypted
  --pin           the server, echo and database on core 0, people on core 1
  --import        imports a source of N texts, opens a queue over it and answers it for S seconds,
                  while as many people work at another queue
  --access        in turns, servers that ask for tokens or not, and encrypt or not, for 1 and 3
                  people a task; S is the length of a turn
  --rounds N      turns of each server (default: 20)
  --documents     first question of 2,000 texts of 10 kB, and of one text of 1 MB
  --json          one JSON object on one line

Latencies are in milliseconds from the start of a call until its reply was looked at. "waits" are
replies without a task. "server_cores" is how many cores the server kept busy. "learner_lag" is the
answers that no step has learnt from when the people stop: in steps of ten, and in seconds of
answering. "bytes_per_person" is by how much the server grew while each of them connected, asked and
answered once. The exit code is 1 after an error of a call, 2 after any other failure, 130 when
interrupted.

Example: queue_bench --people 1000 --think 1.5 --seconds 20 --json
)";

std::atomic<bool> interrupted = false;

absl::Status SetOption(const std::string& name, const std::string& value,
                       QueueBenchOptions& options) {
  double number = 0;
  if (!absl::SimpleAtod(value, &number) || number < 0 || number > 1e8)
    return absl::InvalidArgumentError(absl::StrCat(name, " needs a number, not '", value, "'"));
  if (name == "--think") {
    options.think = absl::Seconds(number);
    return absl::OkStatus();
  }
  if (number < 1) return absl::InvalidArgumentError(absl::StrCat(name, " must be at least 1"));
  if (name == "--people") options.num_people = static_cast<size_t>(number);
  if (name == "--seconds") options.length = absl::Seconds(number);
  if (name == "--overlap") options.overlap = static_cast<uint32_t>(number);
  if (name == "--rounds") options.num_rounds = static_cast<size_t>(number);
  if (name == "--texts") options.num_texts = static_cast<size_t>(number);
  return absl::OkStatus();
}

absl::StatusOr<QueueBenchOptions> ParseArguments(const std::vector<std::string>& arguments) {
  QueueBenchOptions options;
  for (size_t i = 0; i < arguments.size(); ++i) {
    const std::string& argument = arguments[i];
    if (argument == "--json") {
      options.json = true;
    } else if (argument == "--pin") {
      options.pin = true;
    } else if (argument == "--tokens") {
      options.closed = true;
    } else if (argument == "--tls") {
      options.tls = true;
    } else if (argument == "--no-learner") {
      options.learner = false;
    } else if (argument == "--import") {
      options.mode = QueueBenchOptions::Mode::kImport;
    } else if (argument == "--documents") {
      options.mode = QueueBenchOptions::Mode::kDocuments;
    } else if (argument == "--access") {
      options.mode = QueueBenchOptions::Mode::kAccess;
    } else if (argument == "--people" || argument == "--seconds" || argument == "--think" ||
               argument == "--texts" || argument == "--overlap" || argument == "--rounds") {
      if (++i == arguments.size())
        return absl::InvalidArgumentError(absl::StrCat(argument, " needs a value"));
      WINNOW_RETURN_IF_ERROR(SetOption(argument, arguments[i], options));
    } else {
      return absl::InvalidArgumentError(absl::StrCat("unknown argument '", argument, "'"));
    }
  }
  return options;
}

absl::StatusOr<Json> Measure(const QueueBenchOptions& options) {
  switch (options.mode) {
    case QueueBenchOptions::Mode::kImport:
      return MeasureImport(options, interrupted);
    case QueueBenchOptions::Mode::kDocuments:
      return MeasureDocuments(interrupted);
    case QueueBenchOptions::Mode::kAccess:
      return MeasureAccess(options, interrupted);
    case QueueBenchOptions::Mode::kPeople:
      break;
  }
  return MeasurePeople(options, interrupted);
}

int Print(const Json& result, bool json) {
  uint64_t num_errors = 0;
  for (const auto& [name, value] : result.items()) {
    if (name.starts_with("errors")) num_errors += value.get<uint64_t>();
    if (!json)
      std::cout << name << std::string(32 - std::min<size_t>(name.size(), 31), ' ') << value
                << "\n";
  }
  if (json) std::cout << result.dump() << "\n";
  return num_errors > 0 ? 1 : 0;
}

// The two baselines as processes of their own; -1 when the arguments ask for neither.
int RunBaseline(const std::vector<std::string>& arguments) {
  absl::Status status;
  if (arguments.size() == 1 && arguments[0] == "serve-echo") {
    status = ServeEcho();
  } else if (arguments.size() == 4 && arguments[0] == "write") {
    const absl::StatusOr<double> rate = MeasureWrites(arguments[1], std::stoul(arguments[2]),
                                                      absl::Seconds(std::stoul(arguments[3])));
    if (rate.ok()) std::cout << "writes per second: " << *rate << std::endl;
    status = rate.status();
  } else {
    return -1;
  }
  if (!status.ok()) std::cerr << "queue_bench: " << status.message() << "\n";
  return status.ok() ? 0 : 2;
}

int Main(const std::vector<std::string>& arguments) {
  if (arguments.size() == 1 && arguments[0] == "--help") {
    std::cout << kUsage;
    return 0;
  }
  SetLogLevel(LogLevel::kWarning);
  if (const int exit_code = RunBaseline(arguments); exit_code >= 0) return exit_code;
  const absl::StatusOr<QueueBenchOptions> options = ParseArguments(arguments);
  if (!options.ok()) {
    std::cerr << "queue_bench: " << options.status().message() << "\n\n" << kUsage;
    return 2;
  }
  signal(SIGINT, [](int) { interrupted = true; });
  signal(SIGTERM, [](int) { interrupted = true; });
  const absl::StatusOr<Json> result = Measure(*options);
  if (!result.ok()) {
    std::cerr << "queue_bench: " << result.status().message() << "\n";
    return interrupted ? 130 : 2;
  }
  return Print(*result, options->json);
}

}  // namespace
}  // namespace winnow::bench

int main(int argc, char** argv) { return winnow::bench::Main({argv + 1, argv + argc}); }
