// Lists in pages: opaque tokens that are checked, and replies that every client can take.
//
//   WINNOW_ASSIGN_OR_RETURN(const std::string after, rpc::ReadPageToken(*request));
//   rpc::Page page(request->page_size(), {.default_size = 100, .max_size = 1'000});
//   for (const Thing& thing : ThingsAfter(after)) {
//     if (!page.Take(thing.ByteSizeLong())) {
//       response->set_next_page_token(rpc::MakePageToken(*request, last_key));
//       break;
//     }
//     *response->add_things() = thing;
//     last_key = thing.name();
//   }
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "google/protobuf/message.h"

namespace winnow::rpc {

// A reply stays below this, so that a client with the default limit of 4 MiB can read it.
inline constexpr size_t kMaxPageBytes = (size_t{4} << 20) - (size_t{64} << 10);

// The token of the page after `key` (any bytes) of the list that `request` asks for. It is bound to
// the type of the request and to all its fields but `page_size` and `page_token`. It hides nothing
// and is no proof of anything: the key may be guessed and forged.
std::string MakePageToken(const google::protobuf::Message& request, absl::string_view key);

// The key in the request's field `page_token`, empty when there is no token. InvalidArgument when
// the token was damaged, or made for another method or with other fields.
// REQUIRES: the request has a string field `page_token`.
absl::StatusOr<std::string> ReadPageToken(const google::protobuf::Message& request);

struct PageLimits {
  // Items when the request asks for 0, and at most.
  size_t default_size = 100;
  size_t max_size = 1'000;
  size_t max_bytes = kMaxPageBytes;
};

// What fits on one page. Not thread-safe.
class Page {
 public:
  // `asked` is the request's page_size.
  Page(uint32_t asked, const PageLimits& limits);

  // True when an item of this size fits, and then it counts. The first one always does, so that a
  // list never stands still.
  bool Take(size_t item_bytes);

  // Items that fit, whatever their bytes.
  size_t size() const { return size_; }

 private:
  size_t size_;
  size_t max_bytes_;
  size_t num_taken_ = 0;
  size_t bytes_ = 0;
};

}  // namespace winnow::rpc
