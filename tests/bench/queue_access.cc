#include "tests/bench/queue_access.h"

#include <array>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "common/access/people.h"
#include "common/access/people_writer.h"
#include "common/base/metrics.h"
#include "common/base/status.h"
#include "tests/bench/queue_load.h"
#include "tests/bench/queue_setup.h"
#include "tests/testing/scratch_directory.h"
#include "tests/testing/steps.h"

namespace winnow::bench {
namespace {

constexpr char kTexts[] = "texts";
constexpr size_t kTextBytes = 250;
constexpr uint32_t kOverlaps[] = {1, 3};

struct Setting {
  const char* name;
  ServerSettings server;
  // Of the setting that it is compared with.
  size_t base;
};
constexpr Setting kSettings[] = {{"open", {.closed = false, .tls = false}, 0},
                                 {"tokens", {.closed = true, .tls = false}, 0},
                                 {"tls", {.closed = false, .tls = true}, 0},
                                 {"tokens_tls", {.closed = true, .tls = true}, 2}};
constexpr size_t kNumSettings = std::size(kSettings);

struct Round {
  double answers_per_second = 0;
  // Of the server, for each answer.
  double cpu_ms = 0;
};

// What was seen of one setting and overlap.
struct Seen {
  std::vector<Round> rounds;
  LoadResult load;
};

void Append(const std::vector<double>& from, std::vector<double>& to) {
  to.insert(to.end(), from.begin(), from.end());
}

double MedianOf(const Seen& seen, double Round::*what) {
  std::vector<double> values;
  for (const Round& round : seen.rounds) values.push_back(round.*what);
  return Quantile(values, 0.5);
}

double MedianRatio(const Seen& seen, const Seen& base, double Round::*what) {
  std::vector<double> ratios;
  for (size_t i = 0; i < seen.rounds.size(); ++i)
    ratios.push_back(seen.rounds[i].*what / base.rounds[i].*what);
  return Quantile(ratios, 0.5);
}

// People at a queue of their own, which all have asked once before.
absl::Status WorkARound(MeasuredServer& server, const QueueBenchOptions& options,
                        const std::string& queue, uint32_t overlap, const std::atomic<bool>& stop,
                        Seen& seen) {
  WINNOW_RETURN_IF_ERROR(server.CreateQueue(queue, kTexts, overlap));
  WINNOW_RETURN_IF_ERROR(integration::GetQueue(server.session(), queue).status());
  QueueLoad load({server.address(), server.connect(), queue, options.num_people, options.think,
                  !options.learner});
  load.Run({.num_answers = 1, .stop = &stop});
  const double cpu_before = server.CpuSeconds();
  const LoadResult result = load.Run({.end = absl::Now() + options.length, .stop = &stop});
  const double cpu_seconds = server.CpuSeconds() - cpu_before;
  const auto num_answers = static_cast<double>(result.answer_ms.size());
  seen.rounds.push_back({num_answers / result.seconds, 1e3 * cpu_seconds / num_answers});
  Append(result.lease_ms, seen.load.lease_ms);
  Append(result.answer_ms, seen.load.answer_ms);
  seen.load.num_waits += result.num_waits;
  seen.load.num_errors += result.num_errors;
  if (result.num_errors > 0) seen.load.error = result.error;
  return stop ? absl::CancelledError("interrupted") : absl::OkStatus();
}

Json Describe(Seen& seen, const Seen& base, const std::string& base_name) {
  return {{"answers_per_second", MedianOf(seen, &Round::answers_per_second)},
          {"cpu_ms_per_answer", MedianOf(seen, &Round::cpu_ms)},
          {"compared_with", base_name},
          {"answers_per_second_ratio", MedianRatio(seen, base, &Round::answers_per_second)},
          {"cpu_ms_per_answer_ratio", MedianRatio(seen, base, &Round::cpu_ms)},
          {"lease_p99_ms", Quantile(seen.load.lease_ms, 0.99)},
          {"answer_p99_ms", Quantile(seen.load.answer_ms, 0.99)},
          {"waits", seen.load.num_waits}};
}

// Microseconds that it takes to tell from a token who calls, of `num_people` people: what a call
// with a token costs beyond the sending of the token.
absl::StatusOr<double> MeasureSignIn(size_t num_people) {
  constexpr int kSignIns = 200'000;
  const integration::ScratchDirectory directory;
  WINNOW_ASSIGN_OR_RETURN(const auto writer, access::PeopleWriter::Open(directory.path()));
  WINNOW_ASSIGN_OR_RETURN(std::string token, writer->Add("admin", access::Role::kAdmin));
  for (size_t i = 1; i < num_people; ++i) {
    const std::string name = absl::StrCat("person-", i);
    WINNOW_ASSIGN_OR_RETURN(token, writer->Add(name, access::Role::kAnnotator));
  }
  metrics::Registry registry;
  WINNOW_ASSIGN_OR_RETURN(const auto people, access::People::Follow(directory.path(), registry));
  const absl::Time start = absl::Now();
  for (int i = 0; i < kSignIns; ++i)
    WINNOW_RETURN_IF_ERROR(people->Authenticate(token, "ipv4:127.0.0.1:1").status());
  return absl::ToDoubleMicroseconds(absl::Now() - start) / kSignIns;
}

}  // namespace

absl::StatusOr<Json> MeasureAccess(const QueueBenchOptions& options,
                                   const std::atomic<bool>& stop) {
  std::vector<std::unique_ptr<MeasuredServer>> servers;
  for (const Setting& setting : kSettings) {
    WINNOW_ASSIGN_OR_RETURN(servers.emplace_back(), MeasuredServer::Start(setting.server));
    WINNOW_RETURN_IF_ERROR(servers.back()->ImportTexts(kTexts, options.num_texts, kTextBytes));
  }
  WINNOW_ASSIGN_OR_RETURN(const double sign_in_us, MeasureSignIn(options.num_people));
  Json result = {
      {"people", options.num_people}, {"rounds", options.num_rounds}, {"sign_in_us", sign_in_us}};
  uint64_t num_errors = 0;
  for (const uint32_t overlap : kOverlaps) {
    std::array<Seen, kNumSettings> seen;
    for (size_t round = 0; round < options.num_rounds; ++round) {
      for (size_t turn = 0; turn < kNumSettings; ++turn) {
        // Nobody is always first.
        const size_t i = (round + turn) % kNumSettings;
        WINNOW_RETURN_IF_ERROR(WorkARound(*servers[i], options,
                                          absl::StrCat("overlap-", overlap, "-round-", round),
                                          overlap, stop, seen[i]));
      }
    }
    for (size_t i = 0; i < kNumSettings; ++i) {
      const size_t base = kSettings[i].base;
      result[absl::StrCat(kSettings[i].name, "_overlap_", overlap)] =
          Describe(seen[i], seen[base], kSettings[base].name);
      num_errors += seen[i].load.num_errors;
      if (seen[i].load.num_errors > 0) result["error"] = seen[i].load.error;
    }
  }
  result["errors"] = num_errors;
  return result;
}

}  // namespace winnow::bench
