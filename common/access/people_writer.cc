#include "common/access/people_writer.h"

#include "absl/strings/str_cat.h"
#include "common/access/token.h"
#include "common/base/names.h"
#include "common/base/status.h"
#include "common/text/utf8.h"

namespace winnow::access {
namespace {

namespace fs = std::filesystem;

constexpr absl::string_view kLockFile = ".lock";

absl::Status UnknownPerson(absl::string_view name, const Roster& roster) {
  std::vector<std::string> names;
  for (const auto& [known, person] : roster.people) names.push_back(known);
  return WithReason(absl::NotFoundError(absl::StrCat("nobody is registered as \"", name, "\".",
                                                     DidYouMean(name, names))),
                    "UNKNOWN_PERSON");
}

// The roster on disk; an empty one when there is none.
absl::StatusOr<Roster> Load(const fs::path& file) {
  const absl::StatusOr<std::string> json = ReadPeopleFile(file);
  if (absl::IsNotFound(json.status())) return Roster();
  if (!json.ok()) return json.status();
  return Roster::Parse(*json);
}

}  // namespace

absl::StatusOr<std::unique_ptr<PeopleWriter>> PeopleWriter::Open(const fs::path& directory,
                                                                 const Clock& clock) {
  WINNOW_RETURN_IF_ERROR(MakeAccessDirectory(directory));
  WINNOW_ASSIGN_OR_RETURN(FileLock lock, FileLock::Take(directory / std::string(kLockFile),
                                                        directory.string(), /*mode=*/0600));
  const fs::path file = directory / std::string(kPeopleFile);
  WINNOW_ASSIGN_OR_RETURN(Roster roster, Load(file));
  return std::unique_ptr<PeopleWriter>(
      new PeopleWriter(file, std::move(lock), std::move(roster), clock));
}

absl::StatusOr<std::string> PeopleWriter::Add(absl::string_view name, Role role) {
  WINNOW_RETURN_IF_ERROR(ValidatePerson(name));
  if (text::FindInvalidUtf8(name) != absl::string_view::npos)
    return absl::InvalidArgumentError("the name of a person is no UTF-8");
  WINNOW_ASSIGN_OR_RETURN(std::string token, MakeToken());
  MutexLock lock(mutex_);
  if (roster_.removed.contains(name)) {
    return WithReason(
        absl::FailedPreconditionError(absl::StrCat(
            "\"", name,
            "\" was removed, and the answers of that time keep the name: take another")),
        "PERSON_REMOVED");
  }
  Roster next = roster_;
  const Person person{std::string(name), role, false, clock_.Now(), HashToken(token)};
  if (!next.people.emplace(person.name, person).second) {
    return WithReason(absl::AlreadyExistsError(
                          absl::StrCat("\"", name, "\" is registered already; a token that is ",
                                       "lost is replaced by rotating it")),
                      "PERSON_EXISTS");
  }
  WINNOW_RETURN_IF_ERROR(Replace(std::move(next)));
  return token;
}

absl::StatusOr<std::string> PeopleWriter::RotateToken(absl::string_view name) {
  WINNOW_ASSIGN_OR_RETURN(std::string token, MakeToken());
  WINNOW_RETURN_IF_ERROR(Change(name, [&](Person& person) {
    person.token_hash = HashToken(token);
    return absl::OkStatus();
  }));
  return token;
}

absl::Status PeopleWriter::Disable(absl::string_view name) {
  return Change(name, [](Person& person) {
    person.disabled = true;
    return absl::OkStatus();
  });
}

absl::Status PeopleWriter::Enable(absl::string_view name) {
  return Change(name, [](Person& person) {
    person.disabled = false;
    return absl::OkStatus();
  });
}

absl::Status PeopleWriter::SetRole(absl::string_view name, Role role) {
  return Change(name, [role](Person& person) {
    if ((person.role == Role::kService) != (role == Role::kService)) {
      return absl::InvalidArgumentError(
          "a person becomes no service, and a service no person: add another");
    }
    person.role = role;
    return absl::OkStatus();
  });
}

absl::Status PeopleWriter::Remove(absl::string_view name) {
  MutexLock lock(mutex_);
  if (roster_.removed.contains(name)) return absl::OkStatus();
  Roster next = roster_;
  const auto it = next.people.find(name);
  if (it == next.people.end()) return UnknownPerson(name, roster_);
  next.people.erase(it);
  next.removed.emplace(name, clock_.Now());
  return Replace(std::move(next));
}

absl::StatusOr<Person> PeopleWriter::Get(absl::string_view name) const {
  MutexLock lock(mutex_);
  const auto it = roster_.people.find(name);
  if (it == roster_.people.end()) return UnknownPerson(name, roster_);
  return it->second;
}

std::vector<Person> PeopleWriter::List() const {
  MutexLock lock(mutex_);
  std::vector<Person> people;
  for (const auto& [name, person] : roster_.people) people.push_back(person);
  return people;
}

absl::Status PeopleWriter::Change(absl::string_view name,
                                  absl::FunctionRef<absl::Status(Person&)> change) {
  MutexLock lock(mutex_);
  Roster next = roster_;
  const auto it = next.people.find(name);
  if (it == next.people.end()) return UnknownPerson(name, roster_);
  WINNOW_RETURN_IF_ERROR(change(it->second));
  return Replace(std::move(next));
}

absl::Status PeopleWriter::Replace(Roster next) {
  if (!next.HasAdmin()) {
    return WithReason(
        absl::FailedPreconditionError(
            roster_.people.empty()
                ? "the first to be registered must be an admin, who can add everybody else"
                : "no admin would be left who can sign in: make somebody else an admin first"),
        "NO_ADMIN");
  }
  const std::string json = next.ToJson();
  if (json.size() > kMaxPeopleFileBytes)
    return absl::ResourceExhaustedError("there are more people than one system can have");
  WINNOW_RETURN_IF_ERROR(WriteFileAtomically(file_, json, 0600));
  roster_ = std::move(next);
  return absl::OkStatus();
}

}  // namespace winnow::access
