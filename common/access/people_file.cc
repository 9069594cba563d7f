#include "common/access/people_file.h"

#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <nlohmann/json.hpp>
#include <set>
#include <system_error>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "common/base/file.h"
#include "common/base/names.h"
#include "common/base/status.h"
#include "common/text/utf8.h"

namespace winnow::access {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::ordered_json;

constexpr int kFormat = 1;

absl::Status Damaged(absl::string_view why) {
  return absl::DataLossError(
      absl::StrCat(kPeopleFile, " is damaged: ", text::ReplaceInvalidUtf8(why)));
}

std::string TimeToText(absl::Time time) {
  return absl::FormatTime(absl::RFC3339_full, time, absl::UTCTimeZone());
}

absl::StatusOr<absl::Time> ReadTime(const Json& object, const char* key) {
  absl::Time time;
  std::string why;
  if (absl::ParseTime(absl::RFC3339_full, object.at(key).get<std::string>(), &time, &why))
    return time;
  return absl::InvalidArgumentError(absl::StrCat(key, ": ", why));
}

absl::StatusOr<std::string> ReadName(const Json& object) {
  auto name = object.at("name").get<std::string>();
  WINNOW_RETURN_IF_ERROR(ValidatePerson(name));
  return name;
}

absl::StatusOr<Digest256> ReadHash(const Json& object) {
  const auto hex = object.at("token_sha256").get<std::string>();
  Digest256 hash;
  if (hex.size() != 2 * hash.size() || !std::all_of(hex.begin(), hex.end(), absl::ascii_isxdigit))
    return absl::InvalidArgumentError("token_sha256 has no 64 hexadecimal digits");
  const std::string bytes = absl::HexStringToBytes(hex);
  std::copy(bytes.begin(), bytes.end(), hash.begin());
  return hash;
}

absl::StatusOr<Person> ReadPerson(const Json& object) {
  Person person;
  WINNOW_ASSIGN_OR_RETURN(person.name, ReadName(object));
  WINNOW_ASSIGN_OR_RETURN(person.role, ParseRole(object.at("role").get<std::string>()));
  person.disabled = object.at("disabled").get<bool>();
  WINNOW_ASSIGN_OR_RETURN(person.created, ReadTime(object, "created"));
  WINNOW_ASSIGN_OR_RETURN(person.token_hash, ReadHash(object));
  return person;
}

Json ToJsonValue(const Person& person) {
  const absl::string_view hash(reinterpret_cast<const char*>(person.token_hash.data()),
                               person.token_hash.size());
  return {{"name", person.name},
          {"role", std::string(RoleName(person.role))},
          {"disabled", person.disabled},
          {"created", TimeToText(person.created)},
          {"token_sha256", absl::BytesToHexString(hash)}};
}

// Throws like the library for what has another shape.
absl::StatusOr<Roster> ReadRoster(const Json& root) {
  Roster roster;
  std::set<Digest256> hashes;
  for (const Json& object : root.at("people")) {
    WINNOW_ASSIGN_OR_RETURN(Person person, ReadPerson(object));
    if (!hashes.insert(person.token_hash).second)
      return absl::InvalidArgumentError(absl::StrCat("somebody has ", person.name, "'s token"));
    const std::string name = person.name;
    if (!roster.people.emplace(name, std::move(person)).second)
      return absl::InvalidArgumentError(absl::StrCat("it has ", name, " twice"));
  }
  for (const Json& object : root.at("removed")) {
    WINNOW_ASSIGN_OR_RETURN(const std::string name, ReadName(object));
    WINNOW_ASSIGN_OR_RETURN(const absl::Time removed, ReadTime(object, "removed"));
    if (roster.people.contains(name) || !roster.removed.emplace(name, removed).second)
      return absl::InvalidArgumentError(absl::StrCat("it has ", name, " twice"));
  }
  if (!roster.HasAdmin()) return absl::InvalidArgumentError("it has no admin who can sign in");
  return roster;
}

}  // namespace

bool Roster::HasAdmin() const {
  return std::any_of(people.begin(), people.end(), [](const auto& entry) {
    return entry.second.role == Role::kAdmin && !entry.second.disabled;
  });
}

std::string Roster::ToJson() const {
  Json root = {{"format", kFormat}, {"people", Json::array()}, {"removed", Json::array()}};
  for (const auto& [name, person] : people) root["people"].push_back(ToJsonValue(person));
  for (const auto& [name, time] : removed)
    root["removed"].push_back({{"name", name}, {"removed", TimeToText(time)}});
  return root.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

absl::StatusOr<Roster> Roster::Parse(absl::string_view json) {
  try {
    const Json root = Json::parse(json.begin(), json.end());
    const Json& format = root.at("format");
    if (!format.is_number_unsigned()) return Damaged("format is no number");
    if (format != kFormat) {
      return absl::FailedPreconditionError(absl::StrCat(kPeopleFile, " has format ", format.dump(),
                                                        " of another version of winnow; ",
                                                        "this one knows format ", kFormat));
    }
    absl::StatusOr<Roster> roster = ReadRoster(root);
    if (!roster.ok()) return Damaged(roster.status().message());
    return roster;
  } catch (const nlohmann::json::exception& error) {
    return Damaged(error.what());
  }
}

absl::StatusOr<std::string> ReadPeopleFile(const fs::path& path) {
  struct stat info;
  if (stat(path.c_str(), &info) != 0)
    return absl::ErrnoToStatus(errno, absl::StrCat("cannot open ", path.string()));
  if (!S_ISREG(info.st_mode))
    return absl::FailedPreconditionError(absl::StrCat(path.string(), " is no file"));
  if ((info.st_mode & (S_IRWXG | S_IRWXO)) != 0) {
    return absl::FailedPreconditionError(
        absl::StrCat("others than its owner may use ", path.string(),
                     ", which says who has which token; forbid it: chmod 600 ", path.string()));
  }
  if (static_cast<size_t>(info.st_size) > kMaxPeopleFileBytes)
    return Damaged(absl::StrCat("it has more than ", kMaxPeopleFileBytes, " bytes"));
  return ReadFile(path);
}

absl::Status MakeAccessDirectory(const fs::path& directory) {
  std::error_code error;
  fs::create_directories(directory.parent_path(), error);
  if (mkdir(directory.c_str(), S_IRWXU) == 0 || errno == EEXIST) return absl::OkStatus();
  return absl::ErrnoToStatus(errno, absl::StrCat("cannot make ", directory.string()));
}

}  // namespace winnow::access
