// A list of the annotation service, all pages of it.
#pragma once

#include "absl/status/statusor.h"
#include "common/base/status.h"
#include "services/cli/shell/session.h"

namespace winnow::cli {

// `items` takes the list out of a response.
template <typename Request, typename Response, typename Items>
absl::StatusOr<Response> ListAll(Session& session,
                                 grpc::Status (annotation::v1::AnnotationService::Stub::*method)(
                                     grpc::ClientContext*, const Request&, Response*),
                                 Items items) {
  Request request;
  request.set_page_size(1000);
  Response all;
  while (true) {
    WINNOW_ASSIGN_OR_RETURN(Response page, Call(session.annotation(), method, request));
    items(all)->MergeFrom(*items(page));
    if (page.next_page_token().empty()) return all;
    request.set_page_token(page.next_page_token());
  }
}

}  // namespace winnow::cli
