#include "common/base/log.h"

#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/escaping.h"
#include "absl/time/clock.h"

namespace winnow {
namespace {

std::atomic<LogLevel> minimum_level{LogLevel::kInfo};
std::atomic<LogSink*> log_sink{nullptr};

absl::string_view Name(LogLevel level) {
  switch (level) {
    case LogLevel::kInfo:
      return "info";
    case LogLevel::kWarning:
      return "warning";
    case LogLevel::kError:
      return "error";
  }
  return "";
}

bool HasControl(absl::string_view text) {
  return std::any_of(text.begin(), text.end(),
                     [](unsigned char c) { return absl::ascii_iscntrl(c) != 0; });
}

std::string Value(const std::string& value) {
  const bool plain =
      !value.empty() && value.find_first_of(" \"\\=") == std::string::npos && !HasControl(value);
  return plain ? value : absl::StrCat("\"", absl::Utf8SafeCEscape(value), "\"");
}

}  // namespace

std::string FormatLogText(const LogRecord& record) {
  std::string line =
      absl::StrCat(absl::FormatTime("%Y-%m-%dT%H:%M:%E3SZ", record.time, absl::UTCTimeZone()), " ",
                   Name(record.level), " ",
                   HasControl(record.event) ? absl::Utf8SafeCEscape(record.event) : record.event);
  for (const LogField& field : record.fields)
    absl::StrAppend(&line, " ", field.key, "=", Value(field.value));
  return line;
}

LogSink* SetLogSink(LogSink* sink) { return log_sink.exchange(sink); }

void SetLogLevel(LogLevel level) { minimum_level = level; }

void LogEvent(LogLevel level, absl::string_view event, std::vector<LogField> fields) {
  if (level < minimum_level) return;
  const LogRecord record{level, absl::Now(), std::string(event), std::move(fields)};
  if (LogSink* sink = log_sink; sink != nullptr) return sink->Write(record);
  const std::string line = FormatLogText(record) + "\n";
  [[maybe_unused]] const ssize_t written = write(STDERR_FILENO, line.data(), line.size());
}

}  // namespace winnow
