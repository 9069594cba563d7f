// Lists in pages: opaque tokens that are checked, and replies that every client can take.
// ListPage fills one.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <utility>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "common/base/status.h"
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

// Fills `items`, a repeated field of `response`, with the page of a list that `request` asks for.
// `list(after, limit)` returns the records behind the one with the key `after` ("": all) in the
// order of the list, or the first `limit` of them; `key_of(record)` is the key of one,
// `to_api(record)` its message. Errors of both are passed on.
template <typename Request, typename Response, typename Items, typename List, typename KeyOf,
          typename ToApi>
absl::Status ListPage(const Request& request, Response& response, Items& items, const List& list,
                      const KeyOf& key_of, const ToApi& to_api) {
  WINNOW_ASSIGN_OR_RETURN(std::string last, ReadPageToken(request));
  Page page(request.page_size(), {});
  // One more tells whether there is another page.
  WINNOW_ASSIGN_OR_RETURN(const auto records, list(last, page.size() + 1));
  for (const auto& record : records) {
    absl::StatusOr<typename Items::value_type> message = to_api(record);
    WINNOW_RETURN_IF_ERROR(message.status());
    if (!page.Take(message->ByteSizeLong())) {
      response.set_next_page_token(MakePageToken(request, last));
      break;
    }
    last = key_of(record);
    *items.Add() = *std::move(message);
  }
  return absl::OkStatus();
}

}  // namespace winnow::rpc
