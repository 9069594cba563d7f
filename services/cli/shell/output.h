// Results of commands: one JSON object for programs, or text for people.
#pragma once

#include <string>

#include "google/protobuf/message.h"
#include "nlohmann/json.hpp"
#include "services/cli/shell/environment.h"
#include "services/cli/shell/options.h"

namespace winnow::cli {

// The JSON that protobuf defines, with the field names of the .proto files and every field; 64-bit
// integers are strings.
nlohmann::ordered_json ToJson(const google::protobuf::Message& message);

// One line.
void PrintJson(const nlohmann::ordered_json& json, Environment& environment);

// `reply` with --json, else `text`.
void PrintReply(const Invocation& invocation, const google::protobuf::Message& reply,
                const std::string& text, Environment& environment);

}  // namespace winnow::cli
