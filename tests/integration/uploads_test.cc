// Many uploads at a time: each is taken, however they come.
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "absl/strings/str_cat.h"
#include "grpcpp/client_context.h"
#include "gtest/gtest.h"
#include "services/cli/shell/session.h"
#include "tests/testing/programs.h"
#include "tests/testing/scratch_directory.h"
#include "tests/testing/steps.h"

namespace winnow::integration {
namespace {

class UploadsTest : public testing::Test {
 protected:
  void SetUp() override {
    auto server = WinnowServer::Start(scratch_ / "data");
    ASSERT_TRUE(server.ok()) << server.status();
    server_ = *std::move(server);
  }
  Session& session() { return server_->session(); }

  // Texts of 8 KiB, each another one.
  static std::string Rows(int upload, int num_rows) {
    std::string rows;
    for (int i = 0; i < num_rows; ++i) {
      absl::StrAppend(&rows, R"({"text": "Nurse )", upload, " ", i, " ", std::string(8'000, 'x'),
                      R"(", "spans": [{"start": 0, "end": 5, "label": "job_title"}]})", "\n");
    }
    return rows;
  }

  ScratchDirectory scratch_;
  std::unique_ptr<WinnowServer> server_;
};

TEST_F(UploadsTest, NoneOfManyAtATimeIsBrokenOff) {
  constexpr int kUploads = 64, kRows = 100;
  std::vector<std::thread> threads;
  for (int i = 0; i < kUploads; ++i) {
    threads.emplace_back([&, i] {
      const std::string rows = Rows(i, kRows), name = absl::StrCat("upload_", i);
      if (i % 2 == 0) {
        const auto added = ImportSource(session(), name, rows);
        ASSERT_TRUE(added.ok()) << added.status();
        EXPECT_EQ(added->num_added(), kRows);
      } else {
        const auto imported =
            ImportDataset(session(), name, rows, annotation::v1::COVERAGE_COMPLETE);
        ASSERT_TRUE(imported.ok()) << imported.status();
        EXPECT_EQ(imported->num_rows(), kRows);
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
}

TEST_F(UploadsTest, OnesThatDoNotGoOnKeepNobodyWaiting) {
  struct Upload {
    grpc::ClientContext context;
    annotation::v1::ImportSourceResponse response;
    std::unique_ptr<grpc::ClientWriter<annotation::v1::ImportSourceRequest>> writer;
  };
  std::vector<std::unique_ptr<Upload>> uploads;
  for (int i = 0; i < 16; ++i) {
    Upload& upload = *uploads.emplace_back(std::make_unique<Upload>());
    upload.writer = session().annotation().ImportSource(&upload.context, &upload.response);
    annotation::v1::ImportSourceRequest request;
    request.mutable_header()->set_request_id(cli::NewRequestId());
    request.mutable_header()->set_source("pool");
    ASSERT_TRUE(upload.writer->Write(request));
    request.set_chunk(Rows(i, 1));
    ASSERT_TRUE(upload.writer->Write(request));
  }
  const auto added = ImportSource(session(), "pool", Rows(16, 1));
  ASSERT_TRUE(added.ok()) << added.status();
  EXPECT_EQ(added->source().num_examples(), 1u);
  for (const auto& upload : uploads) {
    upload->writer->WritesDone();
    const grpc::Status ended = upload->writer->Finish();
    EXPECT_TRUE(ended.ok()) << ended.error_message();
  }
  annotation::v1::GetSourceRequest request;
  request.set_name("pool");
  const auto pool = cli::Call(session().annotation(),
                              &annotation::v1::AnnotationService::Stub::GetSource, request);
  ASSERT_TRUE(pool.ok()) << pool.status();
  EXPECT_EQ(pool->num_examples(), 17u);
}

}  // namespace
}  // namespace winnow::integration
