// Who may do what, through the program that people start: every method with every role, tokens that
// are given and taken away, TLS, and services that run apart.
#include <cstdlib>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/time/clock.h"
#include "common/base/status.h"
#include "common/rpc/channel.h"
#include "common/rpc/errors.h"
#include "common/rpc/methods.h"
#include "common/rpc/testing_certificates.h"
#include "gmock/gmock.h"
#include "grpcpp/generic/generic_stub.h"
#include "grpcpp/grpcpp.h"
#include "gtest/gtest.h"
#include "nlohmann/json.hpp"
#include "tests/testing/programs.h"
#include "tests/testing/scratch_directory.h"
#include "tests/testing/steps.h"

namespace winnow::integration {
namespace {

using access::Role;
using ::testing::HasSubstr;

// A call of any method with an empty message.
absl::Status CallEmpty(const std::shared_ptr<grpc::Channel>& channel, const rpc::MethodRow& row) {
  grpc::GenericStub stub(channel);
  grpc::ClientContext context;
  context.set_deadline(absl::ToChronoTime(absl::Now() + absl::Seconds(20)));
  grpc::CompletionQueue queue;
  const grpc::Slice nothing;
  const grpc::ByteBuffer request(&nothing, 1);
  const auto call = stub.PrepareUnaryCall(&context, absl::StrCat("/", row.service, "/", row.name),
                                          request, &queue);
  call->StartCall();
  grpc::ByteBuffer response;
  grpc::Status status;
  call->Finish(&response, &status, &queue);
  void* tag = nullptr;
  bool ok = false;
  queue.Next(&tag, &ok);
  return rpc::FromGrpc(status);
}

class AccessTest : public testing::Test {
 protected:
  void SetUp() override {
    auto server = WinnowServer::Start(scratch_ / "data");
    ASSERT_TRUE(server.ok()) << server.status();
    server_ = *std::move(server);
  }

  Finished Winnow(std::vector<std::string> words, const std::string& token) const {
    words.insert(words.end(), {"--server", server_->address()});
    if (!token.empty()) words.insert(words.end(), {"--token", token});
    return RunToEnd("winnow", words);
  }
  // The new person's token.
  std::string Add(const std::string& name, const std::string& role, const std::string& admin) {
    const Finished finished = Winnow({"people", "add", name, "--role", role}, admin);
    EXPECT_EQ(finished.exit_code, 0) << finished;
    return finished.out.substr(0, finished.out.find('\n'));
  }
  std::shared_ptr<grpc::Channel> ChannelWith(const std::string& token) const {
    return *rpc::Connect(server_->address(), {.token = token});
  }

  ScratchDirectory scratch_;
  std::unique_ptr<WinnowServer> server_;
};

TEST_F(AccessTest, EveryMethodIsForItsRolesAndForNobodyElse) {
  const std::string root = Add("root", "admin", "");
  std::map<std::string, Role> callers = {{root, Role::kAdmin}};
  callers[Add("anna", "annotator", root)] = Role::kAnnotator;
  callers[Add("rita", "reviewer", root)] = Role::kReviewer;
  callers[Add("max", "manager", root)] = Role::kManager;
  callers[Add("gateway", "service", root)] = Role::kService;
  const std::string disabled = Add("dora", "admin", root);
  ASSERT_EQ(Winnow({"people", "disable", "dora"}, root).exit_code, 0);
  const std::string revoked = Add("rob", "admin", root);
  ASSERT_EQ(Winnow({"people", "rotate", "rob"}, root).exit_code, 0);
  const std::string removed = Add("rolf", "admin", root);
  ASSERT_EQ(Winnow({"people", "remove", "rolf", "--yes"}, root).exit_code, 0);

  size_t num_cells = 0;
  for (const rpc::MethodRow& row : rpc::kMethods) {
    for (const auto& [token, role] : callers) {
      const absl::Status status = CallEmpty(ChannelWith(token), row);
      EXPECT_FALSE(absl::IsUnauthenticated(status)) << row.name << ": " << status;
      EXPECT_EQ(absl::IsPermissionDenied(status), !access::Allows(role, row.role))
          << row.name << " as " << access::RoleName(role) << ": " << status;
      ++num_cells;
    }
    for (const std::string& token :
         {std::string(), std::string("wnw_nobodys"), disabled, revoked, removed}) {
      absl::Status status = CallEmpty(ChannelWith(token), row);
      // Guessing is slowed down; a missing token is no guess.
      EXPECT_TRUE(absl::IsUnauthenticated(status) ||
                  (!token.empty() && absl::IsResourceExhausted(status)))
          << row.name << ": " << status;
      ++num_cells;
    }
  }
  EXPECT_EQ(num_cells, std::size(rpc::kMethods) * 10);
}

TEST_F(AccessTest, PeopleAnswerInTheirOwnNamesAndWhatManagersDoIsWrittenDown) {
  const std::string root = Add("root", "admin", "");
  EXPECT_EQ(Winnow({"people", "list"}, "").exit_code, 4) << "nobody without a token any more";
  const std::string max = Add("max", "manager", root);
  const std::string anna = Add("anna", "annotator", root);
  const std::string base =
      *scratch_.Write("base.jsonl", *ExampleLines("job_titles_gold.jsonl", 60));
  const std::string raw = *scratch_.Write("raw.jsonl", *ExampleLines("job_titles_raw.jsonl", 200));
  const std::string truth =
      *scratch_.Write("truth.jsonl", *ExampleLines("job_titles_raw_gold.jsonl", 200));
  ASSERT_EQ(Winnow({"db-in", "base", base, "--complete"}, anna).exit_code, 4);
  ASSERT_EQ(Winnow({"db-in", "base", base, "--complete"}, max).exit_code, 0);
  ASSERT_EQ(Winnow({"db-in", "truth", truth, "--complete"}, max).exit_code, 0);
  ASSERT_EQ(Winnow({"ner.batch-train", "base", "blank:en", "-l", kJobTitle, "-o", "titles"}, max)
                .exit_code,
            0);
  const Finished taught = Winnow({"ner.teach", "answers", "titles", raw, "-l", kJobTitle,
                                  "--oracle", "truth", "--answers", "10"},
                                 max);
  ASSERT_EQ(taught.exit_code, 0) << taught;
  const Finished rows = Winnow({"db-out", "answers"}, max);
  EXPECT_THAT(rows.out, HasSubstr(R"("_annotator_id":"max")"));

  const Finished audit = Winnow({"audit", "--json"}, root);
  ASSERT_EQ(audit.exit_code, 0) << audit;
  std::string seen;
  const nlohmann::json events = nlohmann::json::parse(audit.out);
  for (const auto& event : events["events"]) {
    absl::StrAppend(&seen, event["person"].get<std::string>(), " ",
                    event["method"].get<std::string>(), " ", event["object"].get<std::string>(),
                    "\n");
  }
  EXPECT_THAT(seen, HasSubstr("max winnow.annotation.v1.AnnotationService/ExportDataset "
                              "dataset=answers\n"));
  EXPECT_THAT(seen, HasSubstr("anna winnow.annotation.v1.AnnotationService/ImportDataset"));
  EXPECT_THAT(seen, HasSubstr("max winnow.training.v1.TrainingService/CreateTrainingJob"));
  EXPECT_THAT(seen, HasSubstr("root winnow.access.v1.AccessService/CreatePerson name=anna\n"));
  EXPECT_EQ(Winnow({"audit"}, max).exit_code, 4) << "for admins alone";
}

TEST_F(AccessTest, ItStaysClosedAfterARestart) {
  const std::string root = Add("root", "admin", "");
  server_->Kill();
  auto again = WinnowServer::Start(scratch_ / "data", {}, {.token = root});
  ASSERT_TRUE(again.ok()) << again.status();
  server_ = *std::move(again);
  EXPECT_EQ(Winnow({"people", "list"}, "").exit_code, 4);
  EXPECT_EQ(Winnow({"people", "list"}, root).exit_code, 0);
  // Whoever has the directory has everything; the server has it now.
  const Finished inside = RunToEnd("winnow", {"people", "list", "--data", scratch_ / "data"});
  EXPECT_NE(inside.exit_code, 0);
}

TEST(EncryptedAccess, BeyondLoopbackWantsTlsAndPeople) {
  ScratchDirectory scratch;
  rpc::TestAuthority authority(scratch / "tls");
  const rpc::TlsFiles files = authority.Issue("server", "localhost");
  const std::string data = scratch / "data";
  const std::vector<std::string> serve = {"serve", "--data", data, "--listen", "0.0.0.0:0"};
  const auto with = [](std::vector<std::string> words, const std::vector<std::string>& more) {
    words.insert(words.end(), more.begin(), more.end());
    return words;
  };
  const std::vector<std::string> tls = {"--tls-cert", files.certificate, "--tls-key", files.key};
  Finished refused = RunToEnd("winnow", with(serve, tls));
  EXPECT_EQ(refused.exit_code, 2) << refused;
  EXPECT_THAT(refused.err, HasSubstr("winnow people add NAME --role admin"));
  const Finished added =
      RunToEnd("winnow", {"people", "add", "root", "--role", "admin", "--data", data});
  ASSERT_EQ(added.exit_code, 0) << added;
  const std::string token = added.out.substr(0, added.out.find('\n'));
  refused = RunToEnd("winnow", serve);
  EXPECT_EQ(refused.exit_code, 2) << refused;
  EXPECT_THAT(refused.err, HasSubstr("for TLS"));

  const rpc::ConnectOptions connect = {token, {.authority = authority.file()}};
  const auto server = WinnowServer::Start(data, tls, connect);
  ASSERT_TRUE(server.ok()) << server.status();
  const std::vector<std::string> list = {"people",  "list", "--server", (*server)->address(),
                                         "--token", token};
  EXPECT_NE(RunToEnd("winnow", list).exit_code, 0) << "not encrypted";
  const Finished listed = RunToEnd("winnow", with(list, {"--tls-ca", authority.file()}));
  EXPECT_EQ(listed.exit_code, 0) << listed;
}

}  // namespace
}  // namespace winnow::integration
