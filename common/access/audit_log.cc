#include "common/access/audit_log.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <nlohmann/json.hpp>
#include <utility>

#include "absl/strings/str_cat.h"
#include "common/access/people_file.h"
#include "common/base/file.h"
#include "common/base/status.h"
#include "common/base/step.h"
#include "common/text/utf8.h"

namespace winnow::access {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::ordered_json;

constexpr absl::string_view kAuditFile = "audit.jsonl";
constexpr size_t kBlockBytes = size_t{1} << 16;
// More than any line that Append writes: a byte takes at most the 6 of "\u001f".
constexpr size_t kMaxLineBytes = size_t{1} << 16;

// The texts of an event and their keys.
constexpr std::pair<const char*, std::string AuditEvent::*> kFields[] = {
    {"person", &AuditEvent::person},        {"role", &AuditEvent::role},
    {"address", &AuditEvent::address},      {"action", &AuditEvent::action},
    {"object", &AuditEvent::object},        {"outcome", &AuditEvent::outcome},
    {"request_id", &AuditEvent::request_id}};

std::string Cut(const std::string& text) {
  if (text.size() <= kMaxAuditFieldBytes) return text;
  size_t end = kMaxAuditFieldBytes;
  while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0) == 0x80) --end;
  return absl::StrCat(text.substr(0, end), "...");
}

std::string ToLine(const AuditEvent& event) {
  Json object = {{"time", absl::FormatTime(absl::RFC3339_full, event.time, absl::UTCTimeZone())}};
  for (const auto& [key, field] : kFields) object[key] = Cut(event.*field);
  return object.dump(-1, ' ', false, Json::error_handler_t::replace) + "\n";
}

absl::StatusOr<AuditEvent> ParseLine(absl::string_view line) {
  try {
    const Json object = Json::parse(line.begin(), line.end());
    AuditEvent event;
    std::string why;
    if (!absl::ParseTime(absl::RFC3339_full, object.at("time").get<std::string>(), &event.time,
                         &why))
      return absl::DataLossError(why);
    for (const auto& [key, field] : kFields) object.at(key).get_to(event.*field);
    return event;
  } catch (const nlohmann::json::exception& error) {
    return absl::DataLossError(text::ReplaceInvalidUtf8(error.what()));
  }
}

// The whole lines of a file, last first. Not thread-safe.
class LinesBackwards {
 public:
  // Those before `end`. REQUIRES: the file is at least as long.
  LinesBackwards(int fd, uint64_t end) : fd_(fd), begin_(end) {}

  // Goes to the line before. False when there is none.
  absl::StatusOr<bool> Next() {
    // What follows the last line break is no whole line.
    if (!std::exchange(entered_, true)) WINNOW_RETURN_IF_ERROR(Step().status());
    return Step();
  }

  const std::string& line() const { return line_; }
  uint64_t position() const { return position_; }
  // Then line() is its beginning.
  bool too_long() const { return too_long_; }

 private:
  absl::StatusOr<bool> Step() {
    if (done_) return false;
    too_long_ = false;
    size_t line_break;
    while ((line_break = unread_.rfind('\n')) == std::string::npos && begin_ > 0) {
      if (unread_.size() > kMaxLineBytes) {
        too_long_ = true;
        unread_.clear();
      }
      WINNOW_RETURN_IF_ERROR(ReadBlock());
    }
    done_ = line_break == std::string::npos;
    const size_t start = done_ ? 0 : line_break + 1;
    line_ = unread_.substr(start);
    position_ = begin_ + start;
    unread_.resize(done_ ? 0 : line_break);
    return true;
  }

  absl::Status ReadBlock() {
    std::string block(std::min<uint64_t>(begin_, kBlockBytes), '\0');
    begin_ -= block.size();
    for (size_t got = 0; got < block.size();) {
      const ssize_t n =
          pread(fd_, block.data() + got, block.size() - got, static_cast<off_t>(begin_ + got));
      if (n < 0 && errno == EINTR) continue;
      if (n < 0) return absl::ErrnoToStatus(errno, absl::StrCat("cannot read ", kAuditFile));
      if (n == 0) return absl::DataLossError(absl::StrCat(kAuditFile, " was shortened"));
      got += static_cast<size_t>(n);
    }
    unread_.insert(0, block);
    return absl::OkStatus();
  }

  const int fd_;
  // Of `unread_` in the file: what was read of the bytes before the current line and its break.
  uint64_t begin_;
  std::string unread_;
  std::string line_;
  uint64_t position_ = 0;
  bool entered_ = false;
  bool too_long_ = false;
  bool done_ = false;
};

AuditRecord ToRecord(const LinesBackwards& lines) {
  absl::StatusOr<AuditEvent> event =
      lines.too_long() ? absl::DataLossError("it is too long") : ParseLine(lines.line());
  if (event.ok()) return {lines.position(), std::move(event)};
  return {lines.position(),
          absl::DataLossError(absl::StrCat("the line at byte ", lines.position(), " of ",
                                           kAuditFile, " is damaged: ", event.status().message()))};
}

bool Passes(const AuditRecord& record, const AuditFilter& filter) {
  if (!record.event.ok()) return true;
  const AuditEvent& event = *record.event;
  return (filter.person.empty() || event.person == filter.person) &&
         (filter.action.empty() || event.action == filter.action) && event.time >= filter.since;
}

}  // namespace

absl::StatusOr<std::unique_ptr<AuditLog>> AuditLog::Open(const fs::path& directory) {
  WINNOW_RETURN_IF_ERROR(MakeAccessDirectory(directory));
  const fs::path file = directory / std::string(kAuditFile);
  const int fd = open(file.c_str(), O_RDWR | O_APPEND | O_CREAT | O_CLOEXEC, 0600);
  if (fd < 0) return absl::ErrnoToStatus(errno, absl::StrCat("cannot open ", file.string()));
  std::unique_ptr<AuditLog> log(new AuditLog(file, fd));
  WINNOW_RETURN_IF_ERROR(SyncDirectory(directory));
  return log;
}

AuditLog::~AuditLog() { close(fd_); }

absl::StatusOr<uint64_t> AuditLog::Size() const {
  struct stat info;
  if (fstat(fd_, &info) == 0) return static_cast<uint64_t>(info.st_size);
  return absl::ErrnoToStatus(errno, absl::StrCat("cannot stat ", file_.string()));
}

absl::Status AuditLog::Append(const AuditEvent& event) {
  std::string line = ToLine(event);
  // After the beginning of a line whose process died, or whose disk was full. Where another process
  // is writing just now, it makes an empty line, which nobody sees.
  WINNOW_ASSIGN_OR_RETURN(const uint64_t size, Size());
  char last = '\n';
  if (size > 0 && pread(fd_, &last, 1, static_cast<off_t>(size - 1)) == 1 && last != '\n')
    line.insert(0, "\n");
  BeforeStep("write");
  ssize_t written;
  do {
    written = write(fd_, line.data(), line.size());
  } while (written < 0 && errno == EINTR);
  if (written >= 0 && static_cast<size_t>(written) < line.size())
    return absl::ResourceExhaustedError(absl::StrCat("the disk of ", file_.string(), " is full"));
  if (written < 0 || fdatasync(fd_) != 0)
    return absl::ErrnoToStatus(errno, absl::StrCat("cannot write to ", file_.string()));
  return absl::OkStatus();
}

absl::StatusOr<std::vector<AuditRecord>> AuditLog::List(const AuditFilter& filter, uint64_t before,
                                                        size_t limit) const {
  WINNOW_ASSIGN_OR_RETURN(const uint64_t size, Size());
  LinesBackwards lines(fd_, std::min(before, size));
  std::vector<AuditRecord> records;
  while (records.size() < limit) {
    WINNOW_ASSIGN_OR_RETURN(const bool found, lines.Next());
    if (!found) break;
    if (lines.line().empty() && !lines.too_long()) continue;
    AuditRecord record = ToRecord(lines);
    if (Passes(record, filter)) records.push_back(std::move(record));
  }
  return records;
}

}  // namespace winnow::access
