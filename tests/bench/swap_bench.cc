// Measures what hot swaps cost the requests under way: predictions on several connections, in
// blocks with and without promotions that alternate in one run.
#include <algorithm>
#include <iostream>
#include <string>
#include <vector>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "common/base/file.h"
#include "common/base/log.h"
#include "common/base/status.h"
#include "common/formats/source.h"
#include "nlohmann/json.hpp"
#include "services/standalone/standalone.h"
#include "tests/testing/predict_load.h"
#include "tests/testing/scratch_directory.h"
#include "tests/testing/steps.h"

namespace winnow::bench {
namespace {

using integration::PredictLoad;
using Json = nlohmann::ordered_json;

constexpr char kUsage[] =
    R"(Usage: swap_bench FILE [--label LABEL] [--connections N] [--swaps N] [--blocks N] [--json]

Trains a model on FILE (Prodigy JSONL, completely annotated) and serves it, all services in this
process. Clients on N connections ask for one text of FILE after the other, each as soon as its last
reply has come. In every second block versions of the model are promoted, each as soon as the last
one has answered on every connection; the block after it is as long, without promotions.

  --label LABEL      label to train (default: job_title)
  --connections N    clients, each with a TCP connection of its own (default: 8)
  --swaps N          versions promoted, in all blocks together (default: 50)
  --blocks N         blocks with promotions, and as many without (default: 5)
  --json             one JSON object instead of a table

Latencies are in milliseconds, from request to reply. "ratio" is p99 with swaps over p99 without.
"seen" is the time from the reply to a promotion to the first prediction of the new version. A
failed request, a reply without a version or of an older version than the reply before on its
connection is a failure; the exit code is 1 when there are any.

Example: swap_bench examples/job_titles_gold.jsonl --json
)";

constexpr absl::Duration kSeenTimeout = absl::Seconds(10);
// Connections, caches and branch predictors are warm after it.
constexpr absl::Duration kWarmUp = absl::Seconds(1);

struct Options {
  std::string file;
  std::string label = "job_title";
  size_t num_connections = 8;
  size_t num_swaps = 50;
  size_t num_blocks = 5;
  bool json = false;
};

// The replies of all blocks of one kind.
struct Sample {
  std::vector<double> millis;
  std::vector<std::string> failures;

  void Add(const PredictLoad::Block& block) {
    for (const absl::Duration latency : block.latencies)
      millis.push_back(absl::ToDoubleMilliseconds(latency));
    failures.insert(failures.end(), block.failures.begin(), block.failures.end());
  }
};

absl::StatusOr<Options> ParseArguments(const std::vector<std::string>& arguments) {
  Options options;
  const auto usage = [](absl::string_view what) {
    return absl::InvalidArgumentError(absl::StrCat(what, "\n\n", kUsage));
  };
  for (size_t i = 0; i < arguments.size(); ++i) {
    const std::string& argument = arguments[i];
    if (argument == "--json") {
      options.json = true;
    } else if (argument == "--label" || argument == "--connections" || argument == "--swaps" ||
               argument == "--blocks") {
      if (++i == arguments.size()) return usage(absl::StrCat(argument, " needs a value"));
      uint32_t number = 0;
      const bool is_number =
          absl::SimpleAtoi(arguments[i], &number) && number >= 1 && number <= 1000;
      if (argument == "--label") {
        options.label = arguments[i];
      } else if (!is_number) {
        return usage(absl::StrCat(argument, " must be a number from 1 to 1000"));
      }
      if (argument == "--connections") options.num_connections = number;
      if (argument == "--swaps") options.num_swaps = number;
      if (argument == "--blocks") options.num_blocks = number;
    } else if (argument.empty() || argument[0] == '-') {
      return usage(absl::StrCat("unknown option ", argument));
    } else if (options.file.empty()) {
      options.file = argument;
    } else {
      return usage("more than one FILE");
    }
  }
  if (options.file.empty()) return usage("FILE is missing");
  return options;
}

// Version 1 of the model "bench" serves; versions 2 to 1 + num_swaps are other versions of the same
// weights.
absl::Status MakeVersions(const Options& options, const std::string& rows, cli::Session& session) {
  WINNOW_RETURN_IF_ERROR(
      integration::ImportDataset(session, "bench", rows, annotation::v1::COVERAGE_COMPLETE)
          .status());
  training::v1::TrainingSpec spec = integration::TrainingSpecOf("bench", "blank:en", "bench");
  spec.set_labels(0, options.label);
  WINNOW_RETURN_IF_ERROR(integration::Train(session, spec).status());
  WINNOW_ASSIGN_OR_RETURN(const integration::ModelFiles files,
                          integration::ExportModel(session, "bench"));
  for (size_t i = 1; i <= options.num_swaps; ++i) {
    const integration::ModelFiles copy = integration::CopyMadeLater(files, static_cast<int64_t>(i));
    WINNOW_RETURN_IF_ERROR(integration::ImportModel(session, "bench", copy).status());
  }
  return absl::OkStatus();
}

double Quantile(const std::vector<double>& sorted, double q) {
  return sorted.empty() ? 0
                        : sorted[static_cast<size_t>(q * static_cast<double>(sorted.size() - 1))];
}

Json Describe(Sample& sample) {
  std::sort(sample.millis.begin(), sample.millis.end());
  return {{"requests", sample.millis.size()},
          {"p50_ms", Quantile(sample.millis, 0.5)},
          {"p99_ms", Quantile(sample.millis, 0.99)},
          {"max_ms", Quantile(sample.millis, 1)},
          {"failures", sample.failures.size()}};
}

absl::StatusOr<Json> Run(const Options& options) {
  WINNOW_ASSIGN_OR_RETURN(const std::string rows, ReadFile(options.file));
  WINNOW_ASSIGN_OR_RETURN(const auto parsed,
                          formats::ParseSource(rows, formats::SourceFormat::kJsonl));
  std::vector<std::string> texts;
  for (const formats::SourceText& text : parsed) texts.push_back(text.text);

  const integration::ScratchDirectory scratch;
  WINNOW_ASSIGN_OR_RETURN(
      const auto services,
      standalone::Standalone::Start({.data_dir = scratch.path(), .address = "127.0.0.1:0"}));
  cli::Session session(services->channel());
  WINNOW_RETURN_IF_ERROR(MakeVersions(options, rows, session));

  PredictLoad load(absl::StrCat("127.0.0.1:", services->port()), options.num_connections, "bench",
                   texts);
  if (load.AwaitVersion(1, kSeenTimeout) == absl::InfiniteDuration())
    return absl::UnavailableError("no reply");
  absl::SleepFor(kWarmUp);
  load.TakeBlock();
  Sample with, without;
  std::vector<double> seen_millis;
  uint64_t number = 1;
  for (size_t block = 1; block <= options.num_blocks; ++block) {
    const absl::Time begin = absl::Now();
    while (number - 1 < options.num_swaps * block / options.num_blocks) {
      WINNOW_RETURN_IF_ERROR(
          integration::Promote(session, absl::StrCat("bench@", ++number)).status());
      const absl::Duration seen = load.AwaitVersion(number, kSeenTimeout);
      if (seen == absl::InfiniteDuration())
        return absl::InternalError(absl::StrCat("bench@", number, " is never seen"));
      seen_millis.push_back(absl::ToDoubleMilliseconds(seen));
    }
    with.Add(load.TakeBlock());
    absl::SleepFor(absl::Now() - begin);
    without.Add(load.TakeBlock());
  }
  Json result = {{"connections", options.num_connections}, {"swaps", number - 1}};
  result["with_swaps"] = Describe(with);
  result["without_swaps"] = Describe(without);
  result["p99_ratio"] = Quantile(with.millis, 0.99) / Quantile(without.millis, 0.99);
  result["seen_max_ms"] = *std::max_element(seen_millis.begin(), seen_millis.end());
  for (const Sample* sample : {&with, &without}) {
    for (const std::string& failure : sample->failures)
      std::cerr << "swap_bench: " << failure << "\n";
  }
  return result;
}

void PrintTable(const Json& result) {
  absl::PrintF("%-14s %9s %9s %9s %9s %9s\n", "", "requests", "p50 ms", "p99 ms", "max ms",
               "failures");
  for (const char* kind : {"with_swaps", "without_swaps"}) {
    const Json& sample = result[kind];
    absl::PrintF("%-14s %9d %9.3f %9.3f %9.3f %9d\n", kind, sample["requests"].get<size_t>(),
                 sample["p50_ms"].get<double>(), sample["p99_ms"].get<double>(),
                 sample["max_ms"].get<double>(), sample["failures"].get<size_t>());
  }
  absl::PrintF("ratio of p99   %9.2f\n%d versions promoted, each seen within %.0f ms\n",
               result["p99_ratio"].get<double>(), result["swaps"].get<size_t>(),
               result["seen_max_ms"].get<double>());
}

int Main(const std::vector<std::string>& arguments) {
  if (arguments.size() == 1 && arguments[0] == "--help") {
    std::cout << kUsage;
    return 0;
  }
  SetLogLevel(LogLevel::kWarning);
  const absl::StatusOr<Options> options = ParseArguments(arguments);
  const absl::StatusOr<Json> result = options.ok() ? Run(*options) : options.status();
  if (!result.ok()) {
    std::cerr << "swap_bench: " << result.status().message() << "\n";
    return 2;
  }
  if (options->json) {
    std::cout << result->dump() << "\n";
  } else {
    PrintTable(*result);
  }
  const bool failed =
      (*result)["with_swaps"]["failures"] != 0 || (*result)["without_swaps"]["failures"] != 0;
  return failed ? 1 : 0;
}

}  // namespace
}  // namespace winnow::bench

int main(int argc, char** argv) { return winnow::bench::Main({argv + 1, argv + argc}); }
