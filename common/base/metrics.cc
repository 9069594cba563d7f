#include "common/base/metrics.h"

#include <algorithm>
#include <cstdio>
#include <cstdlib>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"

namespace winnow::metrics {
namespace {

// A wrong name is wrong at every start, so that the first run of any test finds it.
void Require(bool condition, absl::string_view name, absl::string_view problem) {
  if (condition) return;
  std::fputs(absl::StrCat("metric ", name, ": ", problem, "\n").c_str(), stderr);
  std::abort();
}

bool IsName(absl::string_view name) {
  if (name.empty() || absl::ascii_isdigit(name[0])) return false;
  return std::all_of(name.begin(), name.end(), [](char c) {
    return absl::ascii_islower(c) || absl::ascii_isdigit(c) || c == '_';
  });
}

}  // namespace

Histogram::Histogram(std::vector<double> bounds)
    : bounds_(std::move(bounds)), counts_(bounds_.size() + 1) {}

void Histogram::Observe(double value) {
  const auto bucket = std::lower_bound(bounds_.begin(), bounds_.end(), value) - bounds_.begin();
  counts_[bucket].fetch_add(1, std::memory_order_relaxed);
  sum_.fetch_add(value, std::memory_order_relaxed);
}

std::vector<uint64_t> Histogram::counts() const {
  std::vector<uint64_t> result;
  for (const std::atomic<uint64_t>& count : counts_)
    result.push_back(count.load(std::memory_order_relaxed));
  return result;
}

std::vector<double> SecondsBounds() {
  std::vector<double> bounds;
  for (double bound = 0.00025; bound < 100; bound *= 4) bounds.push_back(bound);
  return bounds;
}

Registry::Series& Registry::Get(absl::string_view name, absl::string_view help, Type type,
                                const std::vector<double>& bounds, Labels labels) {
  std::sort(labels.begin(), labels.end());
  for (const auto& [label, value] : labels) Require(IsName(label), name, "has a bad label name");
  auto found = entries_.find(name);
  if (found == entries_.end()) {
    Require(IsName(name) && absl::EndsWith(name, "_total") == (type == Type::kCounter), name,
            "names are [a-z_][a-z0-9_]*, and end in _total if they are counters and only then");
    Require(std::is_sorted(bounds.begin(), bounds.end()), name, "bounds must ascend");
    found = entries_.emplace(std::string(name), Entry{std::string(help), type, bounds, {}}).first;
  }
  Entry& entry = found->second;
  Require(entry.type == type && entry.help == help && entry.bounds == bounds, name,
          "was made with another type, help or bounds");
  return entry.series[std::move(labels)];
}

Counter& Registry::GetCounter(absl::string_view name, absl::string_view help, Labels labels) {
  MutexLock lock(mutex_);
  Series& series = Get(name, help, Type::kCounter, {}, std::move(labels));
  if (series.counter == nullptr) series.counter = std::make_unique<Counter>();
  return *series.counter;
}

Gauge& Registry::GetGauge(absl::string_view name, absl::string_view help, Labels labels) {
  MutexLock lock(mutex_);
  Series& series = Get(name, help, Type::kGauge, {}, std::move(labels));
  if (series.gauge == nullptr) series.gauge = std::make_unique<Gauge>();
  return *series.gauge;
}

Histogram& Registry::GetHistogram(absl::string_view name, absl::string_view help,
                                  std::vector<double> bounds, Labels labels) {
  MutexLock lock(mutex_);
  Series& series = Get(name, help, Type::kHistogram, bounds, std::move(labels));
  if (series.histogram == nullptr)
    series.histogram = std::make_unique<Histogram>(std::move(bounds));
  return *series.histogram;
}

std::vector<Family> Registry::Read() const {
  MutexLock lock(mutex_);
  std::vector<Family> families;
  for (const auto& [name, entry] : entries_) {
    Family family{name, entry.help, entry.type, entry.bounds, {}};
    for (const auto& [labels, series] : entry.series) {
      Sample sample{.labels = labels};
      if (series.counter != nullptr) sample.value = static_cast<double>(series.counter->value());
      if (series.gauge != nullptr) sample.value = series.gauge->value();
      if (series.histogram != nullptr) {
        sample.counts = series.histogram->counts();
        sample.sum = series.histogram->sum();
        for (const uint64_t count : sample.counts) sample.value += static_cast<double>(count);
      }
      family.samples.push_back(std::move(sample));
    }
    families.push_back(std::move(family));
  }
  return families;
}

}  // namespace winnow::metrics
