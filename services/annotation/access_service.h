// The API of people, their tokens and the audit log.
#pragma once

#include <utility>

#include "common/access/people_writer.h"
#include "common/rpc/access_control.h"
#include "common/rpc/handlers.h"
#include "winnow/access/v1/access.grpc.pb.h"

namespace winnow::annotation {

// Thread-safe. What is passed in must outlive it.
class AccessServiceImpl final : public access::v1::AccessService::Service {
 public:
  AccessServiceImpl(access::PeopleWriter& writer, rpc::AccessControl& control,
                    rpc::Handlers handlers)
      : writer_(writer), control_(control), handlers_(std::move(handlers)) {}

  grpc::Status WhoAmI(grpc::ServerContext* context, const access::v1::WhoAmIRequest* request,
                      access::v1::WhoAmIResponse* response) override;
  grpc::Status CreatePerson(grpc::ServerContext* context,
                            const access::v1::CreatePersonRequest* request,
                            access::v1::CreatePersonResponse* response) override;
  grpc::Status ListPeople(grpc::ServerContext* context,
                          const access::v1::ListPeopleRequest* request,
                          access::v1::ListPeopleResponse* response) override;
  grpc::Status UpdatePerson(grpc::ServerContext* context,
                            const access::v1::UpdatePersonRequest* request,
                            access::v1::Person* response) override;
  grpc::Status RotateToken(grpc::ServerContext* context,
                           const access::v1::RotateTokenRequest* request,
                           access::v1::RotateTokenResponse* response) override;
  grpc::Status RemovePerson(grpc::ServerContext* context,
                            const access::v1::RemovePersonRequest* request,
                            access::v1::RemovePersonResponse* response) override;
  grpc::Status ListAuditEvents(grpc::ServerContext* context,
                               const access::v1::ListAuditEventsRequest* request,
                               access::v1::ListAuditEventsResponse* response) override;

 private:
  // A change of people, known to this process at once.
  absl::Status Changed(const absl::Status& change);

  access::PeopleWriter& writer_;
  rpc::AccessControl& control_;
  const rpc::Handlers handlers_;
};

}  // namespace winnow::annotation
