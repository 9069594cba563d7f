// Simulated teaching: what is an answer worth? Arguments, and the simulations of all (set, seed)
// pairs on threads.
#include <fstream>
#include <iostream>
#include <iterator>
#include <map>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/string_view.h"
#include "common/base/status.h"
#include "common/ner/acquisition.h"
#include "tests/bench/teach_data.h"
#include "tests/bench/teach_report.h"
#include "tests/bench/teach_simulation.h"

namespace winnow::bench {
namespace {

constexpr char kUsage[] = R"(Usage: teach_bench DIR... [options]

Each DIR has train.conll, dev.conll (may be missing) and test.conll. A base model is trained on
sentences drawn from train.conll; the other sentences are the pool that questions are asked about.
Sentences of dev and test that train.conll has, too, are left out; those of the pool that the
product holds out are asked about in its audit questions, which are not counted. The questions are
those of a teach queue, which learns from every ten answers. At 100, 200, 350, 500, 1,000 and 2,000
answers a model is trained in one batch from the base model and measured.

  --arms A,B       first the arm to judge; default: uncertainty,random. The strategies of a queue:
                   uncertainty, deviation, entropy, random.
  --seeds N        seeds 1..N (default: 2)
  --answers N      (default: 1000)
  --base N         sentences of the base model (default: 300)
  --last           measure at the end only
  --labels-taught A,B  ask only about these labels
  --no-full        do not train on as many complete sentences, for comparison
  --threads T      (set, seed) pairs at a time (default: 1); the results but the times do not depend
                   on it
  --csv FILE       one line per set, seed, arm and number of answers
People, who answer in turn:
  --error-rates R,R  shares of their answers that they invert (default: 0, one person)
  --overlap K        people for each question (default: 1)
  --check-share R    share of the answers that are gold checks (default: 0)
  --weigh-people     train on answers weighed by error rates, too: weighed_test in the CSV
Batch training; the defaults are those of the product:
  --epochs N  --learning-rate R  --prior R  --parent-share R
  --replay N (base sentences replayed; default: all)
  --reset-optimizer  --from-scratch (train on base and answers without a parent)

F1 is of exact spans, in points. Intervals are 95 % percentile bootstraps over the seeds.

Example: teach_bench data/btc data/wnut17 --arms uncertainty,entropy,random --csv teach.csv
)";

struct Options {
  std::vector<std::string> directories;
  std::vector<std::string> arms = {"uncertainty", "random"};
  size_t num_seeds = 2, num_threads = 1;
  SimulationOptions simulation;
  std::string csv;
};

bool ParseRates(const std::string& text, std::vector<double>& rates) {
  rates.clear();
  for (const absl::string_view item : absl::StrSplit(text, ',')) {
    double& rate = rates.emplace_back();
    if (!absl::SimpleAtod(item, &rate) || !(rate >= 0 && rate <= 1)) return false;
  }
  return true;
}

absl::StatusOr<Options> ParseArguments(const std::vector<std::string>& arguments) {
  Options options;
  SimulationOptions& simulation = options.simulation;
  const std::map<std::string, std::pair<bool*, bool>> flags = {
      {"--no-full", {&simulation.full, false}},
      {"--last", {&simulation.last_only, true}},
      {"--weigh-people", {&simulation.weigh_people, true}},
      {"--reset-optimizer", {&simulation.learner.keep_optimizer_state, false}},
      {"--from-scratch", {&simulation.from_scratch, true}}};
  const std::map<std::string, size_t*> counts = {{"--seeds", &options.num_seeds},
                                                 {"--answers", &simulation.num_answers},
                                                 {"--base", &simulation.num_base},
                                                 {"--threads", &options.num_threads},
                                                 {"--overlap", &simulation.classroom.overlap},
                                                 {"--replay", &simulation.num_replayed}};
  const std::map<std::string, double*> numbers = {
      {"--check-share", &simulation.classroom.check_share},
      {"--learning-rate", &simulation.learner.learning_rate},
      {"--prior", &simulation.learner.prior},
      {"--parent-share", &simulation.learner.parent_share}};
  const std::map<std::string, std::vector<std::string>*> lists = {
      {"--arms", &options.arms}, {"--labels-taught", &simulation.labels_taught}};
  const auto usage = [](absl::string_view what) {
    return absl::InvalidArgumentError(absl::StrCat(what, "\n\n", kUsage));
  };
  for (size_t i = 0; i < arguments.size(); ++i) {
    const std::string& name = arguments[i];
    if (name.empty() || name[0] != '-') {
      options.directories.push_back(name);
    } else if (const auto flag = flags.find(name); flag != flags.end()) {
      *flag->second.first = flag->second.second;
    } else if (++i == arguments.size()) {
      return usage(absl::StrCat("unknown option, or no value behind it: ", name));
    } else if (const auto count = counts.find(name); count != counts.end()) {
      if (!absl::SimpleAtoi(arguments[i], count->second) ||
          (*count->second == 0 && name != "--replay")) {
        return usage(absl::StrCat(name, " needs a number"));
      }
    } else if (const auto number = numbers.find(name); number != numbers.end()) {
      if (!absl::SimpleAtod(arguments[i], number->second) || !(*number->second >= 0)) {
        return usage(absl::StrCat(name, " needs a number that is not negative"));
      }
    } else if (name == "--epochs") {
      if (!absl::SimpleAtoi(arguments[i], &simulation.learner.epochs) ||
          simulation.learner.epochs < 1) {
        return usage("--epochs needs a number");
      }
    } else if (const auto list = lists.find(name); list != lists.end()) {
      *list->second = absl::StrSplit(arguments[i], ',');
    } else if (name == "--error-rates") {
      if (!ParseRates(arguments[i], simulation.classroom.error_rates))
        return usage("--error-rates needs numbers from 0 to 1");
    } else if (name == "--csv") {
      options.csv = arguments[i];
    } else {
      return usage(absl::StrCat("unknown option ", name));
    }
  }
  if (options.directories.empty()) return usage("DIR is missing");
  if (simulation.classroom.overlap > simulation.classroom.error_rates.size())
    return usage("--overlap needs as many --error-rates");
  if (simulation.classroom.check_share >= 1) return usage("--check-share must be below 1");
  return options;
}

absl::Status Run(const Options& options) {
  for (const std::string& name : options.arms)
    WINNOW_RETURN_IF_ERROR(ner::FindAcquisitionFunction(name).status());
  std::vector<DataSet> sets;
  for (const std::string& directory : options.directories) {
    WINNOW_ASSIGN_OR_RETURN(sets.emplace_back(), ReadDataSet(directory));
  }
  const size_t num_cells = sets.size() * options.num_seeds;
  std::vector<absl::StatusOr<std::vector<Row>>> results(num_cells, std::vector<Row>());
  std::vector<std::thread> threads;
  for (size_t t = 0; t < options.num_threads; ++t) {
    threads.emplace_back([&, t] {
      for (size_t cell = t; cell < num_cells; cell += options.num_threads) {
        results[cell] = Simulate(options.simulation, sets[cell / options.num_seeds],
                                 cell % options.num_seeds + 1, options.arms);
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  std::vector<Row> rows;
  for (absl::StatusOr<std::vector<Row>>& result : results) {
    WINNOW_ASSIGN_OR_RETURN(std::vector<Row> more, std::move(result));
    std::move(more.begin(), more.end(), std::back_inserter(rows));
  }
  if (!options.csv.empty()) {
    std::ofstream file(options.csv);
    if (!(file << ToCsv(rows) << std::flush))
      return absl::UnavailableError(absl::StrCat("cannot write ", options.csv));
  }
  PrintReport(options.simulation, options.arms, options.num_seeds, rows);
  return absl::OkStatus();
}

}  // namespace
}  // namespace winnow::bench

int main(int argc, char** argv) {
  const auto options = winnow::bench::ParseArguments({argv + 1, argv + argc});
  const absl::Status status = options.ok() ? winnow::bench::Run(*options) : options.status();
  if (status.ok()) return 0;
  std::cerr << status.message() << "\n";
  return options.ok() ? 1 : 2;
}
