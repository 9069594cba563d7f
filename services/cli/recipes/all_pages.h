// A list of a service, all pages of it.
#pragma once

#include <type_traits>

#include "absl/status/statusor.h"
#include "common/base/status.h"
#include "services/cli/shell/session.h"

namespace winnow::cli {

// `items` takes the list out of a response.
template <typename Stub, typename Request, typename Response, typename Items>
absl::StatusOr<Response> ListAll(Stub& stub,
                                 grpc::Status (Stub::*method)(grpc::ClientContext*, const Request&,
                                                              Response*),
                                 Items items, std::type_identity_t<Request> request = {}) {
  request.set_page_size(1000);
  Response all;
  while (true) {
    WINNOW_ASSIGN_OR_RETURN(Response page, Call(stub, method, request));
    items(all)->MergeFrom(*items(page));
    if (page.next_page_token().empty()) return all;
    request.set_page_token(page.next_page_token());
  }
}

}  // namespace winnow::cli
