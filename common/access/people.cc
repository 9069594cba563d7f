#include "common/access/people.h"

#include <cstring>
#include <utility>

#include "absl/strings/str_cat.h"
#include "common/access/token.h"
#include "common/base/log.h"
#include "common/base/status.h"

namespace winnow::access {
namespace {

constexpr absl::string_view kNoToken = "NO_TOKEN";
constexpr absl::string_view kUnknownToken = "UNKNOWN_TOKEN";
constexpr absl::string_view kDisabled = "DISABLED";
constexpr absl::string_view kTooMany = "TOO_MANY_SIGN_INS";

metrics::Counter& FailuresOf(metrics::Registry& registry, absl::string_view reason) {
  return registry.GetCounter("winnow_sign_ins_failed_total", "Calls that did not say who calls.",
                             {{"reason", std::string(reason)}});
}

uint64_t PrefixOf(const Digest256& hash) {
  uint64_t prefix;
  std::memcpy(&prefix, hash.data(), sizeof prefix);
  return prefix;
}

absl::Status Refuse(metrics::Counter& counter, absl::string_view reason,
                    absl::string_view message) {
  counter.Add();
  return WithReason(absl::UnauthenticatedError(message), reason);
}

}  // namespace

People::Snapshot::Snapshot(Roster from) : roster(std::move(from)) {
  for (const auto& [name, person] : roster.people)
    by_hash.emplace(PrefixOf(person.token_hash), &person);
}

const Person* People::Snapshot::FindToken(absl::string_view token) const {
  const Digest256 hash = HashToken(token);
  const auto [begin, end] = by_hash.equal_range(PrefixOf(hash));
  for (auto it = begin; it != end; ++it)
    if (SameHash(it->second->token_hash, hash)) return it->second;
  return nullptr;
}

absl::StatusOr<std::unique_ptr<People>> People::Follow(const std::filesystem::path& directory,
                                                       metrics::Registry& registry,
                                                       const Clock& clock, absl::Duration poll) {
  std::unique_ptr<People> people(
      new People(directory / std::string(kPeopleFile), registry, clock, poll));
  {
    MutexLock lock(people->reading_);
    const absl::Status read = people->Read();
    if (!read.ok() && !absl::IsNotFound(read)) return read;
  }
  people->watcher_ = std::thread([follower = people.get()] { follower->Watch(); });
  return people;
}

People::People(std::filesystem::path file, metrics::Registry& registry, const Clock& clock,
               absl::Duration poll)
    : file_(std::move(file)),
      poll_(poll),
      throttle_(clock),
      no_token_(FailuresOf(registry, kNoToken)),
      unknown_token_(FailuresOf(registry, kUnknownToken)),
      disabled_(FailuresOf(registry, kDisabled)),
      too_many_(FailuresOf(registry, kTooMany)) {}

People::~People() {
  {
    MutexLock lock(mutex_);
    stopping_ = true;
  }
  stop_changed_.NotifyAll();
  if (watcher_.joinable()) watcher_.join();
}

bool People::IsOpen() const { return Current() == nullptr; }

absl::StatusOr<Caller> People::Authenticate(absl::string_view token, absl::string_view peer) {
  if (token.empty()) {
    return Refuse(no_token_, kNoToken,
                  "only people who are registered may do this: send your token, or ask an admin "
                  "for one");
  }
  const std::shared_ptr<const Snapshot> snapshot = Current();
  const Person* person = snapshot == nullptr ? nullptr : snapshot->FindToken(token);
  if (person != nullptr && !person->disabled) return Caller{person->name, person->role};

  const absl::Duration wait = throttle_.Fail(AddressOf(peer));
  if (wait > absl::ZeroDuration()) {
    too_many_.Add();
    return WithRetryAfter(
        WithReason(absl::ResourceExhaustedError(
                       absl::StrCat("too many tokens from your address were no good: try again in ",
                                    absl::FormatDuration(absl::Ceil(wait, absl::Seconds(1))))),
                   kTooMany),
        wait);
  }
  if (person == nullptr) {
    return Refuse(unknown_token_, kUnknownToken,
                  "nobody has this token: it is misspelt, or was replaced or taken away; ask an "
                  "admin for a new one");
  }
  return Refuse(disabled_, kDisabled,
                absl::StrCat("\"", person->name, "\" is disabled: ask an admin"));
}

std::shared_ptr<const People::Snapshot> People::Current() const {
  MutexLock lock(mutex_);
  return snapshot_;
}

void People::Publish(Roster roster) {
  auto next = std::make_shared<const Snapshot>(std::move(roster));
  MutexLock lock(mutex_);
  // The old one is freed after the lock.
  snapshot_.swap(next);
}

absl::Status People::Read() {
  WINNOW_ASSIGN_OR_RETURN(std::string json, ReadPeopleFile(file_));
  if (json == json_) return absl::OkStatus();
  WINNOW_ASSIGN_OR_RETURN(Roster roster, Roster::Parse(json));
  LogEvent(LogLevel::kInfo, "people_read",
           {{"people", roster.people.size()}, {"removed", roster.removed.size()}});
  Publish(std::move(roster));
  json_ = std::move(json);
  return absl::OkStatus();
}

void People::Refresh() {
  MutexLock lock(reading_);
  const absl::Status read = Read();
  if (read.ok() || (absl::IsNotFound(read) && IsOpen())) {
    complaint_.clear();
    return;
  }
  if (IsOpen()) Publish(Roster());
  if (read.message() == complaint_) return;
  complaint_ = std::string(read.message());
  LogEvent(LogLevel::kError, "people_not_read", {{"error", complaint_}});
}

void People::Watch() {
  while (true) {
    {
      MutexLock lock(mutex_);
      if (!stopping_) stop_changed_.WaitFor(mutex_, absl::ToChronoMilliseconds(poll_));
      if (stopping_) return;
    }
    Refresh();
  }
}

}  // namespace winnow::access
