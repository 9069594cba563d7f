// Who may call: tokens, roles, names and what is written down of it, through a real server.
#include <memory>
#include <string>
#include <vector>

#include "common/access/people_writer.h"
#include "common/access/testing.h"
#include "common/base/await.h"
#include "common/base/metrics.h"
#include "common/base/status.h"
#include "common/base/testing.h"
#include "common/rpc/access_control.h"
#include "common/rpc/channel.h"
#include "common/rpc/client.h"
#include "common/rpc/errors.h"
#include "common/rpc/forwarded.h"
#include "common/rpc/handlers.h"
#include "common/rpc/server.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "winnow/annotation/v1/annotation.grpc.pb.h"

namespace winnow::rpc {
namespace {

namespace v1 = annotation::v1;
using access::AuditEvent;
using access::Role;
using ::testing::ElementsAre;
using ::testing::Field;
using ::testing::HasSubstr;

using ServiceBase =
    v1::AnnotationService::WithCallbackMethod_LeaseTasks<v1::AnnotationService::Service>;

// Tells in whose name it was called.
class EchoService final : public ServiceBase {
 public:
  explicit EchoService(const Handlers& handlers) : handlers_(handlers) {}

  grpc::ServerUnaryReactor* LeaseTasks(grpc::CallbackServerContext* context,
                                       const v1::LeaseTasksRequest* request,
                                       v1::LeaseTasksResponse* response) override {
    return handlers_.Run("Annotation.LeaseTasks", context, request, [&](Responder responder) {
      const auto annotator = AnnotatorOf(*request, responder.caller());
      if (annotator.ok()) response->mutable_no_task()->set_message(*annotator);
      responder.Finish(annotator.status());
    });
  }
  grpc::Status DeleteSource(grpc::ServerContext* context, const v1::DeleteSourceRequest* request,
                            v1::DeleteSourceResponse*) override {
    return handlers_.Run("Annotation.DeleteSource", context, request, [&]() -> absl::Status {
      if (request->name() == "missing") return absl::NotFoundError("no such source");
      return absl::OkStatus();
    });
  }
  grpc::Status GetQueue(grpc::ServerContext* context, const v1::GetQueueRequest* request,
                        v1::Queue*) override {
    return handlers_.Run("Annotation.GetQueue", context, request, [&] { return absl::OkStatus(); });
  }

 private:
  const Handlers handlers_;
};

using Stub = v1::AnnotationService::Stub;

class SignInTest : public access::AccessTest {
 protected:
  SignInTest() {
    writer_ = *access::PeopleWriter::Open(directory());
    control_ = *AccessControl::Open(directory(), registry_);
    service_ = std::make_unique<EchoService>(Handlers(registry_, control_->environment()));
    server_ = *Server::Start({.address = "127.0.0.1:0"}, {service_.get()});
  }

  std::string Add(const std::string& name, Role role) {
    const auto token = writer_->Add(name, role);
    EXPECT_TRUE(token.ok()) << token.status();
    control_->people().Refresh();
    return token.value_or("");
  }
  std::unique_ptr<Stub> StubWith(const std::string& token) {
    return v1::AnnotationService::NewStub(
        *Connect(absl::StrCat("127.0.0.1:", server_->port()), {.token = token}));
  }
  // In whose name a lease was asked for.
  absl::StatusOr<std::string> Lease(const std::string& token, const std::string& annotator = "") {
    v1::LeaseTasksRequest request;
    request.set_queue("q");
    request.set_annotator(annotator);
    WINNOW_ASSIGN_OR_RETURN(const v1::LeaseTasksResponse response,
                            client_.Call(*StubWith(token), &Stub::LeaseTasks, request));
    return response.no_task().message();
  }
  absl::Status DeleteSource(const std::string& token, const std::string& name = "s") {
    v1::DeleteSourceRequest request;
    request.set_request_id("00000000-0000-0000-0000-000000000001");
    request.set_name(name);
    return client_.Call(*StubWith(token), &Stub::DeleteSource, request).status();
  }
  std::vector<AuditEvent> Audited() {
    std::vector<AuditEvent> events;
    const auto records = control_->audit_log().List({}, access::AuditLog::kEnd, 100);
    EXPECT_TRUE(records.ok()) << records.status();
    if (!records.ok()) return events;
    for (const access::AuditRecord& record : *records) events.push_back(*record.event);
    return events;
  }

  metrics::Registry registry_;
  std::unique_ptr<access::PeopleWriter> writer_;
  std::unique_ptr<AccessControl> control_;
  std::unique_ptr<EchoService> service_;
  std::unique_ptr<Server> server_;
  const Client client_;
};

TEST_F(SignInTest, EverybodyMayWhileNobodyIsRegistered) {
  EXPECT_EQ(*Lease("", "anna"), "anna");
  EXPECT_EQ(*Lease("wnw_anything", "anna"), "anna");
  const auto nobody = Lease("");
  EXPECT_TRUE(absl::IsInvalidArgument(nobody.status())) << nobody.status();
  EXPECT_TRUE(DeleteSource("").ok());
}

TEST_F(SignInTest, TheFirstAdminClosesIt) {
  const std::string admin = Add("root", Role::kAdmin);
  for (const std::string token : {"", "wnw_anything", "nonsense"}) {
    const auto refused = Lease(token, "anna");
    EXPECT_TRUE(absl::IsUnauthenticated(refused.status())) << refused.status();
    EXPECT_EQ(ReasonOf(refused.status()), token.empty() ? "NO_TOKEN" : "UNKNOWN_TOKEN");
  }
  EXPECT_EQ(*Lease(admin), "root");
}

TEST_F(SignInTest, ARoleMayWhatThoseBeforeItMay) {
  Add("root", Role::kAdmin);
  const std::string annotator = Add("anna", Role::kAnnotator);
  EXPECT_EQ(*Lease(annotator), "anna");
  const absl::Status refused = DeleteSource(annotator);
  EXPECT_TRUE(absl::IsPermissionDenied(refused)) << refused;
  EXPECT_EQ(ReasonOf(refused), "WRONG_ROLE");
  EXPECT_THAT(refused.message(), HasSubstr("role manager or above, and anna has the role annot"));
  EXPECT_TRUE(DeleteSource(Add("max", Role::kManager)).ok());
}

TEST_F(SignInTest, PeopleSpeakInTheirOwnNameAndServicesInAnybodys) {
  Add("root", Role::kAdmin);
  const std::string anna = Add("anna", Role::kAnnotator);
  EXPECT_EQ(*Lease(anna, "anna"), "anna");
  const auto refused = Lease(anna, "bert");
  EXPECT_TRUE(absl::IsPermissionDenied(refused.status())) << refused.status();
  EXPECT_EQ(ReasonOf(refused.status()), "WRONG_PERSON");
  EXPECT_EQ(*Lease(Add("gateway", Role::kService), "bert"), "bert");
}

TEST_F(SignInTest, ATokenThatWasTakenAwayIsNobodys) {
  Add("root", Role::kAdmin);
  const std::string anna = Add("anna", Role::kAnnotator);
  ASSERT_TRUE(Lease(anna).ok());
  ASSERT_TRUE(writer_->Disable("anna").ok());
  control_->people().Refresh();
  EXPECT_EQ(ReasonOf(Lease(anna).status()), "DISABLED");
  ASSERT_TRUE(writer_->Enable("anna").ok());
  ASSERT_TRUE(writer_->RotateToken("anna").ok());
  control_->people().Refresh();
  EXPECT_EQ(ReasonOf(Lease(anna).status()), "UNKNOWN_TOKEN");
}

TEST_F(SignInTest, WhoeverGuessesIsToldWhenToComeBack) {
  const std::string admin = Add("root", Role::kAdmin);
  absl::Status refused;
  for (int i = 0; i < 30 && !absl::IsResourceExhausted(refused); ++i)
    refused = Lease("wnw_guess").status();
  EXPECT_TRUE(absl::IsResourceExhausted(refused)) << refused;
  EXPECT_EQ(ReasonOf(refused), "TOO_MANY_SIGN_INS");
  EXPECT_TRUE(RetryAfterOf(refused).has_value());
  EXPECT_TRUE(Lease(admin).ok());
}

TEST_F(SignInTest, NobodyFillsTheLogUnlessKnown) {
  Add("root", Role::kAdmin);
  absl::Status refused;
  for (int i = 0; i < 30 && !absl::IsResourceExhausted(refused); ++i)
    refused = DeleteSource("wnw_guess");
  EXPECT_TRUE(absl::IsResourceExhausted(refused)) << refused;
  EXPECT_TRUE(Audited().empty());
}

TEST_F(SignInTest, ChangesAndWhatWasDeniedAreWrittenDown) {
  ASSERT_TRUE(DeleteSource("").ok());
  Add("root", Role::kAdmin);
  const std::string max = Add("max", Role::kManager);
  EXPECT_TRUE(absl::IsNotFound(DeleteSource(max, "missing")));
  EXPECT_TRUE(absl::IsPermissionDenied(DeleteSource(Add("anna", Role::kAnnotator))));
  ASSERT_TRUE(Lease(max).ok());
  EXPECT_TRUE(absl::IsUnauthenticated(DeleteSource("wnw_unknown")));
  const std::vector<AuditEvent> events = Audited();
  EXPECT_THAT(events,
              ElementsAre(Field(&AuditEvent::person, "anna"), Field(&AuditEvent::person, "max"),
                          Field(&AuditEvent::person, "")));
  EXPECT_THAT(events, ElementsAre(Field(&AuditEvent::outcome, "PERMISSION_DENIED"),
                                  Field(&AuditEvent::outcome, "NOT_FOUND"),
                                  Field(&AuditEvent::outcome, "ok")));
  EXPECT_EQ(events[1].action, "winnow.annotation.v1.AnnotationService/DeleteSource");
  EXPECT_EQ(events[1].object, "name=missing");
  EXPECT_EQ(events[1].role, "manager");
  EXPECT_EQ(events[1].address, "ipv4:127.0.0.1");
  EXPECT_EQ(events[1].request_id, "00000000-0000-0000-0000-000000000001");
}

// A call of the gateway in this process, made for somebody at this address.
absl::Status ForwardedDelete(Server& server, const std::string& token, const std::string& address) {
  const auto stub = v1::AnnotationService::NewStub(server.InProcessChannel());
  grpc::ClientContext context;
  if (!token.empty()) context.AddMetadata("authorization", absl::StrCat("Bearer ", token));
  context.AddMetadata(kForwardedFor, address);
  v1::DeleteSourceRequest request;
  request.set_request_id("00000000-0000-0000-0000-000000000001");
  request.set_name("s");
  v1::DeleteSourceResponse response;
  return FromGrpc(stub->DeleteSource(&context, request, &response));
}

TEST_F(SignInTest, CallsWithinTheProcessAreAskedForWhomTheyAre) {
  const std::string admin = Add("root", Role::kAdmin);
  EXPECT_TRUE(absl::IsUnauthenticated(ForwardedDelete(*server_, "", "192.0.2.1")));
  EXPECT_TRUE(absl::IsUnauthenticated(ForwardedDelete(*server_, "wnw_x", "192.0.2.1")));
  EXPECT_TRUE(ForwardedDelete(*server_, admin, "192.0.2.1").ok());
}

TEST_F(SignInTest, AGatewayInTheProcessIsBelievedWhereItsCallsComeFrom) {
  const std::string admin = Add("root", Role::kAdmin);
  EXPECT_TRUE(ForwardedDelete(*server_, admin, "192.0.2.1").ok());
  EXPECT_TRUE(ForwardedDelete(*server_, admin, "2001:db8::1").ok());
  EXPECT_THAT(Audited(), ElementsAre(Field(&AuditEvent::address, "ipv6:[2001:db8::1]"),
                                     Field(&AuditEvent::address, "ipv4:192.0.2.1")));
  // Who guesses is slowed down there, and nobody elsewhere is.
  absl::Status refused;
  for (int i = 0; i < 20 && !absl::IsResourceExhausted(refused); ++i)
    refused = ForwardedDelete(*server_, "wnw_x", "192.0.2.1");
  EXPECT_TRUE(absl::IsResourceExhausted(refused)) << refused;
  EXPECT_TRUE(absl::IsUnauthenticated(ForwardedDelete(*server_, "wnw_x", "192.0.2.2")));
}

TEST_F(SignInTest, NobodyElseIsBelievedWhereTheyComeFrom) {
  const std::string admin = Add("root", Role::kAdmin);
  grpc::ClientContext context;
  context.AddMetadata(kForwardedFor, "192.0.2.1");
  v1::DeleteSourceRequest request;
  request.set_request_id("00000000-0000-0000-0000-000000000001");
  request.set_name("s");
  v1::DeleteSourceResponse response;
  EXPECT_TRUE(StubWith(admin)->DeleteSource(&context, request, &response).ok());
  EXPECT_THAT(Audited(), ElementsAre(Field(&AuditEvent::address, "ipv4:127.0.0.1")));
}

}  // namespace
}  // namespace winnow::rpc
