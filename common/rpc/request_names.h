// The names in requests, checked where they enter: before a method looks at its request.
#pragma once

#include <string>

#include "absl/strings/string_view.h"
#include "common/base/status.h"
#include "google/protobuf/message.h"

namespace winnow::rpc {

// Adds a violation for each field of `request` itself that is to hold a name (of a data set, a
// source, a queue, a model, a person, a job...) and holds something that can be none. Requests to
// predict, to evaluate and to measure agreement, and specs inside of others, are checked by their
// services, together with the rest of them. `prefix` comes before the name of each field:
// "header.".
void CheckNames(const google::protobuf::Message& request, absl::string_view prefix,
                Violations& violations);

// "version=job_titles@3": the same fields and what is in them, those that are not empty.
std::string DescribeNames(const google::protobuf::Message& request);

// The person in whose name the request is to be done; empty for the caller, and where its method
// knows no such person.
std::string AnnotatorIn(const google::protobuf::Message& request);

// Whether a field is among those that CheckNames looks at.
bool IsName(const google::protobuf::FieldDescriptor& field);

}  // namespace winnow::rpc
