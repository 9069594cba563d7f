// Counters, gauges and histograms with labels, in the data model of Prometheus
// (https://prometheus.io/docs/concepts/metric_types). A registry is passed to whoever counts;
// a page in a text format is a pure function of Registry::Read().
#pragma once

#include <atomic>
#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "common/base/mutex.h"

namespace winnow::metrics {

// Pairs of name and value. Label names are [a-z_][a-z0-9_]*; values are any UTF-8, few per name:
// every combination is a series that is kept for the life of the registry.
using Labels = std::vector<std::pair<std::string, std::string>>;

// Counts events. Thread-safe and wait-free.
class Counter {
 public:
  void Add(uint64_t n = 1) { value_.fetch_add(n, std::memory_order_relaxed); }
  uint64_t value() const { return value_.load(std::memory_order_relaxed); }

 private:
  std::atomic<uint64_t> value_{0};
};

// A number that goes up and down. Thread-safe and lock-free.
class Gauge {
 public:
  void Set(double value) { value_.store(value, std::memory_order_relaxed); }
  void Add(double amount) { value_.fetch_add(amount, std::memory_order_relaxed); }
  double value() const { return value_.load(std::memory_order_relaxed); }

 private:
  std::atomic<double> value_{0};
};

// Counts observations by size. Thread-safe and lock-free.
class Histogram {
 public:
  // `bounds` are the upper ends of the buckets, inclusive and ascending; above the last one there
  // is one more bucket without end.
  explicit Histogram(std::vector<double> bounds);

  void Observe(double value);

  const std::vector<double>& bounds() const { return bounds_; }
  // Observations per bucket, bounds().size() + 1 of them, not cumulative.
  std::vector<uint64_t> counts() const;
  // Sum of the observations; one that is under way may be in the counts and not yet in here.
  double sum() const { return sum_.load(std::memory_order_relaxed); }

 private:
  const std::vector<double> bounds_;
  std::vector<std::atomic<uint64_t>> counts_;
  std::atomic<double> sum_{0};
};

// Bounds for the seconds of a call: 0.25 ms to 65 s, each four times the one before.
std::vector<double> SecondsBounds();

enum class Type { kCounter, kGauge, kHistogram };

// One series as it was when it was read.
struct Sample {
  Labels labels;  // Sorted by name.
  // Of a counter or gauge; for a histogram the number of observations.
  double value = 0;
  // Of a histogram only: see Histogram::counts and sum.
  std::vector<uint64_t> counts;
  double sum = 0;
};

// All series of one name.
struct Family {
  std::string name;
  std::string help;
  Type type = Type::kCounter;
  std::vector<double> bounds;   // Of a histogram only.
  std::vector<Sample> samples;  // Sorted by labels.
};

// Owns the metrics of a process. Thread-safe. The handles it gives live as long as it does: fetch
// them once, outside of the hot path.
//
// Names follow Prometheus: "winnow_" first, the base unit last (_seconds, _bytes), _total for a
// counter. The same name and labels give the same handle again. A name that was used with another
// type, other help or other bounds, or that is no valid name, is an error of the program and ends
// it.
class Registry {
 public:
  Registry() = default;
  Registry(const Registry&) = delete;
  Registry& operator=(const Registry&) = delete;

  Counter& GetCounter(absl::string_view name, absl::string_view help, Labels labels = {});
  Gauge& GetGauge(absl::string_view name, absl::string_view help, Labels labels = {});
  Histogram& GetHistogram(absl::string_view name, absl::string_view help,
                          std::vector<double> bounds, Labels labels = {});

  // Everything there is, families sorted by name. Each number was right at some moment of the
  // call; two numbers need not be of the same moment.
  std::vector<Family> Read() const;

 private:
  // One of the three, by the type of the family.
  struct Series {
    std::unique_ptr<Counter> counter;
    std::unique_ptr<Gauge> gauge;
    std::unique_ptr<Histogram> histogram;
  };
  struct Entry {
    std::string help;
    Type type = Type::kCounter;
    std::vector<double> bounds;
    std::map<Labels, Series> series;
  };

  Series& Get(absl::string_view name, absl::string_view help, Type type,
              const std::vector<double>& bounds, Labels labels) WINNOW_REQUIRES(mutex_);

  mutable Mutex mutex_;
  std::map<std::string, Entry, std::less<>> entries_ WINNOW_GUARDED_BY(mutex_);
};

}  // namespace winnow::metrics
