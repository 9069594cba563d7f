// Helpers for tests that look at what was logged.
#pragma once

#include <string>
#include <vector>

#include "common/base/log.h"
#include "common/base/mutex.h"

namespace winnow {

// Keeps what is logged, instead of writing it, as long as it lives. Thread-safe.
class CapturedLog final : public LogSink {
 public:
  CapturedLog() : previous_(SetLogSink(this)) {}
  ~CapturedLog() override { SetLogSink(previous_); }

  void Write(const LogRecord& record) override {
    MutexLock lock(mutex_);
    records_.push_back(record);
  }

  std::vector<LogRecord> records() const {
    MutexLock lock(mutex_);
    return records_;
  }

 private:
  LogSink* const previous_;
  mutable Mutex mutex_;
  std::vector<LogRecord> records_ WINNOW_GUARDED_BY(mutex_);
};

// The value of the field `key`, or an empty string.
inline std::string FieldOf(const LogRecord& record, absl::string_view key) {
  for (const LogField& field : record.fields)
    if (field.key == key) return field.value;
  return "";
}

}  // namespace winnow
