#include "common/rpc/page.h"

#include <algorithm>
#include <memory>
#include <utility>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "common/base/hash.h"
#include "common/base/status.h"
#include "google/protobuf/descriptor.h"
#include "google/protobuf/io/coded_stream.h"
#include "google/protobuf/io/zero_copy_stream_impl_lite.h"

namespace winnow::rpc {
namespace {

constexpr char kTokenField[] = "page_token";
// Of each of the two hashes before the key.
constexpr size_t kHashBytes = sizeof(uint64_t);
// The tag and the length of an item in a repeated field: 2 + 5 bytes at most.
constexpr size_t kFramingBytes = 7;

std::string BytesOf(uint64_t hash) {
  std::string bytes;
  for (size_t i = 0; i < kHashBytes; ++i) bytes.push_back(static_cast<char>(hash >> (8 * i)));
  return bytes;
}

// What a token is bound to, as 8 bytes: the list asked for, whatever the page.
std::string ListDigest(const google::protobuf::Message& request) {
  const std::unique_ptr<google::protobuf::Message> list(request.New());
  list->CopyFrom(request);
  const google::protobuf::Descriptor& type = *request.GetDescriptor();
  for (const char* name : {"page_size", kTokenField}) {
    if (const auto* field = type.FindFieldByName(name); field != nullptr)
      list->GetReflection()->ClearField(list.get(), field);
  }
  std::string bytes = absl::StrCat(type.full_name(), "\n");
  google::protobuf::io::StringOutputStream stream(&bytes);
  google::protobuf::io::CodedOutputStream coded(&stream);
  // Without this a map could be written in another order by the next call.
  coded.SetSerializationDeterministic(true);
  list->SerializeToCodedStream(&coded);
  coded.Trim();
  return BytesOf(Hash64(bytes));
}

absl::Status Refuse(absl::string_view what) {
  Violations violations;
  violations.Add(kTokenField, what);
  return violations.ToStatus("cannot list");
}

}  // namespace

std::string MakePageToken(const google::protobuf::Message& request, absl::string_view key) {
  const std::string body = absl::StrCat(ListDigest(request), key);
  return absl::WebSafeBase64Escape(absl::StrCat(BytesOf(Hash64(body)), body));
}

absl::StatusOr<std::string> ReadPageToken(const google::protobuf::Message& request) {
  const google::protobuf::FieldDescriptor* field =
      request.GetDescriptor()->FindFieldByName(kTokenField);
  const std::string token = request.GetReflection()->GetString(request, field);
  if (token.empty()) return std::string();
  std::string bytes;
  if (!absl::WebSafeBase64Unescape(token, &bytes) || bytes.size() < 2 * kHashBytes ||
      BytesOf(Hash64(absl::string_view(bytes).substr(kHashBytes))) != bytes.substr(0, kHashBytes)) {
    return Refuse("is damaged; pass on next_page_token as it was, or nothing to begin again");
  }
  if (bytes.substr(kHashBytes, kHashBytes) != ListDigest(request)) {
    return Refuse("belongs to another list; repeat the request that it came from, or begin again");
  }
  return bytes.substr(2 * kHashBytes);
}

Page::Page(uint32_t asked, const PageLimits& limits)
    : size_(asked == 0 ? limits.default_size : std::min<size_t>(asked, limits.max_size)),
      max_bytes_(limits.max_bytes) {}

bool Page::Take(size_t item_bytes) {
  const size_t bytes = bytes_ + item_bytes + kFramingBytes;
  if (num_taken_ > 0 && (num_taken_ == size_ || bytes > max_bytes_)) return false;
  ++num_taken_;
  bytes_ = bytes;
  return true;
}

}  // namespace winnow::rpc
