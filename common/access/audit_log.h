// Who did what: audit.jsonl in the directory DATA/access, one event a line, the newest last. It is
// only ever appended to, by any number of processes; each keeps the file that it has opened.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <limits>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"

namespace winnow::access {

// Each text is UTF-8. What is longer than kMaxAuditFieldBytes is cut when it is written, and ends
// in "...".
struct AuditEvent {
  absl::Time time;
  // Name and role of the caller; both empty while the system is open.
  std::string person;
  std::string role;
  std::string address;
  // The method: "winnow.training.v1.TrainingService/PromoteModel".
  std::string action;
  // What was acted upon: "job_titles@3".
  std::string object;
  // "ok", or the code of the status: "PERMISSION_DENIED".
  std::string outcome;
  std::string request_id;
};

inline constexpr size_t kMaxAuditFieldBytes = 512;

// A line of the log.
struct AuditRecord {
  // Of its first byte in the file: its name, for good.
  uint64_t position = 0;
  // DataLoss, with the position, when the line is damaged.
  absl::StatusOr<AuditEvent> event;
};

struct AuditFilter {
  // Of events; empty for all.
  std::string person;
  std::string action;
  absl::Time since = absl::InfinitePast();
};

// Thread-safe.
class AuditLog {
 public:
  // Makes the directory and the file, for their owner alone, unless they are there.
  static absl::StatusOr<std::unique_ptr<AuditLog>> Open(const std::filesystem::path& directory);
  ~AuditLog();
  AuditLog(const AuditLog&) = delete;
  AuditLog& operator=(const AuditLog&) = delete;

  // On disk when it returns OK; otherwise (a full disk) perhaps in part, which is a damaged line.
  absl::Status Append(const AuditEvent& event);

  static constexpr uint64_t kEnd = std::numeric_limits<uint64_t>::max();

  // The newest records that pass the filter and lie before the position `before`, newest first, at
  // most `limit`. The next page is before the position of the last one. Damaged lines pass every
  // filter. What follows the last line break is not there yet. Reads back to the oldest that it
  // returns, and the whole file when fewer pass.
  absl::StatusOr<std::vector<AuditRecord>> List(const AuditFilter& filter, uint64_t before,
                                                size_t limit) const;

 private:
  AuditLog(std::filesystem::path file, int fd) : file_(std::move(file)), fd_(fd) {}
  absl::StatusOr<uint64_t> Size() const;

  const std::filesystem::path file_;
  const int fd_;
};

}  // namespace winnow::access
