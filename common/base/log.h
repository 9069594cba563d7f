// One event a line on standard error, for whoever operates the programs:
//
//   2026-01-02T03:04:05.678Z info queue_opened queue=titles texts=20000 ms=41
//
// Fields tell names, numbers and ids, never the text of an example, never a token.
#pragma once

#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"

namespace winnow {

enum class LogLevel { kInfo, kWarning, kError };

// "key=value" of an event. A value is a string or a number.
struct LogField {
  LogField(absl::string_view field_key, const absl::AlphaNum& field_value)
      : key(field_key), value(field_value.Piece()) {}

  std::string key;
  std::string value;
};

struct LogRecord {
  LogLevel level = LogLevel::kInfo;
  absl::Time time;
  // A name in snake_case; a whole sentence where the event has no name yet.
  std::string event;
  std::vector<LogField> fields;
};

// The line of a record, without a line break at its end. Values with blanks, quotes or nothing in
// them are quoted; control characters are escaped, so that a record is always one line.
std::string FormatLogText(const LogRecord& record);

// Takes the records, in the threads that log. Must be thread-safe and must not log.
class LogSink {
 public:
  virtual ~LogSink() = default;
  virtual void Write(const LogRecord& record) = 0;
};

// Writes to `sink` from now on, or, for null, to standard error as FormatLogText says, which is the
// default. Returns the sink that was set, or null. The sink must outlive its use. Thread-safe.
LogSink* SetLogSink(LogSink* sink);

// Records below `level` are dropped. Thread-safe. Default: kInfo.
void SetLogLevel(LogLevel level);

// LogEvent(LogLevel::kInfo, "queue_opened", {{"queue", name}, {"texts", texts.size()}});
// Thread-safe; one write per event.
void LogEvent(LogLevel level, absl::string_view event, std::vector<LogField> fields = {});

template <typename... Parts>
void LogInfo(const Parts&... parts) {
  LogEvent(LogLevel::kInfo, absl::StrCat(parts...));
}
template <typename... Parts>
void LogWarning(const Parts&... parts) {
  LogEvent(LogLevel::kWarning, absl::StrCat(parts...));
}
template <typename... Parts>
void LogError(const Parts&... parts) {
  LogEvent(LogLevel::kError, absl::StrCat(parts...));
}

}  // namespace winnow
