#include "common/rpc/page.h"

#include <memory>
#include <string>

#include "absl/strings/str_cat.h"
#include "common/base/status.h"
#include "google/protobuf/descriptor.h"
#include "google/protobuf/descriptor.pb.h"
#include "google/protobuf/dynamic_message.h"
#include "gtest/gtest.h"
#include "winnow/annotation/v1/annotation.pb.h"
#include "winnow/training/v1/training.pb.h"

namespace winnow::rpc {
namespace {

annotation::v1::ListDatasetsRequest Request(const std::string& token, uint32_t page_size = 10) {
  annotation::v1::ListDatasetsRequest request;
  request.set_page_size(page_size);
  request.set_page_token(token);
  return request;
}

void ExpectRefused(const google::protobuf::Message& request) {
  const absl::Status status = ReadPageToken(request).status();
  EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument) << request.DebugString();
  ASSERT_EQ(Violations::Of(status).size(), 1u);
  EXPECT_EQ(Violations::Of(status)[0].where, "page_token");
}

TEST(PageToken, GivesItsKeyBackForTheSameList) {
  for (const std::string& key : {std::string("titles"), std::string("\0\xff", 2), std::string()}) {
    const std::string token = MakePageToken(Request("", 10), key);
    EXPECT_EQ(ReadPageToken(Request(token, 20)).value(), key);
    EXPECT_EQ(MakePageToken(Request(token), key), token);
  }
  EXPECT_EQ(ReadPageToken(Request("")).value(), "");
}

TEST(PageToken, AnyDamageIsFound) {
  const std::string token = MakePageToken(Request(""), "titles");
  for (size_t i = 0; i < token.size(); ++i) {
    std::string damaged = token;
    damaged[i] = damaged[i] == 'A' ? 'B' : 'A';
    ExpectRefused(Request(damaged));
    ExpectRefused(Request(token.substr(0, i) + "!"));
    if (i > 0) ExpectRefused(Request(token.substr(0, i)));
  }
  ExpectRefused(Request("titles"));
}

TEST(PageToken, ATokenOfAnotherListIsRefused) {
  annotation::v1::ListSourcesRequest other_method;
  other_method.set_page_token(MakePageToken(Request(""), "titles"));
  ExpectRefused(other_method);
}

TEST(PageToken, ATokenIsBoundToTheFieldsThatSelect) {
  google::protobuf::FileDescriptorProto file;
  file.set_name("list.proto");
  file.set_syntax("proto3");
  google::protobuf::DescriptorProto& type = *file.add_message_type();
  type.set_name("ListRequest");
  for (const char* name : {"page_token", "dataset"}) {
    google::protobuf::FieldDescriptorProto& field = *type.add_field();
    field.set_name(name);
    field.set_number(type.field_size());
    field.set_label(google::protobuf::FieldDescriptorProto::LABEL_OPTIONAL);
    field.set_type(google::protobuf::FieldDescriptorProto::TYPE_STRING);
  }
  google::protobuf::DescriptorPool pool;
  const google::protobuf::Descriptor* descriptor = pool.BuildFile(file)->message_type(0);
  google::protobuf::DynamicMessageFactory factory;
  const std::unique_ptr<google::protobuf::Message> request(factory.GetPrototype(descriptor)->New());
  const auto set = [&](const char* name, const std::string& value) {
    request->GetReflection()->SetString(request.get(), descriptor->FindFieldByName(name), value);
  };
  set("dataset", "titles");
  set("page_token", MakePageToken(*request, "key"));
  EXPECT_EQ(ReadPageToken(*request).value(), "key");
  set("dataset", "others");
  ExpectRefused(*request);
}

TEST(Page, HoldsAsManyItemsAsAskedForWithinLimits) {
  const PageLimits limits{.default_size = 2, .max_size = 3};
  EXPECT_EQ(Page(0, limits).size(), 2u);
  EXPECT_EQ(Page(1, limits).size(), 1u);
  EXPECT_EQ(Page(9, limits).size(), 3u);
  Page page(0, limits);
  EXPECT_TRUE(page.Take(1));
  EXPECT_TRUE(page.Take(1));
  EXPECT_FALSE(page.Take(1));
}

TEST(Page, StaysBelowTheDefaultLimitOfClients) {
  annotation::v1::ListAnswersResponse response;
  annotation::v1::LogEntry entry;
  entry.mutable_answer()->set_text(std::string(1'000, 'x'));
  Page page(10'000, {.max_size = 10'000});
  while (page.Take(entry.ByteSizeLong())) *response.add_entries() = entry;
  EXPECT_LT(response.ByteSizeLong(), size_t{4} << 20);
  EXPECT_GT(response.ByteSizeLong(), size_t{3'900'000});
}

TEST(Page, TheFirstItemIsAlwaysTaken) {
  Page page(10, {.max_bytes = 100});
  EXPECT_TRUE(page.Take(1'000));
  EXPECT_FALSE(page.Take(1));
}

}  // namespace
}  // namespace winnow::rpc
