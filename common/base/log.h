// One-line structured messages on standard error: "2026-01-02T03:04:05Z level message".
#pragma once

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"

namespace winnow {

enum class LogLevel { kInfo, kWarning, kError };

// Messages below `level` are dropped. Thread-safe. Default: kInfo.
void SetLogLevel(LogLevel level);

// Thread-safe; one write per message.
void LogMessage(LogLevel level, absl::string_view message);

template <typename... Parts>
void LogInfo(const Parts&... parts) {
  LogMessage(LogLevel::kInfo, absl::StrCat(parts...));
}
template <typename... Parts>
void LogWarning(const Parts&... parts) {
  LogMessage(LogLevel::kWarning, absl::StrCat(parts...));
}
template <typename... Parts>
void LogError(const Parts&... parts) {
  LogMessage(LogLevel::kError, absl::StrCat(parts...));
}

}  // namespace winnow
