#include "services/cli/shell/output.h"

#include <ostream>

#include "google/protobuf/util/json_util.h"

namespace winnow::cli {

nlohmann::ordered_json ToJson(const google::protobuf::Message& message) {
  google::protobuf::util::JsonPrintOptions options;
  options.preserve_proto_field_names = true;
  options.always_print_primitive_fields = true;
  std::string json;
  if (!google::protobuf::util::MessageToJsonString(message, &json, options).ok()) return nullptr;
  return nlohmann::ordered_json::parse(json, nullptr, /*allow_exceptions=*/false);
}

void PrintJson(const nlohmann::ordered_json& json, Environment& environment) {
  environment.out << json.dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace)
                  << std::endl;
}

void PrintReply(const Invocation& invocation, const google::protobuf::Message& reply,
                const std::string& text, Environment& environment) {
  if (invocation.Flag("json")) {
    PrintJson(ToJson(reply), environment);
  } else {
    environment.out << text;
  }
}

}  // namespace winnow::cli
