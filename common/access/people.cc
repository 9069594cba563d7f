#include "common/access/people.h"

#include <cstring>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "common/access/token.h"
#include "common/base/log.h"
#include "common/base/status.h"

namespace winnow::access {
namespace {

void Count(metrics::Registry& registry, absl::string_view reason) {
  registry
      .GetCounter("winnow_sign_ins_failed_total", "Calls that did not say who calls.",
                  {{"reason", std::string(reason)}})
      .Add();
}

uint64_t PrefixOf(const Digest256& hash) {
  uint64_t prefix;
  std::memcpy(&prefix, hash.data(), sizeof prefix);
  return prefix;
}

absl::Status Refuse(absl::string_view reason, absl::string_view message) {
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
                                                       const Clock& clock, absl::Duration poll,
                                                       std::unique_ptr<oidc::Verifier> issuer) {
  std::unique_ptr<People> people(
      new People(directory / std::string(kPeopleFile), registry, clock, std::move(issuer)));
  {
    MutexLock lock(people->reading_);
    const absl::Status read = people->Read();
    if (!read.ok() && !absl::IsNotFound(read)) return read;
  }
  people->watcher_.emplace(
      poll, [follower = people.get()](const std::stop_token&) { follower->Refresh(); });
  return people;
}

People::People(std::filesystem::path file, metrics::Registry& registry, const Clock& clock,
               std::unique_ptr<oidc::Verifier> issuer)
    : file_(std::move(file)), registry_(registry), issuer_(std::move(issuer)), throttle_(clock) {}

bool People::IsOpen() const { return Current() == nullptr && issuer_ == nullptr; }

absl::StatusOr<Caller> People::Authenticate(absl::string_view token, absl::string_view peer) {
  if (token.empty()) {
    Count(registry_, "NO_TOKEN");
    return Refuse("NO_TOKEN",
                  "only people who are registered may do this: send your token, or ask an admin "
                  "for one");
  }
  absl::StatusOr<Caller> caller = Identify(token);
  if (!absl::IsUnauthenticated(caller.status())) return caller;
  const absl::Duration wait = throttle_.Fail(AddressOf(peer));
  if (wait <= absl::ZeroDuration()) {
    Count(registry_, ReasonOf(caller.status()));
    return caller;
  }
  constexpr absl::string_view kTooMany = "TOO_MANY_SIGN_INS";
  Count(registry_, kTooMany);
  return WithRetryAfter(
      WithReason(absl::ResourceExhaustedError(
                     absl::StrCat("too many tokens from your address were no good: try again in ",
                                  absl::FormatDuration(absl::Ceil(wait, absl::Seconds(1))))),
                 kTooMany),
      wait);
}

absl::StatusOr<Caller> People::Identify(absl::string_view token) {
  const std::shared_ptr<const Snapshot> snapshot = Current();
  if (issuer_ != nullptr && !absl::StartsWith(token, kTokenPrefix))
    return IdentifyByIssuer(token, snapshot.get());
  const Person* person = snapshot == nullptr ? nullptr : snapshot->FindToken(token);
  if (person == nullptr) {
    return Refuse("UNKNOWN_TOKEN",
                  "nobody has this token: it is misspelt, or was replaced or taken away; ask an "
                  "admin for a new one");
  }
  if (!person->disabled) return Caller{person->name, person->role};
  return Refuse("DISABLED", absl::StrCat("\"", person->name, "\" is disabled: ask an admin"));
}

absl::StatusOr<Caller> People::IdentifyByIssuer(absl::string_view token, const Snapshot* snapshot) {
  WINNOW_ASSIGN_OR_RETURN(const auto identity, issuer_->Verify(token));
  static const Roster nobody;
  return CallerOf(*identity, snapshot == nullptr ? nobody : snapshot->roster);
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
  const bool is_first = Current() == nullptr;
  if (read.ok() || (absl::IsNotFound(read) && is_first)) {
    complaint_.clear();
    return;
  }
  if (is_first) Publish(Roster());
  if (read.message() == complaint_) return;
  complaint_ = std::string(read.message());
  LogEvent(LogLevel::kError, "people_not_read", {{"error", complaint_}});
}

}  // namespace winnow::access
