#include "common/rpc/request_key.h"

#include <string>

#include "gtest/gtest.h"
#include "winnow/annotation/v1/annotation.pb.h"
#include "winnow/training/v1/training.pb.h"

namespace winnow::rpc {
namespace {

training::v1::PromoteModelRequest Request(const std::string& id, const std::string& version) {
  training::v1::PromoteModelRequest request;
  request.set_request_id(id);
  request.set_version(version);
  return request;
}

TEST(RequestKey, HasTheMethodTheIdAndADigestOfEverythingElse) {
  const kv::RequestKey key = KeyOf(Request("r1", "titles@1"));
  EXPECT_EQ(key.caller, "");
  EXPECT_EQ(key.method, "winnow.training.v1.TrainingService.PromoteModel");
  EXPECT_EQ(key.request_id, "r1");
  EXPECT_EQ(key.body_digest.size(), 32u);
  EXPECT_EQ(KeyOf(Request("r2", "titles@1")).body_digest, key.body_digest);
  EXPECT_NE(KeyOf(Request("r1", "titles@2")).body_digest, key.body_digest);
}

TEST(RequestKey, MethodsAreApart) {
  annotation::v1::DeleteDatasetRequest dataset;
  annotation::v1::DeleteSourceRequest source;
  dataset.set_name("x");
  source.set_name("x");
  EXPECT_NE(KeyOf(dataset).method, KeyOf(source).method);
}

TEST(RequestKey, AStreamIsToldByWhatItSays) {
  const kv::RequestKey key = MakeRequestKey("Training.ImportModel", "r1", "a");
  EXPECT_EQ(key.method, "winnow.training.v1.TrainingService.ImportModel");
  EXPECT_NE(MakeRequestKey("Training.ImportModel", "r1", "b").body_digest, key.body_digest);
}

}  // namespace
}  // namespace winnow::rpc
