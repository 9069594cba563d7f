#include "services/gateway/json_codec.h"

#include <memory>

#include "absl/strings/str_cat.h"
#include "google/protobuf/util/json_util.h"
#include "google/protobuf/util/type_resolver.h"
#include "google/protobuf/util/type_resolver_util.h"

namespace winnow::gateway {
namespace {

namespace pb = google::protobuf;

constexpr char kPrefix[] = "type.googleapis.com";

// Of the types that are compiled in.
pb::util::TypeResolver& Types() {
  static const std::unique_ptr<pb::util::TypeResolver> types(
      pb::util::NewTypeResolverForDescriptorPool(kPrefix, pb::DescriptorPool::generated_pool()));
  return *types;
}

std::string UrlOf(const pb::Descriptor& type) {
  return absl::StrCat(kPrefix, "/", type.full_name());
}

std::string MessageOf(const pb::util::Status& status) {
  return std::string(status.message().data(), status.message().size());
}

}  // namespace

absl::StatusOr<std::string> FromJson(const pb::Descriptor& type, const std::string& json) {
  std::string bytes;
  const auto status = pb::util::JsonToBinaryString(&Types(), UrlOf(type), json, &bytes);
  if (status.ok()) return bytes;
  return absl::InvalidArgumentError(
      absl::StrCat("this is no ", type.name(), " in JSON: ", MessageOf(status)));
}

absl::StatusOr<std::string> ToJson(const pb::Descriptor& type, const std::string& bytes) {
  std::string json;
  const auto status = pb::util::BinaryToJsonString(&Types(), UrlOf(type), bytes, &json);
  if (status.ok()) return json;
  return absl::InternalError(
      absl::StrCat("this ", type.name(), " cannot be written in JSON: ", MessageOf(status)));
}

}  // namespace winnow::gateway
