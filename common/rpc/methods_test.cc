#include "common/rpc/methods.h"

#include <filesystem>
#include <set>
#include <string>

#include "absl/strings/str_cat.h"
#include "common/base/file.h"
#include "gmock/gmock.h"
#include "google/protobuf/descriptor.h"
#include "gtest/gtest.h"
#include "winnow/access/v1/access.pb.h"
#include "winnow/annotation/v1/annotation.pb.h"
#include "winnow/annotation/v1/snapshots.pb.h"
#include "winnow/evaluation/v1/evaluation.pb.h"
#include "winnow/training/v1/training.pb.h"

namespace winnow::rpc {
namespace {

using ::google::protobuf::FileDescriptor;
using ::google::protobuf::MethodDescriptor;
using ::google::protobuf::ServiceDescriptor;

// The descriptors of all files in proto/winnow that define services.
std::vector<const FileDescriptor*> ApiFiles() {
  // Linked in by use: a static library leaves out what nobody refers to.
  std::set<const FileDescriptor*> linked = {winnow::access::v1::Person::descriptor()->file(),
                                            annotation::v1::Task::descriptor()->file(),
                                            annotation::v1::Snapshot::descriptor()->file(),
                                            evaluation::v1::Comparison::descriptor()->file(),
                                            training::v1::TrainingJob::descriptor()->file()};
  const std::filesystem::path root = std::filesystem::path(WINNOW_SOURCE_DIR) / "proto";
  std::vector<const FileDescriptor*> files;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(root)) {
    if (entry.path().extension() != ".proto") continue;
    if (ReadFile(entry.path())->find("\nservice ") == std::string::npos) continue;
    const std::string name = entry.path().lexically_relative(root).generic_string();
    const FileDescriptor* file =
        google::protobuf::DescriptorPool::generated_pool()->FindFileByName(name);
    EXPECT_TRUE(file != nullptr && linked.contains(file)) << "add " << name << " to this test";
    if (file != nullptr) files.push_back(file);
  }
  return files;
}

std::vector<const MethodDescriptor*> ApiMethods() {
  std::vector<const MethodDescriptor*> methods;
  for (const FileDescriptor* file : ApiFiles()) {
    for (int s = 0; s < file->service_count(); ++s) {
      const ServiceDescriptor* service = file->service(s);
      for (int m = 0; m < service->method_count(); ++m) methods.push_back(service->method(m));
    }
  }
  return methods;
}

TEST(Methods, EveryMethodHasOneRowAndEveryRowAMethod) {
  std::multiset<std::string> methods, rows;
  for (const MethodDescriptor* method : ApiMethods())
    methods.insert(absl::StrCat(method->service()->full_name(), "/", method->name()));
  for (const MethodRow& row : kMethods) rows.insert(absl::StrCat(row.service, "/", row.name));
  EXPECT_EQ(rows, methods);
}

// The client finds the row of a call by the type of its request.
TEST(Methods, UnaryRequestsAreNamedAfterTheirMethods) {
  for (const MethodDescriptor* method : ApiMethods()) {
    if (method->client_streaming() || method->server_streaming()) continue;
    const MethodRow* row = FindMethodOfRequest(method->input_type()->full_name());
    ASSERT_NE(row, nullptr) << method->full_name();
    EXPECT_EQ(row->name, method->name());
    EXPECT_EQ(row->service, method->service()->full_name());
  }
  EXPECT_EQ(FindMethodOfRequest("winnow.training.v1.TrainingJob"), nullptr);
}

TEST(Methods, AMethodIsFoundByName) {
  constexpr Method kPromote = "Training.PromoteModel";
  EXPECT_STREQ(kPromote.row().service, kTrainingService);
  EXPECT_STREQ(kPromote.row().name, "PromoteModel");
  EXPECT_EQ(kPromote.row().effect, Effect::kChanges);
}

TEST(Methods, ARequestIdIsAUuid) {
  EXPECT_TRUE(CheckRequestId("123e4567-e89b-12d3-a456-426614174000").ok());
  EXPECT_TRUE(CheckRequestId("123E4567e89b12d3a456426614174000").ok());
  for (const char* bad :
       {"", "1", "123e4567-e89b-12d3-a456-42661417400g", "123e4567e89b-12d3-a456-4266141740000"}) {
    const absl::Status status = CheckRequestId(bad);
    EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument) << bad;
  }
}

}  // namespace
}  // namespace winnow::rpc
