#include "services/annotation/access_service.h"

#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "common/base/status.h"
#include "common/rpc/convert.h"
#include "common/rpc/page.h"

namespace winnow::annotation {

// Not v1, which is that of annotation.
namespace api = access::v1;

namespace {

api::Role ToApi(access::Role role) {
  switch (role) {
    case access::Role::kAnnotator:
      return api::ROLE_ANNOTATOR;
    case access::Role::kReviewer:
      return api::ROLE_REVIEWER;
    case access::Role::kManager:
      return api::ROLE_MANAGER;
    case access::Role::kAdmin:
      return api::ROLE_ADMIN;
    case access::Role::kService:
      return api::ROLE_SERVICE;
  }
  return api::ROLE_UNSPECIFIED;
}

absl::StatusOr<access::Role> FromApi(api::Role role) {
  switch (role) {
    case api::ROLE_ANNOTATOR:
      return access::Role::kAnnotator;
    case api::ROLE_REVIEWER:
      return access::Role::kReviewer;
    case api::ROLE_MANAGER:
      return access::Role::kManager;
    case api::ROLE_ADMIN:
      return access::Role::kAdmin;
    case api::ROLE_SERVICE:
      return access::Role::kService;
    default:
      break;
  }
  Violations violations;
  violations.Add("role", "must be one of annotator, reviewer, manager, admin and service");
  return violations.ToStatus("the request is refused");
}

api::Person ToApi(const access::Person& person) {
  api::Person result;
  result.set_name(person.name);
  result.set_role(ToApi(person.role));
  result.set_disabled(person.disabled);
  *result.mutable_create_time() = rpc::ToTimestamp(person.created);
  return result;
}

int32_t CodeOf(absl::string_view outcome) {
  for (int code = 0; code <= static_cast<int>(absl::StatusCode::kUnauthenticated); ++code) {
    if (absl::StatusCodeToString(static_cast<absl::StatusCode>(code)) == outcome) return code;
  }
  return 0;
}

api::AuditEvent ToApi(const access::AuditRecord& record) {
  api::AuditEvent result;
  if (!record.event.ok()) {
    result.set_problem(std::string(record.event.status().message()));
    return result;
  }
  const access::AuditEvent& event = *record.event;
  *result.mutable_time() = rpc::ToTimestamp(event.time);
  result.set_person(event.person);
  const absl::StatusOr<access::Role> role = access::ParseRole(event.role);
  if (role.ok()) result.set_role(ToApi(*role));
  result.set_address(event.address);
  result.set_method(event.action);
  result.set_object(event.object);
  result.set_code(CodeOf(event.outcome));
  result.set_request_id(event.request_id);
  return result;
}

// "PromoteModel" as the log has it; empty as it is. InvalidArgument where no method is called so.
absl::StatusOr<std::string> FullMethodName(const std::string& name) {
  if (name.empty()) return name;
  for (const rpc::MethodRow& row : rpc::kMethods) {
    if (row.name == name) return absl::StrCat(row.service, "/", row.name);
  }
  Violations violations;
  violations.Add("method", absl::StrCat("is '", name, "', and no method is called so"));
  return violations.ToStatus("the request is refused");
}

}  // namespace

absl::Status AccessServiceImpl::Changed(const absl::Status& change) {
  if (change.ok()) control_.people().Refresh();
  return change;
}

grpc::Status AccessServiceImpl::WhoAmI(grpc::ServerContext* context,
                                       const api::WhoAmIRequest* request,
                                       api::WhoAmIResponse* response) {
  return handlers_.Run("Access.WhoAmI", context, request,
                       [&](const access::Caller& caller) -> absl::Status {
                         response->set_open(control_.people().IsOpen());
                         if (caller.name.empty()) return absl::OkStatus();
                         response->set_name(caller.name);
                         response->set_role(ToApi(caller.role));
                         return absl::OkStatus();
                       });
}

grpc::Status AccessServiceImpl::CreatePerson(grpc::ServerContext* context,
                                             const api::CreatePersonRequest* request,
                                             api::CreatePersonResponse* response) {
  return handlers_.Run("Access.CreatePerson", context, request, [&]() -> absl::Status {
    WINNOW_ASSIGN_OR_RETURN(const access::Role role, FromApi(request->role()));
    const absl::StatusOr<std::string> token = writer_.Add(request->name(), role);
    WINNOW_RETURN_IF_ERROR(Changed(token.status()));
    response->set_token(*token);
    WINNOW_ASSIGN_OR_RETURN(const access::Person person, writer_.Get(request->name()));
    *response->mutable_person() = ToApi(person);
    return absl::OkStatus();
  });
}

grpc::Status AccessServiceImpl::ListPeople(grpc::ServerContext* context,
                                           const api::ListPeopleRequest* request,
                                           api::ListPeopleResponse* response) {
  return handlers_.Run("Access.ListPeople", context, request, [&]() -> absl::Status {
    return rpc::ListPage(
        *request, *response, *response->mutable_people(),
        [&](const std::string& after, size_t) -> absl::StatusOr<std::vector<access::Person>> {
          std::vector<access::Person> people = writer_.List();
          std::erase_if(people, [&](const access::Person& p) { return p.name <= after; });
          return people;
        },
        [](const access::Person& person) { return person.name; },
        [](const access::Person& person) { return absl::StatusOr<api::Person>(ToApi(person)); });
  });
}

grpc::Status AccessServiceImpl::UpdatePerson(grpc::ServerContext* context,
                                             const api::UpdatePersonRequest* request,
                                             api::Person* response) {
  return handlers_.Run("Access.UpdatePerson", context, request, [&]() -> absl::Status {
    const std::string& name = request->name();
    if (request->role() != api::ROLE_UNSPECIFIED) {
      WINNOW_ASSIGN_OR_RETURN(const access::Role role, FromApi(request->role()));
      WINNOW_RETURN_IF_ERROR(Changed(writer_.SetRole(name, role)));
    }
    if (request->has_disabled()) {
      WINNOW_RETURN_IF_ERROR(
          Changed(request->disabled() ? writer_.Disable(name) : writer_.Enable(name)));
    }
    WINNOW_ASSIGN_OR_RETURN(const access::Person person, writer_.Get(name));
    *response = ToApi(person);
    return absl::OkStatus();
  });
}

grpc::Status AccessServiceImpl::RotateToken(grpc::ServerContext* context,
                                            const api::RotateTokenRequest* request,
                                            api::RotateTokenResponse* response) {
  return handlers_.Run("Access.RotateToken", context, request, [&]() -> absl::Status {
    const absl::StatusOr<std::string> token = writer_.RotateToken(request->name());
    WINNOW_RETURN_IF_ERROR(Changed(token.status()));
    response->set_token(*token);
    return absl::OkStatus();
  });
}

grpc::Status AccessServiceImpl::RemovePerson(grpc::ServerContext* context,
                                             const api::RemovePersonRequest* request,
                                             api::RemovePersonResponse*) {
  return handlers_.Run("Access.RemovePerson", context, request,
                       [&] { return Changed(writer_.Remove(request->name())); });
}

grpc::Status AccessServiceImpl::ListAuditEvents(grpc::ServerContext* context,
                                                const api::ListAuditEventsRequest* request,
                                                api::ListAuditEventsResponse* response) {
  return handlers_.Run("Access.ListAuditEvents", context, request, [&]() -> absl::Status {
    access::AuditFilter filter;
    filter.person = request->person();
    WINNOW_ASSIGN_OR_RETURN(filter.action, FullMethodName(request->method()));
    if (request->has_after_time()) filter.since = rpc::FromTimestamp(request->after_time());
    return rpc::ListPage(
        *request, *response, *response->mutable_events(),
        [&](const std::string& after,
            size_t limit) -> absl::StatusOr<std::vector<access::AuditRecord>> {
          uint64_t before = access::AuditLog::kEnd;
          if (!after.empty() && !absl::SimpleAtoi(after, &before))
            return absl::InvalidArgumentError("page_token: was not made for this list");
          return control_.audit_log().List(filter, before, limit);
        },
        [](const access::AuditRecord& record) { return absl::StrCat(record.position); },
        [](const access::AuditRecord& record) {
          return absl::StatusOr<api::AuditEvent>(ToApi(record));
        });
  });
}

}  // namespace winnow::annotation
