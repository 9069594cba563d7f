#include "tests/bench/teach_report.h"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <functional>
#include <limits>
#include <map>
#include <set>
#include <tuple>
#include <vector>

#include "absl/algorithm/container.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"
#include "common/base/random.h"
#include "common/ner/reliability.h"
#include "common/teach/working_model.h"

namespace winnow::bench {
namespace {

constexpr uint64_t kBootstrapSeed = 1;
constexpr size_t kResamples = 2000;

// The rows of all cells, and what is computed from them.
class Summary {
 public:
  Summary(const SimulationOptions& options, absl::Span<const std::string> arms, size_t num_seeds,
          absl::Span<const Row> rows)
      : options_(options), arms_(arms), num_seeds_(num_seeds) {
    for (const Row& row : rows) {
      cells_[{row.set, row.arm, row.seed}].push_back(&row);
      sets_.insert(row.set);
    }
  }

  void Print() const {
    absl::PrintF("%-16s %-16s %7s %6s %5s  %-22s %7s %7s %7s\n", "set", "arm", "answers", "texts",
                 "yes %", "gain on test", "dev", "online", "full");
    for (const std::string& set : sets_) {
      for (const std::string& arm : arms_) PrintArm(set, arm);
    }
    for (const std::string& arm : arms_) PrintSum(arm);
    PrintFigures();
  }

 private:
  using Seeds = std::vector<size_t>;
  using Statistic = std::function<double(const Seeds&)>;

  // The statistic of all seeds, with its interval.
  std::string WithInterval(const Statistic& statistic) const {
    Seeds all(num_seeds_);
    for (size_t i = 0; i < all.size(); ++i) all[i] = i + 1;
    Random random(kBootstrapSeed);
    std::vector<double> values;
    for (size_t i = 0; i < kResamples; ++i) {
      Seeds drawn(all.size());
      for (size_t& seed : drawn) seed = 1 + random.Below(all.size());
      values.push_back(statistic(drawn));
    }
    std::sort(values.begin(), values.end());
    return absl::StrFormat("%.2f (%.2f..%.2f)", statistic(all), values[kResamples / 40],
                           values[kResamples - 1 - kResamples / 40]);
  }

  // Mean over the seeds of the last or the `index`-th row. A cell whose pool ran dry stays at its
  // last row.
  template <typename Value>
  double Mean(const std::string& set, const std::string& arm, size_t index, const Seeds& seeds,
              const Value& value) const {
    double sum = 0;
    for (const size_t seed : seeds) {
      const std::vector<const Row*>& rows = cells_.at({set, arm, seed});
      sum += value(*rows[std::min(index, rows.size() - 1)]);
    }
    return sum / static_cast<double>(seeds.size());
  }

  template <typename Value>
  double Sum(const std::string& arm, size_t index, const Seeds& seeds, const Value& value) const {
    double sum = 0;
    for (const std::string& set : sets_) sum += Mean(set, arm, index, seeds, value);
    return sum;
  }

  static double Gain(const Row& row) { return row.test - row.base_test; }
  static double FullGain(const Row& row) { return row.full_test - row.base_test; }

  size_t NumRows(const std::string& set, const std::string& arm) const {
    return cells_.at({set, arm, 1}).size();
  }

  void PrintArm(const std::string& set, const std::string& arm) const {
    Seeds all(num_seeds_);
    for (size_t i = 0; i < all.size(); ++i) all[i] = i + 1;
    for (size_t i = 0; i < NumRows(set, arm); ++i) {
      const auto mean = [&](const auto& value) { return Mean(set, arm, i, all, value); };
      absl::PrintF(
          "%-16s %-16s %7.0f %6.0f %5.1f  %-22s %+7.2f %+7.2f %+7.2f\n", set, arm,
          mean([](const Row& r) { return static_cast<double>(r.answers); }),
          mean([](const Row& r) { return static_cast<double>(r.texts); }), mean([](const Row& r) {
            return 100.0 * static_cast<double>(r.accepted) / static_cast<double>(r.answers);
          }),
          WithInterval([&](const Seeds& seeds) { return Mean(set, arm, i, seeds, Gain); }),
          mean([](const Row& r) { return r.dev - r.base_dev; }),
          mean([](const Row& r) { return r.online_test - r.base_test; }), mean(FullGain));
    }
  }

  void PrintSum(const std::string& arm) const {
    std::vector<std::string> gains;
    for (size_t i = 0; i < NumRows(*sets_.begin(), arm); ++i) {
      gains.push_back(WithInterval([&](const Seeds& seeds) { return Sum(arm, i, seeds, Gain); }));
    }
    absl::PrintF("sum of gains, %-16s %s\n", arm, absl::StrJoin(gains, "  "));
  }

  // Answers after which the sum of gains of `arm` reaches `target`, interpolated; infinite if it
  // does not.
  double AnswersNeeded(const std::string& arm, const Seeds& seeds, double target) const {
    double answers = 0, gain = 0;
    for (size_t i = 0; i < NumRows(*sets_.begin(), arm); ++i) {
      const double next_answers =
          static_cast<double>(cells_.at({*sets_.begin(), arm, 1})[i]->answers);
      const double next = Sum(arm, i, seeds, Gain);
      if (next >= target)
        return answers + (next_answers - answers) * std::max(0.0, (target - gain) / (next - gain));
      answers = next_answers;
      gain = next;
    }
    return std::numeric_limits<double>::infinity();
  }

  void PrintFigures() const {
    const std::string& arm = arms_.front();
    constexpr size_t kLast = SIZE_MAX;
    if (options_.full) {
      absl::PrintF("answer value of %s, %% of complete annotation: %s\n", arm,
                   WithInterval([&](const Seeds& seeds) {
                     return 100 * Sum(arm, kLast, seeds, Gain) / Sum(arm, kLast, seeds, FullGain);
                   }));
    }
    if (absl::c_linear_search(arms_, "random")) {
      absl::PrintF("answers of %s for the F1 of %d random ones: %s\n", arm, options_.num_answers,
                   WithInterval([&](const Seeds& seeds) {
                     return AnswersNeeded(arm, seeds, Sum("random", kLast, seeds, Gain));
                   }));
    }
    for (const std::string& set : sets_) {
      if (!options_.labels_taught.empty()) {
        double worst = std::numeric_limits<double>::infinity();
        for (size_t seed = 1; seed <= num_seeds_; ++seed) {
          const Row& row = *cells_.at({set, arm, seed}).back();
          worst = std::min(worst, row.untaught - row.base_untaught);
        }
        absl::PrintF("F1 on labels not taught, %s, worst of %d seeds: %+.2f\n", set, num_seeds_,
                     worst);
      }
      PrintCalibration(set, arm);
    }
    double milliseconds = 0;
    for (const std::string& set : sets_) {
      milliseconds = std::max(milliseconds,
                              Mean(set, arm, kLast, {1}, [](const Row& r) { return r.step_ms; }));
    }
    absl::PrintF("applying %d answers, slowest set, seed 1: %.2f ms\n", teach::kAnswersPerStep,
                 milliseconds);
  }

  // ECE per seed against the 90th percentile of that of a score which is right, at the same
  // probabilities.
  void PrintCalibration(const std::string& set, const std::string& arm) const {
    for (size_t seed = 1; seed <= num_seeds_; ++seed) {
      std::vector<ner::Outcome> outcomes = cells_.at({set, arm, seed}).back()->outcomes;
      const double ece = ner::MeasureReliability(outcomes).ece;
      Random random(kBootstrapSeed);
      std::vector<double> null;
      for (int i = 0; i < 200; ++i) {
        for (ner::Outcome& outcome : outcomes)
          outcome.happened = random.Uniform() < outcome.probability;
        null.push_back(ner::MeasureReliability(outcomes).ece);
      }
      std::sort(null.begin(), null.end());
      absl::PrintF("ECE, %s, seed %d: %.4f (n = %d; 90 %% of right scores are below %.4f)\n", set,
                   seed, ece, outcomes.size(), null[180]);
    }
  }

  const SimulationOptions& options_;
  const absl::Span<const std::string> arms_;
  const size_t num_seeds_;
  std::set<std::string> sets_;
  std::map<std::tuple<std::string, std::string, size_t>, std::vector<const Row*>> cells_;
};

}  // namespace

std::string ToCsv(absl::Span<const Row> rows) {
  std::string csv =
      "set,arm,seed,answers,texts,tokens,accepted,base_dev,base_test,dev,test,hindsight_test,"
      "online_dev,online_test,online_hindsight_test,full_test,base_untaught,untaught,dev_ece,test_"
      "ece,step_ms,audit_answers,"
      "gate,gate_delta,gate_se,weighed_test\n";
  for (const Row& r : rows) {
    absl::StrAppend(&csv, r.set, ",", r.arm, ",", r.seed, ",", r.answers, ",", r.texts, ",",
                    r.tokens, ",", r.accepted);
    for (const double value : {r.base_dev, r.base_test, r.dev, r.test, r.hindsight_test,
                               r.online_dev, r.online_test, r.online_hindsight_test, r.full_test,
                               r.base_untaught, r.untaught, r.dev_ece, r.test_ece, r.step_ms}) {
      absl::StrAppend(&csv, ",", std::isnan(value) ? "" : absl::StrFormat("%.4f", value));
    }
    constexpr const char* kVerdicts[] = {"promote", "refuse", "undecided"};
    absl::StrAppend(
        &csv, ",", r.audit_answers, ",", kVerdicts[static_cast<int>(r.gate.verdict)],
        absl::StrFormat(",%.4f,%.4f", 100 * r.gate.difference.value, 100 * r.gate.difference.se),
        std::isnan(r.weighed_test) ? "," : absl::StrFormat(",%.4f", r.weighed_test), "\n");
  }
  return csv;
}

void PrintReport(const SimulationOptions& options, absl::Span<const std::string> arms,
                 size_t num_seeds, absl::Span<const Row> rows) {
  Summary(options, arms, num_seeds, rows).Print();
}

}  // namespace winnow::bench
