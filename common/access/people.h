// Everybody who may call.
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "common/access/caller.h"
#include "common/access/people_file.h"
#include "common/access/throttle.h"
#include "common/base/clock.h"
#include "common/base/metrics.h"
#include "common/base/mutex.h"
#include "common/base/repeating_thread.h"
#include "common/oidc/verifier.h"

namespace winnow::access {

// Follows the people file, in every service, and asks an issuer's keys about tokens that are not
// ours. Thread-safe; no call waits for the disk but Refresh.
//
// It fails closed: once there was a file, the system is never open again as long as the process
// lives. When the file vanishes or cannot be read, those whom it listed last are known; when the
// first one there is cannot be read, nobody is. Both are logged ("people_not_read").
//
// Metrics: winnow_sign_ins_failed_total{reason}.
class People {
 public:
  static constexpr absl::Duration kPoll = absl::Milliseconds(200);

  // The file is read here, and then every `poll` on a thread of its own: it is small, and neither
  // its inode nor its time tells all changes apart. Not OK when there is one that cannot be read
  // (ReadPeopleFile, Roster::Parse). `issuer` is null when there is none. `registry` and `clock`
  // must outlive it.
  static absl::StatusOr<std::unique_ptr<People>> Follow(
      const std::filesystem::path& directory, metrics::Registry& registry,
      const Clock& clock = SystemClock::Get(), absl::Duration poll = kPoll,
      std::unique_ptr<oidc::Verifier> issuer = nullptr);

  // Whether nobody was ever registered, and there is no issuer: then everybody may do everything,
  // and nobody signs in.
  bool IsOpen() const;

  // Who has this token. `peer` is the caller's address as gRPC tells it. Otherwise
  // Unauthenticated, with the reason
  //   NO_TOKEN       there is none,
  //   UNKNOWN_TOKEN  nobody has it, or has it any more,
  //   DISABLED       its holder may do nothing for now,
  //   INVALID_TOKEN and so on (oidc::Verifier), where it is not one of ours, and there is an
  //   issuer,
  // or, instead of all but the first, ResourceExhausted (TOO_MANY_SIGN_INS) with a delay, when this
  // address has failed too often (Throttle). A token that is good is never slowed down.
  // PermissionDenied for one of the issuer that stands for nobody (CallerOf); Unavailable (NO_KEYS)
  // while nobody can tell.
  absl::StatusOr<Caller> Authenticate(absl::string_view token, absl::string_view peer);

  // Looks at the file now. For the process that writes it, to know a change at once.
  void Refresh();

 private:
  // Immutable.
  struct Snapshot {
    explicit Snapshot(Roster from);
    // Null when nobody has it.
    const Person* FindToken(absl::string_view token) const;

    const Roster roster;
    // By the first 8 bytes of the hash.
    std::multimap<uint64_t, const Person*> by_hash;
  };

  People(std::filesystem::path file, metrics::Registry& registry, const Clock& clock,
         std::unique_ptr<oidc::Verifier> issuer);
  // Authenticate, without what follows from a failure. REQUIRES: there is a token.
  absl::StatusOr<Caller> Identify(absl::string_view token);
  absl::StatusOr<Caller> IdentifyByIssuer(absl::string_view token, const Snapshot* snapshot);
  // Null before the first file.
  std::shared_ptr<const Snapshot> Current() const WINNOW_EXCLUDES(mutex_);
  void Publish(Roster roster) WINNOW_EXCLUDES(mutex_);
  absl::Status Read() WINNOW_REQUIRES(reading_);

  const std::filesystem::path file_;
  metrics::Registry& registry_;
  const std::unique_ptr<oidc::Verifier> issuer_;
  Throttle throttle_;

  // Taken before the other one.
  Mutex reading_;
  // What was read last, of those that could be.
  std::string json_ WINNOW_GUARDED_BY(reading_);
  // Why it cannot be read now; logged once.
  std::string complaint_ WINNOW_GUARDED_BY(reading_);

  mutable Mutex mutex_;
  std::shared_ptr<const Snapshot> snapshot_ WINNOW_GUARDED_BY(mutex_);
  std::optional<RepeatingThread> watcher_;
};

}  // namespace winnow::access
