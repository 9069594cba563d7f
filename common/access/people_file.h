// people.json, the one file that says who may use the services, in the directory DATA/access.
//
//   {"format": 1,
//    "people": [{"name": "anna", "role": "admin", "disabled": false,
//                "created": "2026-01-02T03:04:05Z", "token_sha256": "<64 hexadecimal digits>"}],
//    "removed": [{"name": "bert", "removed": "2026-02-03T04:05:06Z"}]}
//
// PeopleWriter alone writes it; any number of processes follow it (People). While there is none,
// the system is open: everybody may do everything.
#pragma once

#include <cstddef>
#include <filesystem>
#include <functional>
#include <map>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "common/access/role.h"
#include "common/base/hash.h"

namespace winnow::access {

inline constexpr absl::string_view kPeopleFile = "people.json";
inline constexpr size_t kMaxPeopleFileBytes = size_t{16} << 20;

// Somebody who has a token: a person, or a service of ours.
struct Person {
  std::string name;
  Role role = Role::kAnnotator;
  // Known, and may do nothing.
  bool disabled = false;
  absl::Time created;
  Digest256 token_hash{};
};

// Everybody.
struct Roster {
  // By name.
  std::map<std::string, Person, std::less<>> people;
  // When who was removed. Their answers keep their names, so nobody else gets one of these.
  std::map<std::string, absl::Time, std::less<>> removed;

  // Whether an admin can sign in.
  bool HasAdmin() const;

  std::string ToJson() const;
  // DataLoss that names the file for what ToJson does not write: no JSON, a name twice, one token
  // for two, nobody who is an admin and not disabled. FailedPrecondition for another format.
  static absl::StatusOr<Roster> Parse(absl::string_view json);
};

// The content of a people file. NotFound when there is none; FailedPrecondition with what to do
// when others than its owner may use it; DataLoss when it is larger than one can be.
absl::StatusOr<std::string> ReadPeopleFile(const std::filesystem::path& path);

// Makes DATA/access, for its owner alone, and what is above it, unless it is there.
absl::Status MakeAccessDirectory(const std::filesystem::path& directory);

}  // namespace winnow::access
